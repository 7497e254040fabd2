// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { NodeSetCode } from "./NodeSetCode.sol";

/// @notice Layout of a node set as code.
/// @dev NodeSetCode.PREFIX_BYTES of instructions | header 32 | terms 32 | keys, 64 bytes each.
/// header: the first statement word as it must be, with zero in flags and taiMinusUtc.
/// terms: k 8 | n 8 | f 8 | allowedFlags 8 | maxAheadMs 32 | maxUncertaintyNs 64 | validFrom 64 | validUntil 64.
library NodeSetLib {
  /// @dev domain 16 B, kind 1 B, [flags 1 B, taiMinusUtc 2 B vary], networkId 4 B, epoch 4 B, policyId 4 B.
  uint256 internal constant HEADER_MASK = 0xffffffffffffffffffffffffffffffffff000000ffffffffffffffffffffffff;
  uint256 internal constant MAX_NODES = 32;
  /// @dev Room before a set in memory for what is handed to the P-256 precompile.
  uint256 internal constant FRAME = 160;
  bytes16 internal constant DOMAIN = "ChronoLedger/TS1";
  uint8 internal constant KIND_QUORUM = 2;
  uint8 internal constant KIND_REGISTRATION = 5;
  /// @dev Leap insertion, leap deletion, holdover.
  uint8 internal constant FLAGS = 7;
  uint8 internal constant FLAG_TEST = 8;

  /// @notice The first word of a statement, with zero in flags and taiMinusUtc.
  function header(uint8 kind, uint32 networkId, uint32 epoch, uint32 policyId) internal pure returns (bytes32) {
    return
      DOMAIN |
      bytes32((uint256(kind) << 120) | (uint256(networkId) << 64) | (uint256(epoch) << 32) | uint256(policyId));
  }

  /// @notice The CREATE2 address of an epoch's set.
  /// @param epoch 32 bits; a wider type, as the compiler may leave what is above a narrower one.
  function addressOf(address registry, uint256 epoch) internal pure returns (address set) {
    bytes32 creationCodeHash = NodeSetCode.CREATION_CODE_HASH;
    assembly ("memory-safe") {
      let m := mload(0x40)
      mstore(m, or(shl(160, 0xff), registry))
      mstore(add(m, 0x20), epoch)
      mstore(add(m, 0x40), creationCodeHash)
      // Bits above an address stay: nothing here looks at them, and the compiler clears them where it must.
      set := keccak256(add(m, 0x0b), 0x55)
    }
  }

  /// @notice Copies header, terms, and all keys to fresh memory; of the keys only the first eight when no other node
  /// signed.
  /// @dev Beyond the end of a set, and for an unknown epoch, the copy is zero.
  /// @param signers Left-aligned bitmap.
  /// @return pointer Of the header; the keys begin 64 bytes later, and the FRAME bytes before it are the caller's.
  function loadFor(address set, uint256 signers) internal view returns (uint256 pointer) {
    uint256 offset = NodeSetCode.PREFIX_BYTES;
    assembly ("memory-safe") {
      pointer := add(mload(0x40), FRAME)
      let size := shl(6, add(9, mul(24, iszero(iszero(shl(8, signers))))))
      extcodecopy(set, pointer, offset, size)
      mstore(0x40, add(pointer, size))
    }
  }
}
