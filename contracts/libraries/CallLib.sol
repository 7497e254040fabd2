// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { Schedule } from "../types/Schedule.sol";

/// @notice Calls to addresses that nobody trusts.
library CallLib {
  /// @dev Of what a target reverts with, this much is recorded.
  uint256 internal constant MAX_REASON_BYTES = 256;
  /// @dev CALL to a cold account, and the instructions between the check and it.
  uint256 internal constant CALL_GAS = 2_700;
  /// @dev CALL with value (9,000) to an account that is new (25,000).
  uint256 internal constant VALUE_GAS = 34_000;

  /// @notice The calldata with the owner behind it (ERC-2771), and the hash of the calldata alone.
  function inputOf(
    Schedule calldata schedule,
    bytes calldata data
  ) internal pure returns (bytes memory input, bytes32 dataHash) {
    address owner = schedule.owner;
    assembly ("memory-safe") {
      let n := data.length
      input := mload(0x40)
      let body := add(input, 0x20)
      mstore(input, add(n, 20))
      calldatacopy(body, data.offset, n)
      dataHash := keccak256(body, n)
      mstore(add(body, n), shl(96, owner))
      // A whole word is written behind the data: 32 bytes to be kept, rounded up.
      mstore(0x40, and(add(add(body, n), 0x3f), not(0x1f)))
    }
  }

  /// @notice Makes the schedule's call with at least its gas limit.
  function callFor(bytes32 id, Schedule calldata schedule, bytes memory input) internal returns (bool success) {
    (uint256 gasLimit, address target, uint256 value) = (schedule.gasLimit, schedule.target, schedule.value);
    unchecked {
      // Additive: the call takes its own cost first, then leaves 1/64 of the rest behind. With less, the target could
      // be starved and the keeper still be paid.
      uint256 needed = gasLimit + gasLimit / 63 + CALL_GAS + (value == 0 ? 0 : VALUE_GAS);
      if (gasleft() <= needed) revert IChronoScheduler.ScheduleGasTooLow(gasleft(), needed);
    }
    assembly ("memory-safe") {
      // Nothing is copied back unasked: a target cannot make the keeper pay for memory.
      success := call(gasLimit, target, value, add(input, 0x20), mload(input), 0, 0)
    }
    if (!success) emit IChronoScheduler.CallReverted(id, _reason());
  }

  /// @notice Sends wei with all gas; the caller must have written its state and hold a guard.
  function pay(address to, uint256 amount) internal {
    bool paid;
    assembly ("memory-safe") {
      paid := call(gas(), to, amount, 0, 0, 0, 0)
    }
    if (!paid) revert IChronoScheduler.SchedulePaymentFailed(to, amount);
  }

  function _reason() private pure returns (bytes memory reason) {
    assembly ("memory-safe") {
      let n := returndatasize()
      if gt(n, MAX_REASON_BYTES) {
        n := MAX_REASON_BYTES
      }
      reason := mload(0x40)
      mstore(reason, n)
      returndatacopy(add(reason, 0x20), 0, n)
      mstore(0x40, add(reason, add(0x20, and(add(n, 0x1f), not(0x1f)))))
    }
  }
}
