// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IntentAuction } from "../../../contracts/examples/IntentAuction.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../../../contracts/types/Certificate.sol";
import { Greedy } from "../support/Greedy.sol";
import { IntentFixture } from "../support/IntentFixture.sol";
import { Picky } from "../support/Targets.sol";

contract IntentAuctionTest is IntentFixture {
  uint64 private constant ENDS = (START + 100) * 1e9;
  uint64 private constant REVEALS = (START + 200) * 1e9;
  uint256 private constant LEAST = 3;
  address private constant SELLER = address(0x5e11e2);

  IntentAuction private _auction;
  address[4] private _bidders = [address(0xb1), address(0xb2), address(0xb3), address(0xb4)];
  uint256[4] private _amounts = [uint256(5), 9, 9, 9];
  /// @dev The second and third tie in amount and certificate; the fourth was certified before both.
  uint64[4] private _certified = [ENDS - 50e9, ENDS - 1e9, ENDS - 1e9, ENDS - 2e9];
  uint256[4] private _highest;
  uint64[4] private _age = [uint64(10), 500, 900, 1];

  function setUp() public {
    deployTime(4, 1);
    _open();
    for (uint256 i = 0; i < 4; ++i) vm.deal(_bidders[i], 1_000);
    vm.warp(START + 150);
  }

  function test_placeBid_WinnerIsTheSameInEveryOrderOfInclusion() external {
    uint256 orders = 0;
    for (uint256 a = 0; a < 4; ++a)
      for (uint256 b = 0; b < 4; ++b)
        for (uint256 c = 0; c < 4; ++c) {
          if (a == b || b == c || a == c) continue;
          _open();
          _bid(a);
          _bid(b);
          _bid(c);
          _bid(6 - a - b - c);
          assertEq(_leader(), _bidders[3], "the highest that was certified first");
          ++orders;
        }
    assertEq(orders, 24, "every order");
  }

  function test_placeBid_ArrivalDecidesWithinACertificate() external {
    _bid(1);
    _bid(2);
    assertEq(_leader(), _bidders[2], "that which the node had first");
    _open();
    _bid(2);
    _bid(1);
    assertEq(_leader(), _bidders[2], "in the other order too");
  }

  function test_placeBid_CountsWhenStampedInTimeHoweverLateItIsIncluded() external {
    _certified[0] = ENDS + 1;
    (Inclusion memory i, Certificate memory c) = _stamp(0);
    vm.prank(_bidders[0]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.BidTooLate.selector, ENDS + 1, ENDS));
    _auction.placeBid{ value: 5 }(5, i, c);
    _certified[1] = ENDS;
    vm.warp(START + 199);
    _bid(1);
    assertEq(_leader(), _bidders[1], "the one in time leads, though it came later");
  }

  function test_placeBid_RevertsIf_TheStampIsAnothers() external {
    (Inclusion memory i, Certificate memory c) = _stamp(1);
    vm.prank(_bidders[2]);
    vm.expectPartialRevert(IChronoOracle.OracleIntentMismatch.selector);
    _auction.placeBid{ value: 9 }(9, i, c);
    vm.prank(_bidders[1]);
    vm.expectPartialRevert(IChronoOracle.OracleIntentMismatch.selector);
    _auction.placeBid{ value: 10 }(10, i, c);
    vm.prank(_bidders[1]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.BidWrongValue.selector, 8, 9));
    _auction.placeBid{ value: 8 }(9, i, c);
    c.signatures[7] ^= 0x01;
    vm.prank(_bidders[1]);
    vm.expectPartialRevert(IChronoOracle.OracleSignatureInvalid.selector);
    _auction.placeBid{ value: 9 }(9, i, c);
  }

  function test_settle_PaysTheSellerAndEverybodyElseExactly() external {
    for (uint256 i = 0; i < 4; ++i) _bid(i);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.AuctionNotOver.selector, REVEALS));
    _auction.settle();
    vm.warp(REVEALS / 1e9);
    submitAt(REVEALS, 2_000);
    (Inclusion memory proof, Certificate memory c) = _stamp(0);
    vm.prank(_bidders[0]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.AuctionOver.selector, REVEALS));
    _auction.placeBid{ value: 5 }(5, proof, c);
    _auction.settle();
    vm.expectRevert(IntentAuction.AlreadySettled.selector);
    _auction.settle();
    for (uint256 i = 0; i < 3; ++i) {
      vm.prank(_bidders[i]);
      _auction.withdraw();
      assertEq(_bidders[i].balance, 1_000, "back");
    }
    vm.prank(_bidders[3]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.NothingToWithdraw.selector, _bidders[3]));
    _auction.withdraw();
    vm.prank(SELLER);
    _auction.withdraw();
    assertEq(SELLER.balance, 9, "the price");
    assertEq(address(_auction).balance, 0, "nothing stays");
  }

  function test_withdraw_RevertsIf_TheReceiverRefuses() external {
    address picky = address(new Picky());
    _bidders[0] = picky;
    _bid(0);
    _bid(3);
    vm.prank(picky);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.WithdrawFailed.selector, picky));
    _auction.withdraw();
    assertEq(_auction.refunds(picky), 5, "kept");
  }

  function test_placeBid_AnAddressDecidesBetweenTwins() external {
    (_certified[2], _age[2]) = (_certified[1], _age[1]);
    _bid(2);
    _bid(1);
    assertEq(_leader(), _bidders[1], "the lower one");
  }

  /// @dev Stamps are free. Whoever includes last has seen all the other bids, and has stamped every amount in time.
  function test_settle_ABidderGainsNothingByChoosingAmongManyStampedBids() external {
    (_amounts[0], _amounts[1]) = (40, 41);
    _bid(0);
    _bid(1);
    assertEq(_auction.price(), 40, "just above the other ...");
    _amounts[1] = 90;
    _bid(1);
    assertEq(_auction.price(), 40, "... or as much as it is worth to it: the price is the other's bid");
    assertEq(_auction.refunds(_bidders[1]), 41, "and its own bids do not outbid it");
    _amounts[1] = 50;
    _bid(1);
    assertEq(_auction.price(), 40, "nor do lower ones raise the price");
  }

  /// @dev By the rule, of all bids at once.
  function testFuzz_placeBid_WinnerAndPriceFollowFromTheBidsAlone(uint256 seed) external {
    for (uint256 i = 0; i < 6; ++i) {
      uint256 who = uint256(keccak256(abi.encode(seed, i))) % 3;
      _amounts[who] = LEAST + (uint256(keccak256(abi.encode(seed, i, "amount"))) % 5);
      _bid(who);
      if (_amounts[who] > _highest[who]) _highest[who] = _amounts[who];
    }
    (address winner, uint256 amount, , ) = _auction.best();
    uint256 price = LEAST;
    uint256 top = 0;
    for (uint256 i = 0; i < 3; ++i) {
      if (_highest[i] > top) top = _highest[i];
      if (_bidders[i] != winner && _highest[i] > price) price = _highest[i];
    }
    assertEq(amount, top, "the highest leads");
    assertEq(_auction.price(), price, "at the best bid of the others");
  }

  function test_settle_PaysTheLeastWhenThereIsOneBidderAndNothingWhenThereIsNone() external {
    _bid(1);
    vm.warp(REVEALS / 1e9);
    submitAt(REVEALS, 2_000);
    _auction.settle();
    assertTrue(_auction.refunds(SELLER) == LEAST && _auction.refunds(_bidders[1]) == 9 - LEAST, "the least");
    _open();
    _auction.settle();
    assertTrue(_auction.refunds(SELLER) == 0 && _auction.price() == 0, "nothing");
  }

  function test_placeBid_RevertsIf_TooLowOrTheOracleIsPaused() external {
    _amounts[0] = LEAST - 1;
    (Inclusion memory i, Certificate memory c) = _stamp(0);
    vm.prank(_bidders[0]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.BidTooLow.selector, LEAST - 1, LEAST));
    _auction.placeBid{ value: LEAST - 1 }(LEAST - 1, i, c);
    registry.pause();
    (i, c) = _stamp(1);
    vm.prank(_bidders[1]);
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _auction.placeBid{ value: 9 }(9, i, c);
  }

  /// @dev An inserted leap second: UTC counts one second twice, so that the same instant comes again.
  function test_placeBid_RevertsIf_SettledThoughTheInstantComesAgain() external {
    _bid(1);
    vm.warp(REVEALS / 1e9);
    submitAt(REVEALS, 2_000);
    _auction.settle();
    Fields memory f = heartbeat(REVEALS + 37e9 + 1, 2_001);
    f.taiMinusUtc = 38;
    submit(certify(f, 0xe0000000));
    assertTrue(!oracle.hasPassed(REVEALS), "not passed, once more");
    (Inclusion memory i, Certificate memory c) = _stamp(0);
    vm.prank(_bidders[0]);
    vm.expectRevert(abi.encodeWithSelector(IntentAuction.AuctionOver.selector, REVEALS));
    _auction.placeBid{ value: 5 }(5, i, c);
  }

  function test_withdraw_PaysOnceWhoeverComesBackIn() external {
    Greedy greedy = new Greedy(address(_auction), abi.encodeCall(_auction.withdraw, ()));
    _bidders[0] = address(greedy);
    _bid(0);
    _bid(3);
    vm.deal(address(greedy), 0);
    vm.prank(address(greedy));
    _auction.withdraw();
    assertTrue(greedy.tries() == 1 && address(greedy).balance == 5, "once");
    assertEq(address(_auction).balance, 9, "the others' stays");
  }

  function test_constructor_RevertsIf_NoTimeIsLeftForProofs() external {
    bytes memory code = abi.encodePacked(
      creationCode("contracts/examples/IntentAuction.sol", "IntentAuction"),
      abi.encode(oracle, LEAST, ENDS, ENDS)
    );
    address made;
    assembly ("memory-safe") {
      made := create(0, add(code, 0x20), mload(code))
    }
    assertTrue(made == address(0), "refused");
  }

  function _open() private {
    bytes memory arguments = abi.encode(oracle, LEAST, ENDS, REVEALS);
    bytes memory code = abi.encodePacked(
      creationCode("contracts/examples/IntentAuction.sol", "IntentAuction"),
      arguments
    );
    address made;
    vm.prank(SELLER);
    assembly ("memory-safe") {
      made := create(0, add(code, 0x20), mload(code))
    }
    _auction = IntentAuction(made);
    assertEq(_auction.seller(), SELLER, "seller");
  }

  function _stamp(uint256 i) private view returns (Inclusion memory, Certificate memory) {
    return stamp(address(_auction), _bidders[i], _auction.intentOf(_amounts[i]), _certified[i], _age[i]);
  }

  function _bid(uint256 i) private {
    (Inclusion memory inclusion, Certificate memory c) = _stamp(i);
    vm.deal(_bidders[i], 1_000);
    vm.prank(_bidders[i]);
    _auction.placeBid{ value: _amounts[i] }(_amounts[i], inclusion, c);
  }

  function _leader() private view returns (address bidder) {
    (bidder, , , ) = _auction.best();
  }
}
