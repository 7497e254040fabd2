// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @title ChronoConsumer
/// @notice Base of contracts that name their oracle themselves instead of relying on its one address.
abstract contract ChronoConsumer {
  IChronoOracle public immutable chronoOracle;

  /// @notice The instant has not passed yet, or is not known to have.
  error ChronoNotYet(uint64 timeUtcNs);
  /// @notice The instant has passed, or the attested time is too old to tell.
  error ChronoTooLate(uint64 timeUtcNs);

  /// @notice Only when `timeUtcNs` is certainly past.
  modifier onlyAfter(uint64 timeUtcNs) {
    if (!chronoOracle.hasPassed(timeUtcNs)) revert ChronoNotYet(timeUtcNs);
    _;
  }

  /// @notice Only when no certified instant has reached `timeUtcNs`, by a certificate at most `maxAgeNs` old.
  modifier onlyBefore(uint64 timeUtcNs, uint64 maxAgeNs) {
    if (!chronoOracle.notPassed(timeUtcNs, maxAgeNs)) revert ChronoTooLate(timeUtcNs);
    _;
  }

  constructor(IChronoOracle oracle) {
    chronoOracle = oracle;
  }

  /// @notice The latest certified instant, UTC nanoseconds, at most `maxAgeNs` old.
  function _attestedNow(uint64 maxAgeNs) internal view returns (uint64) {
    return chronoOracle.nowNoOlderThan(maxAgeNs);
  }
}
