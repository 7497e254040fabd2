// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Order } from "../../contracts/types/Schedule.sol";
import { Picky } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

/// @dev Deposits: how they are added to, come back, and pass from one schedule to another.
contract ChronoSchedulerFundingTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";
  bytes32 private constant HASH = keccak256(DATA);

  function setUp() public {
    deployScheduler();
  }

  function test_update_OfTheSamePriceCostsNothing() external {
    Order memory o = plain(terms(), DATA);
    bytes32 old = commit(o.schedule, DATA);
    Order memory n = _later(plain(terms(), hex"99"));
    bytes32 id = idOf(n);
    emits();
    emit IChronoScheduler.Scheduled(id, owner, n.schedule, hex"99");
    emits();
    emit IChronoScheduler.Updated(old, id);
    assertEq(_update(o, n, 0), id, "the new id");
    assertTrue(id != old, "another");
    assertEq(pending(o).scheduledAt, 0, "the old one has ended");
    assertEq(pending(n).deposit, 1_000_003, "its deposit is the new one's");
    assertEq(scheduler.credit(owner), 0, "nothing is left over");
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, old));
    run(o);
    vm.warp((DUE + HOUR) / 1e9);
    assertTrue(run(n), "the new one runs");
  }

  function test_update_TheExcessGoesToTheOwnersCredit() external {
    Order memory o = plain(terms(), DATA);
    commit(o.schedule, DATA);
    Order memory n = _later(plain(terms(), DATA));
    (n.schedule.reward, n.schedule.rewardFloor) = (10, 10);
    _update(o, n, 5);
    assertEq(pending(n).deposit, 13, "no more than it needs");
    assertEq(scheduler.credit(owner), 999_995, "the rest, with what was sent");
    assertEq(address(scheduler).balance, 1_000_008, "held");
  }

  function test_update_WhatIsMissingIsSent() external {
    Order memory o = plain(terms(), DATA);
    commit(o.schedule, DATA);
    Order memory n = _later(plain(terms(), DATA));
    n.schedule.reward = 3_000_000;
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 3_000_002, 3_000_003));
    scheduler.update{ value: 1_999_999 }(o.schedule, HASH, n);
    assertEq(pending(o).deposit, 1_000_003, "still the old one");
    _update(o, n, 2_000_000);
    assertEq(pending(n).deposit, 3_000_003, "deposit");
  }

  function test_update_ASeriesKeepsTheWholeDeposit() external {
    Order memory o = plain(terms(), DATA);
    commit(o.schedule, DATA);
    scheduler.topUp{ value: 7 }(idOf(o));
    Order memory n = _later(withExtras(terms(), series(3), DATA));
    bytes32 id = idOf(n);
    emits();
    emit IChronoScheduler.Scheduled(id, owner, n.schedule, DATA);
    emits();
    emit IChronoScheduler.ScheduledExtras(id, n.extras);
    _update(o, n, 2_000_000);
    assertEq(pending(n).deposit, 3_000_010, "all of it");
    assertEq(scheduler.credit(owner), 0, "nothing is left over");
  }

  function test_update_ASeriesBecomesAPlainOne() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    commitWith(o, 5_000_000);
    vm.warp(DUE / 1e9);
    run(o);
    Order memory n = _later(plain(terms(), DATA));
    _update(o, n, 0);
    assertEq(pending(n).deposit, 1_000_003, "one run");
    assertEq(scheduler.credit(owner), 5_000_000 - 2 * 1_000_003, "the rest");
    assertEq(pending(n).run, 0, "from the first run");
  }

  function test_update_TooLittleForASeriesIsRefused() external {
    Order memory o = plain(terms(), DATA);
    commit(o.schedule, DATA);
    Order memory n = withExtras(terms(), series(3), DATA);
    n.schedule.reward += 1;
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 1_000_003, 1_000_004));
    scheduler.update(o.schedule, HASH, n);
  }

  function test_update_ASealedOneBecomesOpen() external {
    Order memory o = plain(terms(), DATA);
    commitSealed(o, 4_000_000);
    Order memory n = _later(plain(terms(), DATA));
    _update(o, n, 0);
    assertTrue(!pending(n).isSealed, "open");
    assertEq(scheduler.credit(owner), 4_000_000 - 1_000_003, "the rest");
  }

  function test_update_ToTheSameIdBeginsAgain() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    bytes32 id = commitWith(o, 3 * escrowOf(o));
    vm.warp(DUE / 1e9);
    run(o);
    emits();
    emit IChronoScheduler.Updated(id, id);
    assertEq(_update(o, o, 0), id, "the same");
    assertEq(pending(o).run, 0, "from its first run");
    assertEq(pending(o).scheduledAt, DUE / 1e9, "made anew");
    assertEq(pending(o).deposit, 2 * escrowOf(o), "deposit");
  }

  function test_update_RevertsIf_CallerIsNotTheOwner() external {
    Order memory o = plain(terms(), DATA);
    commit(o.schedule, DATA);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleOwnerMismatch.selector, this, owner));
    scheduler.update(o.schedule, HASH, _later(plain(terms(), DATA)));
    // Nor may it become somebody else's.
    Order memory n = _later(plain(terms(), DATA));
    n.schedule.owner = KEEPER;
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleOwnerMismatch.selector, owner, KEEPER));
    scheduler.update(o.schedule, HASH, n);
  }

  function test_update_RevertsIf_UnknownOrTheNewOneIsRefused() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = idOf(o);
    Order memory n = _later(plain(terms(), DATA));
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    scheduler.update{ value: 1_000_003 }(o.schedule, HASH, n);
    commit(o.schedule, DATA);
    bytes32 taken = commit(n.schedule, DATA);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, taken));
    scheduler.update(o.schedule, HASH, n);
    n.schedule.target = address(oracle);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTargetRefused.selector, oracle));
    scheduler.update(o.schedule, HASH, n);
    assertEq(pending(o).deposit, 1_000_003, "still the old one");
  }

  function testFuzz_topUp_AddsToTheDepositAndNothingElse(uint96 first, uint96 second, address payer) external {
    Order memory o = withExtras(terms(), series(3), DATA);
    bytes32 id = commitWith(o, 2_000_006);
    vm.warp(DUE / 1e9);
    run(o);
    vm.deal(payer, uint256(first) + second);
    vm.prank(payer);
    scheduler.topUp{ value: first }(id);
    emits();
    emit IChronoScheduler.ToppedUp(id, second, uint128(uint256(1_000_003) + first + second));
    vm.prank(payer);
    scheduler.topUp{ value: second }(id);
    assertEq(pending(o).deposit, uint256(1_000_003) + first + second, "deposit");
    assertEq(pending(o).run, 1, "run");
    assertEq(pending(o).scheduledAt, START, "scheduledAt");
    assertTrue(!pending(o).isSealed, "open");
  }

  function test_topUp_OfAPlainOneComesBackToItsOwner() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commit(o.schedule, DATA);
    scheduler.topUp{ value: 5 }(id);
    vm.warp(DUE / 1e9);
    run(o);
    assertEq(scheduler.credit(owner), 5, "what was not needed");
  }

  function test_topUp_RevertsIf_Unknown() external {
    bytes32 id = scheduler.idOf(terms(), HASH);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    scheduler.topUp{ value: 1 }(id);
  }

  function test_expire_EndsTheRunsThatAreOverAndThenTheSeries() external {
    Order memory o = withExtras(terms(), series(5), DATA);
    bytes32 id = commitWith(o, 2_000_006);
    vm.warp((DUE + HOUR + WINDOW) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 0, 1);
    expire(o);
    refuses(_notOver(DUE + HOUR + WINDOW, DUE + HOUR + WINDOW));
    expire(o);
    vm.warp((DUE + 3 * HOUR) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 1, 3);
    expire(o);
    assertEq(pending(o).deposit, 2_000_006, "nothing was spent");
    assertTrue(run(o), "the run that is not over");
    refuses(_notOver(DUE + 3 * HOUR, DUE + 4 * HOUR + WINDOW));
    expire(o);
    vm.warp((DUE + 4 * HOUR + WINDOW) / 1e9 + 1);
    emits();
    emit IChronoScheduler.Expired(id, 4, 5);
    expire(o);
    assertEq(scheduler.credit(owner), 1_000_003, "the rest");
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    expire(o);
  }

  function test_expire_AllAtOnce() external {
    Order memory o = withExtras(terms(), series(5), DATA);
    bytes32 id = commitWith(o, 2_000_006);
    vm.warp((DUE + 99 * HOUR) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 0, 5);
    expire(o);
    assertEq(scheduler.credit(owner), 2_000_006, "all of it");
  }

  function test_expire_SaysWhenTheDepositWasTooSmall() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    bytes32 id = commitWith(o, 1_500_000);
    vm.warp(DUE / 1e9);
    run(o);
    vm.warp((DUE + HOUR + WINDOW) / 1e9 + 1);
    emits();
    emit IChronoScheduler.Underfunded(id, 1, 2, 499_997);
    expire(o);
    vm.warp((DUE + 2 * HOUR + WINDOW) / 1e9 + 1);
    emits();
    emit IChronoScheduler.Underfunded(id, 2, 3, 499_997);
    expire(o);
    assertEq(scheduler.credit(owner), 499_997, "the rest");
  }

  function test_expire_OfASealedOneSaysWhenTheDepositWasTooSmall() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commitSealed(o, 1);
    vm.warp((DUE + WINDOW) / 1e9 + 1);
    emits();
    emit IChronoScheduler.Underfunded(id, 0, 1, 1);
    expire(o);
    assertEq(scheduler.credit(owner), 1, "the rest");
  }

  function test_cancel_OfASeriesPaysWhatIsLeft() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    bytes32 id = commitWith(o, 5_000_000);
    vm.warp(DUE / 1e9);
    run(o);
    uint256 before = owner.balance;
    vm.prank(owner);
    emits();
    emit IChronoScheduler.Cancelled(id);
    scheduler.cancel(o.schedule, HASH);
    assertEq(owner.balance - before, 5_000_000 - 1_000_003, "the rest");
    vm.warp((DUE + HOUR) / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    run(o);
  }

  function test_cancel_OfASeriesGoesToCreditIf_OwnerTakesNoMoney() external {
    Picky picky = new Picky();
    owner = address(picky);
    vm.deal(owner, 1 ether);
    Order memory o = withExtras(terms(), series(3), DATA);
    commitWith(o, 5_000_000);
    scheduler.topUp{ value: 9 }(idOf(o));
    picky.run(scheduler, abi.encodeCall(scheduler.cancel, (o.schedule, HASH)));
    assertEq(pending(o).scheduledAt, 0, "ended");
    assertEq(scheduler.credit(owner), 5_000_009, "credit");
  }

  function _later(Order memory o) private pure returns (Order memory) {
    o.schedule.notBefore += HOUR;
    o.schedule.notAfter += HOUR;
    return o;
  }

  function _update(Order memory o, Order memory n, uint256 sent) private returns (bytes32) {
    vm.prank(owner);
    return scheduler.update{ value: sent }(o.schedule, keccak256(o.data), n);
  }

  function _notOver(uint256 nowNs, uint64 notAfter) private pure returns (bytes memory) {
    return abi.encodeWithSelector(IChronoScheduler.ScheduleNotOver.selector, nowNs, notAfter);
  }
}
