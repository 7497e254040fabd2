// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { IChronoRegistry } from "../../../contracts/interfaces/IChronoRegistry.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { NodeSet, Policy } from "../../../contracts/types/NodeSet.sol";
import { ChronoTest } from "./ChronoTest.sol";

/// @notice A registry, its oracle, and an epoch whose keys are the scalars 1 to n.
abstract contract TimeFixture is ChronoTest {
  /// @notice The fields of a statement, as a test wants them.
  struct Fields {
    uint8 kind;
    uint8 flags;
    int16 taiMinusUtc;
    uint32 networkId;
    uint32 epoch;
    uint32 policyId;
    uint64 time;
    uint64 uncertainty;
    uint64 sequence;
    uint64 previous;
    bytes32 imprint;
  }

  string private constant MANAGER = "@openzeppelin/contracts/access/manager/AccessManager.sol";
  uint256 internal constant P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
  uint32 internal constant NETWORK = 7;
  uint32 internal constant POLICY = 3;
  uint64 internal constant MAX_UNCERTAINTY = 1e9;
  uint32 internal constant MAX_AHEAD_MS = 30_000;
  int16 internal constant TAI_MINUS_UTC = 37;
  /// @dev UTC seconds at which tests begin.
  uint64 internal constant START = 1_800_000_000;
  uint64 internal constant START_TAI_NS = (START + 37) * 1e9;
  uint64 internal constant VALID_FROM = START_TAI_NS - 1e15;
  uint64 internal constant VALID_UNTIL = START_TAI_NS + 1e15;

  IAccessManager internal authority;
  IChronoRegistry internal registry;
  IChronoOracle internal oracle;

  function deployTime(uint256 n, uint8 f) internal {
    vm.warp(START);
    registry = IChronoRegistry(deploy("contracts/ChronoRegistry.sol", "ChronoRegistry", ""));
    oracle = IChronoOracle(deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(registry)));
    authority = IAccessManager(deploy(MANAGER, "AccessManager", abi.encode(this)));
    vm.prank(registry.GENESIS_OWNER());
    registry.initialize(address(authority), address(oracle), NETWORK);
    registry.addPolicy(POLICY, Policy(MAX_UNCERTAINTY, MAX_AHEAD_MS, false));
    addEpoch(1, n, f, VALID_FROM, VALID_UNTIL);
  }

  function addEpoch(uint32 epoch, uint256 n, uint8 f, uint64 validFrom, uint64 validUntil) internal returns (address) {
    (NodeSet memory set, bytes memory proofs) = nodeSet(epoch, n, f, validFrom, validUntil);
    return registry.addEpoch(set, proofs);
  }

  function nodeSet(
    uint32 epoch,
    uint256 n,
    uint8 f,
    uint64 validFrom,
    uint64 validUntil
  ) internal pure returns (NodeSet memory set, bytes memory proofs) {
    set = NodeSet(epoch, POLICY, f, validFrom, validUntil, "", new bytes32[](n));
    for (uint256 i = 0; i < n; ++i) {
      (uint256 x, uint256 y) = vm.publicKeyP256(i + 1);
      bytes memory key = abi.encodePacked(x, y);
      set.keys = abi.encodePacked(set.keys, key);
      set.evidence[i] = keccak256(abi.encode(i));
      proofs = abi.encodePacked(proofs, sign(i + 1, registration(NETWORK, epoch, set.evidence[i], key)));
    }
  }

  /// @notice The kind-5 statement of a node.
  function registration(
    uint32 networkId,
    uint32 epoch,
    bytes32 evidence,
    bytes memory key
  ) internal pure returns (bytes memory) {
    bytes memory head = abi.encodePacked(
      "ChronoLedger/TS1",
      uint8(5),
      uint8(0),
      uint16(0),
      networkId,
      epoch,
      uint32(0)
    );
    return abi.encodePacked(head, bytes32(0), evidence, sha256(key), bytes32(0));
  }

  function sign(uint256 key, bytes memory message) internal pure returns (bytes memory) {
    (bytes32 r, bytes32 s) = vm.signP256(key, sha256(message));
    if (uint256(s) > P256_N / 2) s = bytes32(P256_N - uint256(s));
    return abi.encodePacked(r, s);
  }

  /// @notice A plain heartbeat at TAI nanoseconds.
  function heartbeat(uint64 time, uint64 sequence) internal pure returns (Fields memory) {
    return Fields(2, 0, TAI_MINUS_UTC, NETWORK, 1, POLICY, time, 12_345, sequence, time - 1e9, bytes32(0));
  }

  function encode(Fields memory f) internal pure returns (bytes32[5] memory st) {
    st[0] = bytes32(
      abi.encodePacked("ChronoLedger/TS1", f.kind, f.flags, f.taiMinusUtc, f.networkId, f.epoch, f.policyId)
    );
    st[1] = bytes32(abi.encodePacked(f.time, f.uncertainty, f.sequence, f.previous));
    st[2] = f.imprint;
    st[3] = keccak256("link");
    st[4] = keccak256("anchor");
  }

  /// @notice Signed by the nodes of the bitmap, node 0 being the most significant bit.
  function certify(Fields memory fields, bytes4 signers) internal pure returns (Certificate memory c) {
    c.statement = encode(fields);
    c.signers = signers;
    bytes memory message = abi.encodePacked(c.statement);
    for (uint256 i = 0; i < 32; ++i)
      if (uint32(signers) & (0x80000000 >> i) != 0) c.signatures = abi.encodePacked(c.signatures, sign(i + 1, message));
  }

  function submit(Certificate memory c) internal {
    oracle.submit(c.statement, c.signers, c.signatures);
  }

  /// @notice Certified by the first three nodes, at UTC nanoseconds.
  function submitAt(uint64 utcNs, uint64 sequence) internal {
    submit(certify(heartbeat(utcNs + 37e9, sequence), 0xe0000000));
  }
}
