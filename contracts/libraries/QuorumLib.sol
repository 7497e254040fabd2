// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { P256Lib } from "./P256Lib.sol";

/// @notice The signatures of a certificate.
library QuorumLib {
  /// @notice Bits set in a 32-bit word.
  function count(uint256 bitmap) internal pure returns (uint256 bits) {
    unchecked {
      bits = bitmap - ((bitmap >> 1) & 0x55555555);
      bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333);
      bits = ((((bits + (bits >> 4)) & 0x0f0f0f0f) * 0x01010101) >> 24) & 0xff;
    }
  }

  /// @notice Reverts unless every signature is by its node under the statement, on a chain that has the P-256
  /// precompile and the CLZ instruction.
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
    if (fault != 0) explain(digest, signers, signatures, set, address(P256Lib.PRECOMPILE));
  }

  /// @notice Reverts unless every signature is by its node: the same on any chain, node by node, and dearer.
  /// @param verifier Answers as the precompile does.
  function checkAnywhere(
    bytes32[5] calldata statement,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 set,
    address verifier
  ) internal view returns (bytes32 digest) {
    digest = sha256(abi.encodePacked(statement));
    explain(digest, bitmap, signatures, set, verifier);
  }

  /// @notice Reverts by the name of the first thing that is wrong with the signatures; returns when nothing is.
  function explain(
    bytes32 digest,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 set,
    address verifier
  ) internal view {
    uint256 needed = count(bitmap >> 224) << 6;
    if (signatures.length != needed) revert IChronoOracle.OracleSignaturesLength(signatures.length, needed);
    uint256 at;
    for (uint256 node = 0; node < 32; ++node) {
      if (bitmap & (uint256(1) << (255 - node)) == 0) continue;
      (bytes32 r, bytes32 s) = (bytes32(signatures[at:at + 32]), bytes32(signatures[at + 32:at + 64]));
      at += 64;
      if (uint256(s) > P256Lib.HALF_N) revert IChronoOracle.OracleSignatureHighS(node);
      bytes32 x;
      bytes32 y;
      assembly ("memory-safe") {
        let key := add(add(set, 64), shl(6, node))
        x := mload(key)
        y := mload(add(key, 0x20))
      }
      uint256 before = gasleft();
      if (P256Lib.verify(verifier, digest, r, s, x, y)) continue;
      // A call that was given too little leaves at most a 63rd of what it needed, and the verdict would be wrong.
      if (gasleft() < before / 32) revert IChronoOracle.OracleOutOfGas();
      revert IChronoOracle.OracleSignatureInvalid(node);
    }
  }
}
