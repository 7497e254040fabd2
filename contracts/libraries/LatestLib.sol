// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { Reading } from "../types/Reading.sol";

/// @notice The oracle's one word.
/// @dev timeTaiNs 64 | uncertaintyNs 64 | sequence 64 | epoch 32 | flags 8 | taiMinusUtc 16 | control 8: the first
/// three lie as in a statement's second word, the epoch as in its first.
type Latest is uint256;

using LatestLib for Latest global;

/// @notice Packing of `Latest`.
library LatestLib {
  uint256 internal constant PAUSED = 1;
  /// @dev The current epoch has revoked nodes or an early end, kept in a second slot.
  uint256 internal constant LIMITED = 2;

  /// @notice The word after a statement was accepted, given its first and second word.
  function advance(uint256 w0, uint256 w1, uint256 control_) internal pure returns (Latest word) {
    assembly ("memory-safe") {
      word := or(and(w1, not(0xffffffffffffffff)), and(w0, 0xffffffff00000000))
      word := or(or(word, and(shr(88, w0), 0xffffff00)), control_)
    }
  }

  /// @notice Whether a statement, by its second word, has a later time and a higher sequence.
  function isBefore(Latest word, uint256 w1) internal pure returns (bool newer) {
    assembly ("memory-safe") {
      let m64 := 0xffffffffffffffff
      newer := and(gt(shr(192, w1), shr(192, word)), gt(and(shr(64, w1), m64), and(shr(64, word), m64)))
    }
  }

  /// @notice Whether the word alone tells that a statement's epoch is without limits, given the statement's first word.
  function settles(Latest word, uint256 w0) internal pure returns (bool yes) {
    assembly ("memory-safe") {
      yes := iszero(or(and(xor(word, w0), 0xffffffff00000000), and(word, 0xff)))
    }
  }

  function timeTaiNs(Latest word) internal pure returns (uint64) {
    return uint64(Latest.unwrap(word) >> 192);
  }

  function sequence(Latest word) internal pure returns (uint64) {
    return uint64(Latest.unwrap(word) >> 64);
  }

  function epoch(Latest word) internal pure returns (uint32) {
    return uint32(Latest.unwrap(word) >> 32);
  }

  function isPaused(Latest word) internal pure returns (bool) {
    return Latest.unwrap(word) & PAUSED != 0;
  }

  /// @notice UTC nanoseconds, below 2^64.
  function timeUtcNs(Latest word) internal pure returns (uint256 utcNs) {
    assembly ("memory-safe") {
      // Accepted statements have a UTC time from 0 to 2^64 - 1 (TermsLib checks), so no mask is needed.
      utcNs := sub(shr(192, word), mul(signextend(1, shr(8, word)), 1000000000))
    }
  }

  function withLimited(Latest word, bool limited) internal pure returns (Latest) {
    uint256 w = Latest.unwrap(word) & ~LIMITED;
    return Latest.wrap(limited ? w | LIMITED : w);
  }

  function withPaused(Latest word, bool paused) internal pure returns (Latest) {
    uint256 w = Latest.unwrap(word) & ~PAUSED;
    return Latest.wrap(paused ? w | PAUSED : w);
  }

  function toReading(Latest word) internal pure returns (Reading memory) {
    uint256 w = Latest.unwrap(word);
    return
      Reading({
        timeTaiNs: timeTaiNs(word),
        timeUtcNs: uint64(timeUtcNs(word)),
        uncertaintyNs: uint64(w >> 128),
        sequence: sequence(word),
        epoch: epoch(word),
        taiMinusUtc: int16(uint16(w >> 8)),
        flags: uint8(w >> 24)
      });
  }
}
