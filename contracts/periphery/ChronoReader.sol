// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Reading } from "../types/Reading.sol";

/// @title ChronoReader
/// @notice The clock with the functions that readers of pull oracles know: a value no older than asked for, or unsafely
/// whatever there is.
contract ChronoReader {
  /// @param time The latest certified instant, UTC nanoseconds.
  /// @param conf No signer's clock was worse than this, in nanoseconds.
  /// @param publishTime `time` in whole seconds, rounded down.
  struct Time {
    uint64 time;
    uint64 conf;
    uint64 publishTime;
  }

  IChronoOracle public immutable chronoOracle;

  /// @notice Older than asked for, by the chain's own clock. @param age Seconds.
  error StaleTime(uint256 age, uint256 maxAge);
  error NoTimeYet();
  error TimePaused();

  constructor(IChronoOracle oracle) {
    chronoOracle = oracle;
  }

  /// @param maxAge Seconds.
  function getTimeNoOlderThan(uint256 maxAge) external view returns (Time memory time) {
    if (chronoOracle.paused()) revert TimePaused();
    time = getTimeUnsafe();
    // A certified instant may lie ahead of a block's second by less than the policy allows: such a one is of age 0.
    uint256 age = block.timestamp > time.publishTime ? block.timestamp - time.publishTime : 0;
    if (age > maxAge) revert StaleTime(age, maxAge);
  }

  /// @notice However old, and also while the oracle is paused.
  function getTimeUnsafe() public view returns (Time memory) {
    Reading memory reading = chronoOracle.latest();
    if (reading.timeTaiNs == 0) revert NoTimeYet();
    return Time(reading.timeUtcNs, reading.uncertaintyNs, reading.timeUtcNs / 1e9);
  }
}
