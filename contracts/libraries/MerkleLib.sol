// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { Inclusion } from "../types/Certificate.sol";

/// @notice SHA-256 Merkle paths of RFC 9162: leaf = H(0x00 | 96 bytes), node = H(0x01 | left | right).
library MerkleLib {
  uint256 internal constant MAX_DEPTH = 32;

  /// @notice The root that the leaf leads to along the path; zero when a direction bit above the path is set.
  function root(Inclusion calldata inclusion) internal view returns (bytes32 r) {
    bytes32[3] calldata leaf = inclusion.leaf;
    bytes32[] calldata path = inclusion.path;
    uint256 directions = inclusion.directions;
    assembly ("memory-safe") {
      // 0x01 prefix at byte 31 of a frame, left at 32, right at 64. The hash of each level is written straight to its
      // side of the next frame, so the loop moves every node exactly once. SHA-256 fails for want of gas alone, and
      // then leaves too little for anything to follow.
      let m := add(mload(0x40), 0x1f)
      mstore8(m, 0)
      calldatacopy(add(m, 1), leaf, 0x60)
      let at := add(add(m, 1), shl(5, and(directions, 1)))
      pop(staticcall(gas(), 2, m, 0x61, at, 0x20))
      mstore8(m, 1)
      let p := path.offset
      let end := add(p, shl(5, path.length))
      for {} lt(p, end) {} {
        // The sibling goes to the other side: the two add up to 2 m + 34.
        calldatacopy(sub(add(shl(1, m), 0x22), at), p, 0x20)
        directions := shr(1, directions)
        at := add(add(m, 1), shl(5, and(directions, 1)))
        pop(staticcall(gas(), 2, m, 0x41, at, 0x20))
        p := add(p, 0x20)
      }
      r := mul(mload(at), iszero(directions))
    }
  }
}
