// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { Extras, Schedule } from "../types/Schedule.sol";
import { CallLib } from "./CallLib.sol";

/// @notice The runs of a schedule with extras.
library SeriesLib {
  /// @notice The extras that a schedule names; for a plain one a single run, once.
  /// @param encoded abi.encode(Extras), or nothing for a plain schedule.
  function decode(Schedule calldata schedule, bytes calldata encoded) internal pure returns (Extras memory extras) {
    bytes32 needed = schedule.extras;
    if (needed == 0 && encoded.length == 0) {
      extras.count = 1;
      return extras;
    }
    bytes32 given = keccak256(encoded);
    if (given != needed) revert IChronoScheduler.ScheduleExtrasMismatch(given, needed);
    return abi.decode(encoded, (Extras));
  }

  /// @notice Reverts when the extras are not such as the schedule may have.
  function check(Schedule calldata schedule, Extras memory extras) internal pure {
    (uint256 interval, uint256 count) = (extras.interval, extras.count);
    (uint256 from, uint256 to) = (schedule.notBefore, schedule.notAfter);
    unchecked {
      // Numbers of 64 and 32 bits, and a count of at least 1 where it is subtracted from; to > from was checked.
      bool apart = count == 1 || interval > to - from;
      if (count == 0 || !apart || to + (count - 1) * interval > type(uint64).max)
        revert IChronoScheduler.ScheduleSeriesInvalid(extras.interval, extras.count);
    }
  }

  /// @notice The run that is due at `nowNs`.
  /// @param next The next run by the scheduler's books.
  /// @return run At least `next`; runs in between were missed.
  /// @return lateness Of that run.
  function due(
    Schedule calldata schedule,
    Extras memory extras,
    uint256 next,
    uint256 nowNs
  ) internal pure returns (uint256 run, uint256 lateness) {
    (uint256 from, uint256 to) = (schedule.notBefore, schedule.notAfter);
    (uint256 interval, uint256 last) = (extras.interval, uint256(extras.count) - 1);
    unchecked {
      // `check` keeps every window below 2^64, and interval is not 0 when there is a second run.
      run = nowNs > from && last != 0 ? (nowNs - from) / interval : 0;
      if (run > last) run = last;
      if (run < next) run = next;
      uint256 shift = run * interval;
      if (nowNs < from + shift) revert IChronoScheduler.ScheduleTooEarly(nowNs, uint64(from + shift));
      if (nowNs > to + shift) revert IChronoScheduler.ScheduleTooLate(nowNs, uint64(to + shift));
      lateness = nowNs - from - shift;
    }
  }

  /// @notice How many runs have their windows behind them at `nowNs`; reverts when it is none beyond `next`.
  function over(
    Schedule calldata schedule,
    Extras memory extras,
    uint256 next,
    uint256 nowNs
  ) internal pure returns (uint256 runs) {
    (uint256 to, uint256 interval, uint256 count) = (schedule.notAfter, extras.interval, extras.count);
    unchecked {
      if (nowNs > to) runs = count == 1 ? 1 : (nowNs - to - 1) / interval + 1;
      if (runs > count) runs = count;
      if (runs <= next) revert IChronoScheduler.ScheduleNotOver(nowNs, uint64(to + next * interval));
    }
  }

  /// @notice Reverts unless the condition, if there is one, returns true, with all the gas that it was promised: one
  /// that is starved could be made to answer otherwise.
  function checkCondition(Extras memory extras) internal view {
    address condition = extras.condition;
    if (condition == address(0)) return;
    bytes memory data = extras.conditionData;
    uint256 gasLimit = extras.conditionGas;
    CallLib.requireGas(gasLimit, 0);
    bool holds;
    assembly ("memory-safe") {
      // One word is copied back, however much is returned. Arguments are evaluated from the right: the call is first.
      mstore(0, 0)
      let full := staticcall(gasLimit, condition, add(data, 0x20), mload(data), 0, 0x20)
      holds := and(and(full, gt(returndatasize(), 0x1f)), eq(mload(0), 1))
    }
    if (!holds) revert IChronoScheduler.ScheduleConditionFalse(condition);
  }
}
