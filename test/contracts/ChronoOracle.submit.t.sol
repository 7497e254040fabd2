// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { Reading } from "../../contracts/types/Reading.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

contract ChronoOracleSubmitTest is TimeFixture {
  uint64 private constant T = START_TAI_NS;

  function setUp() public {
    deployTime(5, 1); // k = 4
    submit(certify(heartbeat(T, 10), 0xf0000000));
  }

  function test_submit_StoresEveryField() external {
    Fields memory f = heartbeat(T + 1, 11);
    f.flags = 5;
    f.taiMinusUtc = -9;
    f.uncertainty = MAX_UNCERTAINTY;
    vm.warp(START + 60);
    Certificate memory c = certify(f, 0x78000000);
    vm.expectEmit(true, true, true, true, address(oracle));
    emit IChronoOracle.TimeAccepted(sha256(abi.encodePacked(c.statement)), T + 1);
    submit(c);

    Reading memory r = oracle.latest();
    assertEq(r.timeTaiNs, T + 1, "time");
    assertEq(r.timeUtcNs, T + 1 + 9e9, "utc");
    assertEq(r.uncertaintyNs, MAX_UNCERTAINTY, "uncertainty");
    assertEq(r.sequence, 11, "sequence");
    assertEq(r.epoch, 1, "epoch");
    assertTrue(r.taiMinusUtc == -9, "taiMinusUtc");
    assertEq(r.flags, 5, "flags");
  }

  function test_submit_LeavesTheWordsControlByteEmptyWhereNothingIsLimited() external view {
    assertEq(uint256(vm.load(address(oracle), 0)) & 0xff, 0, "neither paused nor limited");
  }

  function test_submit_CountsTheLastNodeOfTheLargestSet() external {
    deployTime(32, 10); // k = 22
    for (uint64 i = 1; i < 3; ++i) submit(certify(heartbeat(T + i, i), 0x003fffff));
    assertEq(oracle.latest().sequence, 2, "as the first of an epoch, and as the next");
  }

  function test_submit_AcceptsAnyQuorum() external {
    uint64 sequence = 11;
    for (uint256 bitmap = 1; bitmap < 32; ++bitmap) {
      uint256 count = 0;
      for (uint256 b = bitmap; b != 0; b &= b - 1) ++count;
      Certificate memory c = certify(heartbeat(T + sequence, sequence), bytes4(uint32(bitmap << 27)));
      if (count < 4) {
        vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleQuorumShort.selector, count, 4));
        submit(c);
      } else {
        submit(c);
        assertEq(oracle.latest().sequence, sequence++, "accepted");
      }
    }
    assertEq(sequence, 11 + 6, "quorums of five");
  }

  function testFuzz_submit_KeepsWhatItAccepts(
    uint64 ahead,
    uint64 uncertainty,
    uint64 sequence,
    int16 offset
  ) external {
    Fields memory f = heartbeat(
      uint64(T + 1 + bound(ahead, 0, 1e15 - 2)),
      uint64(bound(sequence, 11, type(uint64).max))
    );
    f.uncertainty = uint64(bound(uncertainty, 0, MAX_UNCERTAINTY));
    f.taiMinusUtc = offset;
    vm.warp(uint256(int256(uint256(f.time)) - int256(offset) * 1e9) / 1e9 + 1);
    submit(certify(f, 0xf0000000));
    Reading memory r = oracle.latest();
    assertEq(r.timeTaiNs, f.time, "time");
    assertEq(r.timeUtcNs, uint256(int256(uint256(f.time)) - int256(offset) * 1e9), "utc");
    assertEq(r.uncertaintyNs, f.uncertainty, "uncertainty");
    assertEq(r.sequence, f.sequence, "sequence");
    assertTrue(r.taiMinusUtc == offset, "offset");
  }

  function testFuzz_submit_RevertsIf_SequenceNotNewer(uint64 sequence) external {
    sequence = uint64(bound(sequence, 0, 10));
    _refuse(
      heartbeat(T + 1, sequence),
      abi.encodeWithSelector(IChronoOracle.OracleSequenceNotNewer.selector, sequence, 10)
    );
  }

  function testFuzz_submit_RevertsIf_TimeNotNewer(uint64 time) external {
    time = uint64(bound(time, 1e9, T));
    _refuse(heartbeat(time, 11), abi.encodeWithSelector(IChronoOracle.OracleTimeNotNewer.selector, time, T));
  }

  function test_submit_RevertsIf_HeaderDiffers() external {
    for (uint256 i = 0; i < 5; ++i) {
      Fields memory f = heartbeat(T + 1, 11);
      if (i == 0) f.kind = 1;
      if (i == 1) f.networkId = NETWORK + 1;
      if (i == 2) f.policyId = POLICY + 1;
      if (i == 3) f.kind = 5;
      if (i == 4) f.networkId = 0;
      bytes32 mask = 0xffffffffffffffffffffffffffffffffff000000ffffffffffffffffffffffff;
      (bytes32 given, bytes32 expected) = (encode(f)[0] & mask, encode(heartbeat(T + 1, 11))[0] & mask);
      _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleHeaderMismatch.selector, given, expected));
    }
  }

  function testFuzz_submit_RevertsIf_DomainDiffers(uint8 place, uint8 change) external {
    vm.assume(change != 0);
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    c.statement[0] ^= bytes32(uint256(change) << (8 * (31 - (place % 16))));
    vm.expectPartialRevert(IChronoOracle.OracleHeaderMismatch.selector);
    submit(c);
  }

  function testFuzz_submit_RevertsIf_EpochUnknown(uint32 epoch) external {
    vm.assume(epoch != 1);
    Fields memory f = heartbeat(T + 1, 11);
    f.epoch = epoch;
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleEpochUnknown.selector, epoch));
  }

  function testFuzz_submit_RevertsIf_FlagNotAllowed(uint8 flags) external {
    vm.assume(flags & 0xf8 != 0);
    Fields memory f = heartbeat(T + 1, 11);
    f.flags = flags;
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleFlagsNotAllowed.selector, flags, 7));
  }

  function testFuzz_submit_RevertsIf_UncertaintyTooLarge(uint64 uncertainty) external {
    Fields memory f = heartbeat(T + 1, 11);
    f.uncertainty = uint64(bound(uncertainty, MAX_UNCERTAINTY + 1, type(uint64).max));
    bytes4 error_ = IChronoOracle.OracleUncertaintyTooLarge.selector;
    _refuse(f, abi.encodeWithSelector(error_, f.uncertainty, MAX_UNCERTAINTY));
  }

  function test_submit_RevertsIf_OutsideEpoch() external {
    vm.warp(VALID_UNTIL / 1e9);
    Fields memory f = heartbeat(VALID_UNTIL, 11);
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleOutsideEpoch.selector, VALID_UNTIL, VALID_FROM, VALID_UNTIL));
    submit(certify(heartbeat(VALID_UNTIL - 1, 11), 0xf0000000));

    Certificate memory early = certify(heartbeat(VALID_FROM - 1, 1), 0xf0000000);
    bytes4 error_ = IChronoOracle.OracleOutsideEpoch.selector;
    vm.expectRevert(abi.encodeWithSelector(error_, VALID_FROM - 1, VALID_FROM, VALID_UNTIL));
    oracle.verify(early);
    oracle.verify(certify(heartbeat(VALID_FROM, 1), 0xf0000000));
  }

  function testFuzz_submit_RevertsIf_SpanInvalid(uint64 previous) external {
    Fields memory f = heartbeat(T + 1, 11);
    f.previous = uint64(bound(previous, f.time, type(uint64).max));
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleSpanInvalid.selector, f.previous, f.time));
  }

  function test_submit_BoundsTheFuture() external {
    uint64 most = START * 1e9 + uint64(MAX_AHEAD_MS) * 1e6;
    Fields memory f = heartbeat(most + 37e9 + 1, 11);
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleFromTheFuture.selector, f.time, TAI_MINUS_UTC, most));
    submit(certify(heartbeat(most + 37e9, 11), 0xf0000000));
  }

  function test_submit_BoundsTheFutureInUtcWhateverTheOffset() external {
    Fields memory f = heartbeat(T + 1, 11);
    f.taiMinusUtc = -32_768;
    uint64 most = START * 1e9 + uint64(MAX_AHEAD_MS) * 1e6;
    _refuse(f, abi.encodeWithSelector(IChronoOracle.OracleFromTheFuture.selector, f.time, f.taiMinusUtc, most));
  }

  function test_submit_RevertsIf_SignatureLengthDiffers() external {
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    c.signatures = abi.encodePacked(c.signatures, uint8(0));
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignaturesLength.selector, 257, 256));
    c = certify(heartbeat(T + 1, 11), 0xf0000000);
    c.signers = 0xf8000000;
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignaturesLength.selector, 256, 320));
    c.signers = 0;
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignaturesLength.selector, 256, 0));
    c.signatures = "";
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleQuorumShort.selector, 0, 4));
  }

  function testFuzz_submit_RevertsIf_SignerUnknown(uint8 node) external {
    // Signed by that key indeed, which is in no set.
    bytes4 signers = bytes4(uint32(0xf0000000) | (uint32(0x80000000) >> uint32(bound(node, 5, 31))));
    Certificate memory c = certify(heartbeat(T + 1, 11), signers);
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignerUnknown.selector, signers, 5));
  }

  function testFuzz_submit_RevertsIf_HighS(uint8 place) external {
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    uint256 node = place % 4;
    bytes memory signatures = c.signatures;
    assembly ("memory-safe") {
      let s := add(signatures, add(64, mul(64, node)))
      mstore(s, sub(P256_N, mload(s)))
    }
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignatureHighS.selector, node));
  }

  function testFuzz_submit_RevertsIf_SignatureAltered(uint8 place, uint8 bit) external {
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    c.signatures[place] ^= bytes1(uint8(1) << (bit % 8));
    (bool ok, bytes memory why) = address(oracle).call(
      abi.encodeCall(oracle.submit, (c.statement, c.signers, c.signatures))
    );
    assertTrue(!ok, "refused");
    bytes4 reason = bytes4(why);
    assertTrue(
      reason == IChronoOracle.OracleSignatureInvalid.selector || reason == IChronoOracle.OracleSignatureHighS.selector,
      "by its name"
    );
  }

  function testFuzz_submit_RevertsIf_StatementAltered(uint8 place, uint8 bit) external {
    // Offsets of what is signed but not looked into: imprint, link, anchor.
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    uint256 offset = 64 + (place % 96);
    c.statement[offset / 32] ^= bytes32(uint256(1) << (8 * (31 - (offset % 32)) + (bit % 8)));
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 0));
  }

  function test_submit_RevertsIf_SignaturesSwapped() external {
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    bytes memory message = abi.encodePacked(c.statement);
    c.signatures = abi.encodePacked(sign(1, message), sign(2, message), sign(4, message), sign(3, message));
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 2));
    c.signatures = abi.encodePacked(sign(1, message), sign(1, message), sign(1, message), sign(1, message));
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 1));
  }

  function test_submit_RevertsIf_AlreadyAccepted() external {
    Certificate memory c = certify(heartbeat(T, 10), 0xf0000000);
    _refuse(c, abi.encodeWithSelector(IChronoOracle.OracleSequenceNotNewer.selector, 10, 10));
  }

  function testFuzz_submit_NeverAcceptsWithTooLittleGas(uint24 gasLimit) external {
    Certificate memory c = certify(heartbeat(T + 1, 11), 0xf0000000);
    bytes memory call_ = abi.encodeCall(oracle.submit, (c.statement, c.signers, c.signatures));
    (bool ok, bytes memory why) = address(oracle).call{ gas: bound(gasLimit, 100, 80_000) }(call_);
    assertEq(oracle.latest().sequence, ok ? 11 : 10, "all or nothing");
    // Starved is not the same as invalid.
    assertTrue(ok || bytes4(why) != IChronoOracle.OracleSignatureInvalid.selector, "no false verdict");
  }

  function _refuse(Fields memory f, bytes memory error_) private {
    _refuse(certify(f, 0xf0000000), error_);
  }

  function _refuse(Certificate memory c, bytes memory error_) private {
    vm.expectRevert(error_);
    submit(c);
  }
}
