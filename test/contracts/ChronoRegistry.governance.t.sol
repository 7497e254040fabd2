// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { IChronoRegistry } from "../../contracts/interfaces/IChronoRegistry.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { NodeSet, Policy } from "../../contracts/types/NodeSet.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

/// @notice Roles and delays as an AccessManager gives them: governance waits, a guardian stops at once, nobody sets
/// time.
contract ChronoRegistryGovernanceTest is TimeFixture {
  uint64 private constant GOVERNANCE = 1;
  uint64 private constant GUARDIAN = 2;
  uint32 private constant DELAY = 2 days;
  address private constant COUNCIL = address(0xc0c0);
  address private constant WATCHER = address(0x3a7c);

  function setUp() public {
    deployTime(4, 1);
    bytes4[] memory slow = new bytes4[](3);
    (slow[0], slow[1], slow[2]) = (registry.addPolicy.selector, registry.addEpoch.selector, registry.unpause.selector);
    bytes4[] memory quick = new bytes4[](4);
    (quick[0], quick[1]) = (registry.pause.selector, registry.setEpochPaused.selector);
    (quick[2], quick[3]) = (registry.revokeNode.selector, registry.endEpoch.selector);
    authority.setTargetFunctionRole(address(registry), slow, GOVERNANCE);
    authority.setTargetFunctionRole(address(registry), quick, GUARDIAN);
    authority.grantRole(GOVERNANCE, COUNCIL, DELAY);
    authority.grantRole(GUARDIAN, WATCHER, 0);
  }

  function test_governance_ActsAfterItsDelayAndNotBefore() external {
    bytes memory call_ = abi.encodeCall(registry.addPolicy, (9, Policy(5, 6, true)));
    vm.startPrank(COUNCIL);
    vm.expectPartialRevert(IAccessManager.AccessManagerNotScheduled.selector);
    registry.addPolicy(9, Policy(5, 6, true));
    authority.schedule(address(registry), call_, 0);
    vm.warp(START + DELAY - 1);
    vm.expectPartialRevert(IAccessManager.AccessManagerNotReady.selector);
    registry.addPolicy(9, Policy(5, 6, true));
    vm.warp(START + DELAY);
    registry.addPolicy(9, Policy(5, 6, true));
    vm.stopPrank();
    assertEq(registry.policyOf(9).maxUncertaintyNs, 5, "added");
  }

  function test_governance_CanBeCancelledWhileItWaits() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    bytes memory call_ = abi.encodeCall(registry.addEpoch, (set, proofs));
    vm.prank(COUNCIL);
    authority.schedule(address(registry), call_, 0);
    authority.cancel(COUNCIL, address(registry), call_);
    vm.warp(START + DELAY);
    vm.prank(COUNCIL);
    vm.expectPartialRevert(IAccessManager.AccessManagerNotScheduled.selector);
    registry.addEpoch(set, proofs);
  }

  function test_guardian_StopsAtOnceAndCannotStartAgain() external {
    vm.startPrank(WATCHER);
    registry.pause();
    assertTrue(oracle.paused(), "paused");
    bytes memory error_ = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, WATCHER);
    vm.expectRevert(error_);
    registry.unpause();
    vm.expectRevert(error_);
    registry.addPolicy(9, Policy(5, 6, true));
    registry.revokeNode(1, 0);
    registry.endEpoch(1, START_TAI_NS);
    vm.stopPrank();
    vm.startPrank(COUNCIL);
    authority.schedule(address(registry), abi.encodeCall(registry.unpause, ()), 0);
    vm.warp(START + DELAY);
    registry.unpause();
    assertTrue(!oracle.paused(), "goes on");
    vm.stopPrank();
  }

  function test_council_CannotStopAndNobodyCanSetTheTime() external {
    vm.prank(COUNCIL);
    vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, COUNCIL));
    registry.pause();
    // Whoever governs: the time comes from certificates alone.
    bytes32 before = vm.load(address(oracle), 0);
    vm.prank(WATCHER);
    registry.pause();
    vm.prank(WATCHER);
    registry.setEpochPaused(1, false);
    assertEq(
      uint256(vm.load(address(oracle), 0)) >> 8,
      uint256(before) >> 8,
      "but for the control byte, the same word"
    );
  }

  function test_pause_ReachesTheEpochsInUseOnly() external {
    submitAt(START * 1e9, 1);
    authority.grantRole(GOVERNANCE, address(this), 0);
    vm.prank(WATCHER);
    registry.endEpoch(1, START_TAI_NS + 1);
    addEpoch(2, 4, 1, START_TAI_NS + 1, VALID_UNTIL);
    addEpoch(3, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    Fields memory f = heartbeat(START_TAI_NS + 1, 2);
    f.epoch = 2;
    submit(certify(f, 0xe0000000));
    vm.prank(WATCHER);
    registry.pause();
    assertTrue(!_isPaused(1) && _isPaused(2) && _isPaused(3), "from the latest certificate's epoch on");
    vm.prank(WATCHER);
    registry.setEpochPaused(1, true);
    assertTrue(_isPaused(1), "and an earlier one by itself");
    vm.prank(WATCHER);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochUnknown.selector, 4));
    registry.setEpochPaused(4, true);
  }

  function test_pause_HoldsForTheOracleEvenIfOneEpochIsLetGoOn() external {
    Certificate memory c = certify(heartbeat(START_TAI_NS, 1), 0xe0000000);
    vm.startPrank(WATCHER);
    registry.pause();
    registry.setEpochPaused(1, false);
    vm.stopPrank();
    assertTrue(!_isPaused(1), "its proofs go on");
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    oracle.verify(c);
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    submit(c);
  }

  function test_pause_WorksBeforeTheFirstCertificateAndTheFirstEpoch() external {
    registry = IChronoRegistry(deploy("contracts/ChronoRegistry.sol", "ChronoRegistry", ""));
    address fresh = deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(registry));
    vm.prank(registry.GENESIS_OWNER());
    registry.initialize(address(authority), fresh, NETWORK);
    vm.recordLogs();
    registry.pause();
    registry.unpause();
    assertEq(vm.getRecordedLogs().length, 2, "the oracle's own events: there is no epoch to speak of");
    registry.addPolicy(POLICY, Policy(MAX_UNCERTAINTY, MAX_AHEAD_MS, false));
    addEpoch(type(uint32).max, 4, 1, VALID_FROM, VALID_UNTIL);
    registry.pause();
    registry.unpause();
  }

  function test_limits_WhateverGasIsGivenTheyAreWrittenOrNothingIs() external {
    bytes[4] memory calls = [
      abi.encodeCall(registry.pause, ()),
      abi.encodeCall(registry.setEpochPaused, (1, false)),
      abi.encodeCall(registry.revokeNode, (1, 0)),
      abi.encodeCall(registry.endEpoch, (1, VALID_FROM + 1))
    ];
    uint256 named = 0;
    for (uint256 i = 0; i < 4; ++i) {
      bytes32 before = _limits();
      (bool ok, bytes memory why) = (false, "");
      for (uint256 given = 30_000; !ok; given += 97) {
        vm.prank(WATCHER);
        (ok, why) = address(registry).call{ gas: given }(calls[i]);
        assertTrue(ok == (_limits() != before), "all or nothing");
        if (!ok && bytes4(why) == IChronoRegistry.RegistryOutOfGas.selector) ++named;
      }
    }
    assertTrue(named > 0, "said by its name where enough is left to say it");
  }

  function test_addEpoch_WhateverGasIsGivenTheSetIsThereOrNothingIs() external {
    authority.grantRole(GOVERNANCE, address(this), 0);
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    bytes memory call_ = abi.encodeCall(registry.addEpoch, (set, proofs));
    (bool ok, uint256 named) = (false, 0);
    for (uint256 given = 100_000; !ok; given += 499) {
      bytes memory why;
      (ok, why) = address(registry).call{ gas: given }(call_);
      if (!ok && bytes4(why) == IChronoRegistry.RegistryOutOfGas.selector) ++named;
    }
    assertTrue(named > 0, "said by its name where enough is left to say it");
    assertTrue(registry.nodeSetAddress(2).code.length > 256, "there");
  }

  function _limits() private view returns (bytes32) {
    return vm.load(registry.nodeSetAddress(1), 0);
  }

  function _isPaused(uint32 epoch) private view returns (bool isPaused) {
    (, , isPaused) = oracle.limitsOf(epoch);
  }
}
