// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Reading } from "../types/Reading.sol";

/// @notice The oracle's one word.
/// @dev timeTaiNs 64 | uncertaintyNs 48 | sequence 48 | epoch 32 | taiMinusUtc 16 | flags 8 | revoked 32 | control 8.
type Latest is uint256;

using LatestLib for Latest global;

/// @notice Packing of `Latest`.
library LatestLib {
  uint256 internal constant PAUSED = 1;
  /// @dev The current epoch has an early end, kept in a second slot.
  uint256 internal constant ENDS_EARLY = 2;

  uint256 private constant CONTROL_MASK = 0xff;
  uint256 private constant REVOKED_MASK = 0xffffffff00;

  /// @notice The word after a statement was accepted.
  /// @dev `w1` is the statement's second word; its uncertainty and sequence must be below 2^48.
  function advance(uint256 w0, uint256 w1, uint256 revoked_, uint256 control_) internal pure returns (Latest) {
    return
      Latest.wrap(
        ((w1 >> 192) << 192) |
          (uint256(uint48(w1 >> 128)) << 144) |
          (uint256(uint48(w1 >> 64)) << 96) |
          (uint256(uint32(w0 >> 32)) << 64) |
          // taiMinusUtc and flags swap places.
          (uint256(uint16(w0 >> 96)) << 48) |
          (uint256(uint8(w0 >> 112)) << 40) |
          (revoked_ << 8) |
          control_
      );
  }

  function timeTaiNs(Latest word) internal pure returns (uint64) {
    return uint64(Latest.unwrap(word) >> 192);
  }

  function sequence(Latest word) internal pure returns (uint64) {
    return uint48(Latest.unwrap(word) >> 96);
  }

  function epoch(Latest word) internal pure returns (uint32) {
    return uint32(Latest.unwrap(word) >> 64);
  }

  /// @notice Node 0 is the most significant of 32 bits.
  function revoked(Latest word) internal pure returns (uint256) {
    return uint32(Latest.unwrap(word) >> 8);
  }

  function control(Latest word) internal pure returns (uint256) {
    return Latest.unwrap(word) & CONTROL_MASK;
  }

  function isPaused(Latest word) internal pure returns (bool) {
    return Latest.unwrap(word) & PAUSED != 0;
  }

  /// @notice UTC nanoseconds, below 2^64.
  function timeUtcNs(Latest word) internal pure returns (uint256 utcNs) {
    assembly ("memory-safe") {
      // Accepted statements have a UTC time from 0 to 2^64 - 1 (ChronoOracle checks), so no mask is needed.
      utcNs := sub(shr(192, word), mul(signextend(1, shr(48, word)), 1000000000))
    }
  }

  /// @notice The same word with other limits for its epoch.
  function withLimits(Latest word, uint256 revoked_, bool endsEarly) internal pure returns (Latest) {
    uint256 w = Latest.unwrap(word) & ~(REVOKED_MASK | ENDS_EARLY);
    return Latest.wrap(w | (revoked_ << 8) | (endsEarly ? ENDS_EARLY : 0));
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
        uncertaintyNs: uint48(w >> 144),
        sequence: sequence(word),
        epoch: epoch(word),
        taiMinusUtc: int16(uint16(w >> 48)),
        flags: uint8(w >> 40)
      });
  }
}
