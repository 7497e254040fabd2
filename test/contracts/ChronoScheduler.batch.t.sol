// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { ClockSource, Order } from "../../contracts/types/Schedule.sol";
import { Bomb, IFrame, Reentrant } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

contract ChronoSchedulerBatchTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  function setUp() public {
    deployScheduler();
  }

  function test_scheduleBatch_CommitsEachForItsOwnDeposit() external {
    (Order[] memory orders, uint256[] memory deposits) = _three();
    for (uint256 i = 0; i < 3; ++i) {
      emits();
      emit IChronoScheduler.Scheduled(idOf(orders[i]), owner, orders[i].schedule, DATA);
      if (i == 1) emits();
      if (i == 1) emit IChronoScheduler.ScheduledExtras(idOf(orders[1]), orders[1].extras);
    }
    vm.prank(owner);
    bytes32[] memory ids = scheduler.scheduleBatch{ value: 7_000_006 }(orders, deposits);
    for (uint256 i = 0; i < 3; ++i) {
      assertEq(ids[i], idOf(orders[i]), "id");
      assertEq(pending(orders[i]).deposit, deposits[i], "deposit");
    }
    assertEq(address(scheduler).balance, 7_000_006, "held");
  }

  function test_scheduleBatch_RevertsIf_TheSumDiffers() external {
    (Order[] memory orders, uint256[] memory deposits) = _three();
    for (uint256 given = 7_000_005; given <= 7_000_007; given += 2) {
      vm.prank(owner);
      refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, given, 7_000_006));
      scheduler.scheduleBatch{ value: given }(orders, deposits);
    }
    // Sums that wrap round to what was paid.
    deposits[1] = type(uint256).max;
    vm.prank(owner);
    refuses(abi.encodeWithSignature("Panic(uint256)", 0x11));
    scheduler.scheduleBatch{ value: 2_000_005 }(orders, deposits);
    assertEq(pending(orders[0]).scheduledAt, 0, "nothing is left");
  }

  function test_scheduleBatch_RevertsIf_ADepositIsBeyondAllWei() external {
    (Order[] memory orders, uint256[] memory deposits) = _three();
    // As large as the word's field, where it would run into the next one.
    deposits[1] = 1 << 128;
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 7_000_006, (1 << 128) + 2_000_006));
    scheduler.scheduleBatch{ value: 7_000_006 }(orders, deposits);
  }

  function test_scheduleBatch_RevertsIf_LengthsDiffer() external {
    (Order[] memory orders, ) = _three();
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleLengthsDiffer.selector, 3, 2));
    scheduler.scheduleBatch{ value: 2_000_006 }(orders, new uint256[](2));
  }

  function test_scheduleBatch_OneBadOrderRevertsAll() external {
    (Order[] memory orders, uint256[] memory deposits) = _three();
    orders[2].schedule.target = address(scheduler);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTargetRefused.selector, scheduler));
    scheduler.scheduleBatch{ value: 7_000_006 }(orders, deposits);
    orders[2] = orders[0];
    bytes32 known = idOf(orders[0]);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, known));
    scheduler.scheduleBatch{ value: 7_000_006 }(orders, deposits);
    assertEq(pending(orders[0]).scheduledAt, 0, "nothing is left");
  }

  function test_scheduleBatch_OfNothingTakesNothing() external {
    assertEq(scheduler.scheduleBatch(new Order[](0), new uint256[](0)).length, 0, "none");
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 1, 0));
    scheduler.scheduleBatch{ value: 1 }(new Order[](0), new uint256[](0));
  }

  function test_executeBatch_TellsEachOutcomeAndPaysTheKeeper() external {
    Bomb bomb = new Bomb();
    Order[] memory orders = new Order[](4);
    for (uint256 i = 0; i < 4; ++i) {
      orders[i] = plain(terms(), i == 1 ? abi.encodeCall(bomb.explode, (5)) : DATA);
      orders[i].schedule.salt = bytes32(i);
      if (i == 1) orders[i].schedule.target = address(bomb);
      if (i == 2) orders[i].schedule.maxBaseFee = 0;
      // The third is not due, the fourth is a series.
      if (i == 2) orders[i].schedule.notBefore = DUE + 1;
      if (i == 3) orders[i] = withExtras(orders[i].schedule, series(2), DATA);
      commitWith(orders[i], 1_000_003);
    }
    vm.warp(DUE / 1e9);
    emits();
    emit IChronoScheduler.OrderFailed(
      2,
      abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE, DUE + 1)
    );
    uint8[] memory outcomes = runAll(orders);
    assertEq(outcomes[0], 2, "returned");
    assertEq(outcomes[1], 1, "reverted");
    assertEq(outcomes[2], 0, "did not run");
    assertEq(outcomes[3], 2, "returned");
    assertEq(recorder.calls(), 2, "calls");
    assertEq(scheduler.credit(KEEPER), 3_000_000, "for three");
    assertEq(scheduler.credit(address(scheduler)), 0, "nobody else");
    assertEq(pending(orders[2]).deposit, 1_000_003, "open as before");
    assertEq(pending(orders[3]).run, 1, "goes on");
  }

  function test_executeBatch_TheSameOrderTwiceRunsOnce() external {
    Order[] memory orders = new Order[](2);
    (orders[0], orders[1]) = (plain(terms(), DATA), plain(terms(), DATA));
    bytes32 id = commit(orders[0].schedule, DATA);
    vm.warp(DUE / 1e9);
    emits();
    emit IChronoScheduler.OrderFailed(1, abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    uint8[] memory outcomes = runAll(orders);
    assertEq(uint256(outcomes[0]) * 10 + outcomes[1], 20, "outcomes");
    assertEq(recorder.calls(), 1, "once");
  }

  function test_executeBatch_AHostileOrderDoesNotStopTheOthers() external {
    Bomb bomb = new Bomb();
    Reentrant evil = new Reentrant();
    bytes[4] memory attacks = [
      abi.encodeCall(bomb.explode, (1_000_000)),
      abi.encodeCall(bomb.returnMuch, (1_000_000)),
      abi.encodeCall(bomb.burnAll, ()),
      abi.encodeCall(evil.attackFree, ())
    ];
    for (uint256 i = 0; i < attacks.length; ++i) {
      Order[] memory orders = new Order[](3);
      for (uint256 j = 0; j < 3; ++j) {
        orders[j] = plain(terms(), j == 1 ? attacks[i] : DATA);
        orders[j].schedule.salt = bytes32(i * 3 + j);
        orders[j].schedule.gasLimit = 3_000_000;
        if (j == 1) orders[j].schedule.target = i == 3 ? address(evil) : address(bomb);
      }
      vm.warp(START);
      for (uint256 j = 0; j < 3; ++j) commit(orders[j].schedule, orders[j].data);
      vm.warp(DUE / 1e9);
      evil.arm(_batchCall(orders));
      uint256 calls = recorder.calls();
      uint8[] memory outcomes = runAll(orders);
      assertEq(outcomes[0] + outcomes[2], 4, "both returned");
      assertEq(outcomes[1], i % 2 == 0 ? 1 : 2, "the hostile one has its outcome");
      assertEq(recorder.calls() - calls, 2, "both ran");
      assertTrue(!evil.succeeded(), "nothing came back in");
    }
  }

  function test_executeBatch_AnOrderThatIsStarvedDoesNotStopTheOthers() external {
    Order[] memory orders = new Order[](2);
    (orders[0], orders[1]) = (plain(terms(), DATA), plain(terms(), DATA));
    (orders[0].schedule.gasLimit, orders[1].schedule.salt) = (5_000_000, 0);
    commit(orders[0].schedule, DATA);
    commit(orders[1].schedule, DATA);
    vm.warp(DUE / 1e9);
    vm.prank(KEEPER);
    (bool ok, bytes memory answer) = address(scheduler).call{ gas: 1_000_000 }(_batchCall(orders));
    assertTrue(ok, "the batch goes through");
    uint8[] memory outcomes = abi.decode(answer, (uint8[]));
    assertEq(outcomes[0], 0, "not with so little gas");
    assertEq(outcomes[1], 2, "returned");
    assertEq(pending(orders[0]).deposit, 1_000_003, "open as before");
  }

  function test_executeBatch_ExtrasThatDoNotDecodeStopOneOrderOnly() external {
    Order[] memory orders = new Order[](2);
    (orders[0], orders[1]) = (plain(terms(), DATA), plain(terms(), DATA));
    orders[0].extras = hex"1234";
    orders[0].schedule.extras = keccak256(orders[0].extras);
    commitSealed(orders[0], 1_000_003);
    commit(orders[1].schedule, DATA);
    vm.warp(DUE / 1e9);
    emits();
    emit IChronoScheduler.OrderFailed(0, "");
    uint8[] memory outcomes = runAll(orders);
    assertEq(outcomes[1], 2, "returned");
  }

  function test_executeBatch_SharesOneCertificate() external {
    Order[] memory orders = new Order[](3);
    for (uint256 i = 0; i < 3; ++i) {
      orders[i] = plain(terms(), DATA);
      orders[i].schedule.salt = bytes32(i);
      orders[i].schedule.clock = i == 1 ? ClockSource.Block : ClockSource.Certificate;
      commit(orders[i].schedule, DATA);
    }
    orders[2].schedule.notBefore = DUE + 2;
    commit(orders[2].schedule, DATA);
    vm.warp(DUE / 1e9);
    Certificate memory c = certificateAt(DUE + 1);
    emits();
    emit IChronoScheduler.Executed(idOf(orders[0]), KEEPER, true, 0, 1, 1_000_000);
    emits();
    emit IChronoScheduler.Executed(idOf(orders[1]), KEEPER, true, 0, 0, 1_000_000);
    emits();
    emit IChronoScheduler.OrderFailed(
      2,
      abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE + 1, DUE + 2)
    );
    vm.prank(KEEPER);
    scheduler.executeBatch(orders, c);
  }

  function test_executeBatch_WithoutACertificateRunsTheOthers() external {
    Order[] memory orders = new Order[](2);
    (orders[0], orders[1]) = (plain(terms(), DATA), plain(terms(), DATA));
    orders[0].schedule.clock = ClockSource.Certificate;
    commit(orders[0].schedule, DATA);
    commit(orders[1].schedule, DATA);
    vm.warp(DUE / 1e9);
    emits();
    emit IChronoScheduler.OrderFailed(0, abi.encodeWithSelector(IChronoScheduler.ScheduleCertificateMissing.selector));
    uint8[] memory outcomes = runAll(orders);
    assertEq(outcomes[1], 2, "returned");
  }

  function test_executeBatch_RevertsIf_TheCertificateIsNone() external {
    Order[] memory orders = new Order[](1);
    orders[0] = plain(terms(), DATA);
    commit(orders[0].schedule, DATA);
    vm.warp(DUE / 1e9);
    Certificate memory c = certificateAt(DUE);
    c.statement[2] = keccak256("altered");
    vm.expectPartialRevert(IChronoOracle.OracleSignatureInvalid.selector);
    scheduler.executeBatch(orders, c);
  }

  function testFuzz_executeOne_RevertsIf_AnyoneElseCalls(address caller) external {
    vm.assume(caller != address(scheduler));
    commit(terms(), DATA);
    vm.warp(DUE / 1e9);
    Order memory o = plain(terms(), DATA);
    vm.prank(caller);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleOnlySelf.selector, caller));
    IFrame(address(scheduler)).executeOne(o, 0, caller);
  }

  /// @dev Two plain ones and, between them, a series that holds more than it needs.
  function test_executeBatch_AnOrderWithBitsAboveItsTypesDoesNotStopTheOthers() external {
    Order[] memory orders = new Order[](2);
    for (uint256 i = 0; i < 2; ++i) {
      orders[i] = plain(terms(), DATA);
      orders[i].schedule.salt = bytes32(i);
    }
    commit(orders[1].schedule, DATA);
    vm.warp(DUE / 1e9);
    Certificate memory none;
    uint16[11] memory widths = [uint16(160), 160, 32, 96, 64, 96, 64, 96, 2, 64, 64];
    for (uint256 field = 0; field < widths.length; ++field) {
      bytes memory call_ = abi.encodeCall(scheduler.executeBatch, (orders, none));
      uint256 dirt = uint256(1) << widths[field];
      assembly ("memory-safe") {
        // Behind the selector: two offsets, the count, then the orders' offsets; an order begins with its schedule.
        let offsets := add(call_, 0x84)
        let word := add(add(offsets, mload(offsets)), shl(5, field))
        mstore(word, or(mload(word), dirt))
      }
      if (field == 0) {
        emits();
        bytes memory reason = abi.encodeWithSelector(IChronoScheduler.ScheduleFieldOutOfRange.selector);
        emit IChronoScheduler.OrderFailed(0, reason);
      }
      vm.prank(KEEPER);
      (bool ok, bytes memory answer) = address(scheduler).call(call_);
      assertTrue(ok, "the batch goes on");
      uint8[] memory outcomes = abi.decode(answer, (uint8[]));
      assertTrue(outcomes[0] == 0 && outcomes[1] == (field == 0 ? 2 : 0), "the first not, the second once");
    }
    assertEq(recorder.calls(), 1, "the other one ran");
  }

  function _three() private view returns (Order[] memory orders, uint256[] memory deposits) {
    (orders, deposits) = (new Order[](3), new uint256[](3));
    for (uint256 i = 0; i < 3; ++i) {
      orders[i] = plain(terms(), DATA);
      orders[i].schedule.salt = bytes32(i);
      deposits[i] = 1_000_003;
    }
    orders[1] = withExtras(orders[1].schedule, series(4), DATA);
    deposits[1] = 5_000_000;
  }

  function _batchCall(Order[] memory orders) private view returns (bytes memory) {
    Certificate memory none;
    return abi.encodeCall(scheduler.executeBatch, (orders, none));
  }
}
