// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoAggregatorV3 } from "../../../contracts/periphery/ChronoAggregatorV3.sol";
import { ChronoReader } from "../../../contracts/periphery/ChronoReader.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

contract ReadersTest is TimeFixture {
  uint64 private constant UTC = START * 1e9 + 123_456_789;

  ChronoAggregatorV3 private _feed;
  ChronoReader private _reader;

  function setUp() public {
    deployTime(4, 1);
    bytes memory arguments = abi.encode(oracle);
    _feed = ChronoAggregatorV3(deploy("contracts/periphery/ChronoAggregatorV3.sol", "ChronoAggregatorV3", arguments));
    _reader = ChronoReader(deploy("contracts/periphery/ChronoReader.sol", "ChronoReader", arguments));
  }

  function testFuzz_latestRoundData_IsTheLatestCertificate(uint64 sequence) external {
    sequence = uint64(bound(sequence, 1, type(uint64).max));
    submitAt(UTC, sequence);
    (uint80 round, int256 answer, uint256 started, uint256 updated, uint80 answeredIn) = _feed.latestRoundData();
    assertTrue(round == sequence && answeredIn == sequence && answer == int256(uint256(UTC)), "round and answer");
    assertTrue(started == START && updated == START, "seconds");
    (round, answer, , , ) = _feed.getRoundData(sequence);
    assertTrue(round == sequence && answer == int256(uint256(UTC)), "by its number");
    assertTrue(_feed.decimals() == 9 && _feed.version() == 1, "as feeds say of themselves");
    assertEq(bytes(_feed.description()), "UTC / second", "description");
  }

  function testFuzz_getRoundData_RevertsIf_ItIsNotTheLatest(uint80 round) external {
    vm.assume(round != 7);
    submitAt(UTC, 7);
    vm.expectRevert(abi.encodeWithSelector(ChronoAggregatorV3.AggregatorNoData.selector, round));
    _feed.getRoundData(round);
    vm.expectRevert(abi.encodeWithSelector(ChronoAggregatorV3.AggregatorNoData.selector, 0));
    _feed.getRoundData(0);
  }

  function test_readers_RevertIf_NothingWasCertified() external {
    vm.expectRevert(abi.encodeWithSelector(ChronoAggregatorV3.AggregatorNoData.selector, 0));
    _feed.latestRoundData();
    vm.expectRevert(ChronoReader.NoTimeYet.selector);
    _reader.getTimeUnsafe();
    vm.expectRevert(ChronoReader.NoTimeYet.selector);
    _reader.getTimeNoOlderThan(1e9);
  }

  function test_readers_StopWithTheOracle() external {
    submitAt(UTC, 1);
    registry.pause();
    vm.expectRevert(ChronoAggregatorV3.AggregatorPaused.selector);
    _feed.latestRoundData();
    vm.expectRevert(ChronoReader.TimePaused.selector);
    _reader.getTimeNoOlderThan(60);
    assertEq(_reader.getTimeUnsafe().time, UTC, "unsafely it tells");
  }

  function testFuzz_getTimeNoOlderThan_HoldsTheAge(uint16 age, uint16 maxAge) external {
    submitAt(UTC, 1);
    vm.warp(START + age);
    if (age > maxAge) vm.expectRevert(abi.encodeWithSelector(ChronoReader.StaleTime.selector, age, maxAge));
    ChronoReader.Time memory time = _reader.getTimeNoOlderThan(maxAge);
    if (age > maxAge) return;
    assertTrue(time.time == UTC && time.conf == 12_345 && time.publishTime == START, "fields");
  }

  function test_readers_TakeACertificateAheadOfTheBlock() external {
    submitAt(UTC + 20e9, 1);
    (, int256 answer, uint256 started, uint256 updated, ) = _feed.latestRoundData();
    assertTrue(started == START && updated == START, "whoever subtracts it from the block's time gets no negative age");
    assertTrue(answer == int256(uint256(UTC + 20e9)), "the answer itself is exact");
    assertEq(_reader.getTimeNoOlderThan(0).publishTime, START + 20, "age 0");
  }
}
