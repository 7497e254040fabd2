// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoLedger } from "../../contracts/ChronoLedger.sol";
import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { ClockLib } from "../../contracts/libraries/ClockLib.sol";
import { CHRONO_ORACLE } from "../../contracts/libraries/OracleAddress.sol";
import { ChronoConsumer } from "../../contracts/periphery/ChronoConsumer.sol";
import { LedgerConsumer, OwnOracleConsumer } from "./support/Consumers.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

interface IPrecisionAuction {
  function placeBid() external payable;
  function auctionEndTime() external view returns (uint256);
}

contract ChronoLedgerTest is TimeFixture {
  uint64 private constant UTC = START * 1e9;

  LedgerConsumer private _consumer;

  function setUp() public {
    deployTime(4, 1);
    // The same code, immutables and all, at the one address.
    vm.etch(CHRONO_ORACLE, address(oracle).code);
    oracle = IChronoOracle(CHRONO_ORACLE);
    _consumer = new LedgerConsumer();
  }

  function test_getVerifiedTimestamp_IsTheLatestCertifiedInstantInUtc() external {
    submitAt(UTC + 123_456_789, 1);
    assertEq(_consumer.now_(), UTC + 123_456_789, "now");
    vm.warp(START + 300);
    assertEq(_consumer.now_(), UTC + 123_456_789, "five minutes old at most");
  }

  function test_getVerifiedTimestamp_RevertsIf_Stale() external {
    submitAt(UTC, 1);
    vm.warp(START + 301);
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, UTC, UTC + 301e9, uint64(300e9)));
    _consumer.now_();
    vm.expectRevert(
      abi.encodeWithSelector(IChronoOracle.OracleStale.selector, UTC, UTC + 301e9, uint64(300_999_999_999))
    );
    _consumer.nowWithin(300_999_999_999);
    assertEq(_consumer.nowWithin(301e9), UTC, "its own bound");
  }

  function test_getVerifiedTimestamp_RevertsIf_NothingWasCertified() external {
    vm.expectPartialRevert(IChronoOracle.OracleStale.selector);
    _consumer.now_();
  }

  function test_getVerifiedTimestamp_RevertsIf_ThereIsNoOracle() external {
    vm.etch(CHRONO_ORACLE, "");
    vm.expectRevert(abi.encodeWithSelector(ClockLib.ClockMissing.selector, CHRONO_ORACLE));
    _consumer.now_();
    // Code that answers with less than a word is no oracle either.
    vm.etch(CHRONO_ORACLE, hex"60206000f3");
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, 0, START * 1e9, uint64(300e9)));
    _consumer.now_();
    vm.etch(CHRONO_ORACLE, hex"601f6000f3");
    (bool ok, ) = address(_consumer).call(abi.encodeCall(_consumer.now_, ()));
    assertTrue(!ok, "31 bytes are refused");
  }

  function testFuzz_hasPassed_AndNotPassed(uint64 instant) external {
    submitAt(UTC, 1);
    assertTrue(_consumer.hasPassed(instant) == (instant <= UTC), "hasPassed");
    assertTrue(_consumer.notPassed(instant, 1e9) == (instant > UTC), "notPassed");
    uint256 large = uint256(instant) + (uint256(1) << 64);
    vm.expectRevert(abi.encodeWithSelector(ChronoLedger.ChronoLedgerOutOfRange.selector, large));
    _consumer.hasPassed(large);
    vm.expectRevert(abi.encodeWithSelector(ChronoLedger.ChronoLedgerOutOfRange.selector, large));
    _consumer.notPassed(large, 1e9);
  }

  function test_hasPassed_AndNotPassedHoldTheirEdges() external {
    submitAt(UTC, 1);
    assertTrue(_consumer.hasPassed(UTC) && !_consumer.hasPassed(UTC + 1), "passed from the instant itself on");
    assertTrue(_consumer.notPassed(UTC + 1, 0) && !_consumer.notPassed(UTC, 0), "not passed until it");
    vm.warp(START + 1);
    assertTrue(_consumer.notPassed(UTC + 1, 1e9), "as old as it may be");
    assertTrue(!_consumer.notPassed(UTC + 1, 1e9 - 1), "a nanosecond older");
    uint256 last = type(uint64).max;
    assertTrue(!_consumer.hasPassed(last) && _consumer.notPassed(last, 1e9), "the last number of 64 bits");
  }

  function test_toSeconds_CountsWholeSecondsOfABillionNanoseconds() external view {
    assertEq(_consumer.fromSeconds(3), 3_000_000_000, "from seconds");
    assertEq(_consumer.toSeconds(2_999_999_999), 2, "to seconds");
  }

  function testFuzz_toSeconds_UndoesFromSeconds(uint128 timeSeconds, uint32 ns) external view {
    assertEq(_consumer.toSeconds(_consumer.fromSeconds(timeSeconds)), timeSeconds, "exact");
    assertEq(_consumer.toSeconds(_consumer.fromSeconds(timeSeconds) + (ns % 1e9)), timeSeconds, "rounded down");
  }

  function test_placeBid_OfTheExampleHoldsTheAuctionsEnd() external {
    IPrecisionAuction auction = IPrecisionAuction(
      deploy("contracts/examples/PrecisionAuction.sol", "PrecisionAuction", "")
    );
    vm.store(address(auction), bytes32(0), bytes32(uint256(UTC + 1)));
    assertEq(auction.auctionEndTime(), UTC + 1, "slot 0 is the end");
    submitAt(UTC, 1);
    auction.placeBid{ value: 1 }();
    submitAt(UTC + 1, 2);
    vm.expectRevert(abi.encodeWithSignature("Error(string)", "Auction ended"));
    auction.placeBid{ value: 1 }();
    vm.store(address(auction), bytes32(0), bytes32(uint256(UTC + 1e12)));
    vm.warp(START + 302);
    vm.expectPartialRevert(IChronoOracle.OracleStale.selector);
    auction.placeBid{ value: 1 }();
  }

  function test_chronoConsumer_GuardsByItsOwnOracle() external {
    OwnOracleConsumer own = new OwnOracleConsumer(oracle);
    submitAt(UTC, 1);
    assertTrue(own.after_(UTC) && own.before_(UTC + 1, 0), "at the edge");
    assertEq(own.now_(0), UTC, "now");
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoNotYet.selector, UTC + 1));
    own.after_(UTC + 1);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, UTC));
    own.before_(UTC, 0);
    vm.warp(START + 1);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, UTC + 1));
    own.before_(UTC + 1, 0);
  }
}
