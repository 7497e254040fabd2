// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { Certificate, Inclusion } from "../types/Certificate.sol";
import { ProvenTime, Reading } from "../types/Reading.sol";

/// @title Attested time
/// @notice Verifies quorum certificates and holds the latest one. Nobody can set the time: it only moves by a valid
/// certificate, and only forward.
interface IChronoOracle {
  /// @notice A newer certificate was accepted.
  /// @param digest SHA-256 of the 160-byte statement; the next certificate's statement links to it.
  event TimeAccepted(bytes32 digest, uint64 timeTaiNs);
  /// @notice Submissions and answers stop (true) or go on (false). By the registry.
  event PausedSet(bool paused);

  /// @notice No node set of this epoch is known.
  error OracleEpochUnknown(uint32 epoch);
  /// @notice Domain, kind, network, epoch or policy of the statement differ from what the epoch demands.
  /// @param given The statement's first word, without flags and TAI offset.
  error OracleHeaderMismatch(bytes32 given, bytes32 expected);
  /// @notice A flag is unknown, or is the test flag where the policy does not allow it.
  error OracleFlagsNotAllowed(uint8 given, uint8 allowed);
  error OracleUncertaintyTooLarge(uint64 given, uint64 most);
  /// @notice The statement's own time lies outside its epoch. `validUntil` is exclusive.
  error OracleOutsideEpoch(uint64 timeTaiNs, uint64 validFrom, uint64 validUntil);
  /// @notice previousTimeTaiNs must lie before timeTaiNs.
  error OracleSpanInvalid(uint64 previousTimeTaiNs, uint64 timeTaiNs);
  /// @notice The time lies further ahead of `block.timestamp` than the policy allows, or before 1970 in UTC.
  /// @param mostUtcNs The latest acceptable instant.
  error OracleFromTheFuture(uint64 timeTaiNs, int16 taiMinusUtc, uint256 mostUtcNs);
  error OracleSequenceNotNewer(uint64 given, uint64 latest);
  error OracleTimeNotNewer(uint64 givenTaiNs, uint64 latestTaiNs);
  error OracleSignaturesLength(uint256 given, uint256 needed);
  /// @notice A bit is set at or above n.
  error OracleSignerUnknown(bytes4 signers, uint8 n);
  error OracleSignerRevoked(bytes4 signers, bytes4 revoked);
  error OracleQuorumShort(uint256 given, uint256 needed);
  /// @notice s is above half the order: the malleable twin of a valid signature.
  error OracleSignatureHighS(uint256 node);
  /// @notice The signature does not verify.
  error OracleSignatureInvalid(uint256 node);
  /// @notice The frame ran out of gas, which says nothing about the certificate.
  error OracleOutOfGas();
  /// @notice The latest certified instant is older than asked for, by `block.timestamp`.
  error OracleStale(uint64 timeUtcNs, uint256 blockTimeNs, uint64 maxAgeNs);
  error OraclePaused();
  error OracleOnlyRegistry(address caller);
  /// @notice The path does not lead from the leaf to the certificate's imprint.
  error OraclePathInvalid(bytes32 root, bytes32 imprint);
  error OraclePathTooLong(uint256 given, uint256 most);
  /// @notice A leaf's reading cannot be after the certificate that includes it.
  error OracleLeafAfterCertificate(uint64 leafTaiNs, uint64 certificateTaiNs);
  error OracleIntentMismatch(bytes32 context, bytes32 expected);
  /// @notice Not the first certificate at or after the instant: previous < instant <= time does not hold.
  error OracleNotFirst(uint64 timeUtcNs, uint64 previousTimeTaiNs, uint64 timeTaiNs);

  /// @notice Accepts a newer certificate. Anyone may call; only the signatures count.
  /// @param statement The 160 bytes as signed.
  /// @param signers One bit a node; node 0 is the most significant bit.
  /// @param signatures r || s, 64 bytes a signer, in ascending node order, low-S.
  function submit(bytes32[5] calldata statement, bytes4 signers, bytes calldata signatures) external;

  /// @notice Stops or resumes submissions and answers. Only the registry.
  function setPaused(bool paused_) external;

  /// @notice Looks at the limits of an epoch, which its node set holds. The registry calls it when they change; it
  /// does no harm from anybody.
  function refreshLimits(uint32 epoch) external;

  /// @notice The latest accepted certificate, however old; all zero before the first. Does not revert while paused.
  function latest() external view returns (Reading memory);

  /// @notice Whether the latest certified instant is at or after `timeUtcNs`. Exact: once true, true for ever.
  /// @dev Reverts while paused. False means "not known to have passed". The one exception is an inserted leap second:
  /// UTC itself then counts one second twice, and instants inside it may be passed, and not, and passed again.
  function hasPassed(uint64 timeUtcNs) external view returns (bool);

  /// @notice Whether the latest certified instant lies before `timeUtcNs` and is at most `maxAgeNs` old by
  /// `block.timestamp`.
  /// @dev Reverts while paused. False means "passed, or not known".
  function notPassed(uint64 timeUtcNs, uint64 maxAgeNs) external view returns (bool);

  /// @notice The latest certified instant, UTC nanoseconds; never ahead of the true time.
  /// @dev Reverts while paused, and when it is more than `maxAgeNs` old by `block.timestamp`.
  function nowNoOlderThan(uint64 maxAgeNs) external view returns (uint64 timeUtcNs);

  /// @notice Reverts unless the certificate is valid. It may be of any known epoch and older than the latest.
  function verify(Certificate calldata certificate) external view returns (Reading memory);

  /// @notice As `verify`, with an answer instead of a revert.
  /// @return valid Whether it is valid.
  /// @return reason The selector of the error that `verify` reverts with, or zero.
  function tryVerify(Certificate calldata certificate) external view returns (bool valid, bytes4 reason);

  /// @notice Reverts unless the leaf is part of the batch that the certificate certifies.
  function verifyProof(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) external view returns (ProvenTime memory);

  /// @notice As `verifyProof`, and the leaf's context binds it to one call by one sender on one contract of this chain.
  /// @param target The contract that the call was meant for; a contract passes its own address.
  /// @param callData As the sender stamped it.
  function verifyIntent(
    address target,
    address sender,
    bytes calldata callData,
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) external view returns (ProvenTime memory);

  /// @notice Reverts unless the certificate is the first one at or after `timeUtcNs`, of which there is one at most.
  /// @dev The instant is converted by the certificate's own TAI offset.
  function firstAtOrAfter(uint64 timeUtcNs, Certificate calldata certificate) external view returns (Reading memory);

  /// @notice Whether submissions and answers are stopped.
  function paused() external view returns (bool);

  /// @notice What was put on an epoch since it was added.
  /// @param revoked Nodes whose signatures do not count; node 0 is the most significant bit.
  /// @param endsAtTaiNs An end before the one in the node set, exclusive; 0 for none.
  /// @param isPaused Whether certificates of this epoch are refused.
  function limitsOf(uint32 epoch) external view returns (bytes4 revoked, uint64 endsAtTaiNs, bool isPaused);

  /// @notice Where the node set of an epoch lies, whether it exists or not.
  function nodeSetAddress(uint32 epoch) external view returns (address);

  /// @notice What verifies signatures: 0x100 where the chain has the precompile, else a contract that answers alike.
  function p256Verifier() external view returns (address);

  /// @notice The registry, the only caller of `setPaused`.
  function registry() external view returns (address);
}
