// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @notice The clock read as cheaply as the ABI allows.
library ClockLib {
  /// @notice There is no oracle at this address.
  error ClockMissing(address oracle);

  /// @notice IChronoOracle.nowNoOlderThan, with the oracle's own errors.
  function nowNoOlderThan(address oracle, uint64 maxAgeNs) internal view returns (uint256 timeUtcNs) {
    bytes4 selector = IChronoOracle.nowNoOlderThan.selector;
    bytes4 missing = ClockMissing.selector;
    assembly ("memory-safe") {
      // 36 bytes of input fit the scratch space.
      mstore(0, selector)
      mstore(4, maxAgeNs)
      // Arguments are evaluated from the right: the call is made first.
      if iszero(and(gt(returndatasize(), 0x1f), staticcall(gas(), oracle, 0, 0x24, 0, 0x20))) {
        if iszero(returndatasize()) {
          mstore(0, missing)
          mstore(4, oracle)
          revert(0, 0x24)
        }
        let m := mload(0x40)
        returndatacopy(m, 0, returndatasize())
        revert(m, returndatasize())
      }
      timeUtcNs := mload(0)
    }
  }
}
