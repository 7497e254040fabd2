// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { Certificate, Inclusion } from "../../contracts/types/Certificate.sol";
import { ProvenTime, Reading } from "../../contracts/types/Reading.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

contract ChronoOracleViewsTest is TimeFixture {
  uint64 private constant T = START_TAI_NS;
  uint64 private constant UTC = START * 1e9;

  function setUp() public {
    deployTime(4, 1); // k = 3
  }

  function test_latest_IsZeroBeforeTheFirst() external view {
    Reading memory r = oracle.latest();
    assertEq(r.timeTaiNs | r.timeUtcNs | r.sequence | r.epoch, 0, "nothing yet");
    assertTrue(!oracle.hasPassed(1), "hasPassed");
    assertTrue(!oracle.notPassed(type(uint64).max, 1e9), "notPassed");
  }

  function testFuzz_hasPassed_IsExact(uint64 instant) external {
    submitAt(UTC + 123_456_789, 1);
    assertTrue(oracle.hasPassed(instant) == (instant <= UTC + 123_456_789), "exact");
    assertTrue(oracle.hasPassed(UTC + 123_456_789), "at the instant itself");
    assertTrue(!oracle.hasPassed(UTC + 123_456_790), "a nanosecond later");
  }

  function testFuzz_notPassed_NeedsFreshness(uint64 instant, uint32 age) external {
    submitAt(UTC, 1);
    vm.warp(START + age);
    uint64 maxAge = 60e9;
    bool fresh = uint256(age) * 1e9 <= maxAge;
    assertTrue(oracle.notPassed(instant, maxAge) == (fresh && instant > UTC), "fresh and before");
  }

  function test_nowNoOlderThan_BoundsTheAge() external {
    submitAt(UTC + 500_000_000, 1);
    vm.warp(START + 61);
    assertEq(oracle.nowNoOlderThan(60_500_000_000), UTC + 500_000_000, "at the bound");
    bytes4 error_ = IChronoOracle.OracleStale.selector;
    vm.expectRevert(abi.encodeWithSelector(error_, UTC + 500_000_000, (START + 61) * 1e9, 60_499_999_999));
    oracle.nowNoOlderThan(60_499_999_999);
    vm.warp(START - 10);
    assertEq(oracle.nowNoOlderThan(0), UTC + 500_000_000, "ahead of the block is not old");
    vm.warp(START + 1e9);
    assertEq(oracle.nowNoOlderThan(type(uint64).max), UTC + 500_000_000, "any age");
  }

  function test_verify_TakesOlderCertificates() external {
    Fields memory f = heartbeat(T - 5, 3);
    f.flags = 5;
    Certificate memory c = certify(f, 0xe0000000);
    submitAt(UTC, 9);
    Reading memory r = oracle.verify(c);
    assertEq(r.timeTaiNs, T - 5, "time");
    assertEq(r.timeUtcNs, UTC - 5, "utc");
    assertEq(r.sequence, 3, "sequence");
    assertEq(r.uncertaintyNs, 12_345, "uncertainty");
    assertEq(r.epoch, 1, "epoch");
    assertEq(r.flags, 5, "flags");
    assertTrue(r.taiMinusUtc == TAI_MINUS_UTC, "offset");
    assertEq(oracle.latest().sequence, 9, "the latest stays");
  }

  function test_tryVerify_AnswersWithTheReason() external view {
    Certificate memory c = certify(heartbeat(T, 1), 0xe0000000);
    (bool valid, bytes4 reason) = oracle.tryVerify(c);
    assertTrue(valid && reason == 0, "valid");
    c.statement[2] ^= bytes32(uint256(1));
    (valid, reason) = oracle.tryVerify(c);
    assertTrue(!valid && reason == IChronoOracle.OracleSignatureInvalid.selector, "invalid");
    (valid, reason) = oracle.tryVerify(certify(heartbeat(T, 1), 0xc0000000));
    assertTrue(!valid && reason == IChronoOracle.OracleQuorumShort.selector, "short");
  }

  function testFuzz_tryVerify_IsNotFooledByStarvation(uint24 gasLimit) external view {
    Certificate memory c = certify(heartbeat(T, 1), 0xe0000000);
    try oracle.tryVerify{ gas: bound(gasLimit, 1_000, 60_000) }(c) returns (bool valid, bytes4) {
      assertTrue(valid, "no verdict without the gas for it");
    } catch {}
  }

  function test_verify_ReachesIntoEarlierEpochs() external {
    addEpoch(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    Certificate memory old = certify(heartbeat(T, 1), 0xe0000000);
    vm.warp(VALID_UNTIL / 1e9 + 100);
    Fields memory f = heartbeat(VALID_UNTIL, 2);
    f.epoch = 2;
    submit(certify(f, 0xe0000000));
    assertEq(oracle.latest().epoch, 2, "the next epoch took over");
    assertEq(oracle.verify(old).epoch, 1, "still verifiable");
    f = heartbeat(VALID_UNTIL + 1, 3);
    _refuse(certify(f, 0xe0000000), IChronoOracle.OracleOutsideEpoch.selector);
    f = heartbeat(VALID_UNTIL - 1, 3);
    f.epoch = 2;
    _refuseToVerify(certify(f, 0xe0000000), IChronoOracle.OracleOutsideEpoch.selector);
  }

  function test_verifyProof_ShowsBothTimes() external view {
    (Inclusion memory inclusion, Certificate memory c) = _proof(5, T - 7, bytes32(0));
    ProvenTime memory p = oracle.verifyProof(inclusion, c);
    assertEq(p.arrivalTaiNs, T - 7, "arrival");
    assertEq(p.arrivalUncertaintyNs, 99, "its uncertainty");
    assertEq(p.certifiedTaiNs, T, "certified");
    assertTrue(p.taiMinusUtc == 37, "offset");
    (inclusion, c) = _proof(0, T, bytes32(0));
    assertEq(oracle.verifyProof(inclusion, c).arrivalTaiNs, T, "alone, and at the very instant");
  }

  function testFuzz_verifyProof_RevertsIf_AnythingIsAltered(uint8 depth, uint8 what, uint8 bit) external {
    depth = uint8(bound(depth, 1, 32));
    (Inclusion memory inclusion, Certificate memory c) = _proof(depth, T - 7, bytes32(0));
    if (what % 3 == 0) inclusion.leaf[(what % 2) + 1] ^= bytes32(uint256(1) << bit);
    if (what % 3 == 1) inclusion.path[bit % depth] ^= bytes32(uint256(1) << bit);
    if (what % 3 == 2) inclusion.directions ^= uint256(1) << bit;
    vm.expectPartialRevert(IChronoOracle.OraclePathInvalid.selector);
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyProof_RevertsIf_HeartbeatIsTakenForABatch() external {
    // A direction that no level has gives the root zero, which is a heartbeat's imprint.
    (Inclusion memory inclusion, ) = _proof(2, T - 7, bytes32(0));
    inclusion.directions |= 4;
    Certificate memory c = certify(heartbeat(T, 1), 0xe0000000);
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OraclePathInvalid.selector, bytes32(0), bytes32(0)));
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyProof_RevertsIf_PathTooLong() external {
    (Inclusion memory inclusion, Certificate memory c) = _proof(33, T - 7, bytes32(0));
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OraclePathTooLong.selector, 33, 32));
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyProof_RevertsIf_PathShortened() external {
    (Inclusion memory inclusion, Certificate memory c) = _proof(2, T - 7, bytes32(0));
    bytes32[] memory path = new bytes32[](1);
    path[0] = inclusion.path[0];
    inclusion.path = path;
    inclusion.directions &= 1;
    vm.expectPartialRevert(IChronoOracle.OraclePathInvalid.selector);
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyProof_RevertsIf_LeafAfterCertificate() external {
    (Inclusion memory inclusion, Certificate memory c) = _proof(3, T + 1, bytes32(0));
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleLeafAfterCertificate.selector, T + 1, T));
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyProof_RevertsIf_CertificateInvalid() external {
    (Inclusion memory inclusion, Certificate memory c) = _proof(3, T - 7, bytes32(0));
    c.statement[4] = 0;
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 0));
    oracle.verifyProof(inclusion, c);
  }

  function test_verifyIntent_BindsTheCall() external {
    address sender = address(0x5e4d);
    bytes memory callData = hex"a9059cbb01";
    bytes32 context = sha256(
      abi.encodePacked("ChronoLedger/Intent1", block.chainid, address(this), sender, sha256(callData))
    );
    (Inclusion memory inclusion, Certificate memory c) = _proof(4, T - 7, context);
    assertEq(oracle.verifyIntent(address(this), sender, callData, inclusion, c).arrivalTaiNs, T - 7, "bound");

    bytes4 error_ = IChronoOracle.OracleIntentMismatch.selector;
    vm.expectPartialRevert(error_);
    oracle.verifyIntent(address(this), address(1), callData, inclusion, c);
    vm.expectPartialRevert(error_);
    oracle.verifyIntent(address(1), sender, callData, inclusion, c);
    vm.expectPartialRevert(error_);
    oracle.verifyIntent(address(this), sender, hex"a9059cbb02", inclusion, c);
    vm.chainId(4242);
    vm.expectPartialRevert(error_);
    oracle.verifyIntent(address(this), sender, callData, inclusion, c);
  }

  function testFuzz_firstAtOrAfter_IsTheOneWhoseSpanHoldsTheInstant(uint64 instant) external {
    Fields memory f = heartbeat(T, 1);
    f.previous = T - 1_000;
    Certificate memory c = certify(f, 0xe0000000);
    assertEq(oracle.firstAtOrAfter(UTC, c).timeUtcNs, UTC, "at the certificate's own time");
    assertEq(oracle.firstAtOrAfter(UTC - 999, c).sequence, 1, "just after the one before");
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleNotFirst.selector, UTC - 1_000, T - 1_000, T));
    oracle.firstAtOrAfter(UTC - 1_000, c);
    instant = uint64(bound(instant, UTC - 5_000, UTC + 5_000));
    if (instant <= UTC - 1_000 || instant > UTC)
      vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleNotFirst.selector, instant, T - 1_000, T));
    oracle.firstAtOrAfter(instant, c);
  }

  function testFuzz_firstAtOrAfter_IsUniqueAlongAChain(uint64 instant, uint32[4] calldata gaps) external view {
    uint64 time = T - 1e12;
    uint256 found = 0;
    uint64 start = time;
    for (uint64 i = 0; i < 4; ++i) {
      Fields memory f = heartbeat(time + 1 + gaps[i], i + 1);
      f.previous = time;
      time = f.time;
      try oracle.firstAtOrAfter(uint64(bound(instant, start - 37e9 + 1, start - 37e9 + 17e9)), certify(f, 0xe0000000)) {
        ++found;
      } catch {}
    }
    assertTrue(
      found == (bound(instant, start - 37e9 + 1, start - 37e9 + 17e9) + 37e9 <= time ? 1 : 0),
      "exactly one, if the chain reaches it"
    );
  }

  function test_setPaused_StopsAnswersAndSubmissionsAlike() external {
    submitAt(UTC, 1);
    Certificate memory c = certify(heartbeat(T + 1, 2), 0xe0000000);
    registry.pause();
    assertTrue(oracle.paused(), "paused");
    assertEq(oracle.latest().sequence, 1, "latest still tells");
    bytes memory error_ = abi.encodeWithSelector(IChronoOracle.OraclePaused.selector);
    vm.expectRevert(error_);
    submit(c);
    vm.expectRevert(error_);
    oracle.verify(c);
    vm.expectRevert(error_);
    oracle.hasPassed(UTC);
    vm.expectRevert(error_);
    oracle.notPassed(UTC, 1e9);
    vm.expectRevert(error_);
    oracle.nowNoOlderThan(1e9);
    (bool valid, bytes4 reason) = oracle.tryVerify(c);
    assertTrue(!valid && reason == IChronoOracle.OraclePaused.selector, "tryVerify");

    registry.unpause();
    submit(c);
    assertEq(oracle.latest().sequence, 2, "goes on where it was");
  }

  function test_fallback_AnswersACallWithoutDataWithTheWord() external {
    submitAt(UTC, 1);
    (bool ok, bytes memory answer) = address(oracle).staticcall("");
    assertTrue(ok, "answers");
    assertEq(answer, abi.encode(vm.load(address(oracle), 0)), "the word");
    (ok, answer) = address(oracle).staticcall(hex"00");
    assertTrue(!ok && answer.length == 0, "a byte is no selector");
    (ok, answer) = address(oracle).staticcall(hex"deadbeef");
    assertTrue(!ok && answer.length == 0, "nor is this one of its functions");
    (ok, ) = address(oracle).call{ value: 1 }("");
    assertTrue(!ok, "it takes no money");
  }

  function test_p256Verifier_IsThePrecompileWhereThereIsOne() external view {
    assertEq(oracle.p256Verifier(), address(0x100), "verifier");
  }

  function test_limits_RevokedNodeCountsForNothing() external {
    submitAt(UTC, 1);
    Certificate memory old = certify(heartbeat(T - 1, 0), 0xe0000000);
    registry.revokeNode(1, 2);
    (bytes4 revoked, uint64 endsAt, bool isPaused) = oracle.limitsOf(1);
    assertTrue(revoked == 0x20000000 && endsAt == 0 && !isPaused, "limits");
    Certificate memory c = certify(heartbeat(T + 1, 2), 0xf0000000);
    vm.expectRevert(
      abi.encodeWithSelector(IChronoOracle.OracleSignerRevoked.selector, bytes4(0xf0000000), bytes4(0x20000000))
    );
    submit(c);
    vm.expectPartialRevert(IChronoOracle.OracleSignerRevoked.selector);
    oracle.verify(old);
    submit(certify(heartbeat(T + 1, 2), 0xd0000000));
    _refuse(certify(heartbeat(T + 2, 3), 0xe0000000), IChronoOracle.OracleSignerRevoked.selector);
    registry.revokeNode(1, 0);
    _refuse(certify(heartbeat(T + 2, 3), 0x50000000), IChronoOracle.OracleQuorumShort.selector);
  }

  function test_limits_EarlyEndHoldsForSubmissionsAndProofs() external {
    submitAt(UTC, 1);
    registry.endEpoch(1, T + 10);
    bytes4 error_ = IChronoOracle.OracleOutsideEpoch.selector;
    _refuse(certify(heartbeat(T + 10, 2), 0xe0000000), abi.encodeWithSelector(error_, T + 10, VALID_FROM, T + 10));
    submit(certify(heartbeat(T + 9, 2), 0xe0000000));
    // The word still says that there is an early end.
    _refuse(certify(heartbeat(T + 10, 3), 0xe0000000), abi.encodeWithSelector(error_, T + 10, VALID_FROM, T + 10));
    addEpoch(2, 4, 1, T + 10, VALID_UNTIL);
    Fields memory f = heartbeat(T + 10, 3);
    f.epoch = 2;
    submit(certify(f, 0xe0000000));
    f = heartbeat(T + 11, 4);
    f.epoch = 2;
    submit(certify(f, 0xe0000000));
    _refuseToVerify(certify(heartbeat(T + 10, 2), 0xe0000000), error_);
  }

  function test_limits_OfTheNextEpochHoldFromItsFirstCertificate() external {
    submitAt(UTC, 1);
    addEpoch(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    registry.revokeNode(2, 0);
    registry.endEpoch(2, VALID_UNTIL + 5);
    submit(certify(heartbeat(T + 1, 2), 0xe0000000));
    vm.warp(VALID_UNTIL / 1e9 + 1);
    Fields memory f = heartbeat(VALID_UNTIL, 3);
    f.epoch = 2;
    _refuse(certify(f, 0xe0000000), IChronoOracle.OracleSignerRevoked.selector);
    submit(certify(f, 0x70000000));
    f.time = VALID_UNTIL + 5;
    f.sequence = 4;
    _refuse(certify(f, 0x70000000), IChronoOracle.OracleOutsideEpoch.selector);
    f.time = VALID_UNTIL + 4;
    _refuse(certify(f, 0xe0000000), IChronoOracle.OracleSignerRevoked.selector);
    submit(certify(f, 0x70000000));
  }

  function testFuzz_refreshLimits_ChangesNothingByAStranger(address caller, uint32 epoch) external {
    vm.assume(caller != address(registry));
    submitAt(UTC, 1);
    addEpoch(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    // Without limits, then with some.
    for (uint256 i = 0; i < 2; ++i) {
      if (i == 1) registry.revokeNode(1, 2);
      bytes32 word = vm.load(address(oracle), 0);
      vm.startPrank(caller);
      oracle.refreshLimits(1);
      oracle.refreshLimits(2);
      oracle.refreshLimits(epoch);
      (bool ok, ) = oracle.nodeSetAddress(1).call(abi.encode(0));
      vm.stopPrank();
      assertTrue(ok && vm.load(address(oracle), 0) == word, "the same word");
      (bytes4 revoked, , ) = oracle.limitsOf(1);
      assertTrue(revoked == (i == 1 ? bytes4(0x20000000) : bytes4(0)), "the same limits");
    }
  }

  function testFuzz_setPaused_RevertsIf_CallerIsNotTheRegistry(address caller) external {
    vm.assume(caller != address(registry));
    vm.prank(caller);
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleOnlyRegistry.selector, caller));
    oracle.setPaused(true);
  }

  function _refuse(Certificate memory c, bytes memory error_) private {
    vm.expectRevert(error_);
    submit(c);
  }

  function _refuse(Certificate memory c, bytes4 error_) private {
    vm.expectPartialRevert(error_);
    submit(c);
  }

  function _refuseToVerify(Certificate memory c, bytes4 error_) private {
    vm.expectPartialRevert(error_);
    oracle.verify(c);
  }

  /// @dev A leaf `depth` levels deep with direction bits of a fixed pattern, certified at T.
  function _proof(
    uint256 depth,
    uint64 arrival,
    bytes32 context
  ) private pure returns (Inclusion memory i, Certificate memory c) {
    i.leaf[0] = bytes32(abi.encodePacked(arrival, uint64(99), uint64(1), POLICY, uint32(0)));
    i.leaf[1] = keccak256("imprint");
    i.leaf[2] = context;
    i.path = new bytes32[](depth);
    bytes32 hash = sha256(abi.encodePacked(uint8(0), i.leaf));
    for (uint256 level = 0; level < depth; ++level) {
      i.path[level] = keccak256(abi.encode("sibling", level));
      bool left = level % 3 == 1;
      if (left) i.directions |= uint256(1) << level;
      hash =
        left
          ? sha256(abi.encodePacked(uint8(1), i.path[level], hash))
          : sha256(abi.encodePacked(uint8(1), hash, i.path[level]));
    }
    Fields memory f = heartbeat(T, 1);
    f.imprint = hash;
    c = certify(f, 0xe0000000);
  }
}
