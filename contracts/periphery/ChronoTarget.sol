// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title ChronoTarget
/// @notice Base of contracts whose functions are to be called by the scheduler, in the name of whoever scheduled.
/// @dev The scheduler puts the owner of the schedule behind the calldata (ERC-2771): 20 bytes, which mean nothing when
/// another calls.
abstract contract ChronoTarget {
  /// @notice The only caller whose word counts.
  address public immutable chronoScheduler;

  /// @param scheduledBy Zero when the caller is not the scheduler.
  error ChronoNotScheduledBy(address expected, address caller, address scheduledBy);

  /// @notice Only as a scheduled call of `owner`.
  modifier onlyScheduledBy(address owner) {
    if (owner == address(0) || _scheduledBy() != owner) revert ChronoNotScheduledBy(owner, msg.sender, _scheduledBy());
    _;
  }

  constructor(address scheduler) {
    chronoScheduler = scheduler;
  }

  /// @notice Who scheduled the present call; zero when it does not come from the scheduler.
  function _scheduledBy() internal view returns (address) {
    if (msg.sender != chronoScheduler || msg.data.length < 20) return address(0);
    return address(bytes20(msg.data[msg.data.length - 20:]));
  }
}
