// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { ClockLib } from "./libraries/ClockLib.sol";
import { CHRONO_ORACLE, CHRONO_REGISTRY } from "./libraries/OracleAddress.sol";
import { ProofLib } from "./libraries/ProofLib.sol";
import { Certificate, Inclusion } from "./types/Certificate.sol";
import { ProvenTime } from "./types/Reading.sol";

/// @title ChronoLedger
/// @notice Attested time for any contract, from the oracle at its one address on every chain. Times are UTC
/// nanoseconds.
/// @dev The value is the latest certified instant: it may lag behind the true time, and is never ahead of it.
library ChronoLedger {
  /// @notice How old `getVerifiedTimestamp` may be by the chain's own clock, in nanoseconds.
  uint64 internal constant MAX_AGE_NS = 300e9;
  uint256 internal constant NS_PER_SECOND = 1e9;

  /// @notice The number does not fit 64 bits: it is no time in nanoseconds.
  error ChronoLedgerOutOfRange(uint256 value);

  /// @notice The latest certified instant, UTC nanoseconds. Reverts when it is older than five minutes, or the oracle
  /// is paused.
  function getVerifiedTimestamp() internal view returns (uint256) {
    return ClockLib.nowNoOlderThan(CHRONO_ORACLE, MAX_AGE_NS);
  }

  /// @notice As above, with a bound of the caller's own, in nanoseconds.
  function getVerifiedTimestamp(uint64 maxAgeNs) internal view returns (uint256) {
    return ClockLib.nowNoOlderThan(CHRONO_ORACLE, maxAgeNs);
  }

  /// @notice Whether the instant is certainly past. False means "not known to be".
  function hasPassed(uint256 timeUtcNs) internal view returns (bool) {
    return ClockLib.nowOf(CHRONO_ORACLE) >= _uint64(timeUtcNs);
  }

  /// @notice Whether no certified instant has reached it yet, by a certificate at most `maxAgeNs` old.
  function notPassed(uint256 timeUtcNs, uint64 maxAgeNs) internal view returns (bool) {
    uint256 now_ = ClockLib.nowOf(CHRONO_ORACLE);
    return now_ < _uint64(timeUtcNs) && block.timestamp * 1e9 <= now_ + maxAgeNs;
  }

  /// @notice IChronoOracle.verifyProof inside the calling contract: dearer to deploy, cheaper to call. Reverts unless
  /// the leaf is part of the batch that a valid certificate certifies.
  function verifyProof(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) internal view returns (ProvenTime memory proven) {
    proven = ProofLib.lead(inclusion, certificate);
    // The oracle says what is wrong, and verifies where the chain has no P-256 precompile.
    if (!ProofLib.isCertified(CHRONO_REGISTRY, certificate)) IChronoOracle(CHRONO_ORACLE).verify(certificate);
  }

  /// @notice As above, and the leaf's context binds it to a call of this contract by `sender` with `callData`.
  function verifyIntent(
    address sender,
    bytes memory callData,
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) internal view returns (ProvenTime memory) {
    ProofLib.checkIntent(address(this), sender, callData, inclusion);
    return verifyProof(inclusion, certificate);
  }

  /// @notice Whole seconds, rounded down.
  function toSeconds(uint256 timeNs) internal pure returns (uint256) {
    return timeNs / NS_PER_SECOND;
  }

  /// @notice Nanoseconds.
  function fromSeconds(uint256 timeSeconds) internal pure returns (uint256) {
    return timeSeconds * NS_PER_SECOND;
  }

  function _uint64(uint256 value) private pure returns (uint64) {
    if (value > type(uint64).max) revert ChronoLedgerOutOfRange(value);
    return uint64(value);
  }
}
