// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

/// @dev The keeper's reward, and the terms that it depends on.
contract ChronoSchedulerRewardTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  function setUp() public {
    deployScheduler();
  }

  function test_execute_PaysAllForTheTimeOfGraceAndTheFloorAtLast() external {
    Schedule memory s = terms();
    (s.clock, s.grace) = (ClockSource.Attested, 4e9);
    uint64[6] memory late = [uint64(0), 4e9, 4e9 + 1, 8e9, 12e9 - 1, 12e9];
    // From 1,000,000 to 400,000 in 8 seconds: 75,000 a second, and what is not whole stays with the keeper.
    uint256[6] memory rewards = [uint256(1_000_000), 1_000_000, 1_000_000, 700_000, 400_001, 400_000];
    for (uint256 i = 0; i < late.length; ++i) {
      commit(s, DATA);
      setClock(s.clock, DUE + late[i]);
      uint256 before = scheduler.credit(KEEPER);
      executeBy(KEEPER, s, DATA);
      assertEq(scheduler.credit(KEEPER) - before, rewards[i], "reward");
    }
  }

  function test_execute_PaysAllWhenTheWholeWindowIsGrace() external {
    Schedule memory s = terms();
    s.grace = WINDOW;
    commit(s, DATA);
    vm.warp((DUE + WINDOW) / 1e9);
    executeBy(KEEPER, s, DATA);
    assertEq(scheduler.credit(KEEPER), 1_000_000, "whole");
    s.grace = WINDOW + 1;
    vm.warp(START);
    _refuse(s, abi.encodeWithSelector(IChronoScheduler.ScheduleWindowInvalid.selector, DUE, s.notAfter, s.grace));
  }

  function test_execute_PaysNothingWhereNothingIsOffered() external {
    Schedule memory s = terms();
    (s.reward, s.rewardFloor, s.value) = (0, 0, 0);
    commit(s, DATA);
    vm.warp(DUE / 1e9 + 5);
    executeBy(KEEPER, s, DATA);
    assertEq(scheduler.credit(KEEPER) + scheduler.credit(owner), 0, "nothing");
    assertEq(recorder.calls(), 1, "and it ran");
  }

  /// @dev The formula from the other end: the floor, and what is left of the fall, rounded up.
  function testFuzz_execute_RewardFollowsTheCurve(
    uint96 reward,
    uint96 floor_,
    uint64 window,
    uint64 grace,
    uint64 late,
    uint8 which
  ) external {
    Schedule memory s = terms();
    (s.clock, s.reward, s.rewardFloor) = (ClockSource.Attested, reward, uint96(bound(floor_, 0, reward)));
    window = uint64(bound(window, 1, 1e12));
    s.notAfter = s.notBefore + window;
    s.grace = uint64(bound(grace, 0, window));
    late = uint64(bound(late, 0, window));
    vm.deal(owner, uint256(reward) + 3);
    // The same curve in each run of a series.
    uint64 shift = (which % 3) * HOUR;
    Order memory o = withExtras(s, series(3), DATA);
    commitWith(o, escrowOf(o));
    setClock(s.clock, s.notBefore + shift + late);
    run(o);
    uint256 left = uint256(s.reward - s.rewardFloor) * (window - late);
    uint256 fall = window - s.grace;
    uint256 expected = late <= s.grace ? reward : s.rewardFloor + (left == 0 ? 0 : (left - 1) / fall + 1);
    assertEq(scheduler.credit(KEEPER), expected, "keeper");
    if (which % 3 == 2) assertEq(scheduler.credit(owner), reward - expected, "owner");
    else assertEq(pending(o).deposit, reward - expected, "still held");
  }

  function test_execute_RewardHoldsWithTheLargestNumbers() external {
    Schedule memory s = terms();
    s.clock = ClockSource.Attested;
    (s.reward, s.rewardFloor, s.value) = (type(uint96).max, 0, type(uint96).max);
    s.notAfter = type(uint64).max;
    vm.deal(owner, 2 * uint256(s.reward));
    commit(s, DATA);
    setClock(s.clock, DUE + 1);
    executeBy(KEEPER, s, DATA);
    uint256 cut = uint256(s.reward) / (s.notAfter - s.notBefore);
    assertEq(scheduler.credit(KEEPER), s.reward - cut, "keeper");
    assertEq(scheduler.credit(owner), cut, "owner");
    assertEq(recorder.lastValue(), s.value, "value");
  }

  /// @dev Every single bit above a field's type, by each function that makes a schedule.
  function test_schedule_RevertsIf_AFieldHasBitsAboveItsType() external {
    uint16[11] memory widths = [uint16(160), 160, 32, 96, 64, 96, 64, 96, 2, 64, 64];
    for (uint256 i = 0; i < widths.length; ++i)
      for (uint256 bit = widths[i]; bit < 256; bit += 19) _refuseDirt(i, uint256(1) << bit);
    // The clock's number is more than there are clocks.
    _refuseDirt(8, 3);
  }

  function testFuzz_schedule_RevertsIf_AFieldIsDirty(uint8 field, uint256 dirt) external {
    uint16[11] memory widths = [uint16(160), 160, 32, 96, 64, 96, 64, 96, 2, 64, 64];
    uint256 i = bound(field, 0, 10);
    vm.assume(dirt >> widths[i] != 0);
    _refuseDirt(i, dirt);
  }

  function _refuseDirt(uint256 field, uint256 dirt) private {
    bytes memory error_ = abi.encodeWithSelector(IChronoScheduler.ScheduleFieldOutOfRange.selector);
    bytes memory direct = abi.encodeCall(scheduler.schedule, (terms(), DATA));
    _soil(direct, 0x24 + 0x20 * field, dirt);
    assertEq(_answer(direct), error_, "schedule");
    bytes memory ordered = abi.encodeCall(scheduler.scheduleWith, (plain(terms(), DATA)));
    _soil(ordered, 0x44 + 0x20 * field, dirt);
    assertEq(_answer(ordered), error_, "scheduleWith");
  }

  function _soil(bytes memory call_, uint256 place, uint256 dirt) private pure {
    assembly ("memory-safe") {
      let word := add(call_, place)
      mstore(word, or(mload(word), dirt))
    }
  }

  function _answer(bytes memory call_) private returns (bytes memory answer) {
    bool ok;
    vm.prank(owner);
    (ok, answer) = address(scheduler).call{ value: 1_000_003 }(call_);
    assertTrue(!ok, "refused");
  }

  function _refuse(Schedule memory s, bytes memory error_) private {
    vm.prank(owner);
    vm.expectRevert(error_);
    scheduler.schedule{ value: uint256(s.value) + s.reward }(s, DATA);
  }
}
