// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { Schedule } from "../types/Schedule.sol";
import { ScheduleLib } from "./ScheduleLib.sol";

/// @notice Calls to addresses that nobody trusts.
library CallLib {
  using ScheduleLib for Schedule;

  /// @dev Of what a target reverts with, this much is recorded.
  uint256 internal constant MAX_REASON_BYTES = 256;
  /// @dev CALL to a cold account that has delegated to another one (EIP-7702), and the instructions between the check
  /// and it.
  uint256 internal constant CALL_GAS = 5_300;
  /// @dev CALL with value (9,000) to an account that is new (25,000).
  uint256 internal constant VALUE_GAS = 34_000;

  /// @notice The calldata with the owner behind it (ERC-2771), and the hash of the calldata alone.
  function inputOf(address owner, bytes calldata data) internal pure returns (bytes memory input, bytes32 dataHash) {
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

  /// @notice Reverts unless a call made next is given its whole gas limit.
  function requireGas(uint256 gasLimit, uint256 value) internal view {
    unchecked {
      // Additive: the call takes its own cost first, then leaves 1/64 of the rest behind. With less, the target could
      // be starved and the keeper still be paid. 32-bit limits.
      uint256 needed = gasLimit + gasLimit / 63 + CALL_GAS + (value == 0 ? 0 : VALUE_GAS);
      if (gasleft() <= needed) revert IChronoScheduler.ScheduleGasTooLow(gasleft(), needed);
    }
  }

  /// @notice Makes the schedule's call with at least its gas limit.
  function callFor(bytes32 id, Schedule calldata schedule, bytes memory input) internal returns (bool success) {
    (uint256 gasLimit, address target, uint256 value) = (
      schedule.gasLimitOf(),
      schedule.targetOf(),
      schedule.valueOf()
    );
    requireGas(gasLimit, value);
    assembly ("memory-safe") {
      // Nothing is copied back unasked: a target cannot make the keeper pay for memory.
      success := call(gasLimit, target, value, add(input, 0x20), mload(input), 0, 0)
    }
    if (!success) emit IChronoScheduler.CallReverted(id, reason());
  }

  /// @notice Sends wei with all gas; the caller must have written its state and hold a guard.
  function pay(address to, uint256 amount) internal returns (bool paid) {
    assembly ("memory-safe") {
      paid := call(gas(), to, amount, 0, 0, 0, 0)
    }
  }

  /// @notice Calls this very contract, with what it answers as a truth value.
  function tryCall(bytes memory input) internal returns (bool ran, bool answer) {
    assembly ("memory-safe") {
      ran := call(gas(), address(), 0, add(input, 0x20), mload(input), 0, 0x20)
      answer := and(ran, eq(mload(0), 1))
    }
  }

  /// @notice The first bytes that the last call returned.
  function reason() internal pure returns (bytes memory text) {
    assembly ("memory-safe") {
      let n := returndatasize()
      if gt(n, MAX_REASON_BYTES) {
        n := MAX_REASON_BYTES
      }
      text := mload(0x40)
      mstore(text, n)
      returndatacopy(add(text, 0x20), 0, n)
      mstore(0x40, add(text, add(0x20, and(add(n, 0x1f), not(0x1f)))))
    }
  }
}
