// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { FastQuorumLib } from "./libraries/FastQuorumLib.sol";
import { Latest, LatestLib } from "./libraries/LatestLib.sol";
import { NodeSetCode } from "./libraries/NodeSetCode.sol";
import { NodeSetLib } from "./libraries/NodeSetLib.sol";
import { P256Lib } from "./libraries/P256Lib.sol";
import { P256Verifier } from "./P256Verifier.sol";
import { ProofLib } from "./libraries/ProofLib.sol";
import { QuorumLib } from "./libraries/QuorumLib.sol";
import { TermsLib } from "./libraries/TermsLib.sol";
import { Certificate, Inclusion } from "./types/Certificate.sol";
import { ProvenTime, Reading } from "./types/Reading.sol";

/// @title ChronoOracle
/// @notice See IChronoOracle, which is the specification. Why one slot, and where the keys
/// are: docs/adr/0002-one-slot-oracle.md and 0006-node-sets-as-accounts.md.
contract ChronoOracle is IChronoOracle {
  /// @inheritdoc IChronoOracle
  address public immutable registry;

  /// @inheritdoc IChronoOracle
  address public immutable p256Verifier;

  /// @dev The chain has the precompile and the CLZ instruction (osaka): the fast way can be taken.
  bool private immutable _fast;

  /// @dev The first slot: the fallback reads it as 0.
  Latest private _latest;

  modifier onlyRegistry() {
    if (msg.sender != registry) revert OracleOnlyRegistry(msg.sender);
    _;
  }

  constructor(address registry_) {
    registry = registry_;
    bool precompiled = P256Lib.hasPrecompile();
    p256Verifier = precompiled ? address(P256Lib.PRECOMPILE) : address(new P256Verifier());
    _fast = precompiled && _hasClz();
  }

  /// @notice A call without calldata: the stored word, for readers that know its layout (LatestLib).
  fallback() external {
    assembly ("memory-safe") {
      if calldatasize() {
        revert(0, 0)
      }
      mstore(0, sload(0))
      return(0, 0x20)
    }
  }

  /// @inheritdoc IChronoOracle
  function submit(bytes32[5] calldata statement, bytes4 signers, bytes calldata signatures) external {
    Latest word = _latest;
    uint256 w1 = uint256(statement[1]);
    // The cheap refusals first: of two relayers with the same certificate the later one pays little.
    if (!word.isBefore(w1)) _explainOrder(word, w1);

    (bytes32 digest, uint256 control, ) = _verify(word, statement, signers, signatures);

    _latest = LatestLib.advance(uint256(statement[0]), w1, control);
    emit TimeAccepted(digest, uint64(w1 >> 192));
  }

  /// @inheritdoc IChronoOracle
  function setPaused(bool paused_) external onlyRegistry {
    _latest = _latest.withPaused(paused_);
    emit PausedSet(paused_);
  }

  /// @inheritdoc IChronoOracle
  function refreshLimits(uint32 epoch) external {
    Latest word = _latest;
    if (word.epoch() == epoch) _latest = word.withLimited(NodeSetCode.limitsOf(nodeSetAddress(epoch)) != 0);
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
    ProofLib.checkIntent(target, sender, callData, inclusion);
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
  function limitsOf(uint32 epoch) external view returns (bytes4 revoked, uint64 endsAtTaiNs, bool isPaused) {
    uint256 limits = NodeSetCode.limitsOf(nodeSetAddress(epoch));
    return (bytes4(uint32(limits >> 64)), uint64(limits), limits & NodeSetCode.PAUSED != 0);
  }

  /// @inheritdoc IChronoOracle
  function nodeSetAddress(uint32 epoch) public view returns (address) {
    return NodeSetLib.addressOf(registry, epoch);
  }

  function _running() private view returns (Latest word) {
    word = _latest;
    if (word.isPaused()) revert OraclePaused();
  }

  function _proven(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) private view returns (ProvenTime memory proven) {
    proven = ProofLib.lead(inclusion, certificate);
    _verify(_latest, certificate.statement, certificate.signers, certificate.signatures);
  }

  function _verified(Certificate calldata certificate) private view returns (Reading memory) {
    (, , uint256 utcNs) = _verify(_latest, certificate.statement, certificate.signers, certificate.signatures);
    uint256 w0 = uint256(certificate.statement[0]);
    uint256 w1 = uint256(certificate.statement[1]);
    return
      Reading({
        timeTaiNs: uint64(w1 >> 192),
        timeUtcNs: uint64(utcNs),
        uncertaintyNs: uint64(w1 >> 128),
        sequence: uint64(w1 >> 64),
        epoch: uint32(w0 >> 32),
        taiMinusUtc: int16(uint16(w0 >> 96)),
        flags: uint8(w0 >> 112)
      });
  }

  /// @dev Everything that makes a certificate valid, whatever is the latest.
  /// @return digest SHA-256 of the statement.
  /// @return control Of the next word, when the statement is accepted.
  /// @return utcNs The statement's time in UTC, below 2^64.
  function _verify(
    Latest word,
    bytes32[5] calldata statement,
    bytes4 signers,
    bytes calldata signatures
  ) private view returns (bytes32 digest, uint256 control, uint256 utcNs) {
    (uint256 w0, uint256 w1, uint256 bitmap) = (
      uint256(statement[0]),
      uint256(statement[1]),
      uint256(bytes32(signers))
    );
    address code = NodeSetLib.addressOf(registry, uint32(w0 >> 32));
    (uint256 revoked, uint256 endsAt) = (0, type(uint256).max);
    if (!word.settles(w0)) (revoked, endsAt, control) = _slowLimits(word, code);

    if (!_fast) {
      (digest, utcNs) = _verifyAnywhere(code, statement, bitmap, signatures, revoked, endsAt);
      return (digest, control, utcNs);
    }
    uint256 set = FastQuorumLib.load(code, bitmap);
    uint256 bad;
    (bad, utcNs) = TermsLib.violations(set, w0, w1, bitmap, signatures.length, revoked, endsAt);
    if (bad != 0) TermsLib.explain(set, w0, w1, bitmap, signatures.length, revoked, endsAt);
    digest = FastQuorumLib.check(statement, bitmap, signatures, set);
  }

  /// @dev The rest of `_verify` on a chain where the fast way cannot be taken. In a function of its own, terms and all:
  /// one way through both costs each submission some dozens of gas.
  function _verifyAnywhere(
    address code,
    bytes32[5] calldata statement,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 revoked,
    uint256 endsAt
  ) private view returns (bytes32 digest, uint256 utcNs) {
    (uint256 w0, uint256 w1) = (uint256(statement[0]), uint256(statement[1]));
    uint256 set = NodeSetLib.loadFor(code, bitmap);
    uint256 bad;
    (bad, utcNs) = TermsLib.violations(set, w0, w1, bitmap, signatures.length, revoked, endsAt);
    if (bad != 0) TermsLib.explain(set, w0, w1, bitmap, signatures.length, revoked, endsAt);
    digest = sha256(abi.encodePacked(statement));
    QuorumLib.explain(digest, bitmap, signatures, set, p256Verifier);
  }

  /// @dev When the epoch is not the word's, or the word has something to say.
  function _slowLimits(
    Latest word,
    address set
  ) private view returns (uint256 revoked, uint256 endsAt, uint256 control) {
    uint256 limits = NodeSetCode.limitsOf(set);
    if (word.isPaused() || limits & NodeSetCode.PAUSED != 0) revert OraclePaused();
    (revoked, endsAt) = ProofLib.unpack(limits);
    if (limits != 0) control = LatestLib.LIMITED;
  }

  /// @dev Whether this chain knows CLZ (EIP-7939): an account with that instruction is made, which runs nothing, and
  /// called with little gas. In creation code, an unknown instruction would burn nearly all that the deployment has.
  function _hasClz() private returns (bool known) {
    assembly ("memory-safe") {
      // Returns PUSH1 1, CLZ, STOP as the account's code.
      mstore(0, shl(160, 0x6360011e005f526004601cf3))
      let made := create(0, 0, 12)
      if made {
        known := staticcall(1000, made, 0, 0, 0, 0)
      }
    }
  }

  function _explainOrder(Latest word, uint256 w1) private pure {
    uint64 sequence = uint64(w1 >> 64);
    if (sequence <= word.sequence()) revert OracleSequenceNotNewer(sequence, word.sequence());
    revert OracleTimeNotNewer(uint64(w1 >> 192), word.timeTaiNs());
  }
}
