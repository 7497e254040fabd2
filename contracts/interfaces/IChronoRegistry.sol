// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { Epoch, NodeSet, Policy } from "../types/NodeSet.sol";

/// @title Node sets by epoch, and policies
/// @notice "Restricted" functions may be called by whom the authority (an OpenZeppelin AccessManager) allows.
interface IChronoRegistry {
  event Initialized(address indexed authority, address indexed oracle, uint32 networkId);
  event PolicyAdded(uint32 indexed policyId, Policy policy);
  event EpochAdded(
    uint32 indexed epoch,
    address nodeSet,
    uint32 policyId,
    uint8 k,
    uint8 n,
    uint8 f,
    uint64 validFrom,
    uint64 validUntil
  );
  /// @param evidence SHA-256 of the node's attestation evidence.
  event NodeAdded(uint32 indexed epoch, uint8 indexed index, bytes32 x, bytes32 y, bytes32 evidence);
  event NodeRevoked(uint32 indexed epoch, uint8 indexed index);
  event EpochEnded(uint32 indexed epoch, uint64 validUntil);
  event EpochPausedSet(uint32 indexed epoch, bool paused);

  error RegistryAlreadyInitialized();
  error RegistryNotInitialized();
  error RegistryOnlyGenesisOwner(address caller);
  /// @notice The oracle does not answer with this registry.
  error RegistryOracleMismatch(address oracle);
  error RegistryPolicyKnown(uint32 policyId);
  error RegistryPolicyUnknown(uint32 policyId);
  /// @notice Outside 1 to 2^48 - 1.
  error RegistryUncertaintyInvalid(uint64 maxUncertaintyNs);
  error RegistryEpochOutOfOrder(uint32 given, uint32 expected);
  error RegistryEpochUnknown(uint32 epoch);
  error RegistryEpochOverlaps(uint64 validFrom, uint64 previousValidUntil);
  error RegistryValidityInvalid(uint64 validFrom, uint64 validUntil);
  /// @notice 1 <= n <= 32 and n >= 3f + 1 does not hold.
  error RegistryNodeSetSize(uint256 n, uint256 f);
  /// @notice Keys have 64 bytes a node, evidence one hash, proofs of possession 64 bytes.
  error RegistryNodeSetShape(uint256 keyBytes, uint256 evidenceCount, uint256 proofBytes);
  error RegistryKeyRepeated(uint256 index, uint256 earlier);
  /// @notice The node's own signature under its kind-5 statement does not verify.
  error RegistryProofOfPossessionInvalid(uint256 index);
  /// @notice An epoch's end can only be brought forward, not before its start.
  error RegistryEndInvalid(uint64 given, uint64 validFrom, uint64 validUntil);
  error RegistryNodeUnknown(uint32 epoch, uint8 index);
  /// @notice Too little gas was left for the node set's account.
  error RegistryOutOfGas();

  /// @notice Once, by the genesis owner.
  /// @param authority_ Decides who may call the restricted functions from now on.
  /// @param oracle_ The oracle of this registry.
  /// @param networkId_ Every statement of this network carries it.
  function initialize(address authority_, address oracle_, uint32 networkId_) external;

  /// @notice Adds a policy for good. Restricted.
  function addPolicy(uint32 policyId, Policy calldata policy) external;

  /// @notice Adds the next epoch. Restricted.
  /// @param proofsOfPossession Per node 64 bytes: its signature (low-S) under its kind-5 statement for this epoch.
  /// @return nodeSet Where the set lies as code.
  function addEpoch(NodeSet calldata set, bytes calldata proofsOfPossession) external returns (address nodeSet);

  /// @notice Brings the end of a compromised epoch forward, at once. Restricted.
  /// @param validUntil TAI nanoseconds, exclusive.
  function endEpoch(uint32 epoch, uint64 validUntil) external;

  /// @notice A node's signatures stop counting, at once and for old certificates too. Restricted.
  function revokeNode(uint32 epoch, uint8 index) external;

  /// @notice Stops the oracle, and the proofs of the epoch of its latest certificate and of those after it. Restricted;
  /// meant for a guardian.
  function pause() external;

  /// @notice Lets them go on, also where an epoch was paused by itself. Restricted.
  function unpause() external;

  /// @notice Stops the proofs of one epoch, or lets them go on. Restricted.
  function setEpochPaused(uint32 epoch, bool paused) external;

  /// @notice Who may initialise.
  function GENESIS_OWNER() external view returns (address);

  function oracle() external view returns (address);

  function networkId() external view returns (uint32);

  /// @notice The epoch added last; meaningless before the first.
  function lastEpoch() external view returns (uint32);

  function epochOf(uint32 epoch) external view returns (Epoch memory);

  function policyOf(uint32 policyId) external view returns (Policy memory);

  /// @notice x || y of a node. Reverts for an unknown one.
  function keyOf(uint32 epoch, uint8 index) external view returns (bytes32 x, bytes32 y);

  /// @notice Where the node set of an epoch lies, whether it exists or not.
  function nodeSetAddress(uint32 epoch) external view returns (address);
}
