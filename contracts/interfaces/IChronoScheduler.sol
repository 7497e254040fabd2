// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Schedule } from "../types/Schedule.sol";

/// @title Calls that run in a time window
/// @notice Only a hash of a schedule is stored; the schedule itself and its calldata stand in the event. Anyone may
/// execute and is paid.
/// @dev An id ends by Executed, Cancelled or Expired, one of them exactly; its owner may then schedule the same again.
interface IChronoScheduler {
  event Scheduled(bytes32 indexed id, address indexed owner, Schedule schedule, bytes data);
  /// @notice The call was made, once.
  /// @param success False when the target reverted; CallReverted with the reason stands before this event.
  /// @param blockLatenessNs block.timestamp minus notBefore; can be negative on the attested clock only.
  /// @param attestedLatenessNs Latest certified instant minus notBefore; 0 on the block clock.
  /// @param reward Wei credited to the keeper.
  event Executed(
    bytes32 indexed id,
    address indexed keeper,
    bool success,
    int64 blockLatenessNs,
    uint64 attestedLatenessNs,
    uint96 reward
  );
  /// @notice The target reverted.
  /// @param reason The first 256 bytes that it reverted with.
  event CallReverted(bytes32 indexed id, bytes reason);
  event Cancelled(bytes32 indexed id);
  event Expired(bytes32 indexed id);
  event Withdrawn(address indexed account, address indexed to, uint256 amount);

  error ScheduleKnown(bytes32 id);
  /// @notice Never scheduled, or ended already, or the fields or data are not those that were scheduled.
  error ScheduleUnknown(bytes32 id);
  error ScheduleOwnerMismatch(address caller, address owner);
  error ScheduleTargetRefused(address target);
  error ScheduleWindowInvalid(uint64 notBefore, uint64 notAfter);
  error ScheduleInThePast(uint64 notAfter, uint256 blockTimeNs);
  error ScheduleRewardInvalid(uint96 reward, uint96 rewardFloor);
  /// @notice msg.value must be value + reward.
  error ScheduleDepositWrong(uint256 given, uint256 needed);
  error ScheduleTooEarly(uint256 nowNs, uint64 notBefore);
  error ScheduleTooLate(uint256 nowNs, uint64 notAfter);
  /// @notice expire: the window is not over on the schedule's clock.
  error ScheduleNotOver(uint256 nowNs, uint64 notAfter);
  error ScheduleBaseFeeTooHigh(uint256 baseFee, uint64 maxBaseFee);
  /// @notice The transaction leaves the target less than its gas limit.
  error ScheduleGasTooLow(uint256 given, uint256 needed);
  /// @notice On the attested clock: the latest certified instant is too old. Passed on from the oracle.
  error OracleStale(uint64 timeUtcNs, uint256 blockTimeNs, uint64 maxAgeNs);
  /// @notice On the attested clock: the oracle is paused. Passed on from the oracle.
  error OraclePaused();
  /// @notice On the attested clock: nothing answers at the oracle's address.
  error ClockMissing(address oracle);
  error SchedulePaymentFailed(address to, uint256 amount);
  error ScheduleNoCredit(address account);

  /// @notice Commits a call. `schedule.owner` is the caller; msg.value is value + reward exactly.
  function schedule(Schedule calldata schedule_, bytes calldata data) external payable returns (bytes32 id);

  /// @notice Makes the call, inside the window on the schedule's clock. Anyone; the reward goes to the caller's credit.
  /// @return success Whether the target returned; a revert of the target is an outcome, not a revert of this.
  function execute(Schedule calldata schedule_, bytes calldata data) external returns (bool success);

  /// @notice Ends a schedule before it ran and pays value + reward back at once. Only its owner.
  /// @param dataHash keccak256 of the calldata.
  function cancel(Schedule calldata schedule_, bytes32 dataHash) external;

  /// @notice Ends a schedule whose window is over on its clock; value + reward go to the owner's credit. Anyone.
  function expire(Schedule calldata schedule_, bytes32 dataHash) external;

  /// @notice Pays the caller's whole credit to `to`.
  function withdraw(address to) external returns (uint256 amount);

  /// @notice Wei that the account may withdraw.
  function credit(address account) external view returns (uint256);

  /// @notice The id, bound to this chain and this scheduler.
  function idOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32);

  /// @notice Block time at which a pending schedule was made, UTC nanoseconds; 0 when there is none.
  function scheduledAt(bytes32 id) external view returns (uint64);

  function oracle() external view returns (address);
}
