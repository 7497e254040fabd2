// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Extras, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

contract ChronoSchedulerSeriesTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";
  uint256 private constant DEPOSIT = 5_000_000;

  function setUp() public {
    deployScheduler();
  }

  function test_scheduleWith_ShowsTheExtras() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    bytes32 id = idOf(o);
    emits();
    emit IChronoScheduler.Scheduled(id, owner, o.schedule, DATA);
    emits();
    emit IChronoScheduler.ScheduledExtras(id, o.extras);
    assertEq(commitWith(o, DEPOSIT), id, "id");
    assertEq(pending(o).deposit, DEPOSIT, "deposit");
    assertTrue(!pending(o).isSealed, "open");
  }

  function test_executeWith_RunsOncePerWindowUntilTheCountEndsIt() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    bytes32 id = commitWith(o, DEPOSIT);
    uint256 held = DEPOSIT;
    for (uint32 i = 0; i < 4; ++i) {
      // A second late in its own window: a twelfth of the way from 1,000,000 to 400,000.
      vm.warp((DUE + i * HOUR) / 1e9 + 1);
      held -= 950_003;
      emits();
      emit IChronoScheduler.Executed(id, KEEPER, true, 1e9, 0, 950_000);
      if (i < 3) emits();
      if (i < 3) emit IChronoScheduler.SeriesAdvanced(id, i + 1, uint128(held));
      assertTrue(run(o), "runs");
      assertEq(pending(o).run, i < 3 ? i + 1 : 0, "next run");
      assertEq(pending(o).deposit, i < 3 ? held : 0, "deposit");
    }
    assertEq(recorder.calls(), 4, "calls");
    assertEq(scheduler.credit(owner), held, "the rest is the owner's");
    assertEq(scheduler.credit(KEEPER), 4 * 950_000, "keeper");
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    run(o);
  }

  function test_executeWith_RefusesTheSameWindowAgain() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    run(o);
    for (uint64 late = 0; late < 12; late += 4) {
      vm.warp(DUE / 1e9 + late);
      refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE + late * 1e9, DUE + HOUR));
      run(o);
    }
    assertEq(recorder.calls(), 1, "once");
  }

  function test_executeWith_RefusesWhatIsBetweenWindows() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9 - 1);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE - 1e9, DUE));
    run(o);
    for (uint64 i = 0; i < 3; ++i) {
      uint64 after_ = DUE + i * HOUR + WINDOW + 1e9;
      vm.warp(after_ / 1e9);
      refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, after_, after_ - 1e9));
      run(o);
    }
    // However much later: the last run is the last.
    vm.warp((DUE + 9 * HOUR) / 1e9);
    uint64 end = DUE + 2 * HOUR + WINDOW;
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, DUE + 9 * HOUR, end));
    run(o);
    assertEq(recorder.calls(), 0, "never");
  }

  function test_executeWith_ExpiresMissedRunsInOneEvent() external {
    Order memory o = withExtras(terms(), series(6), DATA);
    bytes32 id = commitWith(o, DEPOSIT);
    vm.warp((DUE + HOUR) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 0, 1);
    run(o);
    vm.warp((DUE + 4 * HOUR) / 1e9);
    emits();
    emit IChronoScheduler.Expired(id, 2, 4);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, true, 0, 0, 1_000_000);
    emits();
    emit IChronoScheduler.SeriesAdvanced(id, 5, uint128(DEPOSIT - 2_000_006));
    run(o);
    assertEq(recorder.calls(), 2, "a missed run is not made up for");
  }

  function test_executeWith_MissedRunsCostNothing() external {
    Order memory o = withExtras(terms(), series(6), DATA);
    commitWith(o, escrowOf(o));
    vm.warp((DUE + 5 * HOUR) / 1e9);
    assertTrue(run(o), "the last one, with the deposit of one run");
    assertEq(scheduler.credit(owner), 0, "spent");
    assertEq(address(scheduler).balance, 1_000_000, "the keeper's");
  }

  function test_executeWith_StopsWhenTheDepositIsUsedUp() external {
    Order memory o = withExtras(terms(), series(6), DATA);
    commitWith(o, 2 * escrowOf(o) - 1);
    vm.warp(DUE / 1e9);
    run(o);
    vm.warp((DUE + HOUR) / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnderfunded.selector, 1_000_002, 1_000_003));
    run(o);
    scheduler.topUp{ value: 1 }(idOf(o));
    assertTrue(run(o), "mended");
  }

  function test_scheduleWith_AWindowMayEndWithTheLastNanosecondThereIs() external {
    Schedule memory s = terms();
    s.clock = ClockSource.Attested;
    Extras memory e = series(3);
    s.notAfter = type(uint64).max - 2 * HOUR;
    s.notBefore = s.notAfter - 1e9;
    Order memory o = withExtras(s, e, DATA);
    commitWith(o, escrowOf(o));
    o.schedule.notAfter += 1;
    _refuseSeries(o, e);
  }

  function test_scheduleWith_RevertsIf_TheSeriesIsNone() external {
    Extras memory e = series(0);
    _refuseSeries(withExtras(terms(), e, DATA), e);
    (e.count, e.interval) = (2, WINDOW);
    _refuseSeries(withExtras(terms(), e, DATA), e);
    e.interval = 0;
    _refuseSeries(withExtras(terms(), e, DATA), e);
    (e.count, e.interval) = (type(uint32).max, type(uint64).max);
    _refuseSeries(withExtras(terms(), e, DATA), e);
    // One run has no interval to speak of, and windows may be a nanosecond apart.
    (e.count, e.interval) = (1, 0);
    commitWith(withExtras(terms(), e, DATA), 1_000_003);
    (e.count, e.interval) = (2, WINDOW + 1);
    commitWith(withExtras(terms(), e, DATA), 1_000_003);
  }

  function testFuzz_scheduleWith_TheLastWindowEndsBelow64Bits(uint64 interval, uint32 count) external {
    Extras memory e = series(count);
    e.interval = interval;
    Order memory o = withExtras(terms(), e, DATA);
    bool fits = count == 1;
    if (count > 1 && interval > WINDOW) fits = (type(uint64).max - (DUE + WINDOW)) / interval >= count - 1;
    if (!fits) _refuseSeries(o, e);
    else commitWith(o, 1_000_003);
  }

  function test_executeWith_RevertsIf_ExtrasAreNotThoseOfTheSchedule() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    commitWith(o, DEPOSIT);
    vm.warp(DUE / 1e9);
    o.extras = abi.encode(series(5));
    bytes memory mismatch = abi.encodeWithSelector(
      IChronoScheduler.ScheduleExtrasMismatch.selector,
      keccak256(o.extras),
      o.schedule.extras
    );
    refuses(mismatch);
    run(o);
    refuses(mismatch);
    expire(o);
    o.extras = "";
    refuses(_mismatch(keccak256(""), o.schedule.extras));
    run(o);
    refuses(_mismatch(0, o.schedule.extras));
    executeBy(KEEPER, o.schedule, DATA);
  }

  function test_schedule_RevertsIf_ExtrasHaveNoSchedule() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    vm.prank(owner);
    refuses(_mismatch(0, o.schedule.extras));
    scheduler.schedule{ value: 1_000_003 }(o.schedule, DATA);
    o.schedule.extras = 0;
    vm.prank(owner);
    refuses(_mismatch(keccak256(o.extras), 0));
    scheduler.scheduleWith{ value: 1_000_003 }(o);
    commit(o.schedule, DATA);
    vm.warp(DUE / 1e9);
    refuses(_mismatch(keccak256(o.extras), 0));
    run(o);
  }

  function test_scheduleWith_TakesAnyDepositFromOneRunUp() external {
    Order memory o = withExtras(terms(), series(4), DATA);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 1_000_002, 1_000_003));
    scheduler.scheduleWith{ value: 1_000_002 }(o);
    commitWith(o, 100 ether);
    assertEq(pending(o).deposit, 100 ether, "all of it");
    // A plain one takes its price and no more, by this door too.
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleDepositWrong.selector, 1_000_004, 1_000_003));
    scheduler.scheduleWith{ value: 1_000_004 }(plain(terms(), DATA));
  }

  /// @dev Beside a model that looks for the run by trying each.
  function testFuzz_executeWith_FollowsTheModel(bytes32 seed, uint64 window, uint64 gap, uint8 count) external {
    Schedule memory s = terms();
    s.clock = ClockSource.Attested;
    s.notAfter = s.notBefore + uint64(bound(window, 1, 20e9));
    Extras memory e = series(uint32(bound(count, 1, 6)));
    e.interval = s.notAfter - s.notBefore + uint64(bound(gap, 1, 10e9));
    Order memory o = withExtras(s, e, DATA);
    commitWith(o, 10_000_000);
    uint64 nowNs = s.notBefore - 5e9;
    uint256 next;
    for (uint256 i = 0; i < 12 && next < e.count; ++i) {
      seed = keccak256(abi.encode(seed));
      nowNs += uint64(bound(uint64(uint256(seed)), 1, e.interval));
      setClock(s.clock, nowNs);
      next = uint256(seed) >> 254 == 0 ? _expireByTheModel(o, e, next, nowNs) : _runByTheModel(o, e, next, nowNs);
      assertEq(pending(o).run, next == e.count ? 0 : next, "the next run");
    }
    assertTrue((pending(o).scheduledAt == 0) == (next == e.count), "ended by the count");
  }

  function _runByTheModel(Order memory o, Extras memory e, uint256 next, uint64 nowNs) private returns (uint256) {
    uint256 calls = recorder.calls();
    uint256 due = type(uint256).max;
    for (uint256 i = next; i < e.count; ++i)
      if (o.schedule.notBefore + i * e.interval <= nowNs && nowNs <= o.schedule.notAfter + i * e.interval) due = i;
    if (due == type(uint256).max) {
      (bool ran, ) = address(this).call(abi.encodeCall(this.runOutside, (o)));
      assertTrue(!ran, "refused");
      return next;
    }
    if (due != next) emits();
    if (due != next) emit IChronoScheduler.Expired(idOf(o), uint32(next), uint32(due));
    assertTrue(run(o), "runs");
    assertEq(recorder.calls(), calls + 1, "one call");
    return due + 1;
  }

  function _expireByTheModel(Order memory o, Extras memory e, uint256 next, uint64 nowNs) private returns (uint256) {
    uint256 over = next;
    while (over < e.count && o.schedule.notAfter + over * e.interval < nowNs) ++over;
    uint256 end = o.schedule.notAfter + next * e.interval;
    if (over == next) refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleNotOver.selector, nowNs, end));
    else emits();
    if (over != next) emit IChronoScheduler.Expired(idOf(o), uint32(next), uint32(over));
    expire(o);
    return over;
  }

  function runOutside(Order calldata o) external {
    run(o);
  }

  function _mismatch(bytes32 given, bytes32 needed) private pure returns (bytes memory) {
    return abi.encodeWithSelector(IChronoScheduler.ScheduleExtrasMismatch.selector, given, needed);
  }

  function _refuseSeries(Order memory o, Extras memory e) private {
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleSeriesInvalid.selector, e.interval, e.count));
    scheduler.scheduleWith{ value: escrowOf(o) }(o);
  }
}
