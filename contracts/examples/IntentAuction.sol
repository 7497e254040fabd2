// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../types/Certificate.sol";
import { ProvenTime } from "../types/Reading.sol";

/// @title An auction that block builders cannot reorder
/// @notice A bidder has the intent "I bid this much here" stamped by the network first, and sends bid and proof on
/// chain afterwards. What counts is the stamp: the highest bid wins; of equal ones that which was certified first.
/// The order of transactions decides nothing, and a bid that was stamped in time counts even if a builder delays it.
/// The winner pays the best bid of anybody else. Stamps are free: who stamps many amounts, and shows last of all the
/// one that suits, gains nothing by that, as one's own amount does not make one's price. Bid what it is worth to you.
contract IntentAuction {
  /// @param certifiedNs The quorum's proof: the bid existed before this instant.
  /// @param arrivalNs Within one batch of the network, when its node had the bid.
  struct Bid {
    address bidder;
    uint256 amount;
    uint64 certifiedNs;
    uint64 arrivalNs;
  }

  IChronoOracle public immutable oracle;
  address public immutable seller;
  /// @notice UTC nanoseconds: bids count when they were certified until here ...
  uint64 public immutable endsAt;
  /// @notice ... and are accepted on chain until attested time passes this.
  uint64 public immutable revealsUntil;

  /// @notice The lowest bid that is taken.
  uint256 public immutable least;

  Bid public best;
  /// @notice What the best bidder pays: the best bid of the others, and `least` where there is none.
  uint256 public price;
  bool public settled;
  /// @notice What an account may withdraw: outbid deposits, what the winner need not pay, and the seller's price.
  mapping(address account => uint256) public refunds;

  event BidPlaced(address indexed bidder, uint256 amount, uint64 certifiedNs, uint64 arrivalNs, bool leads);
  event Settled(address indexed winner, uint256 price);

  error PhasesInvalid(uint64 endsAt, uint64 revealsUntil);
  error BidTooLow(uint256 given, uint256 least);
  error BidWrongValue(uint256 given, uint256 needed);
  error BidTooLate(uint64 certifiedUtcNs, uint64 endsAt);
  error AuctionOver(uint64 revealsUntil);
  error AuctionNotOver(uint64 revealsUntil);
  error AlreadySettled();
  error NothingToWithdraw(address account);
  error WithdrawFailed(address account);

  constructor(IChronoOracle oracle_, uint256 least_, uint64 endsAt_, uint64 revealsUntil_) {
    if (endsAt_ >= revealsUntil_) revert PhasesInvalid(endsAt_, revealsUntil_);
    (least, price) = (least_, least_);
    (oracle, seller, endsAt, revealsUntil) = (oracle_, msg.sender, endsAt_, revealsUntil_);
  }

  /// @notice The calldata that a bidder has stamped, bound to this contract, this chain and the bidder.
  function intentOf(uint256 amount) public pure returns (bytes memory) {
    return abi.encodeWithSignature("bid(uint256)", amount);
  }

  /// @notice Places a stamped bid; msg.value is the amount.
  function placeBid(uint256 amount, Inclusion calldata inclusion, Certificate calldata certificate) external payable {
    if (msg.value != amount) revert BidWrongValue(msg.value, amount);
    if (amount < least) revert BidTooLow(amount, least);
    // `settled`, because inside a leap second an instant can be passed twice.
    if (settled || oracle.hasPassed(revealsUntil)) revert AuctionOver(revealsUntil);
    ProvenTime memory proven = oracle.verifyIntent(address(this), msg.sender, intentOf(amount), inclusion, certificate);
    uint64 certifiedUtcNs = uint64(uint256(int256(uint256(proven.certifiedTaiNs)) - int256(proven.taiMinusUtc) * 1e9));
    if (certifiedUtcNs > endsAt) revert BidTooLate(certifiedUtcNs, endsAt);

    Bid memory bid = Bid(msg.sender, amount, certifiedUtcNs, proven.arrivalTaiNs);
    (Bid memory leader, Bid memory loser) = (best, bid);
    bool leads = leader.bidder == address(0) || _beats(bid, leader);
    if (leads) (leader, loser) = (bid, leader);
    // Whoever does not lead takes the money back later: a transfer now could be made to fail.
    refunds[loser.bidder] += loser.amount;
    if (loser.bidder != leader.bidder && loser.amount > price) price = loser.amount;
    best = leader;
    emit BidPlaced(msg.sender, amount, certifiedUtcNs, proven.arrivalTaiNs, leads);
  }

  /// @notice After the time for proofs, by anyone.
  function settle() external {
    if (!oracle.hasPassed(revealsUntil)) revert AuctionNotOver(revealsUntil);
    if (settled) revert AlreadySettled();
    settled = true;
    if (best.bidder == address(0)) price = 0;
    refunds[seller] += price;
    refunds[best.bidder] += best.amount - price;
    emit Settled(best.bidder, price);
  }

  function withdraw() external {
    uint256 amount = refunds[msg.sender];
    if (amount == 0) revert NothingToWithdraw(msg.sender);
    refunds[msg.sender] = 0;
    (bool paid, ) = msg.sender.call{ value: amount }("");
    if (!paid) revert WithdrawFailed(msg.sender);
  }

  /// @dev A total order, so that no order of arrival on chain can matter; the address decides between twins.
  function _beats(Bid memory a, Bid memory b) private pure returns (bool) {
    if (a.amount != b.amount) return a.amount > b.amount;
    if (a.certifiedNs != b.certifiedNs) return a.certifiedNs < b.certifiedNs;
    if (a.arrivalNs != b.arrivalNs) return a.arrivalNs < b.arrivalNs;
    return a.bidder < b.bidder;
  }
}
