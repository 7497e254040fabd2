// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Schedule } from "../types/Schedule.sol";

/// @notice A schedule's identity and its money.
library ScheduleLib {
  /// @dev 11 static fields, one word each.
  uint256 internal constant BYTES = 352;

  /// @notice keccak256(abi.encode(chainId, scheduler, schedule, dataHash)).
  /// @dev Bound to the chain and to the contract, so that an id means one schedule wherever it is written down.
  /// Unused high bits of a field count too: such a schedule has another id, and `schedule` refuses it when it encodes
  /// the event.
  function idOf(Schedule calldata schedule, bytes32 dataHash) internal view returns (bytes32 id) {
    assembly ("memory-safe") {
      let m := mload(0x40)
      mstore(m, chainid())
      mstore(add(m, 0x20), address())
      calldatacopy(add(m, 0x40), schedule, BYTES)
      mstore(add(m, add(0x40, BYTES)), dataHash)
      id := keccak256(m, add(0x60, BYTES))
    }
  }

  /// @notice What the owner deposits.
  function escrow(Schedule calldata schedule) internal pure returns (uint256) {
    unchecked {
      // 128 and 96 bits.
      return uint256(schedule.value) + schedule.reward;
    }
  }

  /// @notice The keeper's reward at an instant inside the window: a straight line from reward to rewardFloor, rounded
  /// up.
  function rewardAt(Schedule calldata schedule, uint256 nowNs) internal pure returns (uint256) {
    uint256 reward = schedule.reward;
    unchecked {
      // rewardFloor <= reward and notBefore <= now <= notAfter: 96 + 64 bits at most, and the cut is at most the fall.
      uint256 fall = reward - schedule.rewardFloor;
      return reward - (fall * (nowNs - schedule.notBefore)) / (schedule.notAfter - schedule.notBefore);
    }
  }
}
