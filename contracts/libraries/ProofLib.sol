// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../types/Certificate.sol";
import { ProvenTime } from "../types/Reading.sol";
import { MerkleLib } from "./MerkleLib.sol";
import { NodeSetCode } from "./NodeSetCode.sol";
import { NodeSetLib } from "./NodeSetLib.sol";
import { QuorumLib } from "./QuorumLib.sol";
import { TermsLib } from "./TermsLib.sol";

/// @notice Temporal proofs (docs/protocol.md sections 6 and 7).
library ProofLib {
  /// @notice Reverts unless the leaf leads to the certificate's imprint and is not later; says nothing about whether
  /// the certificate is valid.
  function lead(
    Inclusion calldata inclusion,
    Certificate calldata certificate
  ) internal view returns (ProvenTime memory proven) {
    if (inclusion.path.length > MerkleLib.MAX_DEPTH)
      revert IChronoOracle.OraclePathTooLong(inclusion.path.length, MerkleLib.MAX_DEPTH);
    bytes32 root = MerkleLib.root(inclusion);
    bytes32 imprint = certificate.statement[2];
    // A zero imprint is a heartbeat: nothing leads to it, and zero is also what a failed path gives.
    if (root != imprint || root == 0) revert IChronoOracle.OraclePathInvalid(root, imprint);
    uint256 reading = uint256(inclusion.leaf[0]);
    uint256 certified = uint256(certificate.statement[1]) >> 192;
    if (reading >> 192 > certified)
      revert IChronoOracle.OracleLeafAfterCertificate(uint64(reading >> 192), uint64(certified));
    proven.arrivalTaiNs = uint64(reading >> 192);
    proven.arrivalUncertaintyNs = uint64(reading >> 128);
    proven.certifiedTaiNs = uint64(certified);
    proven.taiMinusUtc = int16(uint16(uint256(certificate.statement[0]) >> 96));
  }

  /// @notice Reverts unless the leaf's context binds it to one call by one sender on one contract of this chain.
  function checkIntent(
    address target,
    address sender,
    bytes memory callData,
    Inclusion calldata inclusion
  ) internal view {
    bytes32 expected = sha256(
      abi.encodePacked("ChronoLedger/Intent1", block.chainid, target, sender, sha256(callData))
    );
    if (inclusion.leaf[2] != expected) revert IChronoOracle.OracleIntentMismatch(inclusion.leaf[2], expected);
  }

  /// @notice Whether a certificate is valid, found out without the oracle: its keys and limits lie with its node set.
  /// @dev On a chain without the P-256 precompile the answer is no, which only the oracle can tell from an invalid one.
  function isCertified(address registry, Certificate calldata certificate) internal view returns (bool) {
    bytes32[5] calldata statement = certificate.statement;
    bytes calldata signatures = certificate.signatures;
    uint256 signers = uint256(bytes32(certificate.signers));
    (uint256 w0, uint256 w1) = (uint256(statement[0]), uint256(statement[1]));
    address code = NodeSetLib.addressOf(registry, uint32(w0 >> 32));
    uint256 limits = NodeSetCode.limitsOf(code);
    (uint256 revoked, uint256 endsAt) = unpack(limits);
    uint256 set = NodeSetLib.loadFor(code, signers);
    (uint256 bad, ) = TermsLib.violations(set, w0, w1, signers, signatures.length, revoked, endsAt);
    return bad == 0 && limits & NodeSetCode.PAUSED == 0 && QuorumLib.holds(statement, signers, signatures, set);
  }

  /// @notice The parts of an epoch's limits, as TermsLib takes them.
  function unpack(uint256 limits) internal pure returns (uint256 revoked, uint256 endsAt) {
    revoked = uint32(limits >> 64);
    endsAt = uint64(limits);
    if (endsAt == 0) endsAt = type(uint256).max;
  }
}
