// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { Certificate } from "../types/Certificate.sol";
import { Order, Pending, Schedule } from "../types/Schedule.sol";

/// @title Calls that run in a time window
/// @notice Only a hash of a schedule and one word of its state are stored; the schedule itself and its calldata stand
/// in the event. Anyone may execute and is paid.
/// @dev Every run ends by Executed, Expired or Underfunded; every schedule ends after its last run, or by Cancelled or
/// Updated. The owner may then schedule the same again.
/// An id is keccak256(abi.encode(commitment, owner)), so that nobody can commit in another's name, with commitment =
/// keccak256(abi.encode(chainId, scheduler, schedule, keccak256(data))).
interface IChronoScheduler {
  event Scheduled(bytes32 indexed id, address indexed owner, Schedule schedule, bytes data);
  /// @notice Follows Scheduled for a schedule with extras. @param extras abi.encode(Extras).
  event ScheduledExtras(bytes32 indexed id, bytes extras);
  /// @notice A schedule whose terms its owner keeps.
  event ScheduledSealed(bytes32 indexed id, address indexed owner, bytes32 commitment, uint256 deposit);
  /// @notice The call was made, once for this run.
  /// @param success False when the target reverted; CallReverted with the reason stands before this event.
  /// @param blockLatenessNs block.timestamp minus the run's notBefore; can be negative on the other clocks only.
  /// @param attestedLatenessNs The certified instant minus the run's notBefore; 0 on the block clock.
  /// @param reward Wei credited to the keeper.
  event Executed(
    bytes32 indexed id,
    address indexed keeper,
    bool success,
    int64 blockLatenessNs,
    uint64 attestedLatenessNs,
    uint96 reward
  );
  /// @notice The target reverted. Without Executed behind it, the run stays open (OnRevert.Retry).
  /// @param reason The first 256 bytes that it reverted with.
  event CallReverted(bytes32 indexed id, bytes reason);
  /// @notice A series goes on. @param run The next run. @param deposit Wei that it holds.
  event SeriesAdvanced(bytes32 indexed id, uint32 run, uint128 deposit);
  /// @notice The windows of runs `from` to `to - 1` are over, and nobody ran them.
  event Expired(bytes32 indexed id, uint32 from, uint32 to);
  /// @notice As Expired, and the deposit was too small for a run.
  event Underfunded(bytes32 indexed id, uint32 from, uint32 to, uint128 deposit);
  event Cancelled(bytes32 indexed id);
  /// @notice The schedule became another one, whose Scheduled stands before this event.
  event Updated(bytes32 indexed id, bytes32 indexed newId);
  event ToppedUp(bytes32 indexed id, uint256 amount, uint128 deposit);
  /// @notice An order of a batch did not run. @param reason The first 256 bytes that it reverted with.
  event OrderFailed(uint256 indexed index, bytes reason);
  event Withdrawn(address indexed account, address indexed to, uint256 amount);

  error ScheduleKnown(bytes32 id);
  /// @notice Never scheduled, or ended already, or the fields, extras or data are not those that were scheduled.
  error ScheduleUnknown(bytes32 id);
  error ScheduleOwnerMismatch(address caller, address owner);
  error ScheduleTargetRefused(address target);
  error ScheduleWindowInvalid(uint64 notBefore, uint64 notAfter, uint64 grace);
  error ScheduleInThePast(uint64 notAfter, uint256 blockTimeNs);
  error ScheduleRewardInvalid(uint96 reward, uint96 rewardFloor);
  /// @notice A field has bits above its type.
  error ScheduleFieldOutOfRange();
  /// @notice msg.value must be value + reward of a plain schedule, and at least that of one with extras.
  error ScheduleDepositWrong(uint256 given, uint256 needed);
  /// @notice The extras given are not those that the schedule names.
  error ScheduleExtrasMismatch(bytes32 given, bytes32 needed);
  /// @notice count is 0, or the windows of two runs touch, or the last one ends after the year 2554.
  error ScheduleSeriesInvalid(uint64 interval, uint32 count);
  error ScheduleTooEarly(uint256 nowNs, uint64 notBefore);
  error ScheduleTooLate(uint256 nowNs, uint64 notAfter);
  /// @notice expire: the window of the run is not over on the schedule's clock.
  error ScheduleNotOver(uint256 nowNs, uint64 notAfter);
  error ScheduleBaseFeeTooHigh(uint256 baseFee, uint64 maxBaseFee);
  error ScheduleConditionFalse(address condition);
  /// @notice The schedule's clock is a certificate, which `execute` does not take: use `executeWith`.
  error ScheduleCertificateMissing();
  /// @notice The deposit is too small for a run.
  error ScheduleUnderfunded(uint256 deposit, uint256 needed);
  /// @notice The transaction leaves the target less than its gas limit.
  error ScheduleGasTooLow(uint256 given, uint256 needed);
  /// @notice The latest certified instant, or the certificate, is too old. Passed on from the oracle.
  error OracleStale(uint64 timeUtcNs, uint256 blockTimeNs, uint64 maxAgeNs);
  /// @notice On the attested clock: the oracle is paused. Passed on from the oracle.
  error OraclePaused();
  /// @notice On the attested clock: nothing answers at the oracle's address.
  error ClockMissing(address oracle);
  error SchedulePaymentFailed(address to, uint256 amount);
  error ScheduleNoCredit(address account);
  error ScheduleOnlySelf(address caller);
  /// @notice Two lists that belong together differ in length.
  error ScheduleLengthsDiffer(uint256 orders, uint256 deposits);

