// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Schedule } from "../../contracts/types/Schedule.sol";
import { Picky } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

contract ChronoSchedulerTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  function setUp() public {
    deployScheduler();
  }

  function test_schedule_CommitsAndEmitsAll() external {
    Schedule memory s = terms();
    bytes32 id = keccak256(
      abi.encodePacked(keccak256(abi.encode(block.chainid, scheduler, s, keccak256(DATA))), s.owner)
    );
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Scheduled(id, owner, s, DATA);
    assertEq(commit(s, DATA), id, "id");
    assertEq(scheduler.idOf(s, keccak256(DATA)), id, "idOf");
    assertEq(scheduler.pendingOf(id).scheduledAt, START, "scheduledAt");
    assertEq(address(scheduler).balance, 1_000_003, "escrow");
  }

  function test_scheduleWith_TellsNoExtrasOfAPlainSchedule() external {
    vm.recordLogs();
    commitWith(plain(terms(), DATA), 1_000_003);
    assertEq(vm.getRecordedLogs().length, 1, "Scheduled and nothing else");
  }

  function testFuzz_idOf_IsInjective(bytes32 seed, uint8 field, bytes32 dataHash) external view {
    Schedule memory a = _any(seed);
    Schedule memory b = _any(seed);
    assertEq(
      scheduler.idOf(a, dataHash),
      keccak256(abi.encodePacked(keccak256(abi.encode(block.chainid, scheduler, a, dataHash)), a.owner)),
      "by the ABI"
    );
    // One bit of one field.
    uint256 place = 0x20 * (uint256(field) % 13);
    assembly ("memory-safe") {
      mstore(add(b, place), xor(mload(add(b, place)), 1))
    }
    assertTrue(scheduler.idOf(a, dataHash) != scheduler.idOf(b, dataHash), "another schedule");
    assertTrue(scheduler.idOf(a, dataHash) != scheduler.idOf(a, ~dataHash), "other data");
  }

  function test_idOf_IsBoundToChainAndScheduler() external {
    Schedule memory s = terms();
    bytes32 here = scheduler.idOf(s, 0);
    IChronoScheduler other = IChronoScheduler(
      deploy("contracts/ChronoScheduler.sol", "ChronoScheduler", abi.encode(oracle))
    );
    assertTrue(other.idOf(s, 0) != here, "another scheduler");
    vm.chainId(5);
    assertTrue(scheduler.idOf(s, 0) != here, "another chain");
  }

  function test_schedule_RevertsIf_KnownAlready() external {
    bytes32 id = commit(terms(), DATA);
    vm.prank(owner);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, id));
    scheduler.schedule{ value: 1_000_003 }(terms(), DATA);
  }

  function testFuzz_schedule_RevertsIf_CallerIsNotTheOwner(address caller) external {
    vm.assume(caller != owner);
    vm.deal(caller, 1 ether);
    vm.prank(caller);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleOwnerMismatch.selector, caller, owner));
    scheduler.schedule{ value: 1_000_003 }(terms(), DATA);
  }

  function testFuzz_schedule_RevertsIf_DepositDiffers(uint96 paid) external {
    vm.assume(paid != 1_000_003);
    vm.deal(owner, paid);
    vm.prank(owner);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, paid, 1_000_003));
    scheduler.schedule{ value: paid }(terms(), DATA);
  }

  function testFuzz_schedule_RevertsIf_WindowIsNone(uint64 notAfter) external {
    Schedule memory s = terms();
    s.notAfter = uint64(bound(notAfter, 0, s.notBefore));
    _refuse(s, abi.encodeWithSelector(IChronoScheduler.ScheduleWindowInvalid.selector, s.notBefore, s.notAfter, 0));
  }

  function test_schedule_RevertsIf_WindowIsOver() external {
    Schedule memory s = terms();
    (s.notBefore, s.notAfter) = (0, START * 1e9);
    _refuse(s, abi.encodeWithSelector(IChronoScheduler.ScheduleInThePast.selector, s.notAfter, START * 1e9));
    s.notAfter += 1;
    commit(s, DATA);
  }

  function test_schedule_RevertsIf_FloorAboveReward() external {
    Schedule memory s = terms();
    s.rewardFloor = s.reward + 1;
    _refuse(s, abi.encodeWithSelector(IChronoScheduler.ScheduleRewardInvalid.selector, s.reward, s.rewardFloor));
  }

  function testFuzz_schedule_RevertsIf_TargetRefused(uint16 low) external {
    address[4] memory refused = [address(scheduler), address(oracle), address(registry), address(uint160(low))];
    for (uint256 i = 0; i < refused.length; ++i) {
      Schedule memory s = terms();
      s.target = refused[i];
      _refuse(s, abi.encodeWithSelector(IChronoScheduler.ScheduleTargetRefused.selector, s.target));
    }
    Schedule memory t = terms();
    t.target = address(0x10000);
    commit(t, DATA);
  }

  function test_cancel_PaysBackAtOnce() external {
    bytes32 id = commit(terms(), DATA);
    uint256 before = owner.balance;
    vm.prank(owner);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Cancelled(id);
    scheduler.cancel(terms(), keccak256(DATA));
    assertEq(owner.balance - before, 1_000_003, "paid");
    assertEq(scheduler.pendingOf(id).scheduledAt, 0, "gone");
    vm.prank(owner);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    scheduler.cancel(terms(), keccak256(DATA));
  }

  function test_cancel_WorksInsideAndAfterTheWindow() external {
    for (uint64 i = 0; i < 3; ++i) {
      Schedule memory s = terms();
      s.salt = bytes32(uint256(i));
      vm.warp(START);
      commit(s, DATA);
      vm.warp((DUE + i * WINDOW) / 1e9);
      vm.prank(owner);
      scheduler.cancel(s, keccak256(DATA));
    }
    assertEq(address(scheduler).balance, 0, "all paid");
  }

  function testFuzz_cancel_RevertsIf_CallerIsNotTheOwner(address caller) external {
    vm.assume(caller != owner);
    commit(terms(), DATA);
    vm.prank(caller);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleOwnerMismatch.selector, caller, owner));
    scheduler.cancel(terms(), keccak256(DATA));
  }

  function test_cancel_GoesToCreditIf_OwnerTakesNoMoney() external {
    Picky picky = new Picky();
    owner = address(picky);
    vm.deal(owner, 1 ether);
    bytes32 id = commit(terms(), DATA);
    picky.run(scheduler, abi.encodeCall(scheduler.cancel, (terms(), keccak256(DATA))));
    assertEq(scheduler.pendingOf(id).scheduledAt, 0, "gone");
    assertEq(scheduler.credit(owner), 1_000_003, "credit");
    picky.setOpen(true);
    picky.run(scheduler, abi.encodeCall(scheduler.withdraw, (owner)));
    assertEq(owner.balance, 1 ether, "all of it");
  }

  function test_expire_CreditsTheOwnerAfterTheWindow() external {
    bytes32 id = commit(terms(), DATA);
    vm.warp((DUE + WINDOW) / 1e9);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleNotOver.selector, DUE + WINDOW, DUE + WINDOW));
    scheduler.expire(terms(), "", keccak256(DATA));
    vm.warp((DUE + WINDOW) / 1e9 + 1);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Expired(id, 0, 1);
    scheduler.expire(terms(), "", keccak256(DATA));
    assertEq(scheduler.credit(owner), 1_000_003, "credit");
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    scheduler.expire(terms(), "", keccak256(DATA));
  }

  function testFuzz_expire_HoldsOnItsOwnClock(uint64 utcNs, bool attested) external {
    Schedule memory s = terms();
    s.clock = attested ? ClockSource.Attested : ClockSource.Block;
    s.notAfter += 123;
    utcNs = uint64(bound(utcNs, s.notAfter - 20e9, s.notAfter + 20e9));
    commit(s, DATA);
    setClock(s.clock, utcNs);
    uint256 nowNs = attested ? utcNs : (utcNs / 1e9) * 1e9;
    // The other clock is far ahead and must not matter.
    if (attested) vm.warp(START + 1e6);
    if (nowNs <= s.notAfter)
      vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleNotOver.selector, nowNs, s.notAfter));
    scheduler.expire(s, "", keccak256(DATA));
  }

  function test_withdraw_PaysTheWholeCreditOnce() external {
    Schedule memory s = terms();
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    executeBy(KEEPER, s, DATA);
    address to = address(0x70);
    vm.prank(KEEPER);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.Withdrawn(KEEPER, to, 1_000_000);
    assertEq(scheduler.withdraw(to), 1_000_000, "amount");
    assertEq(to.balance, 1_000_000, "paid");
    assertEq(scheduler.credit(KEEPER), 0, "credit");
    vm.prank(KEEPER);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleNoCredit.selector, KEEPER));
    scheduler.withdraw(to);
  }

  function test_withdraw_RevertsIf_ReceiverRefuses() external {
    Picky picky = new Picky();
    commit(terms(), DATA);
    vm.warp(DUE / 1e9);
    executeBy(KEEPER, terms(), DATA);
    vm.prank(KEEPER);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.SchedulePaymentFailed.selector, picky, 1_000_000));
    scheduler.withdraw(address(picky));
    assertEq(scheduler.credit(KEEPER), 1_000_000, "kept");
  }

  function test_receive_RefusesMoneyWithoutASchedule() external {
    (bool ok, ) = address(scheduler).call{ value: 1 }("");
    assertTrue(!ok, "refused");
  }

  function test_schedule_MayUseAnIdAgainOnceItHasEnded() external {
    bytes32 id = commit(terms(), DATA);
    vm.prank(owner);
    scheduler.cancel(terms(), keccak256(DATA));
    assertEq(commit(terms(), DATA), id, "same id");
    vm.warp(DUE / 1e9);
    assertTrue(executeBy(KEEPER, terms(), DATA), "runs");
    assertEq(recorder.calls(), 1, "once");
  }

  function _any(bytes32 seed) private pure returns (Schedule memory) {
    uint256 a = uint256(keccak256(abi.encode(seed, 1)));
    uint256 b = uint256(keccak256(abi.encode(seed, 2)));
    return
      Schedule({
        owner: address(uint160(a)),
        target: address(uint160(b)),
        notBefore: uint64(a >> 160),
        notAfter: uint64(b >> 160),
        grace: uint64(b >> 90),
        clock: ClockSource(uint8(a >> 255)),
        gasLimit: uint32(b >> 224),
        maxBaseFee: uint64(a >> 3),
        value: uint96(b >> 7),
        reward: uint96(a >> 11),
        rewardFloor: uint96(b >> 13),
        extras: bytes32(a ^ b),
        salt: keccak256(abi.encode(seed, 3))
      });
  }

  function _refuse(Schedule memory s, bytes memory error_) private {
    vm.prank(owner);
    vm.expectRevert(error_);
    scheduler.schedule{ value: uint256(s.value) + s.reward }(s, DATA);
  }
}
