// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Pending } from "../types/Schedule.sol";

/// @notice The scheduler's one word of a pending schedule; zero when nothing is pending.
/// @dev sealed 1 | scheduledAt (s) 63 | run 32 | (unused) 32 | deposit 128.
type PendingWord is uint256;

using PendingLib for PendingWord global;

/// @notice Packing of `PendingWord`.
library PendingLib {
  uint256 internal constant SEALED = 1 << 255;
  uint256 private constant RUN_MASK = uint256(type(uint32).max) << 160;

  /// @notice What is pending under an id, which is the slot itself.
  /// @dev An id is a hash of 52 bytes: no other slot of the scheduler can be one.
  function load(bytes32 id) internal view returns (PendingWord word) {
    assembly ("memory-safe") {
      word := sload(id)
    }
  }

  function store(bytes32 id, PendingWord word) internal {
    assembly ("memory-safe") {
      sstore(id, word)
    }
  }

  /// @notice Nothing is pending under the id any more.
  function clear(bytes32 id) internal {
    assembly ("memory-safe") {
      sstore(id, 0)
    }
  }

  /// @notice A schedule made in this block. The deposit must be below 2^128.
  function open(uint256 deposit_, uint256 sealed_) internal view returns (PendingWord) {
    // A block's second fits 63 bits.
    return PendingWord.wrap(sealed_ | (block.timestamp << 192) | deposit_);
  }

  function isNone(PendingWord word) internal pure returns (bool) {
    return PendingWord.unwrap(word) == 0;
  }

  function isSealed(PendingWord word) internal pure returns (bool) {
    return PendingWord.unwrap(word) >= SEALED;
  }

  function deposit(PendingWord word) internal pure returns (uint256) {
    return uint128(PendingWord.unwrap(word));
  }

  function run(PendingWord word) internal pure returns (uint256) {
    return uint32(PendingWord.unwrap(word) >> 160);
  }

  /// @notice The same schedule before another run, with another deposit; both in range.
  function moved(PendingWord word, uint256 run_, uint256 deposit_) internal pure returns (PendingWord) {
    uint256 kept = PendingWord.unwrap(word) & ~(RUN_MASK | type(uint128).max);
    return PendingWord.wrap(kept | (run_ << 160) | deposit_);
  }

  function toPending(PendingWord word) internal pure returns (Pending memory) {
    return
      Pending({
        deposit: uint128(deposit(word)),
        run: uint32(run(word)),
        scheduledAt: uint64((PendingWord.unwrap(word) & ~SEALED) >> 192),
        isSealed: isSealed(word)
      });
  }
}
