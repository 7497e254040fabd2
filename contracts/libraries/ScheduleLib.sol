// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { ClockSource, Schedule } from "../types/Schedule.sol";

/// @notice A schedule's identity, its terms and its money.
library ScheduleLib {
  /// @dev 13 static fields, one word each.
  uint256 internal constant BYTES = 416;

  /// @notice keccak256(abi.encode(chainId, scheduler, schedule, dataHash)).
  /// @dev Bound to the chain and to the contract, so that an id means one schedule wherever it is written down.
  function commitmentOf(Schedule calldata schedule, bytes32 dataHash) internal view returns (bytes32 commitment) {
    assembly ("memory-safe") {
      let m := mload(0x40)
      mstore(m, chainid())
      mstore(add(m, 0x20), address())
      calldatacopy(add(m, 0x40), schedule, BYTES)
      mstore(add(m, add(0x40, BYTES)), dataHash)
      commitment := keccak256(m, add(0x60, BYTES))
    }
  }

  /// @notice keccak256(abi.encodePacked(commitment, owner)).
  /// @dev 52 bytes: the id is a storage slot too, and the slots of mappings are hashes of 64.
  function idOf(bytes32 commitment, address owner) internal pure returns (bytes32 id) {
    assembly ("memory-safe") {
      mstore(0, commitment)
      mstore(0x20, shl(96, owner))
      id := keccak256(0, 52)
    }
  }

  function idOf(Schedule calldata schedule, bytes32 dataHash) internal view returns (bytes32) {
    return idOf(commitmentOf(schedule, dataHash), ownerOf(schedule));
  }

  /// @notice Emits IChronoScheduler.Scheduled; the fields must be in range.
  function emitScheduled(Schedule calldata schedule, bytes32 id, bytes calldata data) internal {
    bytes32 topic = IChronoScheduler.Scheduled.selector;
    assembly ("memory-safe") {
      // Scratch: the free memory pointer stays where it is.
      let m := mload(0x40)
      calldatacopy(m, schedule, BYTES)
      mstore(add(m, BYTES), add(BYTES, 0x20))
      let n := data.length
      mstore(add(m, add(BYTES, 0x20)), n)
      let body := add(m, add(BYTES, 0x40))
      mstore(add(body, n), 0)
      calldatacopy(body, data.offset, n)
      log3(m, add(add(BYTES, 0x40), and(add(n, 0x1f), not(0x1f))), topic, id, calldataload(schedule))
    }
  }

  // Fields as words, without the compiler's range check at each use: a schedule that was made has passed
  // `checkTerms`. Not to be used before that, except to calculate an id.

  function ownerOf(Schedule calldata schedule) internal pure returns (address owner) {
    assembly ("memory-safe") {
      owner := calldataload(schedule)
    }
  }

  function targetOf(Schedule calldata schedule) internal pure returns (address target) {
    assembly ("memory-safe") {
      target := calldataload(add(schedule, 0x20))
    }
  }

  function gasLimitOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 2);
  }

  function valueOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 3);
  }

  function maxBaseFeeOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 4);
  }

  function rewardOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 5);
  }

  function graceOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 6);
  }

  function rewardFloorOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 7);
  }

  /// @notice A ClockSource as a number.
  function clockOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 8);
  }

  function notBeforeOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 9);
  }

  function notAfterOf(Schedule calldata schedule) internal pure returns (uint256) {
    return _word(schedule, 10);
  }

  /// @notice What one run needs.
  function escrowOf(Schedule calldata schedule) internal pure returns (uint256) {
    unchecked {
      // Twice 96 bits.
      return valueOf(schedule) + rewardOf(schedule);
    }
  }

  /// @notice The keeper's reward, `lateness` ns after the run's notBefore and inside its window: whole for the time of
  /// grace, then a straight line from reward to rewardFloor, rounded up.
  function rewardAt(Schedule calldata schedule, uint256 lateness) internal pure returns (uint256 reward) {
    reward = rewardOf(schedule);
    uint256 grace = graceOf(schedule);
    if (lateness <= grace) return reward;
    unchecked {
      // rewardFloor <= reward and grace < lateness <= window: 96 + 64 bits at most, and the cut is at most the fall.
      uint256 falls = notAfterOf(schedule) - notBeforeOf(schedule) - grace;
      return reward - ((reward - rewardFloorOf(schedule)) * (lateness - grace)) / falls;
    }
  }

  /// @notice Whether a field has bits above its type.
  /// @dev The id and the event take the words as they come: such bits would make two of one schedule.
  function isOutOfRange(Schedule calldata schedule) internal pure returns (bool) {
    // As words: an address that is read is cut to its size.
    uint256 addresses = _word(schedule, 0) | _word(schedule, 1);
    uint256 amounts = valueOf(schedule) | rewardOf(schedule) | rewardFloorOf(schedule);
    uint256 times = maxBaseFeeOf(schedule) | graceOf(schedule) | notBeforeOf(schedule) | notAfterOf(schedule);
    uint256 excess = (addresses >> 160) | (amounts >> 96) | (times >> 64) | (gasLimitOf(schedule) >> 32);
    return excess != 0 || clockOf(schedule) > uint256(type(ClockSource).max);
  }

  /// @notice Reverts when the terms are not such as a schedule may have, whoever its owner and whatever the time.
  function checkTerms(Schedule calldata schedule) internal pure {
    if (isOutOfRange(schedule)) revert IChronoScheduler.ScheduleFieldOutOfRange();
    (uint256 from, uint256 to, uint256 grace) = (notBeforeOf(schedule), notAfterOf(schedule), graceOf(schedule));
    unchecked {
      if (to <= from || grace > to - from)
        revert IChronoScheduler.ScheduleWindowInvalid(schedule.notBefore, schedule.notAfter, schedule.grace);
    }
    if (rewardFloorOf(schedule) > rewardOf(schedule))
      revert IChronoScheduler.ScheduleRewardInvalid(schedule.reward, schedule.rewardFloor);
  }

  /// @dev The field at a place, from 0.
  function _word(Schedule calldata schedule, uint256 place) private pure returns (uint256 word) {
    assembly ("memory-safe") {
      word := calldataload(add(schedule, shl(5, place)))
    }
  }
}
