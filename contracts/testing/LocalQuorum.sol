// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { NodeSetLib } from "../libraries/NodeSetLib.sol";
import { P256Lib } from "../libraries/P256Lib.sol";
import { Certificate } from "../types/Certificate.sol";
import { NodeSet, Policy } from "../types/NodeSet.sol";
import { CHEATS } from "./Cheats.sol";

/// @title LocalQuorum
/// @notice Four timing nodes of which one may be wrong, so that three sign. Their P-256 keys are the numbers 1 to 4:
/// worth nothing outside of a test, which the test flag in all that they sign says as well.
library LocalQuorum {
  uint32 internal constant NETWORK_ID = 31_337;
  uint32 internal constant EPOCH = 1;
  uint32 internal constant POLICY_ID = 1;
  uint256 internal constant NODES = 4;
  uint8 internal constant F = 1;
  uint256 internal constant K = 3;
  /// @dev Nodes 0 to 2, node 0 being the most significant bit.
  bytes4 internal constant SIGNERS = 0xe0000000;

  int16 internal constant TAI_MINUS_UTC = 37;
  uint64 internal constant UNCERTAINTY_NS = 1_000;
  uint64 internal constant MAX_UNCERTAINTY_NS = 1e9;
  /// @dev More than a second: an instant lies up to that far ahead of the block whose second it belongs to.
  uint32 internal constant MAX_AHEAD_MS = 5_000;

  /// @dev The order of the curve.
  uint256 private constant P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;

  /// @notice What the registry is told to allow: the test flag too.
  function policy() internal pure returns (Policy memory) {
    return Policy({ maxUncertaintyNs: MAX_UNCERTAINTY_NS, maxAheadMs: MAX_AHEAD_MS, allowTest: true });
  }

  /// @notice The nodes, valid at any time, and each one's proof that it has its key.
  function nodeSet() internal pure returns (NodeSet memory set, bytes memory proofs) {
    set = NodeSet(EPOCH, POLICY_ID, F, 0, type(uint64).max, "", new bytes32[](NODES));
    for (uint256 key = 1; key <= NODES; ++key) {
      (uint256 x, uint256 y) = CHEATS.publicKeyP256(key);
      set.keys = abi.encodePacked(set.keys, x, y);
      bytes32 head = NodeSetLib.header(NodeSetLib.KIND_REGISTRATION, NETWORK_ID, EPOCH, 0);
      bytes32 keyHash = sha256(abi.encodePacked(x, y));
      proofs = abi.encodePacked(
        proofs,
        _sign(key, abi.encodePacked(head, bytes32(0), bytes32(0), keyHash, bytes32(0)))
      );
    }
  }

  /// @notice A certificate signed by the first three nodes.
  /// @param timeTaiNs What it certifies, TAI nanoseconds.
  /// @param previousTaiNs The certified instant before it; earlier.
  /// @param imprint A Merkle root, or zero for a heartbeat.
  function certify(
    uint64 timeTaiNs,
    uint64 previousTaiNs,
    uint64 sequence,
    bytes32 imprint
  ) internal pure returns (Certificate memory made) {
    // Flags and offset of TAI have their places in the header, where it holds zeros.
    bytes32 varying = bytes32(abi.encodePacked(bytes17(0), NodeSetLib.FLAG_TEST, TAI_MINUS_UTC));
    made.statement[0] = varying | NodeSetLib.header(NodeSetLib.KIND_QUORUM, NETWORK_ID, EPOCH, POLICY_ID);
    made.statement[1] = bytes32(abi.encodePacked(timeTaiNs, UNCERTAINTY_NS, sequence, previousTaiNs));
    made.statement[2] = imprint;
    made.signers = SIGNERS;
    bytes memory message = abi.encodePacked(made.statement);
    for (uint256 key = 1; key <= K; ++key) made.signatures = abi.encodePacked(made.signatures, _sign(key, message));
  }

  /// @dev Of the two signatures that would verify, the one with the low s: the oracle refuses the other, and the cheat
  /// code does not promise which it makes.
  function _sign(uint256 key, bytes memory message) private pure returns (bytes memory) {
    (bytes32 r, bytes32 s) = CHEATS.signP256(key, sha256(message));
    if (uint256(s) > P256Lib.HALF_N) s = bytes32(P256_N - uint256(s));
    return abi.encodePacked(r, s);
  }
}
