// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { GovernanceTimelock } from "../../../contracts/examples/GovernanceTimelock.sol";
import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { ChronoTarget } from "../../../contracts/periphery/ChronoTarget.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Order, Schedule } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";
import { Bomb, Picky } from "../support/Targets.sol";
import { Vm } from "../support/Vm.sol";

contract GovernanceTimelockTest is SchedulerFixture {
  uint64 private constant DELAY = 1_000e9;
  uint64 private constant GRACE = 50e9;
  uint64 private constant ETA = START * 1e9 + DELAY;
  address private constant COUNCIL = address(0xc0c0);

  GovernanceTimelock private _lock;

  function setUp() public {
    deployScheduler();
    bytes memory arguments = abi.encode(scheduler, COUNCIL, DELAY, GRACE);
    _lock = GovernanceTimelock(
      payable(deploy("contracts/examples/GovernanceTimelock.sol", "GovernanceTimelock", arguments))
    );
    vm.deal(COUNCIL, 1 ether);
    vm.deal(address(_lock), 7);
  }

  function test_queue_TheCallRunsByItselfInItsWindowOnTheAttestedClock() external {
    (, Order memory order) = _queue(address(recorder), hex"01020304");
    setClock(ClockSource.Attested, ETA - 1);
    vm.expectPartialRevert(IChronoScheduler.ScheduleTooEarly.selector);
    _execute(order);
    setClock(ClockSource.Attested, ETA);
    assertTrue(_execute(order), "ran");
    assertEq(recorder.lastData(), hex"01020304", "data");
    assertEq(recorder.lastValue(), 7, "value");
    assertEq(scheduler.credit(KEEPER), 100, "paid");
  }

  function test_queue_NothingRunsAfterTheGrace() external {
    (, Order memory order) = _queue(address(recorder), "");
    setClock(ClockSource.Attested, ETA + GRACE + 1);
    vm.expectPartialRevert(IChronoScheduler.ScheduleTooLate.selector);
    _execute(order);
    scheduler.expire(order.schedule, order.extras, keccak256(order.data));
    assertEq(_lock.collect(), 100, "the reward");
    assertEq(address(_lock).balance, 107, "is back");
  }

  function test_queue_RunsNothingWhileTheOracleIsPausedOrOld() external {
    (, Order memory order) = _queue(address(recorder), "");
    setClock(ClockSource.Attested, ETA);
    vm.warp(ETA / 1e9 + 61);
    vm.expectPartialRevert(IChronoScheduler.OracleStale.selector);
    _execute(order);
    registry.pause();
    vm.expectRevert(IChronoScheduler.OraclePaused.selector);
    _execute(order);
  }

  /// @dev Whoever runs a call can bring its target, just before, into a state in which it reverts.
  function test_queue_AKeeperWhoMakesACallFailCannotUseItUp() external {
    Picky picky = new Picky();
    (, Order memory order) = _queue(address(picky), "");
    setClock(ClockSource.Attested, ETA);
    assertTrue(!_execute(order) && scheduler.credit(KEEPER) == 0, "an attempt, not paid");
    picky.setOpen(true);
    assertTrue(_execute(order), "it runs in the end");
    assertEq(address(picky).balance, 7, "once");
    vm.expectPartialRevert(IChronoScheduler.ScheduleUnknown.selector);
    _execute(order);
  }

  function test_queue_RecordsTheTargetsOwnReason() external {
    Bomb bomb = new Bomb();
    (bytes32 id, Order memory order) = _queue(address(bomb), abi.encodeCall(bomb.explode, (3)));
    setClock(ClockSource.Attested, ETA);
    vm.expectEmit(true, true, true, true, address(scheduler));
    emit IChronoScheduler.CallReverted(id, hex"ffffff");
    assertTrue(!_execute(order), "failed");
    assertEq(address(_lock).balance, 7, "the value stays");
  }

  function test_cancel_TakesACallBack() external {
    (, Order memory order) = _queue(address(recorder), "");
    vm.expectRevert(abi.encodeWithSelector(GovernanceTimelock.OnlyGovernance.selector, address(this)));
    _lock.cancel(order);
    vm.prank(COUNCIL);
    _lock.cancel(order);
    assertEq(address(_lock).balance, 107, "the reward is back");
    setClock(ClockSource.Attested, ETA);
    vm.expectPartialRevert(IChronoScheduler.ScheduleUnknown.selector);
    _execute(order);
  }

  function testFuzz_run_RevertsIf_NotScheduledByTheLockItself(address caller) external {
    vm.assume(caller != address(scheduler));
    bytes4 error_ = ChronoTarget.ChronoNotScheduledBy.selector;
    vm.prank(caller);
    vm.expectRevert(abi.encodeWithSelector(error_, address(_lock), caller, address(0)));
    _lock.run(address(recorder), 0, "");
    // A stranger's schedule of the same call carries the stranger's name.
    Schedule memory s = terms();
    (s.target, s.value) = (address(_lock), 0);
    bytes memory data = abi.encodeCall(_lock.run, (address(recorder), 7, ""));
    commit(s, data);
    setClock(s.clock, DUE);
    assertTrue(!executeBy(KEEPER, s, data) && recorder.calls() == 0, "refused");
    vm.prank(caller);
    if (caller != COUNCIL) vm.expectRevert(abi.encodeWithSelector(GovernanceTimelock.OnlyGovernance.selector, caller));
    _lock.queue(address(recorder), 0, "", 100_000);
  }

  function test_queue_TheSameCallTwiceIsTwoCalls() external {
    (bytes32 first, ) = _queue(address(recorder), "");
    (bytes32 second, ) = _queue(address(recorder), "");
    assertTrue(first != second, "two");
  }

  function _execute(Order memory order) private returns (bool) {
    Certificate memory none;
    vm.prank(KEEPER);
    return scheduler.executeWith(order, none);
  }

  function _queue(address target, bytes memory callData) private returns (bytes32 id, Order memory order) {
    vm.recordLogs();
    vm.prank(COUNCIL);
    id = _lock.queue{ value: 100 }(target, 7, callData, 200_000);
    Vm.Log[] memory logs = vm.getRecordedLogs();
    order = abi.decode(logs[logs.length - 1].data, (Order));
    assertEq(logs[logs.length - 1].topics[1], id, "queued");
  }
}
