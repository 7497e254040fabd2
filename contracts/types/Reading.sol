// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice A certified instant, as the oracle holds it or as a certificate states it.
/// @param timeTaiNs Nanoseconds since 1970-01-01T00:00:00 TAI. What was certified existed before it; it is never
/// ahead of the true time.
/// @param timeUtcNs The same instant in UTC nanoseconds (POSIX, leap seconds not counted): timeTaiNs - taiMinusUtc *
/// 1e9.
/// @param uncertaintyNs No signer's clock was worse than this, in nanoseconds.
/// @param sequence Strictly increasing over the certificates of a network.
/// @param epoch The node set that signed.
/// @param taiMinusUtc Seconds.
/// @param flags bit0 leap insertion pending, bit1 leap deletion pending, bit2 holdover, bit3 test.
struct Reading {
  uint64 timeTaiNs;
  uint64 timeUtcNs;
  uint64 uncertaintyNs;
  uint64 sequence;
  uint32 epoch;
  int16 taiMinusUtc;
  uint8 flags;
}

/// @notice What a temporal proof shows.
/// @param arrivalTaiNs When the stamping node had the imprint, by its own reading: one node's word.
/// @param arrivalUncertaintyNs Half width of that reading.
/// @param certifiedTaiNs What the leaf stamps existed before this instant: a quorum's proof.
/// @param taiMinusUtc Seconds, of the certificate.
struct ProvenTime {
  uint64 arrivalTaiNs;
  uint64 arrivalUncertaintyNs;
  uint64 certifiedTaiNs;
  int16 taiMinusUtc;
}
