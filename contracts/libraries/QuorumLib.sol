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

  /// @notice Reverts unless every signature is by its node under the statement.
  /// @param statement The 160 bytes as signed.
  /// @param bitmap Left-aligned: node 0 is the most significant bit of the word.
  /// @param signatures 64 bytes a signer, as many as there are bits.
  /// @param keys Memory with 64 bytes a node, at least up to the last signer.
  /// @return digest SHA-256 of the statement.
  function check(
    bytes32[5] calldata statement,
    uint256 bitmap,
    bytes calldata signatures,
    uint256 keys
  ) internal view returns (bytes32 digest) {
    uint256 fault; // 1: out of gas, 2: high S, 3: invalid
    uint256 node;
    uint256 halfN = P256Lib.HALF_N;
    assembly ("memory-safe") {
      let m := mload(0x40) // h | r | s | x | y
      calldatacopy(m, statement, 160)
      fault := iszero(staticcall(gas(), 2, m, 160, m, 32))
      digest := mload(m)
      if fault {
        bitmap := 0
      }
      let s := signatures.offset
      for {} bitmap {} {
        node := clz(bitmap)
        bitmap := xor(bitmap, shr(node, shl(255, 1)))
        calldatacopy(add(m, 32), s, 64)
        s := add(s, 64)
        mcopy(add(m, 96), add(keys, shl(6, node)), 64)
        fault := shl(1, gt(mload(add(m, 64)), halfN))
        // Success is 32 bytes of 1, failure is no bytes at all.
        pop(staticcall(gas(), 0x100, m, 160, 0, 32))
        if iszero(returndatasize()) {
          fault := 3
          // A call that was given too little leaves less than this: 6,900 / 63 and the instructions in between.
          if lt(gas(), 150) {
            fault := 1
          }
        }
        if fault {
          break
        }
      }
    }
    if (fault != 0) {
      if (fault == 1) revert IChronoOracle.OracleOutOfGas();
      if (fault == 2) revert IChronoOracle.OracleSignatureHighS(node);
      revert IChronoOracle.OracleSignatureInvalid(node);
    }
  }
}
