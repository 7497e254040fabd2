// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ChronoConsumer } from "../periphery/ChronoConsumer.sol";
import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @title Ether that becomes the beneficiary's in a straight line
/// @notice From `start` to `end`, nothing before `cliff`. The certified instant may lag and is never ahead of the true
/// time: nothing is released early, however old it is.
contract ChronoVesting is ChronoConsumer {
  address public immutable beneficiary;
  /// @notice UTC nanoseconds.
  uint64 public immutable start;
  uint64 public immutable cliff;
  uint64 public immutable end;

  uint256 public released;

  event Released(uint256 amount);

  error VestingTimesInvalid(uint64 start, uint64 cliff, uint64 end);
  error VestingBeneficiaryMissing();
  error NothingToRelease();
  error ReleaseFailed(address beneficiary);

  constructor(
    IChronoOracle oracle,
    address beneficiary_,
    uint64 start_,
    uint64 cliff_,
    uint64 end_
  ) payable ChronoConsumer(oracle) {
    if (start_ >= end_ || cliff_ < start_ || cliff_ > end_) revert VestingTimesInvalid(start_, cliff_, end_);
    if (beneficiary_ == address(0)) revert VestingBeneficiaryMissing();
    (beneficiary, start, cliff, end) = (beneficiary_, start_, cliff_, end_);
  }

  /// @notice More may be put in at any time; it vests as if it had been there from the start.
  receive() external payable {}

  /// @notice Pays what has vested to the beneficiary. Anyone may call, a scheduler for instance.
  function release() external {
    // Of any age: an old instant can only release less.
    uint256 amount = vestedAt(_attestedNow(type(uint64).max)) - released;
    if (amount == 0) revert NothingToRelease();
    released += amount;
    emit Released(amount);
    (bool paid, ) = beneficiary.call{ value: amount }("");
    if (!paid) revert ReleaseFailed(beneficiary);
  }

  /// @notice What has vested at an instant, released or not.
  function vestedAt(uint64 timeUtcNs) public view returns (uint256) {
    uint256 total = address(this).balance + released;
    if (timeUtcNs < cliff) return 0;
    if (timeUtcNs >= end) return total;
    return (total * (timeUtcNs - start)) / (end - start);
  }
}
