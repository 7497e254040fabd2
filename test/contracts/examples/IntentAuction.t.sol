// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IntentAuction } from "../../../contracts/examples/IntentAuction.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../../../contracts/types/Certificate.sol";
import { IntentFixture } from "../support/IntentFixture.sol";
import { Picky } from "../support/Targets.sol";

contract IntentAuctionTest is IntentFixture {
  uint64 private constant ENDS = (START + 100) * 1e9;
  uint64 private constant REVEALS = (START + 200) * 1e9;
  address private constant SELLER = address(0x5e11e2);

  IntentAuction private _auction;
  address[4] private _bidders = [address(0xb1), address(0xb2), address(0xb3), address(0xb4)];
  uint256[4] private _amounts = [uint256(5), 9, 9, 9];
  /// @dev The second and third tie in amount and certificate; the fourth was certified before both.
  uint64[4] private _certified = [ENDS - 50e9, ENDS - 1e9, ENDS - 1e9, ENDS - 2e9];
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

  function _open() private {
    bytes memory arguments = abi.encode(oracle, ENDS, REVEALS);
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
