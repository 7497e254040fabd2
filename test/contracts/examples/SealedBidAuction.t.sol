// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { SealedBidAuction } from "../../../contracts/examples/SealedBidAuction.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { ChronoConsumer } from "../../../contracts/periphery/ChronoConsumer.sol";
import { Greedy } from "../support/Greedy.sol";
import { Picky } from "../support/Targets.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

contract SealedBidAuctionTest is TimeFixture {
  uint64 private constant COMMITS = (START + 100) * 1e9;
  uint64 private constant REVEALS = (START + 200) * 1e9;
  address private constant SELLER = address(0x5e11e2);
  address private constant ANN = address(0xa44);
  address private constant BOB = address(0xb0b);
  address private constant CAT = address(0xca7);

  SealedBidAuction private _auction;
  uint64 private _sequence;

  function setUp() public {
    deployTime(4, 1);
    vm.prank(SELLER);
    _auction = new SealedBidAuction(oracle, COMMITS, REVEALS);
    vm.deal(ANN, 100);
    vm.deal(BOB, 100);
    vm.deal(CAT, 100);
    _at(START * 1e9);
  }

  function test_auction_HighestRevealedBidWinsAndTheRestGoesBack() external {
    _commit(ANN, 30, 50);
    _commit(BOB, 40, 40);
    _commit(CAT, 99, 100);
    _at(COMMITS);
    _reveal(ANN, 30);
    _reveal(BOB, 40);
    _at(REVEALS);
    vm.prank(CAT);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, REVEALS));
    _auction.reveal(99, "salt");
    _auction.settle();
    vm.expectRevert(SealedBidAuction.AlreadySettled.selector);
    _auction.settle();
    assertEq(_auction.winner(), BOB, "winner");
    _withdraw(ANN, 100);
    _withdraw(SELLER, 140);
    vm.prank(BOB);
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.NothingToWithdraw.selector, BOB));
    _auction.withdraw();
    assertEq(address(_auction).balance, 0, "nothing stays");
  }

  function test_auction_ALaterLowerBidAndAnEqualOneLose() external {
    _commit(ANN, 40, 40);
    _commit(BOB, 40, 50);
    _commit(CAT, 10, 10);
    _at(COMMITS);
    _reveal(ANN, 40);
    _reveal(BOB, 40);
    _reveal(CAT, 10);
    assertEq(_auction.winner(), ANN, "the first of equals");
    _withdraw(BOB, 100);
    _withdraw(CAT, 100);
  }

  function test_commit_ClosesToTheNanosecond() external {
    _at(COMMITS - 1);
    _commit(ANN, 1, 1);
    _at(COMMITS);
    vm.prank(BOB);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, COMMITS));
    _auction.commit{ value: 1 }("hash");
  }

  function test_commit_RevertsIf_TimeIsTooOldToTell() external {
    vm.warp(START + 121);
    vm.prank(BOB);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, COMMITS));
    _auction.commit{ value: 1 }("hash");
  }

  function test_reveal_RevertsIf_EarlyWrongRepeatedOrUncovered() external {
    _commit(ANN, 30, 30);
    bytes32 hash = _auction.commitmentOf(BOB, 30, "salt");
    vm.prank(BOB);
    _auction.commit{ value: 29 }(hash);
    vm.prank(BOB);
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.AlreadyCommitted.selector, BOB));
    _auction.commit{ value: 1 }(hash);
    vm.prank(CAT);
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.CommitmentMismatch.selector, 0, 0));
    _auction.commit{ value: 1 }(0);
    vm.prank(ANN);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoNotYet.selector, COMMITS));
    _auction.reveal(30, "salt");
    _at(COMMITS);
    vm.prank(BOB);
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.DepositTooSmall.selector, 29, 30));
    _auction.reveal(30, "salt");
    vm.prank(ANN);
    vm.expectPartialRevert(SealedBidAuction.CommitmentMismatch.selector);
    _auction.reveal(31, "salt");
    _reveal(ANN, 30);
    vm.prank(ANN);
    vm.expectPartialRevert(SealedBidAuction.CommitmentMismatch.selector);
    _auction.reveal(30, "salt");
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoNotYet.selector, REVEALS));
    _auction.settle();
  }

  function test_withdraw_RevertsIf_TheReceiverRefuses() external {
    address picky = address(new Picky());
    vm.deal(picky, 5);
    _commit(picky, 5, 5);
    _commit(BOB, 6, 6);
    _at(COMMITS);
    _reveal(picky, 5);
    _reveal(BOB, 6);
    vm.prank(picky);
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.WithdrawFailed.selector, picky));
    _auction.withdraw();
  }

  function test_reveal_TheOrderOfRevealsDoesNotDecideBetweenEqualBids() external {
    _commit(ANN, 40, 40);
    _commit(BOB, 40, 50);
    _at(COMMITS);
    _reveal(BOB, 40);
    assertEq(_auction.winner(), BOB, "so far");
    _reveal(ANN, 40);
    assertEq(_auction.winner(), ANN, "who committed first");
    _withdraw(BOB, 100);
  }

  function test_reveal_GoesOnWhileCertificatesAreMissingButNotWhileTheOracleIsPaused() external {
    _commit(ANN, 30, 30);
    _commit(BOB, 20, 20);
    _at(COMMITS);
    vm.warp(REVEALS / 1e9 + 1_000_000);
    _reveal(ANN, 30);
    assertEq(_auction.winner(), ANN, "no deposit is lost by an outage");
    registry.pause();
    vm.prank(BOB);
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _auction.reveal(20, "salt");
  }

  function test_withdraw_PaysOnceWhoeverComesBackIn() external {
    Greedy greedy = new Greedy(address(_auction), abi.encodeCall(_auction.withdraw, ()));
    vm.deal(address(greedy), 5);
    _commit(address(greedy), 5, 5);
    _commit(BOB, 6, 6);
    _at(COMMITS);
    _reveal(address(greedy), 5);
    _reveal(BOB, 6);
    vm.prank(address(greedy));
    _auction.withdraw();
    assertTrue(greedy.tries() == 1 && address(greedy).balance == 5, "once");
    assertEq(address(_auction).balance, 6, "the others' stays");
  }

  /// @dev An inserted leap second: UTC counts one second twice, so that the same instant comes again.
  function test_reveal_RevertsIf_SettledThoughTheInstantComesAgain() external {
    _commit(ANN, 30, 30);
    _at(REVEALS);
    _auction.settle();
    Fields memory f = heartbeat(REVEALS + 37e9 + 1, ++_sequence);
    f.taiMinusUtc = 38;
    submit(certify(f, 0xe0000000));
    assertTrue(!oracle.hasPassed(REVEALS), "not passed, once more");
    vm.prank(ANN);
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoTooLate.selector, REVEALS));
    _auction.reveal(30, "salt");
  }

  function test_settle_PaysNothingWhenNobodyRevealed() external {
    _at(REVEALS);
    _auction.settle();
    assertTrue(_auction.winner() == address(0) && _auction.refunds(SELLER) == 0, "nothing");
  }

  function test_constructor_RevertsIf_NoTimeIsLeftForReveals() external {
    vm.expectRevert(abi.encodeWithSelector(SealedBidAuction.PhasesInvalid.selector, COMMITS, COMMITS));
    new SealedBidAuction(oracle, COMMITS, COMMITS);
  }

  function _at(uint64 utcNs) private {
    vm.warp(utcNs / 1e9);
    submitAt(utcNs, ++_sequence);
  }

  function _commit(address bidder, uint256 amount, uint256 deposit) private {
    bytes32 hash = _auction.commitmentOf(bidder, amount, "salt");
    vm.prank(bidder);
    _auction.commit{ value: deposit }(hash);
  }

  function _reveal(address bidder, uint256 amount) private {
    vm.prank(bidder);
    _auction.reveal(amount, "salt");
  }

  function _withdraw(address account, uint256 balance) private {
    vm.prank(account);
    _auction.withdraw();
    assertEq(account.balance, balance, "balance");
  }
}
