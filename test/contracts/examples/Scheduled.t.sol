// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { GovernanceTimelock } from "../../../contracts/examples/GovernanceTimelock.sol";
import { Subscription } from "../../../contracts/examples/Subscription.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { ChronoTarget } from "../../../contracts/periphery/ChronoTarget.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Extras, OnRevert, Order, Schedule } from "../../../contracts/types/Schedule.sol";
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

contract Coin is ERC20("Coin", "COIN") {
  function mint(address to, uint256 amount) external {
    _mint(to, amount);
  }
}

contract SubscriptionTest is SchedulerFixture {
  uint64 private constant PERIOD = 3_600e9;
  address private constant MERCHANT = address(0x3e4c);
  address private constant ANN = address(0xa44);

  Coin private _coin;
  Subscription private _plan;
  uint64 private _begin = START * 1e9;

  function setUp() public {
    deployScheduler();
    _coin = new Coin();
    _plan = new Subscription(oracle, _coin, MERCHANT, 10, PERIOD);
    _coin.mint(ANN, 1_000);
    setClock(ClockSource.Attested, _begin);
    vm.prank(ANN);
    _coin.approve(address(_plan), 50);
    vm.prank(ANN);
    _plan.subscribe();
  }

  function test_collect_RunsAsASeriesOnceAPeriod() external {
    Order memory order = _series();
    vm.prank(owner);
    scheduler.scheduleWith{ value: 3e6 }(order);
    Certificate memory none;
    for (uint64 run = 1; run <= 3; ++run) {
      setClock(ClockSource.Attested, _begin + run * PERIOD + 5e9);
      vm.prank(KEEPER);
      assertTrue(scheduler.executeWith(order, none), "collected");
      vm.expectPartialRevert(Subscription.NotDue.selector);
      _plan.collect(ANN);
    }
    assertEq(_coin.balanceOf(MERCHANT), 40, "four periods");
  }

  function testFuzz_collect_OnceInAPeriodAndNeverEarly(uint64[6] calldata waits) external {
    uint64 now_ = _begin;
    uint256 paidIn = 0;
    uint256 paid = 10;
    for (uint256 i = 0; i < 6; ++i) {
      now_ += uint64(bound(waits[i], 1, 2 * PERIOD));
      setClock(ClockSource.Attested, now_);
      uint256 runs = (now_ - _begin) / PERIOD;
      (bool collected, ) = address(_plan).call(abi.encodeCall(_plan.collect, (ANN)));
      assertTrue(collected == (runs > paidIn && paid < 50), "once in each period that anybody collects in");
      if (collected) (paid, paidIn) = (paid + 10, runs);
    }
    assertEq(_coin.balanceOf(MERCHANT), paid, "the prices of those periods");
  }

  function test_collect_HoldsTheInstantToTheNanosecond() external {
    setClock(ClockSource.Attested, _begin + PERIOD - 1);
    vm.expectRevert(abi.encodeWithSelector(Subscription.NotDue.selector, _begin + PERIOD - 1, _begin + PERIOD));
    _plan.collect(ANN);
    setClock(ClockSource.Attested, _begin + PERIOD);
    _plan.collect(ANN);
    assertEq(_plan.nextDue(ANN), _begin + 2 * PERIOD, "the next one does not move");
  }

  function test_collect_TakesNoPriceOfPeriodsThatAreOver() external {
    setClock(ClockSource.Attested, _begin + 4 * PERIOD - 1);
    _plan.collect(ANN);
    vm.expectRevert(abi.encodeWithSelector(Subscription.NotDue.selector, _begin + 4 * PERIOD - 1, _begin + 4 * PERIOD));
    _plan.collect(ANN);
    assertEq(_coin.balanceOf(MERCHANT), 20, "the first and the running one");
  }

  function test_subscribe_RevertsIf_TimeIsOldOrStopped() external {
    vm.warp(START + 601);
    vm.expectPartialRevert(IChronoOracle.OracleStale.selector);
    _plan.subscribe();
    registry.pause();
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _plan.subscribe();
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _plan.collect(ANN);
  }

  function test_collect_RevertsIf_NobodySubscribedOrNothingIsAllowed() external {
    vm.expectRevert(abi.encodeWithSelector(Subscription.NotSubscribed.selector, MERCHANT));
    _plan.collect(MERCHANT);
    setClock(ClockSource.Attested, _begin + PERIOD + 700e9);
    vm.prank(ANN);
    _coin.approve(address(_plan), 9);
    (bool ok, ) = address(_plan).call(abi.encodeCall(_plan.collect, (ANN)));
    assertTrue(!ok && _plan.nextDue(ANN) == _begin + PERIOD, "unpaid is not collected");
  }

  function test_cancel_EndsIt() external {
    vm.prank(ANN);
    vm.expectRevert(abi.encodeWithSelector(Subscription.AlreadySubscribed.selector, ANN));
    _plan.subscribe();
    vm.prank(ANN);
    _plan.cancel();
    vm.prank(ANN);
    vm.expectRevert(abi.encodeWithSelector(Subscription.NotSubscribed.selector, ANN));
    _plan.cancel();
    setClock(ClockSource.Attested, _begin + PERIOD);
    vm.expectRevert(abi.encodeWithSelector(Subscription.NotSubscribed.selector, ANN));
    _plan.collect(ANN);
  }

  function _series() private view returns (Order memory order) {
    order.extras = abi.encode(
      Extras({
        interval: PERIOD,
        count: 3,
        onRevert: OnRevert.Stop,
        condition: address(0),
        conditionGas: 0,
        conditionData: ""
      })
    );
    order.data = abi.encodeCall(_plan.collect, (ANN));
    order.schedule = terms();
    order.schedule.target = address(_plan);
    order.schedule.value = 0;
    order.schedule.clock = ClockSource.Attested;
    (order.schedule.notBefore, order.schedule.notAfter) = (_begin + PERIOD, _begin + PERIOD + 60e9);
    order.schedule.extras = keccak256(order.extras);
  }
}
