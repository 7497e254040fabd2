// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice ECDSA P-256 over SHA-256 by a verifier: the precompile at 0x100 (EIP-7951, RIP-7212), or a contract that
/// answers as it does.
library P256Lib {
  /// @dev Half the order of P-256; an s above it is the malleable twin.
  uint256 internal constant HALF_N = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8;
  uint160 internal constant PRECOMPILE = 0x100;

  /// @notice Whether the low-S signature verifies.
  function verify(
    address verifier,
    bytes32 digest,
    bytes32 r,
    bytes32 s,
    bytes32 x,
    bytes32 y
  ) internal view returns (bool valid) {
    if (uint256(s) > HALF_N) return false;
    assembly ("memory-safe") {
      let m := mload(0x40)
      mstore(m, digest)
      mstore(add(m, 0x20), r)
      mstore(add(m, 0x40), s)
      mstore(add(m, 0x60), x)
      mstore(add(m, 0x80), y)
      // Success is 32 bytes of 1, failure is no bytes at all.
      pop(staticcall(gas(), verifier, m, 0xa0, 0, 0x20))
      valid := eq(returndatasize(), 0x20)
    }
  }

  /// @notice Whether the chain has the precompile: it accepts a signature that is right.
  /// @dev By the secret 1 under the digest 1 with the nonce 2: the key is the curve's generator, r the x of its double.
  function hasPrecompile() internal view returns (bool) {
    return
      verify(
        address(PRECOMPILE),
        bytes32(uint256(1)),
        0x7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978,
        0x4186c273397e58413ad6e3fe7da5729dfe2ec8659792c1a7a6d740e35a7e45ec,
        0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5
      );
  }
}
