// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { IChronoRegistry } from "./interfaces/IChronoRegistry.sol";
import { NodeSetCode } from "./libraries/NodeSetCode.sol";
import { NodeSetLib } from "./libraries/NodeSetLib.sol";
import { P256Lib } from "./libraries/P256Lib.sol";
import { Epoch, NodeSet, Policy } from "./types/NodeSet.sol";

/// @title ChronoRegistry
/// @notice See IChronoRegistry, which is the specification. Why an owner constant:
/// docs/adr/0001-deterministic-addresses.md.
contract ChronoRegistry is IChronoRegistry, AccessManaged {
  /// @inheritdoc IChronoRegistry
  /// @dev keccak256("ChronoLedger genesis owner: none yet"), the low 160 bits: nobody holds a key. Development chains
  /// impersonate it; governance replaces it before the first production release.
  address public constant GENESIS_OWNER = address(uint160(uint256(keccak256("ChronoLedger genesis owner: none yet"))));

  /// @inheritdoc IChronoRegistry
  address public oracle;
  /// @inheritdoc IChronoRegistry
  uint32 public networkId;
  /// @inheritdoc IChronoRegistry
  uint32 public lastEpoch;
  uint32 private _firstEpoch;

  mapping(uint32 policyId => Policy) private _policies;
  mapping(uint32 epoch => Epoch) private _epochs;

  constructor() AccessManaged(address(0)) {}

  /// @inheritdoc IChronoRegistry
  function initialize(address authority_, address oracle_, uint32 networkId_) external {
    if (msg.sender != GENESIS_OWNER) revert RegistryOnlyGenesisOwner(msg.sender);
    if (oracle != address(0)) revert RegistryAlreadyInitialized();
    if (IChronoOracle(oracle_).registry() != address(this)) revert RegistryOracleMismatch(oracle_);
    if (authority_.code.length == 0) revert AccessManagedInvalidAuthority(authority_);

    oracle = oracle_;
    networkId = networkId_;
    _setAuthority(authority_);
    emit Initialized(authority_, oracle_, networkId_);
  }

  /// @inheritdoc IChronoRegistry
  function addPolicy(uint32 policyId, Policy calldata policy) external restricted {
    if (_policies[policyId].maxUncertaintyNs != 0) revert RegistryPolicyKnown(policyId);
    if (policy.maxUncertaintyNs == 0 || policy.maxUncertaintyNs > type(uint48).max)
      revert RegistryUncertaintyInvalid(policy.maxUncertaintyNs);

    _policies[policyId] = policy;
    emit PolicyAdded(policyId, policy);
  }

  /// @inheritdoc IChronoRegistry
  function addEpoch(
    NodeSet calldata set,
    bytes calldata proofsOfPossession
  ) external restricted returns (address nodeSet) {
    uint256 n = set.keys.length / 64;
    if (set.keys.length != n * 64 || set.evidence.length != n || proofsOfPossession.length != n * 64)
      revert RegistryNodeSetShape(set.keys.length, set.evidence.length, proofsOfPossession.length);
    if (n == 0 || n > NodeSetLib.MAX_NODES || n < 3 * uint256(set.f) + 1) revert RegistryNodeSetSize(n, set.f);
    if (_policies[set.policyId].maxUncertaintyNs == 0) revert RegistryPolicyUnknown(set.policyId);
    _checkFollows(set);

    uint8 k = uint8((n + set.f + 2) / 2);
    if (_epochs[lastEpoch].n == 0) _firstEpoch = set.epoch;
    lastEpoch = set.epoch;
    _epochs[set.epoch] = Epoch(set.validFrom, set.validUntil, set.policyId, k, uint8(n), set.f, 0);
    nodeSet = _deploy(set, k, uint8(n));
    emit EpochAdded(set.epoch, nodeSet, set.policyId, k, uint8(n), set.f, set.validFrom, set.validUntil);
    _admitNodes(set, proofsOfPossession, n);
  }

  /// @inheritdoc IChronoRegistry
  function endEpoch(uint32 epoch, uint64 validUntil) external restricted {
    Epoch storage e = _known(epoch);
    // An end at 0 would mean "none" among the limits.
    if (validUntil < e.validFrom || validUntil >= e.validUntil || validUntil == 0)
      revert RegistryEndInvalid(validUntil, e.validFrom, e.validUntil);

    e.validUntil = validUntil;
    emit EpochEnded(epoch, validUntil);
    _limit(epoch, type(uint64).max, validUntil);
  }

  /// @inheritdoc IChronoRegistry
  function revokeNode(uint32 epoch, uint8 index) external restricted {
    Epoch storage e = _known(epoch);
    if (index >= e.n) revert RegistryNodeUnknown(epoch, index);

    e.revoked |= bytes4(uint32(1) << (31 - index));
    emit NodeRevoked(epoch, index);
    _limit(epoch, uint256(type(uint32).max) << 64, uint256(uint32(e.revoked)) << 64);
  }

  /// @inheritdoc IChronoRegistry
  function pause() external restricted {
    IChronoOracle(oracle).setPaused(true);
    _pauseEpochs(true);
  }

  /// @inheritdoc IChronoRegistry
  function unpause() external restricted {
    IChronoOracle(oracle).setPaused(false);
    _pauseEpochs(false);
  }

  /// @inheritdoc IChronoRegistry
  function setEpochPaused(uint32 epoch, bool paused) external restricted {
    _known(epoch);
    _pauseEpoch(epoch, paused);
  }

  /// @inheritdoc IChronoRegistry
  function epochOf(uint32 epoch) external view returns (Epoch memory) {
    return _known(epoch);
  }

  /// @inheritdoc IChronoRegistry
  function policyOf(uint32 policyId) external view returns (Policy memory policy) {
    policy = _policies[policyId];
    if (policy.maxUncertaintyNs == 0) revert RegistryPolicyUnknown(policyId);
  }

  /// @inheritdoc IChronoRegistry
  function keyOf(uint32 epoch, uint8 index) external view returns (bytes32 x, bytes32 y) {
    if (index >= _known(epoch).n) revert RegistryNodeUnknown(epoch, index);
    address set = nodeSetAddress(epoch);
    uint256 offset = NodeSetCode.PREFIX_BYTES + 64;
    assembly ("memory-safe") {
      // Header and terms come before the keys.
      extcodecopy(set, 0, add(offset, shl(6, index)), 64)
      x := mload(0)
      y := mload(0x20)
    }
  }

  /// @notice Called back when a node set is made: the code of its account, as it is.
  function nodeSetUnderWay() external view {
    assembly ("memory-safe") {
      let n := tload(0)
      let m := mload(0x40)
      for {
        let i := 0
      } lt(i, n) {
        i := add(i, 0x20)
      } {
        mstore(add(m, i), tload(add(i, 1)))
      }
      return(m, n)
    }
  }

  /// @inheritdoc IChronoRegistry
  function nodeSetAddress(uint32 epoch) public view returns (address) {
    return NodeSetLib.addressOf(address(this), epoch);
  }

  /// @dev From the epoch of the latest certificate on; all epochs when there is none.
  function _firstInUse() private view returns (uint32 epoch) {
    epoch = IChronoOracle(oracle).latest().epoch;
    if (epoch < _firstEpoch) epoch = _firstEpoch;
  }

  function _pauseEpochs(bool paused) private {
    // 64 bits: the last epoch may be the last number.
    for (uint64 epoch = _firstInUse(); epoch <= lastEpoch; ++epoch)
      if (_epochs[uint32(epoch)].n != 0) _pauseEpoch(uint32(epoch), paused);
  }

  function _pauseEpoch(uint32 epoch, bool paused) private {
    emit EpochPausedSet(epoch, paused);
    _limit(epoch, NodeSetCode.PAUSED, paused ? NodeSetCode.PAUSED : 0);
  }

  /// @dev Replaces the masked part of an epoch's limits, and has the oracle look.
  function _limit(uint32 epoch, uint256 mask, uint256 bits) private {
    address set = nodeSetAddress(epoch);
    if (!NodeSetCode.limit(set, (NodeSetCode.limitsOf(set) & ~mask) | bits)) revert RegistryOutOfGas();
    IChronoOracle(oracle).refreshLimits(epoch);
  }

  function _known(uint32 epoch) private view returns (Epoch storage e) {
    e = _epochs[epoch];
    if (e.n == 0) revert RegistryEpochUnknown(epoch);
  }

  /// @dev Epochs never overlap: each begins at or after the end of the one before.
  function _checkFollows(NodeSet calldata set) private view {
    Epoch storage previous = _epochs[lastEpoch];
    if (previous.n != 0) {
      if (set.epoch != uint256(lastEpoch) + 1) revert RegistryEpochOutOfOrder(set.epoch, lastEpoch + 1);
      if (set.validFrom < previous.validUntil) revert RegistryEpochOverlaps(set.validFrom, previous.validUntil);
    }
    if (set.validFrom >= set.validUntil) revert RegistryValidityInvalid(set.validFrom, set.validUntil);
  }

  function _deploy(NodeSet calldata set, uint8 k, uint8 n) private returns (address made) {
    Policy memory policy = _policies[set.policyId];
    bytes memory data = abi.encodePacked(
      NodeSetCode.prefix(address(this)),
      NodeSetLib.header(NodeSetLib.KIND_QUORUM, networkId, set.epoch, set.policyId),
      abi.encodePacked(k, n, set.f, policy.allowTest ? NodeSetLib.FLAGS | NodeSetLib.FLAG_TEST : NodeSetLib.FLAGS),
      abi.encodePacked(policy.maxAheadMs, policy.maxUncertaintyNs, set.validFrom, set.validUntil),
      set.keys
    );
    assembly ("memory-safe") {
      let length := mload(data)
      tstore(0, length)
      for {
        let i := 0
      } lt(i, length) {
        i := add(i, 0x20)
      } {
        tstore(add(i, 1), mload(add(add(data, 0x20), i)))
      }
    }
    made = NodeSetCode.create(set.epoch);
    if (made == address(0)) revert RegistryOutOfGas();
  }

  function _admitNodes(NodeSet calldata set, bytes calldata proofs, uint256 n) private {
    address verifier = IChronoOracle(oracle).p256Verifier();
    for (uint256 i = 0; i < n; ++i) {
      bytes calldata key = set.keys[64 * i:64 * i + 64];
      for (uint256 j = 0; j < i; ++j)
        if (keccak256(set.keys[64 * j:64 * j + 64]) == keccak256(key)) revert RegistryKeyRepeated(i, j);
      bytes32 digest = sha256(
        abi.encodePacked(
          NodeSetLib.header(NodeSetLib.KIND_REGISTRATION, networkId, set.epoch, 0),
          bytes32(0),
          set.evidence[i],
          sha256(key),
          bytes32(0)
        )
      );
      (bytes32 x, bytes32 y) = (bytes32(key[:32]), bytes32(key[32:]));
      bytes calldata proof = proofs[64 * i:64 * i + 64];
      if (!P256Lib.verify(verifier, digest, bytes32(proof[:32]), bytes32(proof[32:]), x, y))
        revert RegistryProofOfPossessionInvalid(i);
      emit NodeAdded(set.epoch, uint8(i), x, y, set.evidence[i]);
    }
  }
}
