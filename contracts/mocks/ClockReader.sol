// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoLedger } from "../ChronoLedger.sol";
import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../types/Certificate.sol";

/// @notice Measures what consumers pay: each function against the no-op beside it.
contract ClockReader {
  IChronoOracle private immutable _oracle;

  constructor(IChronoOracle oracle) {
    _oracle = oracle;
  }

  function noop() external pure {}

  /// @notice The clock as the library gives it.
  function read() external view {
    require(ChronoLedger.getVerifiedTimestamp() != 0);
  }

  /// @notice The clock twice in one transaction: the second read is warm.
  function readTwice() external view {
    require(ChronoLedger.getVerifiedTimestamp() != 0);
    require(ChronoLedger.getVerifiedTimestamp() != 0);
  }

  function proveNothing(Inclusion calldata, Certificate calldata) external pure {
    _ballast();
  }

  function prove(Inclusion calldata inclusion, Certificate calldata certificate) external view {
    _ballast();
    require(ChronoLedger.verifyProof(inclusion, certificate).certifiedTaiNs != 0);
  }

  function proveByTheOracle(Inclusion calldata inclusion, Certificate calldata certificate) external view {
    _ballast();
    require(_oracle.verifyProof(inclusion, certificate).certifiedTaiNs != 0);
  }

  /// @dev Lifts both sides of the comparison above the floor price of calldata (EIP-7623), which would hide a part of
  /// the difference.
  function _ballast() private pure {
    bytes32 hash;
    for (uint256 i = 0; i < 500; ++i) hash = keccak256(abi.encode(hash));
    require(hash != 0);
  }
}
