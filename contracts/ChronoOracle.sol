// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { Latest, LatestLib } from "./libraries/LatestLib.sol";
import { MerkleLib } from "./libraries/MerkleLib.sol";
import { NodeSetCode } from "./libraries/NodeSetCode.sol";
import { NodeSetLib } from "./libraries/NodeSetLib.sol";
import { QuorumLib } from "./libraries/QuorumLib.sol";
import { Certificate, Inclusion } from "./types/Certificate.sol";
import { ProvenTime, Reading } from "./types/Reading.sol";

/// @title ChronoOracle
/// @notice See IChronoOracle, which is the specification. Why one slot: docs/adr/0002-one-slot-oracle.md.
contract ChronoOracle is IChronoOracle {
  /// @inheritdoc IChronoOracle
  address public immutable registry;

  bytes32 private immutable _nodeSetCodeHash;

  Latest private _latest;
  /// @dev revoked 32 << 64 | early end 64, by epoch. Repeats for the current epoch what the word says, and holds its
  /// early end.
  mapping(uint32 epoch => uint256 limits) private _limits;

  modifier onlyRegistry() {
    if (msg.sender != registry) revert OracleOnlyRegistry(msg.sender);
    _;
  }

  constructor(address registry_) {
    registry = registry_;
    _nodeSetCodeHash = keccak256(type(NodeSetCode).creationCode);
  }

  /// @inheritdoc IChronoOracle
  function submit(bytes32[5] calldata statement, bytes4 signers, bytes calldata signatures) external {
    Latest word = _latest;
    uint256 w1 = uint256(statement[1]);
    // The cheap refusals first: of two relayers with the same certificate the later one pays little.
    uint64 sequence = uint64(w1 >> 64);
    if (sequence <= word.sequence()) revert OracleSequenceNotNewer(sequence, word.sequence());
    if (sequence > type(uint48).max) revert OracleSequenceTooLarge(sequence);
    if (uint64(w1 >> 192) <= word.timeTaiNs()) revert OracleTimeNotNewer(uint64(w1 >> 192), word.timeTaiNs());

    (bytes32 digest, uint256 revoked, uint256 control, uint64 utcNs) = _verify(word, statement, signers, signatures);

    _latest = LatestLib.advance(uint256(statement[0]), w1, revoked, control);
    emit TimeAccepted(digest, uint64(w1 >> 192), utcNs, sequence);
  }

  /// @inheritdoc IChronoOracle
  function setPaused(bool paused_) external onlyRegistry {
    _latest = _latest.withPaused(paused_);
    emit PausedSet(paused_);
  }

  /// @inheritdoc IChronoOracle
  function setLimits(uint32 epoch, bytes4 revoked, uint64 endsAtTaiNs) external onlyRegistry {
    _limits[epoch] = (uint256(uint32(revoked)) << 64) | endsAtTaiNs;
    Latest word = _latest;
    if (word.epoch() == epoch) _latest = word.withLimits(uint32(revoked), endsAtTaiNs != 0);
    emit LimitsSet(epoch, revoked, endsAtTaiNs);
  }

  /// @inheritdoc IChronoOracle
  function latest() external view returns (Reading memory) {
    return _latest.toReading();
  }

  /// @inheritdoc IChronoOracle
  function hasPassed(uint64 timeUtcNs) external view returns (bool) {
    return _running().timeUtcNs() >= timeUtcNs;
  }

  /// @inheritdoc IChronoOracle
  function notPassed(uint64 timeUtcNs, uint64 maxAgeNs) external view returns (bool) {
    uint256 now_ = _running().timeUtcNs();
    return now_ < timeUtcNs && block.timestamp * 1e9 <= now_ + maxAgeNs;
  }

  /// @inheritdoc IChronoOracle
  function nowNoOlderThan(uint64 maxAgeNs) external view returns (uint64) {
    uint256 utcNs = _running().timeUtcNs();
    unchecked {
      // A timestamp and two 64-bit numbers: no overflow in 256 bits.
      uint256 blockNs = block.timestamp * 1e9;
      if (blockNs > utcNs + maxAgeNs) revert OracleStale(uint64(utcNs), blockNs, maxAgeNs);
    }
    return uint64(utcNs);
  }

  /// @inheritdoc IChronoOracle
  function verify(Certificate calldata certificate) external view returns (Reading memory) {
    return _verified(certificate);
  }

  /// @inheritdoc IChronoOracle
  function tryVerify(Certificate calldata certificate) external view returns (bool valid, bytes4 reason) {
    bytes memory answer;
    (valid, answer) = address(this).staticcall(abi.encodeCall(this.verify, (certificate)));
    if (!valid) {
      reason = bytes4(answer);
      // Starvation is the caller's doing and must not pass for an invalid certificate.
      if (answer.length < 4 || reason == OracleOutOfGas.selector) revert OracleOutOfGas();
    }
  }

  /// @inheritdoc IChronoOracle
  function verifyProof(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) external view returns (ProvenTime memory) {
    return _proven(inclusion, certificate);
  }

  /// @inheritdoc IChronoOracle
  function verifyIntent(
    address target,
    address sender,
    bytes calldata callData,
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) external view returns (ProvenTime memory) {
    bytes32 expected = sha256(
      abi.encodePacked("ChronoLedger/Intent1", block.chainid, target, sender, sha256(callData))
    );
    if (inclusion.leaf[2] != expected) revert OracleIntentMismatch(inclusion.leaf[2], expected);
    return _proven(inclusion, certificate);
  }

  /// @inheritdoc IChronoOracle
  function firstAtOrAfter(
    uint64 timeUtcNs,
    Certificate calldata certificate
  ) external view returns (Reading memory reading) {
    reading = _verified(certificate);
    int256 instant = int256(uint256(timeUtcNs)) + int256(reading.taiMinusUtc) * 1e9;
    uint64 previous = uint64(uint256(certificate.statement[1]));
    if (instant <= int256(uint256(previous)) || instant > int256(uint256(reading.timeTaiNs)))
      revert OracleNotFirst(timeUtcNs, previous, reading.timeTaiNs);
  }

  /// @inheritdoc IChronoOracle
  function paused() external view returns (bool) {
    return _latest.isPaused();
  }

  /// @inheritdoc IChronoOracle
  function limitsOf(uint32 epoch) external view returns (bytes4 revoked, uint64 endsAtTaiNs) {
    uint256 limits = _limits[epoch];
    return (bytes4(uint32(limits >> 64)), uint64(limits));
  }

  /// @inheritdoc IChronoOracle
  function nodeSetAddress(uint32 epoch) external view returns (address) {
    return NodeSetLib.addressOf(registry, epoch, _nodeSetCodeHash);
  }

  function _running() private view returns (Latest word) {
    word = _latest;
    if (word.isPaused()) revert OraclePaused();
  }

  function _proven(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) private view returns (ProvenTime memory) {
    if (inclusion.path.length > MerkleLib.MAX_DEPTH)
      revert OraclePathTooLong(inclusion.path.length, MerkleLib.MAX_DEPTH);
    bytes32 root = MerkleLib.root(inclusion);
    bytes32 imprint = certificate.statement[2];
    // A zero imprint is a heartbeat: nothing leads to it, and zero is also what a failed hash gives.
    if (root != imprint || root == 0) revert OraclePathInvalid(root, imprint);
    uint256 arrival = uint256(inclusion.leaf[0]) >> 128;
    uint64 certifiedTaiNs = uint64(uint256(certificate.statement[1]) >> 192);
    if (arrival >> 64 > certifiedTaiNs) revert OracleLeafAfterCertificate(uint64(arrival >> 64), certifiedTaiNs);
    _verify(_latest, certificate.statement, certificate.signers, certificate.signatures);
    return
      ProvenTime({
        arrivalTaiNs: uint64(arrival >> 64),
        arrivalUncertaintyNs: uint64(arrival),
        certifiedTaiNs: certifiedTaiNs,
        taiMinusUtc: int16(uint16(uint256(certificate.statement[0]) >> 96))
      });
  }

  function _verified(Certificate calldata certificate) private view returns (Reading memory) {
    (, , , uint64 utcNs) = _verify(_latest, certificate.statement, certificate.signers, certificate.signatures);
    uint256 w0 = uint256(certificate.statement[0]);
    uint256 w1 = uint256(certificate.statement[1]);
    return
      Reading({
        timeTaiNs: uint64(w1 >> 192),
        timeUtcNs: utcNs,
        uncertaintyNs: uint64(w1 >> 128),
        sequence: uint64(w1 >> 64),
        epoch: uint32(w0 >> 32),
        taiMinusUtc: int16(uint16(w0 >> 96)),
        flags: uint8(w0 >> 112)
      });
  }

  /// @dev Everything that makes a certificate valid, whatever is the latest.
  /// @return digest SHA-256 of the statement.
  /// @return revoked Of the statement's epoch, for the next word.
  /// @return control Likewise.
  /// @return utcNs The statement's time in UTC.
  function _verify(
    Latest word,
    bytes32[5] calldata statement,
    bytes4 signers,
    bytes calldata signatures
  ) private view returns (bytes32 digest, uint256 revoked, uint256 control, uint64 utcNs) {
    uint256 w0 = uint256(statement[0]);
    uint32 epoch = uint32(w0 >> 32);
    revoked = word.revoked();
    uint64 endsAt = type(uint64).max;
    if (word.epoch() != epoch || word.control() != 0) (revoked, control, endsAt) = _slowLimits(word, epoch);

    uint256 bitmap = uint256(bytes32(signers));
    uint256 set = NodeSetLib.load(NodeSetLib.addressOf(registry, epoch, _nodeSetCodeHash), bitmap);
    uint256 header;
    uint256 terms;
    assembly ("memory-safe") {
      header := mload(set)
      terms := mload(add(set, 0x20))
    }
    if (w0 & NodeSetLib.HEADER_MASK != header) {
      if (header == 0) revert OracleEpochUnknown(epoch);
      revert OracleHeaderMismatch(bytes32(w0 & NodeSetLib.HEADER_MASK), bytes32(header));
    }
    utcNs = _checkTerms(w0, uint256(statement[1]), terms, endsAt);
    _checkSigners(signers, terms, revoked, signatures.length);
    digest = QuorumLib.check(statement, bitmap, signatures, set + 0x40);
  }

  /// @dev When the epoch is not the word's, or the word has something to say.
  function _slowLimits(
    Latest word,
    uint32 epoch
  ) private view returns (uint256 revoked, uint256 control, uint64 endsAt) {
    if (word.isPaused()) revert OraclePaused();
    uint256 limits = _limits[epoch];
    revoked = limits >> 64;
    endsAt = uint64(limits);
    if (endsAt == 0) return (revoked, 0, type(uint64).max);
    control = LatestLib.ENDS_EARLY;
  }

  /// @dev terms: k 8 | n 8 | f 8 | allowedFlags 8 | maxAheadMs 32 | maxUncertaintyNs 64 | validFrom 64 | validUntil 64.
  function _checkTerms(uint256 w0, uint256 w1, uint256 terms, uint64 endsAt) private view returns (uint64) {
    uint256 time = w1 >> 192;
    if (uint8(w0 >> 112) & ~uint8(terms >> 224) != 0)
      revert OracleFlagsNotAllowed(uint8(w0 >> 112), uint8(terms >> 224));
    if (uint64(w1 >> 128) > uint64(terms >> 128))
      revert OracleUncertaintyTooLarge(uint64(w1 >> 128), uint64(terms >> 128));
    uint64 validUntil = uint64(terms);
    if (endsAt < validUntil) validUntil = endsAt;
    if (time < uint64(terms >> 64) || time >= validUntil)
      revert OracleOutsideEpoch(uint64(time), uint64(terms >> 64), validUntil);
    if (uint64(w1) >= time) revert OracleSpanInvalid(uint64(w1), uint64(time));
    unchecked {
      int16 taiMinusUtc = int16(uint16(w0 >> 96));
      // A negative UTC time wraps and is above the bound too, so one comparison refuses both.
      uint256 utcNs = time - uint256(int256(taiMinusUtc) * 1e9);
      uint256 most = block.timestamp * 1e9 + uint256(uint32(terms >> 192)) * 1e6;
      if (utcNs > most) revert OracleFromTheFuture(uint64(time), taiMinusUtc, most);
      // Only a clock beyond the year 2554 could let more than 64 bits through; validUntil - 1 + 2^15 s is the most
      // there is.
      if (utcNs > type(uint64).max) revert OracleFromTheFuture(uint64(time), taiMinusUtc, type(uint64).max);
      return uint64(utcNs);
    }
  }

  function _checkSigners(bytes4 signers, uint256 terms, uint256 revoked, uint256 length) private pure {
    uint256 bitmap = uint32(signers);
    uint256 given = QuorumLib.count(bitmap);
    if (length != given << 6) revert OracleSignaturesLength(length, given << 6);
    uint256 n = uint8(terms >> 240);
    // n is 1 to 32: node n - 1 is bit 32 - n.
    if (bitmap & (type(uint32).max >> n) != 0) revert OracleSignerUnknown(signers, uint8(n));
    if (bitmap & revoked != 0) revert OracleSignerRevoked(signers, bytes4(uint32(revoked)));
    if (given < terms >> 248) revert OracleQuorumShort(given, terms >> 248);
  }
}
