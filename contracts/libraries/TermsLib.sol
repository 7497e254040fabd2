// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { NodeSetLib } from "./NodeSetLib.sol";
import { QuorumLib } from "./QuorumLib.sol";

/// @notice Whether a statement keeps the terms of its epoch; everything but the signatures.
library TermsLib {
  /// @notice All checks at once, without a branch: nearly every certificate passes.
  /// @param set Memory with the header and terms of the epoch (NodeSetLib.load).
  /// @param w0 The statement's first word, and `w1` its second.
  /// @param signers Left-aligned: node 0 is the most significant bit of the word.
  /// @param length Bytes of the signatures.
  /// @param revoked Nodes that do not count, in the low 32 bits; node 0 is the most significant of them.
  /// @param endsAt An early end in TAI nanoseconds; any number of more than 64 bits for none.
  /// @return bad Zero when the terms are kept; else `explain` tells which is not.
  /// @return utcNs The statement's time in UTC; below 2^64 when bad is zero.
  function violations(
    uint256 set,
    uint256 w0,
    uint256 w1,
    uint256 signers,
    uint256 length,
    uint256 revoked,
    uint256 endsAt
  ) internal view returns (uint256 bad, uint256 utcNs) {
    uint256 mask = NodeSetLib.HEADER_MASK;
    assembly ("memory-safe") {
      let m64 := 0xffffffffffffffff
      let terms := mload(add(set, 0x20))
      let time := shr(192, w1)
      bad := xor(and(w0, mask), mload(set))
      bad := or(bad, and(and(shr(112, w0), not(shr(224, terms))), 0xff))
      bad := or(bad, gt(and(shr(128, w1), m64), and(shr(128, terms), m64)))
      bad := or(bad, lt(time, and(shr(64, terms), m64)))
      bad := or(bad, iszero(and(lt(time, and(terms, m64)), lt(time, endsAt))))
      bad := or(bad, iszero(lt(and(w1, m64), time)))
      // A negative UTC time wraps, and has more than 64 bits.
      // Through memory: the compiler would calculate it at each use.
      mstore(0, sub(time, mul(signextend(1, shr(96, w0)), 1000000000)))
      utcNs := mload(0)
      let most := add(mul(timestamp(), 1000000000), mul(and(shr(192, terms), 0xffffffff), 1000000))
      bad := or(bad, or(gt(utcNs, most), shr(64, utcNs)))
      // n is 1 to 32: node n - 1 is bit 256 - n.
      bad := or(bad, and(signers, or(shr(and(shr(240, terms), 0xff), not(0)), shl(224, revoked))))
      bad := or(bad, lt(length, shl(6, shr(248, terms))))
    }
  }

  /// @notice Reverts by the name of the first term that is not kept.
  /// @dev Given what `violations` was given, with a result other than zero.
  function explain(
    uint256 set,
    uint256 w0,
    uint256 w1,
    uint256 signers,
    uint256 length,
    uint256 revoked,
    uint256 endsAt
  ) internal view {
    uint256 header;
    uint256 terms;
    assembly ("memory-safe") {
      header := mload(set)
      terms := mload(add(set, 0x20))
    }
    if (w0 & NodeSetLib.HEADER_MASK != header) {
      if (header == 0) revert IChronoOracle.OracleEpochUnknown(uint32(w0 >> 32));
      revert IChronoOracle.OracleHeaderMismatch(bytes32(w0 & NodeSetLib.HEADER_MASK), bytes32(header));
    }
    (uint8 flags, uint8 allowed) = (uint8(w0 >> 112), uint8(terms >> 224));
    if (flags & ~allowed != 0) revert IChronoOracle.OracleFlagsNotAllowed(flags, allowed);
    (uint64 uncertainty, uint64 most) = (uint64(w1 >> 128), uint64(terms >> 128));
    if (uncertainty > most) revert IChronoOracle.OracleUncertaintyTooLarge(uncertainty, most);
    _explainTime(w0, w1, terms, endsAt);
    _explainSigners(bytes4(bytes32(signers)), terms, length, bytes4(uint32(revoked)));
  }

  function _explainTime(uint256 w0, uint256 w1, uint256 terms, uint256 endsAt) private view {
    uint64 time = uint64(w1 >> 192);
    uint64 validUntil = uint64(terms);
    if (endsAt < validUntil) validUntil = uint64(endsAt);
    if (time < uint64(terms >> 64) || time >= validUntil)
      revert IChronoOracle.OracleOutsideEpoch(time, uint64(terms >> 64), validUntil);
    if (uint64(w1) >= time) revert IChronoOracle.OracleSpanInvalid(uint64(w1), time);
    unchecked {
      int16 taiMinusUtc = int16(uint16(w0 >> 96));
      uint256 utcNs = uint256(time) - uint256(int256(taiMinusUtc) * 1e9);
      uint256 most = block.timestamp * 1e9 + uint256(uint32(terms >> 192)) * 1e6;
      // Only a clock beyond the year 2554 could let more than 64 bits through.
      if (most > type(uint64).max) most = type(uint64).max;
      if (utcNs > most) revert IChronoOracle.OracleFromTheFuture(time, taiMinusUtc, most);
    }
  }

  function _explainSigners(bytes4 signers, uint256 terms, uint256 length, bytes4 revoked) private pure {
    uint256 given = QuorumLib.count(uint32(signers));
    if (length != given << 6) revert IChronoOracle.OracleSignaturesLength(length, given << 6);
    uint8 n = uint8(terms >> 240);
    if (uint32(signers) & (type(uint32).max >> n) != 0) revert IChronoOracle.OracleSignerUnknown(signers, n);
    if (signers & revoked != 0) revert IChronoOracle.OracleSignerRevoked(signers, revoked);
    revert IChronoOracle.OracleQuorumShort(given, terms >> 248);
  }
}
