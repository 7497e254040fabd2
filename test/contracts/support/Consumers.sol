// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoLedger } from "../../../contracts/ChronoLedger.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { ProofLib } from "../../../contracts/libraries/ProofLib.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ChronoConsumer } from "../../../contracts/periphery/ChronoConsumer.sol";

/// @notice Every function of the library, as a contract that uses it would call it.
contract LedgerConsumer {
  using ChronoLedger for uint256;

  function now_() external view returns (uint256) {
    return ChronoLedger.getVerifiedTimestamp();
  }

  function nowWithin(uint64 maxAgeNs) external view returns (uint256) {
    return ChronoLedger.getVerifiedTimestamp(maxAgeNs);
  }

  function hasPassed(uint256 timeUtcNs) external view returns (bool) {
    return timeUtcNs.hasPassed();
  }

  function notPassed(uint256 timeUtcNs, uint64 maxAgeNs) external view returns (bool) {
    return timeUtcNs.notPassed(maxAgeNs);
  }

  function toSeconds(uint256 timeNs) external pure returns (uint256) {
    return timeNs.toSeconds();
  }

  function fromSeconds(uint256 timeSeconds) external pure returns (uint256) {
    return timeSeconds.fromSeconds();
  }
}

/// @notice Certificates verified inside a contract.
contract ProofConsumer {
  function isCertified(address registry, Certificate calldata certificate) external view returns (bool) {
    return ProofLib.isCertified(registry, certificate);
  }
}

/// @notice A contract with its own oracle.
contract OwnOracleConsumer is ChronoConsumer {
  constructor(IChronoOracle oracle) ChronoConsumer(oracle) {}

  function after_(uint64 timeUtcNs) external view onlyAfter(timeUtcNs) returns (bool) {
    return true;
  }

  function before_(uint64 timeUtcNs, uint64 maxAgeNs) external view onlyBefore(timeUtcNs, maxAgeNs) returns (bool) {
    return true;
  }

  function now_(uint64 maxAgeNs) external view returns (uint64) {
    return _attestedNow(maxAgeNs);
  }
}
