// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { ClockSource, Extras, OnRevert, Schedule } from "../types/Schedule.sol";
import { CallLib } from "./CallLib.sol";
import { ClockLib } from "./ClockLib.sol";
import { PendingLib, PendingWord } from "./PendingLib.sol";
import { ScheduleLib } from "./ScheduleLib.sol";
import { SeriesLib } from "./SeriesLib.sol";

/// @notice One run of a schedule, from its terms to who is paid. The caller holds the re-entrancy guard.
library RunLib {
  using ScheduleLib for Schedule;
  using SeriesLib for Schedule;
  using SeriesLib for Extras;

  /// @dev On the clocks of the oracle, how old the certified instant may be by `block.timestamp`, in nanoseconds.
  uint64 internal constant MAX_ATTESTED_AGE_NS = 60e9;
  /// @dev Precompiles of today and tomorrow, and system contracts of rollups that begin at zero.
  uint160 private constant LAST_RESERVED = 0xffff;
  uint256 private constant BLOCK = uint256(ClockSource.Block);
  uint256 private constant ATTESTED = uint256(ClockSource.Attested);

  /// @notice Runs a plain schedule: it ends before anything else happens, and whoever comes back in finds it unknown.
  /// @param certified The instant of a verified certificate, or 0.
  function runPlain(
    mapping(address account => uint256) storage credit,
    address oracle,
    address registry,
    address keeper,
    uint256 certified,
    Schedule calldata schedule,
    bytes calldata data
  ) internal returns (bool success) {
    (bytes memory input, bytes32 dataHash) = CallLib.inputOf(schedule.ownerOf(), data);
    bytes32 id = schedule.idOf(dataHash);
    PendingWord word = _pending(id);
    if (word.isSealed()) _checkRevealed(schedule, word, oracle, registry);
    uint256 lateness = _lateness(schedule, _now(schedule, oracle, certified));
    _checkBaseFee(schedule);
    PendingLib.clear(id);

    success = CallLib.callFor(id, schedule, input);
    uint256 reward = _reward(credit, schedule, id, keeper, lateness, 0, success);
    unchecked {
      // A deposit is at least reward + value.
      uint256 rest = word.deposit() - reward - (success ? schedule.valueOf() : 0);
      if (rest != 0) credit[schedule.ownerOf()] += rest;
    }
  }

  /// @notice Runs what is due of a schedule with extras.
  /// @param encoded abi.encode(Extras).
  function runOfSeries(
    mapping(address account => uint256) storage credit,
    address oracle,
    address registry,
    address keeper,
    uint256 certified,
    Schedule calldata schedule,
    bytes calldata data,
    bytes calldata encoded
  ) internal returns (bool success) {
    (bytes memory input, bytes32 dataHash) = CallLib.inputOf(schedule.ownerOf(), data);
    bytes32 id = schedule.idOf(dataHash);
    PendingWord word = _pending(id);
    Extras memory extras = schedule.decode(encoded);
    if (word.isSealed()) {
      _checkRevealed(schedule, word, oracle, registry);
      schedule.check(extras);
    }
    _checkFunded(schedule, word);
    (uint256 run, uint256 lateness) = schedule.due(extras, word.run(), _now(schedule, oracle, certified));
    _checkBaseFee(schedule);
    extras.checkCondition();
    if (run != word.run()) emit IChronoScheduler.Expired(id, uint32(word.run()), uint32(run));
    // Neither this run nor the deposit is there for whoever comes back in.
    PendingLib.store(id, word.moved(run + 1, 0));

    success = CallLib.callFor(id, schedule, input);
    if (!success && extras.onRevert == OnRevert.Retry) {
      PendingLib.store(id, word.moved(run, word.deposit()));
      return false;
    }
    uint256 reward = _reward(credit, schedule, id, keeper, lateness, run * extras.interval, success);
    uint256 rest = word.deposit() - reward - (success ? schedule.valueOf() : 0);
    if (run + 1 == extras.count || (!success && extras.onRevert == OnRevert.Stop)) {
      PendingLib.clear(id);
      if (rest != 0) credit[schedule.ownerOf()] += rest;
    } else {
      PendingLib.store(id, word.moved(run + 1, rest));
      emit IChronoScheduler.SeriesAdvanced(id, uint32(run + 1), uint128(rest));
    }
  }

  /// @notice Reverts when the target is one that nobody may have called.
  function checkTarget(address target, address oracle, address registry) internal view {
    if (uint160(target) <= LAST_RESERVED || target == address(this) || target == oracle || target == registry)
      revert IChronoScheduler.ScheduleTargetRefused(target);
  }

  /// @notice UTC nanoseconds.
  function blockTimeNs() internal view returns (uint256) {
    unchecked {
      // A timestamp has fewer than 2^64 seconds.
      return block.timestamp * 1e9;
    }
  }

  function _pending(bytes32 id) private view returns (PendingWord word) {
    word = PendingLib.load(id);
    if (word.isNone()) revert IChronoScheduler.ScheduleUnknown(id);
  }

  /// @dev What was checked of an open schedule when it was made.
  function _checkRevealed(Schedule calldata schedule, PendingWord word, address oracle, address registry) private view {
    schedule.checkTerms();
    checkTarget(schedule.target, oracle, registry);
    _checkFunded(schedule, word);
  }

  function _checkFunded(Schedule calldata schedule, PendingWord word) private pure {
    if (word.deposit() < schedule.escrowOf())
      revert IChronoScheduler.ScheduleUnderfunded(word.deposit(), schedule.escrowOf());
  }

  function _checkBaseFee(Schedule calldata schedule) private view {
    if (block.basefee > schedule.maxBaseFeeOf())
      revert IChronoScheduler.ScheduleBaseFeeTooHigh(block.basefee, schedule.maxBaseFee);
  }

  function _now(Schedule calldata schedule, address oracle, uint256 certified) private view returns (uint256) {
    uint256 clock = schedule.clockOf();
    if (clock == BLOCK) return blockTimeNs();
    if (clock == ATTESTED) return ClockLib.nowNoOlderThan(oracle, MAX_ATTESTED_AGE_NS);
    if (certified == 0) revert IChronoScheduler.ScheduleCertificateMissing();
    return certified;
  }

  function _lateness(Schedule calldata schedule, uint256 nowNs) private pure returns (uint256 lateness) {
    (uint256 from, uint256 to) = (schedule.notBeforeOf(), schedule.notAfterOf());
    unchecked {
      // Below notBefore this wraps to a huge number, so one comparison checks both bounds.
      lateness = nowNs - from;
      if (lateness > to - from) {
        if (nowNs < from) revert IChronoScheduler.ScheduleTooEarly(nowNs, uint64(from));
        revert IChronoScheduler.ScheduleTooLate(nowNs, uint64(to));
      }
    }
  }

  /// @dev Pays the keeper and says so.
  /// @param shift How far the run's window lies behind the first one.
  function _reward(
    mapping(address account => uint256) storage credit,
    Schedule calldata schedule,
    bytes32 id,
    address keeper,
    uint256 lateness,
    uint256 shift,
    bool success
  ) private returns (uint256 reward) {
    reward = schedule.rewardAt(lateness);
    unchecked {
      // All wei there are fit 128 bits.
      if (reward != 0) credit[keeper] += reward;
      uint256 attested = schedule.clockOf();
      // Block times are far below 2^63 ns until 2262; lateness is shown, never calculated with.
      uint256 byBlock = attested == BLOCK ? lateness : blockTimeNs() - schedule.notBeforeOf() - shift;
      if (attested != BLOCK) attested = lateness;
      emit IChronoScheduler.Executed(id, keeper, success, int64(uint64(byBlock)), uint64(attested), uint96(reward));
    }
  }
}
