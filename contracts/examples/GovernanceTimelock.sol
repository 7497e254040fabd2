// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ChronoTarget } from "../periphery/ChronoTarget.sol";
import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { ClockSource, Extras, OnRevert, Order, Schedule } from "../types/Schedule.sol";

/// @title A time lock whose calls run by themselves
/// @notice Governance queues a call; after the delay any keeper runs it, on the attested clock, and is paid. What has
/// not run when the time of grace is over never runs. A call that reverts stays queued until then: a keeper who makes
/// it fail, by what it does to the target before, cannot use it up and is not paid.
contract GovernanceTimelock is ChronoTarget {
  /// @notice Nanoseconds from queueing to the first and to the last instant at which a call may run.
  uint64 public immutable delay;
  uint64 public immutable grace;
  address public immutable governance;

  uint256 private _count;

  event Queued(bytes32 indexed id, Order order);
  event Ran(address indexed target, uint256 value, bytes data);

  error OnlyGovernance(address caller);

  modifier onlyGovernance() {
    if (msg.sender != governance) revert OnlyGovernance(msg.sender);
    _;
  }

  constructor(address scheduler, address governance_, uint64 delay_, uint64 grace_) ChronoTarget(scheduler) {
    (governance, delay, grace) = (governance_, delay_, grace_);
  }

  /// @notice Rewards that come back, and ether that queued calls are to send.
  receive() external payable {}

  /// @notice Queues a call; msg.value is the keeper's reward. The value comes out of the time lock when the call runs.
  /// @param gasLimit Gas for the call, the time lock's own included.
  function queue(
    address target,
    uint256 value,
    bytes calldata callData,
    uint32 gasLimit
  ) external payable onlyGovernance returns (bytes32 id) {
    bytes memory data = abi.encodeCall(this.run, (target, value, callData));
    bytes memory extras = abi.encode(Extras(0, 1, OnRevert.Retry, address(0), 0, ""));
    // All wei there are fit 96 bits.
    Order memory order = Order(_scheduleOf(gasLimit, uint96(msg.value), keccak256(extras)), extras, data);
    id = IChronoScheduler(chronoScheduler).scheduleWith{ value: msg.value }(order);
    emit Queued(id, order);
  }

  /// @notice Takes a queued call back, with what Queued told.
  function cancel(Order calldata order) external onlyGovernance {
    IChronoScheduler(chronoScheduler).cancel(order.schedule, keccak256(order.data));
  }

  /// @notice Brings back the rewards of calls that nobody ran, once they are expired. Anyone.
  function collect() external returns (uint256 amount) {
    return IChronoScheduler(chronoScheduler).withdraw(address(this));
  }

  /// @notice What the scheduler calls, in the name of the time lock itself.
  function run(address target, uint256 value, bytes calldata callData) external onlyScheduledBy(address(this)) {
    emit Ran(target, value, callData);
    (bool ok, bytes memory reason) = target.call{ value: value }(callData);
    if (ok) return;
    assembly ("memory-safe") {
      // The target's own reason, so that the scheduler records it.
      revert(add(reason, 0x20), mload(reason))
    }
  }

  function _scheduleOf(uint32 gasLimit, uint96 reward, bytes32 extras) private returns (Schedule memory) {
    // Counted from the block's time: governance itself is no precise event. The run is held against the attested clock.
    uint64 eta = uint64(block.timestamp * 1e9) + delay;
    return
      Schedule({
        owner: address(this),
        target: address(this),
        gasLimit: gasLimit,
        value: 0,
        maxBaseFee: type(uint64).max,
        reward: reward,
        grace: grace,
        rewardFloor: reward,
        clock: ClockSource.Attested,
        notBefore: eta,
        notAfter: eta + grace,
        extras: extras,
        salt: bytes32(++_count)
      });
  }
}
