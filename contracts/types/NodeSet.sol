// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What a network allows; statements name it by its id.
/// @param maxUncertaintyNs Certificates with a larger uncertainty are refused. At least 1, below 2^48.
/// @param maxAheadMs How far a certificate may lie ahead of `block.timestamp`, in milliseconds.
/// @param allowTest Whether statements with the test flag count. False on any network that people rely on.
struct Policy {
  uint64 maxUncertaintyNs;
  uint32 maxAheadMs;
  bool allowTest;
}

/// @notice The nodes of one epoch, in index order.
/// @param epoch One more than the epoch before; the first may be any.
/// @param policyId A policy that was added before.
/// @param f How many nodes may be wrong in any way; n >= 3f + 1.
/// @param validFrom TAI nanoseconds, inclusive; not before the previous epoch's end.
/// @param validUntil TAI nanoseconds, exclusive.
/// @param keys P-256 keys, x || y, 64 bytes each; at most 32.
/// @param evidence Per node, the SHA-256 of its attestation evidence (zero on a test network).
struct NodeSet {
  uint32 epoch;
  uint32 policyId;
  uint8 f;
  uint64 validFrom;
  uint64 validUntil;
  bytes keys;
  bytes32[] evidence;
}

/// @notice What the registry keeps of an epoch; the keys lie in the code at the node set's address.
/// @param validUntil As it stands now: governance may have brought it forward.
/// @param k Signatures that a certificate needs: ceil((n + f + 1) / 2).
/// @param revoked One bit a node; node 0 is the most significant bit.
struct Epoch {
  uint64 validFrom;
  uint64 validUntil;
  uint32 policyId;
  uint8 k;
  uint8 n;
  uint8 f;
  bytes4 revoked;
}
