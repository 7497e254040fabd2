// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ChronoTarget } from "./ChronoTarget.sol";

/// @notice What contracts of an automation network implement.
interface IAutomationCompatible {
  function checkUpkeep(bytes calldata checkData) external returns (bool upkeepNeeded, bytes memory performData);

  function performUpkeep(bytes calldata performData) external;
}

/// @title AutomationAdapter
/// @notice Runs an existing `checkUpkeep/performUpkeep` contract from a schedule, unchanged. One adapter an upkeep: the
/// upkeep sees the adapter as its caller, so where it trusts a forwarder, name the adapter's address.
/// @dev Schedule `run(checkData)` as a series, with `isNeeded(checkData)` as its condition, so that nobody pays for a
/// check that says no. An upkeep whose `checkUpkeep` may only be simulated (it demands an empty `tx.origin`) cannot be
/// checked in a transaction: schedule `perform(performData)` instead.
contract AutomationAdapter is ChronoTarget {
  IAutomationCompatible public immutable upkeep;
  /// @notice Whose schedules may run the upkeep.
  address public immutable owner;

  event UpkeepPerformed(bytes performData);

  /// @notice `checkUpkeep` says that there is nothing to do: the run is a failed one, and the owner's OnRevert decides.
  error UpkeepNotNeeded();

  constructor(address scheduler, IAutomationCompatible upkeep_, address owner_) ChronoTarget(scheduler) {
    upkeep = upkeep_;
    owner = owner_;
  }

  /// @notice Asks the upkeep, and performs what it answers.
  function run(bytes calldata checkData) external onlyScheduledBy(owner) {
    (bool needed, bytes memory performData) = upkeep.checkUpkeep(checkData);
    if (!needed) revert UpkeepNotNeeded();
    _perform(performData);
  }

  /// @notice Performs without asking, with data that was fixed when the call was scheduled.
  function perform(bytes calldata performData) external onlyScheduledBy(owner) {
    _perform(performData);
  }

  /// @notice Whether `run` would perform; false when the check reverts, or writes anything.
  function isNeeded(bytes calldata checkData) external view returns (bool needed) {
    bytes memory call_ = abi.encodeCall(IAutomationCompatible.checkUpkeep, (checkData));
    (bool ok, bytes memory answer) = address(upkeep).staticcall(call_);
    // The first word is the truth value; more than 1 would be none.
    return ok && answer.length >= 64 && abi.decode(answer, (uint256)) == 1;
  }

  function _perform(bytes memory performData) private {
    emit UpkeepPerformed(performData);
    upkeep.performUpkeep(performData);
  }
}
