// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IChronoRegistry } from "../../contracts/interfaces/IChronoRegistry.sol";
import { NodeSetCode } from "../../contracts/libraries/NodeSetCode.sol";
import { Epoch, NodeSet, Policy } from "../../contracts/types/NodeSet.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

contract ChronoRegistryTest is TimeFixture {
  function setUp() public {
    deployTime(4, 1);
  }

  function test_initialize_HandsOverToTheAuthority() external view {
    assertEq(registry.oracle(), address(oracle), "oracle");
    assertEq(IAccessManaged(address(registry)).authority(), address(authority), "authority");
    assertEq(registry.networkId(), NETWORK, "network");
  }

  function test_initialize_SaysWhoGovernsWhichOracleOfWhichNetwork() external {
    IChronoRegistry fresh = _fresh();
    address own = deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(fresh));
    bytes32 text = keccak256("ChronoLedger genesis owner: none yet");
    assertEq(fresh.GENESIS_OWNER(), address(uint160(uint256(text))), "nobody has its key");
    vm.prank(fresh.GENESIS_OWNER());
    _emits(fresh);
    emit IChronoRegistry.Initialized(address(authority), own, NETWORK);
    fresh.initialize(address(authority), own, NETWORK);
  }

  function testFuzz_initialize_RevertsIf_CallerIsNotTheGenesisOwner(address caller) external {
    IChronoRegistry fresh = _fresh();
    vm.assume(caller != fresh.GENESIS_OWNER());
    vm.prank(caller);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryOnlyGenesisOwner.selector, caller));
    fresh.initialize(address(authority), address(oracle), NETWORK);
  }

  function test_initialize_RevertsIf_DoneBefore() external {
    vm.prank(registry.GENESIS_OWNER());
    vm.expectRevert(IChronoRegistry.RegistryAlreadyInitialized.selector);
    registry.initialize(address(authority), address(oracle), NETWORK);
  }

  function test_initialize_RevertsIf_OracleIsAnothers() external {
    IChronoRegistry fresh = _fresh();
    address owner = fresh.GENESIS_OWNER();
    vm.prank(owner);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryOracleMismatch.selector, oracle));
    fresh.initialize(address(authority), address(oracle), NETWORK);
    address own = deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(fresh));
    vm.prank(owner);
    vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedInvalidAuthority.selector, address(0xa11)));
    fresh.initialize(address(0xa11), own, NETWORK);
  }

  function test_restricted_NothingWorksBeforeInitialisation() external {
    IChronoRegistry fresh = _fresh();
    bytes memory error_ = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this));
    vm.expectRevert(error_);
    fresh.addPolicy(1, Policy(1, 0, false));
    vm.expectRevert(error_);
    fresh.pause();
    assertEq(IAccessManaged(address(fresh)).authority(), address(0), "there is nobody to allow it");
  }

  function testFuzz_restricted_RevertsIf_CallerHasNoRole(address caller) external {
    vm.assume(caller != address(this) && caller != address(authority) && caller != address(0));
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    bytes memory error_ = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    vm.startPrank(caller);
    vm.expectRevert(error_);
    registry.addPolicy(9, Policy(1, 0, false));
    vm.expectRevert(error_);
    registry.addEpoch(set, proofs);
    vm.expectRevert(error_);
    registry.endEpoch(1, VALID_FROM);
    vm.expectRevert(error_);
    registry.revokeNode(1, 0);
    vm.expectRevert(error_);
    registry.pause();
    vm.expectRevert(error_);
    registry.unpause();
    vm.expectRevert(error_);
    registry.setEpochPaused(1, true);
    vm.stopPrank();
  }

  function test_pause_MayBeAGuardiansAlone() external {
    address guardian = address(0x9a4d);
    bytes4[] memory selectors = new bytes4[](1);
    selectors[0] = IChronoRegistry.pause.selector;
    authority.setTargetFunctionRole(address(registry), selectors, 1);
    authority.grantRole(1, guardian, 0);
    vm.prank(guardian);
    registry.pause();
    assertTrue(oracle.paused(), "paused");
    vm.prank(guardian);
    vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian));
    registry.unpause();
    vm.prank(guardian);
    vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian));
    registry.endEpoch(1, VALID_FROM);
  }

  function test_addPolicy_IsForGood() external {
    vm.expectEmit(true, true, true, true, address(registry));
    emit IChronoRegistry.PolicyAdded(9, Policy(type(uint48).max, 1, true));
    registry.addPolicy(9, Policy(type(uint48).max, 1, true));
    Policy memory p = registry.policyOf(9);
    assertEq(p.maxUncertaintyNs, type(uint48).max, "uncertainty");
    assertEq(p.maxAheadMs, 1, "ahead");
    assertTrue(p.allowTest, "test");
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryPolicyKnown.selector, 9));
    registry.addPolicy(9, Policy(1, 1, true));
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryPolicyUnknown.selector, 10));
    registry.policyOf(10);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryUncertaintyInvalid.selector, 0));
    registry.addPolicy(10, Policy(0, 1, true));
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryUncertaintyInvalid.selector, uint256(1) << 48));
    registry.addPolicy(10, Policy(uint64(1) << 48, 1, true));
  }

  function test_addEpoch_KeepsTheSetAsCode() external view {
    (NodeSet memory set, ) = nodeSet(1, 4, 1, VALID_FROM, VALID_UNTIL);
    bytes memory expected = abi.encodePacked(
      NodeSetCode.prefix(address(registry)),
      abi.encodePacked("ChronoLedger/TS1", uint8(2), uint24(0), NETWORK, uint32(1), POLICY),
      abi.encodePacked(uint8(3), uint8(4), uint8(1), uint8(7), MAX_AHEAD_MS, MAX_UNCERTAINTY, VALID_FROM, VALID_UNTIL),
      set.keys
    );
    assertEq(registry.nodeSetAddress(1).code, expected, "code");
    assertEq(NodeSetCode.prefix(address(registry)).length, NodeSetCode.PREFIX_BYTES, "the set begins behind it");
    assertEq(keccak256(NodeSetCode.CREATION_CODE), NodeSetCode.CREATION_CODE_HASH, "creation code");
    assertEq(oracle.nodeSetAddress(1), registry.nodeSetAddress(1), "found by the oracle");
    Epoch memory e = registry.epochOf(1);
    assertEq(e.validFrom, VALID_FROM, "from");
    assertEq(e.validUntil, VALID_UNTIL, "until");
    assertEq(e.policyId, POLICY, "policy");
    for (uint8 i = 0; i < 4; ++i) {
      (bytes32 x, bytes32 y) = registry.keyOf(1, i);
      (uint256 ex, uint256 ey) = vm.publicKeyP256(i + 1);
      assertTrue(uint256(x) == ex && uint256(y) == ey, "key");
    }
    assertTrue(registry.nodeSetAddress(2).code.length == 0, "nothing where no epoch is");
  }

  function test_addEpoch_TellsTheSetAndEachNode() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    _emits(registry);
    emit IChronoRegistry.EpochAdded(2, registry.nodeSetAddress(2), POLICY, 3, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    for (uint8 i = 0; i < 4; ++i) {
      (uint256 x, uint256 y) = vm.publicKeyP256(i + 1);
      _emits(registry);
      emit IChronoRegistry.NodeAdded(2, i, bytes32(x), bytes32(y), set.evidence[i]);
    }
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_NeedsTheThresholdOfTheProtocol() external {
    // n, f, k = ceil((n + f + 1) / 2).
    uint8[3][7] memory cases = [[1, 0, 1], [2, 0, 2], [3, 0, 2], [4, 1, 3], [5, 1, 4], [7, 2, 5], [32, 10, 22]];
    uint64 from = VALID_UNTIL;
    for (uint32 i = 0; i < cases.length; ++i) {
      addEpoch(i + 2, cases[i][0], uint8(cases[i][1]), from, from + 1);
      assertEq(registry.epochOf(i + 2).k, cases[i][2], "k");
      ++from;
    }
    assertEq(registry.lastEpoch(), 8, "last");
  }

  function test_addEpoch_AllowsTheTestFlagByPolicyOnly() external {
    registry.addPolicy(9, Policy(MAX_UNCERTAINTY, MAX_AHEAD_MS, true));
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    set.policyId = 9;
    registry.addEpoch(set, proofs);
    vm.warp(VALID_UNTIL / 1e9);
    Fields memory f = heartbeat(VALID_UNTIL, 1);
    (f.epoch, f.policyId, f.flags) = (2, 9, 8);
    submit(certify(f, 0xe0000000));
    assertEq(oracle.latest().flags, 8, "test");
  }

  function test_addEpoch_LetsTheFirstHaveAnyNumber() external {
    IChronoRegistry first = registry;
    registry = _initialised();
    registry.addPolicy(POLICY, Policy(MAX_UNCERTAINTY, MAX_AHEAD_MS, false));
    addEpoch(4_000_000_000, 4, 1, 0, 1);
    assertEq(registry.lastEpoch(), 4_000_000_000, "last");
    assertTrue(first.nodeSetAddress(1) != registry.nodeSetAddress(1), "addresses are the registry's own");
  }

  function test_addEpoch_RevertsIf_OutOfOrder() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(3, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochOutOfOrder.selector, 3, 2));
    registry.addEpoch(set, proofs);
    (set, proofs) = nodeSet(1, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochOutOfOrder.selector, 1, 2));
    registry.addEpoch(set, proofs);
  }

  function testFuzz_addEpoch_RevertsIf_Overlapping(uint64 from) external {
    from = uint64(bound(from, 0, VALID_UNTIL - 1));
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, from, VALID_UNTIL + 1);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochOverlaps.selector, from, VALID_UNTIL));
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_MayBeginAtTheEndOfTheOneBeforeAndNoNanosecondEarlier() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL - 1, VALID_UNTIL + 1);
    vm.expectRevert(
      abi.encodeWithSelector(IChronoRegistry.RegistryEpochOverlaps.selector, VALID_UNTIL - 1, VALID_UNTIL)
    );
    registry.addEpoch(set, proofs);
    set.validFrom = VALID_UNTIL;
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_RevertsIf_EmptyValidity() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryValidityInvalid.selector, VALID_UNTIL, VALID_UNTIL));
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_RevertsIf_PolicyUnknown() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    set.policyId = 99;
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryPolicyUnknown.selector, 99));
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_RevertsIf_SizeWrong() external {
    uint8[2][4] memory cases = [[3, 1], [6, 2], [0, 0], [33, 1]];
    for (uint256 i = 0; i < cases.length; ++i) {
      (NodeSet memory set, bytes memory proofs) = nodeSet(2, cases[i][0], cases[i][1], VALID_UNTIL, VALID_UNTIL + 1);
      vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeSetSize.selector, cases[i][0], cases[i][1]));
      registry.addEpoch(set, proofs);
    }
  }

  function test_addEpoch_RevertsIf_ShapeWrong() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    bytes memory keys = set.keys;
    set.keys = abi.encodePacked(keys, uint8(0));
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeSetShape.selector, 257, 4, 256));
    registry.addEpoch(set, proofs);
    set.keys = keys;
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeSetShape.selector, 256, 4, 257));
    registry.addEpoch(set, abi.encodePacked(proofs, uint8(0)));
    set.evidence = new bytes32[](3);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeSetShape.selector, 256, 3, 256));
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_RevertsIf_KeyRepeated() external {
    for (uint256 first = 0; first < 3; ++first) {
      (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
      bytes memory keys = set.keys;
      for (uint256 i = 0; i < 64; ++i) keys[192 + i] = keys[64 * first + i];
      set.evidence[3] = set.evidence[first];
      for (uint256 i = 0; i < 64; ++i) proofs[192 + i] = proofs[64 * first + i];
      vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryKeyRepeated.selector, 3, first));
      registry.addEpoch(set, proofs);
    }
  }

  function testFuzz_addEpoch_RevertsIf_ProofOfPossessionWrong(uint8 place, uint8 bit) external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    proofs[place] ^= bytes1(uint8(1) << (bit % 8));
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryProofOfPossessionInvalid.selector, place / 64));
    registry.addEpoch(set, proofs);
  }

  function test_addEpoch_RevertsIf_ProofIsForAnotherPlace() external {
    (NodeSet memory set, bytes memory good) = nodeSet(2, 1, 0, VALID_UNTIL, VALID_UNTIL + 1);
    bytes memory key = set.keys;
    bytes[4] memory messages = [
      registration(NETWORK, 1, set.evidence[0], key), // another epoch
      registration(NETWORK + 1, 2, set.evidence[0], key), // another network
      registration(NETWORK, 2, bytes32(0), key), // other evidence
      abi.encodePacked(registration(NETWORK, 2, set.evidence[0], key), uint8(0))
    ];
    for (uint256 i = 0; i < 4; ++i) {
      bytes memory proof = sign(1, messages[i]);
      vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryProofOfPossessionInvalid.selector, 0));
      registry.addEpoch(set, proof);
    }
    registry.addEpoch(set, good);
  }

  function test_addEpoch_RevertsIf_KeyIsNotOnTheCurve() external {
    (NodeSet memory set, bytes memory proofs) = nodeSet(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1);
    set.keys[5] ^= 0x01;
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryProofOfPossessionInvalid.selector, 0));
    registry.addEpoch(set, proofs);
  }

  function testFuzz_endEpoch_OnlyBringsForward(uint64 until) external {
    if (until < VALID_FROM || until >= VALID_UNTIL)
      vm.expectRevert(
        abi.encodeWithSelector(IChronoRegistry.RegistryEndInvalid.selector, until, VALID_FROM, VALID_UNTIL)
      );
    registry.endEpoch(1, until);
    until = uint64(bound(until, VALID_FROM, VALID_UNTIL - 1));
    if (registry.epochOf(1).validUntil == VALID_UNTIL) registry.endEpoch(1, until);
    assertEq(registry.epochOf(1).validUntil, until, "until");
    (, uint64 endsAt, ) = oracle.limitsOf(1);
    assertEq(endsAt, until, "told to the oracle");
    vm.expectPartialRevert(IChronoRegistry.RegistryEndInvalid.selector);
    registry.endEpoch(1, until);
  }

  function test_endEpoch_MayBeTheVeryStartButNeverZeroWhichWouldMeanNone() external {
    _emits(registry);
    emit IChronoRegistry.EpochEnded(1, VALID_FROM);
    registry.endEpoch(1, VALID_FROM);
    registry = _initialised();
    registry.addPolicy(POLICY, Policy(MAX_UNCERTAINTY, MAX_AHEAD_MS, false));
    addEpoch(1, 4, 1, 0, VALID_UNTIL);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEndInvalid.selector, 0, 0, VALID_UNTIL));
    registry.endEpoch(1, 0);
    registry.endEpoch(1, 1);
  }

  function test_endEpoch_LetsTheNextBeginThere() external {
    registry.endEpoch(1, START_TAI_NS);
    addEpoch(2, 4, 1, START_TAI_NS, VALID_UNTIL);
    assertEq(registry.epochOf(2).validFrom, START_TAI_NS, "abuts");
  }

  function test_revokeNode_Accumulates() external {
    registry.revokeNode(1, 0);
    registry.revokeNode(1, 3);
    registry.revokeNode(1, 3);
    assertTrue(registry.epochOf(1).revoked == 0x90000000, "revoked");
    registry.endEpoch(1, START_TAI_NS);
    (bytes4 revoked, uint64 endsAt, ) = oracle.limitsOf(1);
    assertTrue(revoked == 0x90000000 && endsAt == START_TAI_NS, "both");
    registry.revokeNode(1, 1);
    (revoked, endsAt, ) = oracle.limitsOf(1);
    assertTrue(revoked == 0xd0000000 && endsAt == START_TAI_NS, "the end stays");
  }

  function test_revokeNode_LeavesAPausedEpochPaused() external {
    _emits(registry);
    emit IChronoRegistry.EpochPausedSet(1, true);
    registry.setEpochPaused(1, true);
    _emits(registry);
    emit IChronoRegistry.NodeRevoked(1, 3);
    registry.revokeNode(1, 3);
    (bytes4 revoked, , bool isPaused) = oracle.limitsOf(1);
    assertTrue(revoked == 0x10000000 && isPaused, "both");
  }

  function test_revokeNode_RevertsIf_Unknown() external {
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeUnknown.selector, 1, 4));
    registry.revokeNode(1, 4);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochUnknown.selector, 2));
    registry.revokeNode(2, 0);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochUnknown.selector, 2));
    registry.endEpoch(2, 1);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryEpochUnknown.selector, 2));
    registry.epochOf(2);
    vm.expectRevert(abi.encodeWithSelector(IChronoRegistry.RegistryNodeUnknown.selector, 1, 4));
    registry.keyOf(1, 4);
  }

  /// @dev The next event of the registry is this, which follows as an example.
  function _emits(IChronoRegistry by) private {
    vm.expectEmit(true, true, true, true, address(by));
  }

  function _fresh() private returns (IChronoRegistry) {
    return IChronoRegistry(deploy("contracts/ChronoRegistry.sol", "ChronoRegistry", ""));
  }

  function _initialised() private returns (IChronoRegistry fresh) {
    fresh = _fresh();
    address own = deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(fresh));
    vm.prank(fresh.GENESIS_OWNER());
    fresh.initialize(address(authority), own, NETWORK);
  }
}
