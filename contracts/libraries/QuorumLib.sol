// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

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

  /// @notice Whether every signature is by its node under the statement, with nothing but what every chain since Paris
  /// has; false where the P-256 precompile is missing.
  /// @param statement The 160 bytes as signed.
  /// @param bitmap Left-aligned: node 0 is the most significant bit of the word.
  /// @param signatures 64 bytes a signer.
  /// @param set As NodeSetLib gives it: a frame before it, the keys behind header and terms, at least up to the last
  /// signer.
  function holds(
    bytes32[5] calldata statement,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 set
  ) internal view returns (bool yes) {
    uint256 halfN = P256Lib.HALF_N;
    assembly ("memory-safe") {
      let m := sub(set, 160) // h | r | s | x | y
      calldatacopy(m, statement, 160)
      pop(staticcall(gas(), 2, m, 160, m, 32))
      let s := signatures.offset
      let fault := 0
      let key := add(m, 224)
      for {} bitmap {} {
        if slt(bitmap, 0) {
          calldatacopy(add(m, 32), s, 64)
          mstore(add(m, 96), mload(key))
          mstore(add(m, 128), mload(add(key, 32)))
          pop(staticcall(gas(), 0x100, m, 160, 0, 0))
          fault := or(fault, or(iszero(returndatasize()), gt(mload(add(m, 64)), halfN)))
          s := add(s, 64)
        }
        bitmap := shl(1, bitmap)
        key := add(key, 64)
      }
      yes := iszero(or(fault, xor(sub(s, signatures.offset), signatures.length)))
    }
  }

  /// @notice Reverts by the name of the first thing that is wrong with the signatures; returns when nothing is. Works
  /// on any chain.
  /// @param verifier The precompile, or what answers as it does.
  function explain(
    bytes32 digest,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 set,
    address verifier
  ) internal view {
    uint256 needed = count(bitmap >> 224) << 6;
    if (signatures.length != needed) revert IChronoOracle.OracleSignaturesLength(signatures.length, needed);
    uint256 offset;
    for (uint256 node = 0; node < 32; ++node) {
      if (bitmap & (uint256(1) << (255 - node)) == 0) continue;
      (bytes32 r, bytes32 s) = (bytes32(signatures[offset:offset + 32]), bytes32(signatures[offset + 32:offset + 64]));
      offset += 64;
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
