// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Extras, OnRevert, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { Bomb, Moody, Reentrant } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";
import { Vm } from "./support/Vm.sol";

/// @dev What a revert of the target means.
contract ChronoSchedulerOutcomesTest is SchedulerFixture {
  bytes private constant WORK = abi.encodeCall(Moody.work, ());
  bytes private constant NOT_TODAY = abi.encodeWithSignature("Error(string)", "not today");
  uint256 private constant DEPOSIT = 5_000_000;

  Moody private _moody;

  function setUp() public {
    deployScheduler();
    _moody = new Moody();
  }

  function test_Proceed_PaysTheKeeperAndGoesOn() external {
    Order memory o = _order(OnRevert.Proceed, 3);
    bytes32 id = commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    emits();
    emit IChronoScheduler.CallReverted(id, NOT_TODAY);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, false, 0, 0, 1_000_000);
    emits();
    emit IChronoScheduler.SeriesAdvanced(id, 1, uint128(DEPOSIT - 1_000_000));
    assertTrue(!run(o), "not a success");
    assertEq(address(_moody).balance, 0, "the value stays");
    _moody.setWorks(true);
    vm.warp((DUE + HOUR) / 1e9);
    assertTrue(run(o), "the next run");
    assertEq(pending(o).deposit, DEPOSIT - 2_000_003, "deposit");
  }

  function test_Proceed_ARevertOfTheLastRunEndsTheSeries() external {
    Order memory o = _order(OnRevert.Proceed, 2);
    commitWith(o, DEPOSIT);
    vm.warp((DUE + HOUR) / 1e9);
    assertTrue(!run(o), "not a success");
    assertEq(pending(o).scheduledAt, 0, "ended");
    assertEq(scheduler.credit(owner), DEPOSIT - 1_000_000, "the rest");
  }

  function test_Retry_StaysOpenAndUnpaidAndThenRuns() external {
    Order memory o = _order(OnRevert.Retry, 2);
    bytes32 id = commitWith(o, DEPOSIT);
    for (uint64 late = 0; late < 3; ++late) {
      vm.warp(DUE / 1e9 + late);
      vm.recordLogs();
      assertTrue(!run(o), "not a success");
      Vm.Log[] memory logs = vm.getRecordedLogs();
      assertEq(logs.length, 1, "one event");
      assertEq(logs[0].topics[0], IChronoScheduler.CallReverted.selector, "of the revert");
      assertEq(pending(o).run, 0, "still the first run");
      assertEq(pending(o).deposit, DEPOSIT, "whole");
      assertEq(pending(o).scheduledAt, START, "as it was made");
      assertEq(scheduler.credit(KEEPER), 0, "unpaid");
    }
    _moody.setWorks(true);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, true, 2e9, 0, 900_000);
    assertTrue(run(o), "in the end");
    assertEq(_moody.runs(), 1, "once");
  }

  function test_Retry_ExpiresWhenItNeverWorked() external {
    Order memory o = _order(OnRevert.Retry, 2);
    bytes32 id = commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    run(o);
    vm.warp((DUE + WINDOW) / 1e9 + 1);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, DUE + WINDOW + 1e9, DUE + WINDOW));
    run(o);
    emits();
    emit IChronoScheduler.Expired(id, 0, 1);
    expire(o);
    // The second run is one of its own.
    _moody.setWorks(true);
    vm.warp((DUE + HOUR) / 1e9);
    assertTrue(run(o), "runs");
    assertEq(scheduler.credit(owner), DEPOSIT - 1_000_003, "one run was paid for");
  }

  function test_Retry_KeepsWhatItSaidOfMissedRuns() external {
    Order memory o = _order(OnRevert.Retry, 4);
    bytes32 id = commitWith(o, DEPOSIT);
    vm.warp((DUE + 2 * HOUR) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 0, 2);
    run(o);
    assertEq(pending(o).run, 2, "the two that were missed are over");
    vm.recordLogs();
    run(o);
    assertEq(vm.getRecordedLogs().length, 1, "and are not told of again");
  }

  function test_Retry_TheLastRunMayBeTriedAgainToo() external {
    Order memory o = _order(OnRevert.Retry, 1);
    commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    run(o);
    assertEq(pending(o).deposit, DEPOSIT, "open");
    _moody.setWorks(true);
    run(o);
    assertEq(pending(o).scheduledAt, 0, "ended");
    assertEq(scheduler.credit(owner), DEPOSIT - 1_000_003, "the rest");
  }

  function test_Retry_ACancelBetweenAttemptsPaysAllBack() external {
    Order memory o = _order(OnRevert.Retry, 1);
    commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    run(o);
    uint256 before = owner.balance;
    vm.prank(owner);
    scheduler.cancel(o.schedule, keccak256(WORK));
    assertEq(owner.balance - before, DEPOSIT, "all");
  }

  function test_Retry_ATargetCannotMakeTheSameIdAgainDuringItsCall() external {
    Reentrant self = new Reentrant();
    owner = address(self);
    Order memory o = _order(OnRevert.Retry, 2);
    o.schedule.target = address(self);
    (o.schedule.value, o.schedule.reward, o.schedule.rewardFloor) = (0, 0, 0);
    o.data = abi.encodeCall(self.attackFree, ());
    bytes32 id = commitWith(o, 0);
    self.arm(abi.encodeCall(scheduler.scheduleWith, (o)));
    vm.warp(DUE / 1e9);
    assertTrue(run(o), "the call itself returned");
    assertTrue(!self.succeeded(), "refused");
    assertEq(self.answer(), abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, id), "it is pending");
    assertEq(pending(o).run, 1, "and goes on");
  }

  function test_Stop_ARevertEndsTheSeriesAndPaysTheRest() external {
    Order memory o = _order(OnRevert.Stop, 4);
    bytes32 id = commitWith(o, DEPOSIT);
    _moody.setWorks(true);
    vm.warp(DUE / 1e9);
    assertTrue(run(o), "goes on while it works");
    _moody.setWorks(false);
    vm.warp((DUE + HOUR) / 1e9);
    emits();
    emit IChronoScheduler.CallReverted(id, NOT_TODAY);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, false, 0, 0, 1_000_000);
    assertTrue(!run(o), "not a success");
    assertEq(pending(o).scheduledAt, 0, "ended");
    assertEq(scheduler.credit(owner), DEPOSIT - 2_000_003, "the rest");
    assertEq(scheduler.credit(KEEPER), 2_000_000, "the attempt is paid");
    _moody.setWorks(true);
    vm.warp((DUE + 2 * HOUR) / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    run(o);
  }

  function test_Retry_AHostileTargetCostsItsOwnGasOnly() external {
    Bomb bomb = new Bomb();
    Order memory o = _order(OnRevert.Retry, 1);
    o.schedule.target = address(bomb);
    o.schedule.gasLimit = 4_000_000;
    bytes[2] memory calls = [abi.encodeCall(bomb.explode, (1_000_000)), abi.encodeCall(bomb.burnAll, ())];
    for (uint256 i = 0; i < calls.length; ++i) {
      o.data = calls[i];
      vm.warp(START);
      commitWith(o, DEPOSIT);
      vm.warp(DUE / 1e9);
      uint256 before = gasleft();
      assertTrue(!run(o), "not a success");
      assertTrue(before - gasleft() < 4_250_000, "beyond the target's own gas nothing much is spent");
      assertEq(pending(o).deposit, DEPOSIT, "open");
    }
  }

  function _order(OnRevert onRevert, uint32 count) private view returns (Order memory) {
    Schedule memory s = terms();
    s.target = address(_moody);
    Extras memory e = series(count);
    e.onRevert = onRevert;
    return withExtras(s, e, WORK);
  }
}
