// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice Which clock a schedule's bounds are held against.
/// @dev Block: `block.timestamp`. Attested: the oracle's latest certified instant in UTC, which must be fresh by
/// `block.timestamp`. Certificate: the instant of a certificate that the keeper brings, likewise fresh.
enum ClockSource {
  Block,
  Attested,
  Certificate
}

/// @notice What a revert of the target means.
/// @dev Proceed: it is that run's outcome; a series goes on. Retry: the run stays open until its window is over, and
/// the attempt is not paid. Stop: it is that run's outcome, and ends a series.
enum OnRevert {
  Proceed,
  Retry,
  Stop
}

/// @notice A call committed for a time window. Times are UTC nanoseconds; amounts are wei.
/// @param owner Who scheduled it; the target finds this address behind the calldata (ERC-2771).
/// @param target Not the scheduler, the oracle, the registry, or an address up to 0xffff.
/// @param gasLimit Gas that the target is given, never less.
/// @param value Wei sent with the call; to the owner's credit when the call reverts.
/// @param maxBaseFee The call does not run in a block with a higher base fee.
/// @param reward Wei for the keeper until notBefore + grace, then falling in a straight line ...
/// @param grace Nanoseconds; at most notAfter - notBefore.
/// @param rewardFloor ... to this at notAfter; the rest stays the owner's.
/// @param clock The clock that both bounds are held against.
/// @param notBefore Inclusive.
/// @param notAfter Inclusive; later than notBefore.
/// @param extras keccak256(abi.encode(Extras)), or zero for a plain schedule, which has none.
/// @param salt Tells apart schedules that are otherwise the same. For a sealed one, 32 random bytes: they hide the
/// rest.
struct Schedule {
  address owner;
  address target;
  uint32 gasLimit;
  uint96 value;
  uint64 maxBaseFee;
  uint96 reward;
  uint64 grace;
  uint96 rewardFloor;
  ClockSource clock;
  uint64 notBefore;
  uint64 notAfter;
  bytes32 extras;
  bytes32 salt;
}

/// @notice What most schedules do without. Run i, from 0, has the schedule's window moved by i * interval.
/// @param interval Nanoseconds from a run to the next, more than notAfter - notBefore; any for one run.
/// @param count Runs, at least 1.
/// @param onRevert What a revert of the target means.
/// @param condition A static call of `conditionData` to this address must return true for a run; zero for none.
/// @param conditionGas Gas for that call.
/// @param conditionData Its calldata.
struct Extras {
  uint64 interval;
  uint32 count;
  OnRevert onRevert;
  address condition;
  uint32 conditionGas;
  bytes conditionData;
}

/// @notice A schedule with all that is needed to make it, or to run it.
/// @param extras Empty for a plain schedule; else abi.encode(Extras), the bytes that `schedule.extras` is the hash of.
struct Order {
  Schedule schedule;
  bytes extras;
  bytes data;
}

/// @notice What the scheduler stores of a pending schedule, in one word.
/// @param deposit Wei that it holds.
/// @param run The next run, from 0.
/// @param scheduledAt When it was made, UTC seconds of the block; 0 when nothing is pending.
/// @param isSealed Whether its terms were hidden when it was made.
struct Pending {
  uint128 deposit;
  uint32 run;
  uint64 scheduledAt;
  bool isSealed;
}
