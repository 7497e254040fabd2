// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ChronoConsumer } from "../periphery/ChronoConsumer.sol";
import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @title Sealed bids, opened when attested time says so
/// @notice Commit to a bid with a deposit that hides its size; reveal it once commitments are closed for all, by a
/// quorum's word; the highest wins. Deposits that are never revealed go to the seller: silence must not be free. Leave
/// enough time for reveals that nobody is kept from them by a full chain, or by an oracle that pauses.
contract SealedBidAuction is ChronoConsumer {
  /// @notice How old the certified instant may be where something must not have passed, in nanoseconds.
  uint64 public constant MAX_AGE_NS = 120e9;

  /// @param number In the order of commitments, from 1.
  struct Commitment {
    uint256 number;
    bytes32 hash;
    uint256 deposit;
  }

  address public immutable seller;
  /// @notice UTC nanoseconds.
  uint64 public immutable commitsUntil;
  uint64 public immutable revealsUntil;

  mapping(address bidder => Commitment) public commitments;
  mapping(address account => uint256) public refunds;
  address public winner;
  uint256 public price;
  uint256 public unrevealed;
  bool public settled;
  uint256 private _count;

  event Committed(address indexed bidder, uint256 deposit);
  event Revealed(address indexed bidder, uint256 amount);
  event Settled(address indexed winner, uint256 price);

  error PhasesInvalid(uint64 commitsUntil, uint64 revealsUntil);
  error AlreadyCommitted(address bidder);
  error CommitmentMismatch(bytes32 given, bytes32 committed);
  error DepositTooSmall(uint256 deposit, uint256 amount);
  error AlreadySettled();
  error NothingToWithdraw(address account);
  error WithdrawFailed(address account);

  constructor(IChronoOracle oracle, uint64 commitsUntil_, uint64 revealsUntil_) ChronoConsumer(oracle) {
    if (commitsUntil_ >= revealsUntil_) revert PhasesInvalid(commitsUntil_, revealsUntil_);
    (seller, commitsUntil, revealsUntil) = (msg.sender, commitsUntil_, revealsUntil_);
  }

  /// @notice The commitment to an amount; keep the salt until the reveal.
  function commitmentOf(address bidder, uint256 amount, bytes32 salt) public view returns (bytes32) {
    return keccak256(abi.encode(address(this), bidder, amount, salt));
  }

  /// @notice One commitment a bidder; msg.value is at least the bid, and may be more to hide it.
  function commit(bytes32 hash) external payable onlyBefore(commitsUntil, MAX_AGE_NS) {
    if (commitments[msg.sender].hash != 0) revert AlreadyCommitted(msg.sender);
    if (hash == 0) revert CommitmentMismatch(0, 0);
    commitments[msg.sender] = Commitment(++_count, hash, msg.value);
    unrevealed += msg.value;
    emit Committed(msg.sender, msg.value);
  }

  /// @notice Of equal bids the one that was committed first wins: nobody knew the other's then, and whoever orders the
  /// reveals decides nothing.
  function reveal(uint256 amount, bytes32 salt) external onlyAfter(commitsUntil) {
    // Until the end is known to have passed, fresh or not: no bidder loses a deposit because certificates are missing.
    // `settled`, because inside a leap second an instant can be passed twice.
    if (settled || chronoOracle.hasPassed(revealsUntil)) revert ChronoTooLate(revealsUntil);
    Commitment memory c = commitments[msg.sender];
    bytes32 hash = commitmentOf(msg.sender, amount, salt);
    if (hash != c.hash) revert CommitmentMismatch(hash, c.hash);
    if (c.deposit < amount) revert DepositTooSmall(c.deposit, amount);
    // The hash stays: a bidder commits once. The deposit is accounted for now.
    commitments[msg.sender].deposit = 0;
    commitments[msg.sender].hash = bytes32(type(uint256).max);
    unrevealed -= c.deposit;
    refunds[msg.sender] += c.deposit;
    bool first = winner != address(0) && c.number < commitments[winner].number;
    if (amount > price || (amount == price && first)) {
      if (winner != address(0)) refunds[winner] += price;
      refunds[msg.sender] -= amount;
      (winner, price) = (msg.sender, amount);
    }
    emit Revealed(msg.sender, amount);
  }

  function settle() external onlyAfter(revealsUntil) {
    if (settled) revert AlreadySettled();
    settled = true;
    refunds[seller] += price + unrevealed;
    emit Settled(winner, price);
  }

  function withdraw() external {
    uint256 amount = refunds[msg.sender];
    if (amount == 0) revert NothingToWithdraw(msg.sender);
    refunds[msg.sender] = 0;
    (bool paid, ) = msg.sender.call{ value: amount }("");
    if (!paid) revert WithdrawFailed(msg.sender);
  }
}
