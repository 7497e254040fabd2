// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Inclusion } from "../types/Certificate.sol";

/// @notice SHA-256 Merkle paths of RFC 9162: leaf = H(0x00 | 96 bytes), node = H(0x01 | left | right).
library MerkleLib {
  uint256 internal constant MAX_DEPTH = 32;

  /// @notice The root that the leaf leads to along the path; zero when a direction bit above the path is set or a
  /// hash ran out of gas.
  function root(Inclusion calldata inclusion) internal view returns (bytes32 r) {
    bytes32[3] calldata leaf = inclusion.leaf;
    bytes32[] calldata path = inclusion.path;
    uint256 directions = inclusion.directions;
    assembly ("memory-safe") {
      // 0x01 prefix at byte 31 of a frame, left at 32, right at 64. The hash of each level is written straight to its
      // side of the next frame, so the loop moves every node exactly once.
      let m := mload(0x40)
      mstore(m, 0) // 0x00 prefix in byte 31
      calldatacopy(add(m, 0x20), leaf, 0x60)
      let side := shl(5, and(directions, 1))
      let pair := add(m, 0x20)
      // A hash that ran out of gas would leave old bytes in place: remember that none did.
      let ok := staticcall(gas(), 2, add(m, 0x1f), 0x61, add(pair, side), 0x20)
      mstore8(add(m, 0x1f), 1)
      let end := add(path.offset, shl(5, path.length))
      for {
        let p := path.offset
      } lt(p, end) {
        p := add(p, 0x20)
      } {
        calldatacopy(add(pair, xor(side, 0x20)), p, 0x20)
        directions := shr(1, directions)
        side := shl(5, and(directions, 1))
        ok := and(ok, staticcall(gas(), 2, add(m, 0x1f), 0x41, add(pair, side), 0x20))
      }
      r := mul(mload(add(pair, side)), and(ok, iszero(directions)))
    }
  }
}
