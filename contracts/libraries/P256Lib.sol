// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice ECDSA P-256 over SHA-256 through the precompile at 0x100 (EIP-7951, RIP-7212).
library P256Lib {
  /// @dev Half the order of P-256; an s above it is the malleable twin.
  uint256 internal constant HALF_N = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8;

  /// @notice Whether the low-S signature verifies. False on a chain without the precompile.
  function verify(bytes32 digest, bytes32 r, bytes32 s, bytes32 x, bytes32 y) internal view returns (bool valid) {
    if (uint256(s) > HALF_N) return false;
    assembly ("memory-safe") {
      let m := mload(0x40)
      mstore(m, digest)
      mstore(add(m, 0x20), r)
      mstore(add(m, 0x40), s)
      mstore(add(m, 0x60), x)
      mstore(add(m, 0x80), y)
      // Success is 32 bytes of 1, failure is no bytes at all.
      pop(staticcall(gas(), 0x100, m, 0xa0, 0, 0x20))
      valid := eq(returndatasize(), 0x20)
    }
  }
}
