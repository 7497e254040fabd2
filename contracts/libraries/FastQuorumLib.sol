// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { NodeSetCode } from "./NodeSetCode.sol";
import { NodeSetLib } from "./NodeSetLib.sol";
import { P256Lib } from "./P256Lib.sol";
import { QuorumLib } from "./QuorumLib.sol";

/// @notice The oracle's way to keys and signatures on chains that have the P-256 precompile and the instructions CLZ
/// and MCOPY (osaka). Apart from QuorumLib, so that consumers compile for any chain.
library FastQuorumLib {
  /// @notice As NodeSetLib.loadFor, with the keys up to the last signer only.
  /// @dev Beyond the end of a set, and for an unknown epoch, the copy is zero.
  /// @param signers Left-aligned bitmap. With none set, no key is copied.
  function load(address set, uint256 signers) internal view returns (uint256 pointer) {
    (uint256 offset, uint256 frame) = (NodeSetCode.PREFIX_BYTES, NodeSetLib.FRAME);
    assembly ("memory-safe") {
      pointer := add(mload(0x40), frame)
      // Up to the lowest bit that is set; with none, only the header and terms.
      let size := shl(6, add(1, mul(add(1, clz(and(signers, sub(0, signers)))), iszero(iszero(signers)))))
      extcodecopy(set, pointer, offset, size)
      mstore(0x40, add(pointer, size))
    }
  }

  /// @notice Reverts unless every signature is by its node under the statement, one by one through the
  /// precompile.
  /// @param statement The 160 bytes as signed.
  /// @param bitmap Left-aligned: node 0 is the most significant bit of the word.
  /// @param signatures 64 bytes a signer.
  /// @param set As NodeSetLib gives it: a frame before it, the keys behind header and terms, at least up to the last
  /// signer.
  /// @return digest SHA-256 of the statement.
  function check(
    bytes32[5] calldata statement,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 set
  ) internal view returns (bytes32 digest) {
    uint256 fault;
    uint256 halfN = P256Lib.HALF_N;
    uint256 signers = bitmap;
    assembly ("memory-safe") {
      let m := sub(set, 160) // h | r | s | x | y
      calldatacopy(m, statement, 160)
      // SHA-256 fails for want of gas alone, and then leaves too little for anything to follow.
      pop(staticcall(gas(), 2, m, 160, m, 32))
      let s := signatures.offset
      for {} bitmap {} {
        let node := clz(bitmap)
        calldatacopy(add(m, 32), s, 64)
        // The keys begin 160 + 64 bytes behind the frame.
        mcopy(add(m, 96), add(add(m, 224), shl(6, node)), 64)
        // Success is 32 bytes of 1, failure is no bytes at all.
        pop(staticcall(gas(), 0x100, m, 160, 0, 0))
        fault := or(fault, or(iszero(returndatasize()), gt(mload(add(m, 64)), halfN)))
        bitmap := xor(bitmap, shr(node, shl(255, 1)))
        s := add(s, 64)
      }
      digest := mload(m)
      // Not a byte more or less than was given.
      fault := or(fault, xor(sub(s, signatures.offset), signatures.length))
    }
    if (fault != 0) QuorumLib.explain(digest, signers, signatures, set, address(P256Lib.PRECOMPILE));
  }
}
