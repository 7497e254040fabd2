// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Latest } from "./LatestLib.sol";

/// @notice The oracle's word, read without its ABI, which is cheaper.
library ClockLib {
  /// @notice There is no oracle at this address.
  error ClockMissing(address oracle);

  /// @notice The latest certified instant, UTC nanoseconds, however old; zero before the first.
  function nowOf(address oracle) internal view returns (uint256 timeUtcNs) {
    Latest word;
    bool answered;
    assembly ("memory-safe") {
      // Arguments are evaluated from the right: the call is made first.
      answered := and(eq(returndatasize(), 0x20), staticcall(gas(), oracle, 0, 0, 0, 0x20))
      word := mload(0)
    }
    if (!answered) revert ClockMissing(oracle);
    if (word.isPaused()) revert IChronoOracle.OraclePaused();
    return word.timeUtcNs();
  }

  /// @notice As IChronoOracle.nowNoOlderThan, with the same errors.
  function nowNoOlderThan(address oracle, uint64 maxAgeNs) internal view returns (uint256 timeUtcNs) {
    timeUtcNs = nowOf(oracle);
    unchecked {
      // A timestamp and two 64-bit numbers: no overflow in 256 bits.
      uint256 blockNs = block.timestamp * 1e9;
      if (blockNs > timeUtcNs + maxAgeNs) revert IChronoOracle.OracleStale(uint64(timeUtcNs), blockNs, maxAgeNs);
    }
  }
}
