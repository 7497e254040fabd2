// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice Which clock a schedule's bounds are held against.
/// @dev Block: `block.timestamp`. Attested: the oracle's latest certified instant in UTC, which must be fresh by
/// `block.timestamp`.
enum ClockSource {
  Block,
  Attested
}

/// @notice A call committed for a time window. Times are UTC nanoseconds; amounts are wei.
/// @param owner Who scheduled it; the target finds this address behind the calldata (ERC-2771).
/// @param target Not the scheduler, the oracle, the registry, or an address up to 0xffff.
/// @param notBefore Inclusive.
/// @param notAfter Inclusive; later than notBefore.
/// @param clock The clock that both bounds are held against.
/// @param gasLimit Gas that the target is given, never less.
/// @param maxBaseFee The call does not run in a block with a higher base fee.
/// @param value Wei sent with the call; to the owner's credit when the call reverts.
/// @param reward Wei for the keeper at notBefore, falling in a straight line ...
/// @param rewardFloor ... to this at notAfter; the rest goes to the owner's credit.
/// @param salt Tells apart schedules that are otherwise the same.
struct Schedule {
  address owner;
  address target;
  uint64 notBefore;
  uint64 notAfter;
  ClockSource clock;
  uint32 gasLimit;
  uint64 maxBaseFee;
  uint128 value;
  uint96 reward;
  uint96 rewardFloor;
  uint64 salt;
}
