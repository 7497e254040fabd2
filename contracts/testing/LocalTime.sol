// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { IChronoRegistry } from "../interfaces/IChronoRegistry.sol";
import { IChronoScheduler } from "../interfaces/IChronoScheduler.sol";
import { CHRONO_ORACLE } from "../libraries/OracleAddress.sol";
import { Certificate, Inclusion } from "../types/Certificate.sol";
import { NodeSet } from "../types/NodeSet.sol";
import { CHEATS } from "./Cheats.sol";
import { CHRONO_ORACLE_CODE, CHRONO_REGISTRY_CODE, CHRONO_SCHEDULER_CODE } from "./generated/CreationCode.sol";
import { LocalAuthority } from "./LocalAuthority.sol";
import { LocalQuorum } from "./LocalQuorum.sol";

/// @title LocalTime
/// @notice Attested time for Solidity tests: the registry and the oracle, byte for byte those of a real chain and at
/// the same addresses, with certificates by a quorum of test keys. Nothing is faked behind the oracle's face: what it
/// believes went through its own verification.
/// @dev Call `install` in `setUp`, then move the time. Needs the cheat codes of Foundry or Hardhat 3. Times are UTC
/// nanoseconds.
library LocalTime {
  /// @dev The canonical deterministic deployment proxy, and its code.
  address private constant CREATE2_PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
  bytes private constant CREATE2_PROXY_CODE =
    hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0360160"
    hex"0081602082378035828234f58015156039578182fd5b8082525050506014600cf3";
  uint64 private constant TAI_MINUS_UTC_NS = 37e9;

  /// @notice `install` comes first.
  error LocalTimeNotInstalled();
  /// @notice The contract stands there already: installed before, or the test forks a chain that has it.
  error LocalTimeOccupied();
  /// @notice generated/CreationCode.sol and libraries/OracleAddress.sol are not of one build.
  error LocalTimeWrongOracle(address made, address expected);

  /// @notice Puts the registry and the oracle in place, with a quorum. Everyone may govern the registry.
  function install() internal returns (IChronoOracle) {
    address registry_ = _deploy(CHRONO_REGISTRY_CODE);
    address oracle_ = _deploy(abi.encodePacked(CHRONO_ORACLE_CODE, abi.encode(registry_)));
    if (oracle_ != CHRONO_ORACLE) revert LocalTimeWrongOracle(oracle_, CHRONO_ORACLE);
    _govern(IChronoRegistry(registry_));
    return IChronoOracle(oracle_);
  }

  /// @notice A scheduler on this oracle, byte for byte that of a real chain.
  function installScheduler() internal returns (IChronoScheduler) {
    return IChronoScheduler(_deploy(abi.encodePacked(CHRONO_SCHEDULER_CODE, abi.encode(oracle()))));
  }

  /// @notice Certifies an instant, later than the last one, and has the oracle accept it. When the block is behind,
  /// `block.timestamp` becomes the second that the instant lies in; it never goes back.
  function setTime(uint64 utcNs) internal {
    if (CHEATS.getBlockTimestamp() < utcNs / 1e9) CHEATS.warp(utcNs / 1e9);
    submit(certificate(utcNs));
  }

  /// @notice As `setTime`, counted from the last certified instant.
  function advance(uint64 ns) internal {
    setTime(oracle().latest().timeUtcNs + ns);
  }

  /// @notice A certificate of an instant for a test to keep, to spoil, or to submit. It has the next sequence.
  function certificate(uint64 utcNs) internal view returns (Certificate memory) {
    return certificate(utcNs, bytes32(0));
  }

  /// @notice As above, and it certifies that `imprint` existed before the instant.
  function certificate(uint64 utcNs, bytes32 imprint) internal view returns (Certificate memory) {
    uint64 timeTaiNs = utcNs + TAI_MINUS_UTC_NS;
    uint64 previous = oracle().latest().timeTaiNs;
    if (previous >= timeTaiNs) previous = timeTaiNs - 1;
    return LocalQuorum.certify(timeTaiNs, previous, oracle().latest().sequence + 1, imprint);
  }

  /// @notice What `sender` shows to prove that it stamped a call before an instant: for `IChronoOracle.verifyIntent`.
  /// @param target The contract that verifies.
  /// @param arrivalUtcNs When a node had it, at most `certifiedUtcNs`.
  /// @param certifiedUtcNs The instant of the certificate.
  function intent(
    address target,
    address sender,
    bytes memory callData,
    uint64 arrivalUtcNs,
    uint64 certifiedUtcNs
  ) internal view returns (Inclusion memory inclusion, Certificate memory) {
    bytes32 call = sha256(callData);
    inclusion.leaf[0] = bytes32(
      abi.encodePacked(
        arrivalUtcNs + TAI_MINUS_UTC_NS,
        LocalQuorum.UNCERTAINTY_NS,
        uint64(1),
        LocalQuorum.POLICY_ID,
        uint32(0)
      )
    );
    inclusion.leaf[1] = call;
    inclusion.leaf[2] = sha256(abi.encodePacked("ChronoLedger/Intent1", block.chainid, target, sender, call));
    return (inclusion, certificate(certifiedUtcNs, sha256(abi.encodePacked(bytes1(0), inclusion.leaf))));
  }

  /// @notice Hands a certificate to the oracle, which reverts with the reason when it refuses.
  function submit(Certificate memory made) internal {
    oracle().submit(made.statement, made.signers, made.signatures);
  }

  /// @notice Where ChronoLedger.sol reads.
  function oracle() internal view returns (IChronoOracle) {
    if (CHRONO_ORACLE.code.length == 0) revert LocalTimeNotInstalled();
    return IChronoOracle(CHRONO_ORACLE);
  }

  /// @notice The oracle's registry.
  function registry() internal view returns (IChronoRegistry) {
    return IChronoRegistry(oracle().registry());
  }

  /// @dev As on a real chain: by the proxy, with salt 0.
  function _deploy(bytes memory creationCode) private returns (address made) {
    if (CREATE2_PROXY.code.length == 0) CHEATS.etch(CREATE2_PROXY, CREATE2_PROXY_CODE);
    (bool ok, bytes memory answer) = CREATE2_PROXY.call(abi.encodePacked(bytes32(0), creationCode));
    if (!ok || answer.length != 20) revert LocalTimeOccupied();
    return address(bytes20(answer));
  }

  function _govern(IChronoRegistry registry_) private {
    address authority = address(new LocalAuthority());
    address owner = registry_.GENESIS_OWNER();
    CHEATS.prank(owner);
    registry_.initialize(authority, CHRONO_ORACLE, LocalQuorum.NETWORK_ID);
    registry_.addPolicy(LocalQuorum.POLICY_ID, LocalQuorum.policy());
    (NodeSet memory set, bytes memory proofs) = LocalQuorum.nodeSet();
    registry_.addEpoch(set, proofs);
  }
}
