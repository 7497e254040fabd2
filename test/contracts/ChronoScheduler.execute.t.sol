// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Schedule } from "../../contracts/types/Schedule.sol";
import { Bomb } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";
import { Vm } from "./support/Vm.sol";

contract ChronoSchedulerExecuteTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  function setUp() public {
    deployScheduler();
  }

  function testFuzz_execute_HoldsBothBoundsOnTheBlockClock(uint64 notBefore, uint32 window, uint32 second) external {
    Schedule memory s = terms();
    s.notBefore = uint64(bound(notBefore, START * 1e9, (START + 1_000) * 1e9));
    s.notAfter = s.notBefore + 1 + window;
    bytes32 id = commit(s, DATA);
    uint256 nowNs = bound(second, s.notBefore / 1e9 - 3, s.notAfter / 1e9 + 3) * 1e9;
    vm.warp(nowNs / 1e9);
    _expectBounds(s, nowNs);
    executeBy(KEEPER, s, DATA);
    bool inside = nowNs >= s.notBefore && nowNs <= s.notAfter;
    assertEq(recorder.calls(), inside ? 1 : 0, "ran inside only");
    assertTrue((scheduler.pendingOf(id).scheduledAt == 0) == inside, "ended when run only");
  }

  function testFuzz_execute_HoldsBothBoundsOnTheAttestedClock(uint64 utcNs, uint64 notBefore, uint32 window) external {
    Schedule memory s = terms();
    s.clock = ClockSource.Attested;
    s.notBefore = uint64(bound(notBefore, (START + 10) * 1e9, (START + 1_000) * 1e9));
    s.notAfter = s.notBefore + 1 + window;
    commit(s, DATA);
    utcNs = uint64(bound(utcNs, s.notBefore - 3e9, s.notAfter + 3e9));
    setClock(s.clock, utcNs);
    _expectBounds(s, utcNs);
    executeBy(KEEPER, s, DATA);
    assertEq(recorder.calls(), utcNs >= s.notBefore && utcNs <= s.notAfter ? 1 : 0, "ran inside only");
  }

  function test_execute_HoldsTheBoundsToTheNanosecond() external {
    Schedule memory s = terms();
    (s.notBefore, s.notAfter, s.clock) = (DUE + 5, DUE + 7, ClockSource.Attested);
    commit(s, DATA);
    setClock(s.clock, DUE + 4);
    _expectBounds(s, DUE + 4);
    executeBy(KEEPER, s, DATA);
    setClock(s.clock, DUE + 5);
    executeBy(KEEPER, s, DATA);
    commit(s, DATA);
    setClock(s.clock, DUE + 7);
    executeBy(KEEPER, s, DATA);
    commit(s, DATA);
    setClock(s.clock, DUE + 8);
    _expectBounds(s, DUE + 8);
    executeBy(KEEPER, s, DATA);
  }

  function test_execute_RevertsIf_AttestedTimeIsOld() external {
    Schedule memory s = terms();
    s.clock = ClockSource.Attested;
    commit(s, DATA);
    setClock(s.clock, DUE);
    vm.warp(DUE / 1e9 + 61);
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, DUE, DUE + 61e9, uint64(60e9)));
    executeBy(KEEPER, s, DATA);
    vm.warp(DUE / 1e9 + 60);
    executeBy(KEEPER, s, DATA);
  }

  function test_execute_RevertsIf_OracleIsPausedOnTheAttestedClockOnly() external {
    Schedule memory s = terms();
    commit(s, DATA);
    s.clock = ClockSource.Attested;
    commit(s, DATA);
    setClock(s.clock, DUE);
    registry.pause();
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    executeBy(KEEPER, s, DATA);
    s.clock = ClockSource.Block;
    assertTrue(executeBy(KEEPER, s, DATA), "the block clock goes on");
  }

  function test_execute_GivesTheTargetDataValueAndOwner() external {
    Schedule memory s = terms();
    bytes32 id = commit(s, DATA);
    vm.warp(DUE / 1e9 + 3);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Executed(id, KEEPER, true, 3e9, 0, 850_000);
    assertTrue(executeBy(KEEPER, s, DATA), "success");
    assertEq(recorder.lastData(), abi.encodePacked(DATA, owner), "data, then the owner");
    assertEq(recorder.lastValue(), 3, "value");
    assertTrue(recorder.lastGas() + 200 >= s.gasLimit, "gas");
    assertEq(scheduler.credit(KEEPER), 850_000, "keeper");
    assertEq(scheduler.credit(owner), 150_000, "owner");
    assertEq(address(scheduler).balance, 1_000_000, "held");
  }

  function testFuzz_execute_PassesAnyData(bytes calldata data) external {
    commit(terms(), data);
    vm.warp(DUE / 1e9);
    Schedule memory s = terms();
    executeBy(KEEPER, s, data);
    assertEq(recorder.lastData(), abi.encodePacked(data, owner), "data, then the owner");
  }

  function test_execute_TellsTheLatenessOnBothClocks() external {
    Schedule memory s = terms();
    (s.clock, s.notBefore) = (ClockSource.Attested, DUE + 250);
    bytes32 id = commit(s, DATA);
    setClock(s.clock, DUE + 1e9);
    // The block may bear an earlier second than the certificate.
    vm.warp(DUE / 1e9);
    uint96 reward = uint96(1_000_000 - (600_000 * uint256(1e9 - 250)) / (WINDOW - 250));
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Executed(id, KEEPER, true, -250, 1e9 - 250, reward);
    executeBy(KEEPER, s, DATA);
  }

  function test_execute_RevertsIf_UnknownOrEnded() external {
    Schedule memory s = terms();
    bytes32 id = scheduler.idOf(s, keccak256(DATA));
    vm.warp(DUE / 1e9);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    executeBy(KEEPER, s, DATA);
    vm.warp(START);
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    executeBy(KEEPER, s, DATA);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    executeBy(KEEPER, s, DATA);
    assertEq(recorder.calls(), 1, "once");
  }

  function testFuzz_execute_RevertsIf_AnyFieldDiffers(uint8 field, uint64 change) external {
    Schedule memory s = terms();
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    uint256 f = field % 12;
    vm.assume(change != 0);
    if (f == 0) s.owner = address(uint160(s.owner) ^ change);
    if (f == 1) s.target = address(uint160(s.target) ^ change);
    if (f == 2) s.notBefore ^= change;
    if (f == 3) s.notAfter ^= change;
    if (f == 4) s.clock = ClockSource.Attested;
    if (f == 5) s.gasLimit ^= uint32(bound(change, 1, type(uint32).max));
    if (f == 6) s.maxBaseFee ^= change;
    if (f == 7) s.value ^= change;
    if (f == 8) s.reward ^= change;
    if (f == 9) s.rewardFloor ^= change;
    if (f == 10) s.salt ^= bytes32(uint256(change));
    if (f == 11) s.grace ^= change;
    bytes32 id = scheduler.idOf(s, keccak256(DATA));
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    executeBy(KEEPER, s, DATA);
  }

  /// @dev Isolated calls have no base fee.
  /// hardhat-config: isolate = false
  function test_execute_RevertsIf_BaseFeeTooHigh() external {
    Schedule memory s = terms();
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    vm.fee(50 gwei + 1);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleBaseFeeTooHigh.selector, 50 gwei + 1, 50 gwei));
    executeBy(KEEPER, s, DATA);
    vm.fee(50 gwei);
    executeBy(KEEPER, s, DATA);
  }

  function test_execute_RecordsARevertAndGivesTheValueBack() external {
    Bomb bomb = new Bomb();
    Schedule memory s = terms();
    s.target = address(bomb);
    bytes memory data = abi.encodeCall(bomb.explode, (5));
    bytes32 id = commit(s, data);
    vm.warp(DUE / 1e9);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.CallReverted(id, hex"ffffffffff");
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Executed(id, KEEPER, false, 0, 0, 1_000_000);
    assertTrue(!executeBy(KEEPER, s, data), "not a success");
    assertEq(scheduler.credit(KEEPER), 1_000_000, "the keeper did its part");
    assertEq(scheduler.credit(owner), 3, "value");
  }

  function test_execute_IsNotHarmedByBombs() external {
    Bomb bomb = new Bomb();
    bytes[4] memory calls = [
      abi.encodeCall(bomb.explode, (1_000_000)),
      abi.encodeCall(bomb.returnMuch, (1_000_000)),
      abi.encodeCall(bomb.burnAll, ()),
      abi.encodeCall(bomb.explode, (0))
    ];
    for (uint256 i = 0; i < calls.length; ++i) {
      Schedule memory s = terms();
      (s.target, s.gasLimit) = (address(bomb), 4_000_000);
      vm.warp(START);
      bytes32 id = commit(s, calls[i]);
      vm.warp(DUE / 1e9);
      vm.recordLogs();
      vm.prank(KEEPER);
      uint256 before = gasleft();
      bool success = scheduler.execute{ gas: 4_300_000 }(s, calls[i]);
      uint256 used = before - gasleft();
      assertTrue(success == (i == 1), "outcome");
      assertTrue(used < 4_200_000, "beyond the target's own gas nothing much is spent");
      Vm.Log[] memory logs = vm.getRecordedLogs();
      assertEq(logs.length, success ? 1 : 2, "logs");
      if (!success) {
        assertEq(logs[0].topics[1], id, "id");
        assertEq(abi.decode(logs[0].data, (bytes)).length, i == 0 ? 256 : 0, "as much of the reason as is kept");
      }
    }
  }

  function testFuzz_execute_RevertsIf_GasTooLow(uint32 gasLimit, uint24 gasGiven) external {
    Schedule memory s = terms();
    s.gasLimit = uint32(bound(gasLimit, 30_000, 15_000_000));
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    uint256 given = bound(gasGiven, 50_000, uint256(s.gasLimit) + s.gasLimit / 63 + 36_700);
    vm.prank(KEEPER);
    (bool ok, ) = address(scheduler).call{ gas: given }(abi.encodeCall(scheduler.execute, (s, DATA)));
    assertTrue(!ok, "refused");
    assertEq(recorder.calls(), 0, "not called");
    assertEq(scheduler.credit(KEEPER), 0, "not paid");
  }

  function test_execute_KeeperMayBeTheOwner() external {
    Schedule memory s = terms();
    commit(s, DATA);
    vm.warp((DUE + WINDOW) / 1e9);
    executeBy(owner, s, DATA);
    assertEq(scheduler.credit(owner), 1_000_000, "both shares");
  }

  function _expectBounds(Schedule memory s, uint256 nowNs) private {
    if (nowNs < s.notBefore)
      vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, nowNs, s.notBefore));
    if (nowNs > s.notAfter)
      vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, nowNs, s.notAfter));
  }
}
