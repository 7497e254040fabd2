// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice A quorum's statement and its signatures (docs/protocol.md section 4).
/// @param statement The 160 bytes as signed.
/// @param signers One bit a node; node 0 is the most significant bit.
/// @param signatures r || s, 64 bytes a signer, in ascending node order, low-S.
struct Certificate {
  bytes32[5] statement;
  bytes4 signers;
  bytes signatures;
}

/// @notice A leaf of a batch and its way to the root (docs/protocol.md section 6).
/// @param leaf The 96 bytes.
/// @param directions Bit i, from the least significant, is 1 when the sibling at level i stands on the left.
/// @param path The siblings, from the leaf upwards; at most 32.
struct Inclusion {
  bytes32[3] leaf;
  uint256 directions;
  bytes32[] path;
}
