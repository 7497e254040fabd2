// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { Subscription } from "../../../contracts/examples/Subscription.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Extras, OnRevert, Order } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";

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