  /// @notice Commits a plain call. `schedule.owner` is the caller; msg.value is value + reward exactly.
  function schedule(Schedule calldata schedule_, bytes calldata data) external payable returns (bytes32 id);

  /// @notice Commits a call with extras. msg.value is at least value + reward, which is what one run needs.
  function scheduleWith(Order calldata order) external payable returns (bytes32 id);

  /// @notice Commits several; msg.value is the sum of `deposits`, each as for `scheduleWith`.
  function scheduleBatch(
    Order[] calldata orders,
    uint256[] calldata deposits
  ) external payable returns (bytes32[] memory ids);

  /// @notice Commits a call by its commitment alone; its terms are checked when it runs. msg.value is the deposit.
  /// @param commitment As `commitmentOf` gives it; have `schedule.salt` be 32 random bytes.
  function scheduleSealed(bytes32 commitment) external payable returns (bytes32 id);

  /// @notice Shows the terms of a pending sealed schedule by its events, so that any keeper can run it. Anyone who
  /// knows them.
  function reveal(Order calldata order) external;

  /// @notice Makes the call of a plain schedule on the block or attested clock. Anyone; the reward goes to the caller's
  /// credit.
  /// @return success Whether the target returned; a revert of the target is an outcome, not a revert of this.
  function execute(Schedule calldata schedule_, bytes calldata data) external returns (bool success);

  /// @notice Makes the call of the run that is due, whatever the schedule's clock; runs missed before it expire.
  /// @param certificate For ClockSource.Certificate; all zero for the other clocks.
  function executeWith(Order calldata order, Certificate calldata certificate) external returns (bool success);

  /// @notice Makes several calls; one that cannot run leaves OrderFailed and does not stop the others.
  /// @param certificate One for all orders with ClockSource.Certificate; all zero when there is none.
  /// @return outcomes Per order: 0 failed to run, 1 the target reverted, 2 it returned.
  function executeBatch(
    Order[] calldata orders,
    Certificate calldata certificate
  ) external returns (uint8[] memory outcomes);

  /// @notice Ends a schedule and pays its deposit back at once, or to the owner's credit when that fails. Only its
  /// owner.
  /// @param dataHash keccak256 of the calldata.
  function cancel(Schedule calldata schedule_, bytes32 dataHash) external;

  /// @notice Ends a schedule and commits another with its deposit and msg.value; what is too much goes to the owner's
  /// credit. Only its owner.
  function update(
    Schedule calldata schedule_,
    bytes32 dataHash,
    Order calldata order
  ) external payable returns (bytes32 id);

  /// @notice Adds msg.value to the deposit of a pending schedule. Anyone.
  function topUp(bytes32 id) external payable;

  /// @notice Ends the runs whose windows are over on the schedule's clock; after the last one the deposit goes to the
  /// owner's credit. Anyone.
  /// @param extras As in `Order`.
  function expire(Schedule calldata schedule_, bytes calldata extras, bytes32 dataHash) external;

  /// @notice Pays the caller's whole credit to `to`.
  function withdraw(address to) external returns (uint256 amount);

  /// @notice Wei that the account may withdraw.
  function credit(address account) external view returns (uint256);

  /// @notice What `scheduleSealed` takes; bound to this chain and this scheduler.
  function commitmentOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32);

  /// @notice The id.
  function idOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32);

  /// @notice What is pending under an id; all zero when nothing is.
  function pendingOf(bytes32 id) external view returns (Pending memory);

  /// @notice On the attested and certificate clocks, how old the certified instant may be by `block.timestamp`.
  function MAX_ATTESTED_AGE_NS() external view returns (uint64);

  function oracle() external view returns (address);
}
