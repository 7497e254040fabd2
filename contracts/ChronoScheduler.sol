// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "./interfaces/IChronoScheduler.sol";
import { CallLib } from "./libraries/CallLib.sol";
import { ClockLib } from "./libraries/ClockLib.sol";
import { ScheduleLib } from "./libraries/ScheduleLib.sol";
import { ClockSource, Schedule } from "./types/Schedule.sol";

/// @title ChronoScheduler
/// @notice See IChronoScheduler, which is the specification.
contract ChronoScheduler is IChronoScheduler, ReentrancyGuardTransient {
  using ScheduleLib for Schedule;

  /// @notice On the attested clock, how old the latest certified instant may be by `block.timestamp`, in nanoseconds.
  uint64 public constant MAX_ATTESTED_AGE_NS = 60e9;

  /// @dev Precompiles of today and tomorrow, and system contracts of rollups that begin at zero.
  uint160 private constant LAST_RESERVED = 0xffff;

  /// @inheritdoc IChronoScheduler
  address public immutable oracle;
  address private immutable _registry;

  /// @dev Whole words: a narrower type would be read before it is cleared.
  mapping(bytes32 id => uint256 timeUtcNs) private _scheduledAt;
  /// @inheritdoc IChronoScheduler
  mapping(address account => uint256 amount) public credit;

  constructor(address oracle_) {
    oracle = oracle_;
    _registry = IChronoOracle(oracle_).registry();
  }

  /// @inheritdoc IChronoScheduler
  /// @dev Without the re-entrancy guard, so that a target may schedule its next call; nothing is called from here.
  function schedule(Schedule calldata schedule_, bytes calldata data) external payable returns (bytes32 id) {
    _checkTerms(schedule_);
    id = schedule_.idOf(keccak256(data));
    if (_scheduledAt[id] != 0) revert ScheduleKnown(id);

    _scheduledAt[id] = _blockTimeNs();
    emit Scheduled(id, msg.sender, schedule_, data);
  }

  /// @inheritdoc IChronoScheduler
  function execute(Schedule calldata schedule_, bytes calldata data) external nonReentrant returns (bool success) {
    (bytes memory input, bytes32 dataHash) = CallLib.inputOf(schedule_, data);
    bytes32 id = _end(schedule_, dataHash);
    bool attested = schedule_.clock == ClockSource.Attested;
    uint256 nowNs = attested ? ClockLib.nowNoOlderThan(oracle, MAX_ATTESTED_AGE_NS) : _blockTimeNs();
    if (nowNs < schedule_.notBefore) revert ScheduleTooEarly(nowNs, schedule_.notBefore);
    if (nowNs > schedule_.notAfter) revert ScheduleTooLate(nowNs, schedule_.notAfter);
    if (block.basefee > schedule_.maxBaseFee) revert ScheduleBaseFeeTooHigh(block.basefee, schedule_.maxBaseFee);

    success = CallLib.callFor(id, schedule_, input);
    uint96 reward = _pay(schedule_, nowNs, success);
    unchecked {
      // Block times are far below 2^63 ns until 2262; lateness is shown, never calculated with.
      int64 blockLatenessNs = int64(int256(_blockTimeNs()) - int256(uint256(schedule_.notBefore)));
      uint64 attestedLatenessNs = attested ? uint64(nowNs - schedule_.notBefore) : 0;
      emit Executed(id, msg.sender, success, blockLatenessNs, attestedLatenessNs, reward);
    }
  }

  /// @inheritdoc IChronoScheduler
  function cancel(Schedule calldata schedule_, bytes32 dataHash) external nonReentrant {
    if (msg.sender != schedule_.owner) revert ScheduleOwnerMismatch(msg.sender, schedule_.owner);
    bytes32 id = _end(schedule_, dataHash);

    emit Cancelled(id);
    CallLib.pay(schedule_.owner, schedule_.escrow());
  }

  /// @inheritdoc IChronoScheduler
  function expire(Schedule calldata schedule_, bytes32 dataHash) external nonReentrant {
    bytes32 id = _end(schedule_, dataHash);
    // Age does not matter here: a certified instant never lies ahead of the true time.
    bool attested = schedule_.clock == ClockSource.Attested;
    uint256 nowNs = attested ? ClockLib.nowNoOlderThan(oracle, type(uint64).max) : _blockTimeNs();
    if (nowNs <= schedule_.notAfter) revert ScheduleNotOver(nowNs, schedule_.notAfter);

    credit[schedule_.owner] += schedule_.escrow();
    emit Expired(id);
  }

  /// @inheritdoc IChronoScheduler
  function withdraw(address to) external nonReentrant returns (uint256 amount) {
    amount = credit[msg.sender];
    if (amount == 0) revert ScheduleNoCredit(msg.sender);

    credit[msg.sender] = 0;
    emit Withdrawn(msg.sender, to, amount);
    CallLib.pay(to, amount);
  }

  /// @inheritdoc IChronoScheduler
  function idOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32) {
    return schedule_.idOf(dataHash);
  }

  /// @inheritdoc IChronoScheduler
  function scheduledAt(bytes32 id) external view returns (uint64) {
    return uint64(_scheduledAt[id]);
  }

  function _checkTerms(Schedule calldata schedule_) private view {
    if (schedule_.owner != msg.sender) revert ScheduleOwnerMismatch(msg.sender, schedule_.owner);
    address target = schedule_.target;
    if (uint160(target) <= LAST_RESERVED || target == address(this) || target == oracle || target == _registry)
      revert ScheduleTargetRefused(target);
    if (schedule_.notAfter <= schedule_.notBefore)
      revert ScheduleWindowInvalid(schedule_.notBefore, schedule_.notAfter);
    if (schedule_.notAfter <= _blockTimeNs()) revert ScheduleInThePast(schedule_.notAfter, _blockTimeNs());
    if (schedule_.rewardFloor > schedule_.reward) revert ScheduleRewardInvalid(schedule_.reward, schedule_.rewardFloor);
    if (msg.value != schedule_.escrow()) revert ScheduleDepositWrong(msg.value, schedule_.escrow());
  }

  /// @dev Ends the schedule before anything else happens: whoever comes back in finds it unknown.
  function _end(Schedule calldata schedule_, bytes32 dataHash) private returns (bytes32 id) {
    id = schedule_.idOf(dataHash);
    if (_scheduledAt[id] == 0) revert ScheduleUnknown(id);
    delete _scheduledAt[id];
  }

  /// @dev Splits the escrow between the keeper's and the owner's credit.
  /// @return reward The keeper's share.
  function _pay(Schedule calldata schedule_, uint256 nowNs, bool success) private returns (uint96 reward) {
    reward = uint96(schedule_.rewardAt(nowNs));
    unchecked {
      // All wei there are fit 128 bits, and the reward at any time is at most the reward at first.
      uint256 rest = schedule_.reward - reward + (success ? 0 : uint256(schedule_.value));
      if (reward != 0) credit[msg.sender] += reward;
      if (rest != 0) credit[schedule_.owner] += rest;
    }
  }

  function _blockTimeNs() private view returns (uint256) {
    unchecked {
      // A timestamp has fewer than 2^64 seconds.
      return block.timestamp * 1e9;
    }
  }
}
