// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { ProofConsumer } from "./support/Consumers.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

/// @notice A certificate verified inside a consumer gets the verdict that the oracle gives.
contract ProofLibTest is TimeFixture {
  uint64 private constant T = START_TAI_NS;

  ProofConsumer private _consumer;

  function setUp() public {
    _consumer = new ProofConsumer();
    deployTime(4, 1);
  }

  function testFuzz_isCertified_AgreesWithTheOracleOnAnyField(
    uint8 field,
    uint64 change,
    bytes4 signers
  ) external view {
    Fields memory f = heartbeat(T, 1);
    uint256 i = field % 11;
    if (i == 0) f.kind ^= uint8(change);
    if (i == 1) f.flags = uint8(change) & 0x1f;
    if (i == 2) f.taiMinusUtc = int16(uint16(change));
    if (i == 3) f.networkId ^= uint32(change & 1);
    if (i == 4) f.epoch ^= uint32(change & 3);
    if (i == 5) f.policyId ^= uint32(change & 1);
    if (i == 6) f.time = uint64(bound(change, VALID_FROM - 5, VALID_UNTIL + 5));
    if (i == 7) f.uncertainty = uint64(bound(change, MAX_UNCERTAINTY - 5, MAX_UNCERTAINTY + 5));
    if (i == 8) f.previous = uint64(bound(change, f.time - 5, f.time + 5));
    if (i == 9) f.time = uint64(bound(change, T + 29e9, T + 31e9));
    Certificate memory c = certify(f, i == 10 ? signers : bytes4(0xe0000000));
    _agree(c, "field");
  }

  function testFuzz_isCertified_AgreesWithTheOracleOnAnyByte(uint8 place, uint8 change, bool longer) external view {
    Certificate memory c = certify(heartbeat(T, 1), 0xb0000000);
    uint256 i = place % (160 + 4 + 192);
    if (i < 160) c.statement[i / 32] ^= bytes32(uint256(change) << (8 * (31 - (i % 32))));
    else if (i < 164) c.signers ^= bytes4(uint32(change) << uint32(8 * (163 - i)));
    else c.signatures[i - 164] ^= bytes1(change);
    if (longer && change == 0) c.signatures = abi.encodePacked(c.signatures, uint8(7));
    _agree(c, "byte");
  }

  function test_isCertified_TakesEveryQuorumOfALargeSet() external {
    deployTime(32, 10);
    _agreeOn(0xfffffc00, true);
    _agreeOn(0x003fffff, true);
    _agreeOn(0x001fffff, false);
    _agreeOn(0xaaffffff, true);
    deployTime(10, 3);
    _agreeOn(0x1fc00000, true);
    _agreeOn(0xfe000000, true);
    // Node 10 is none of the ten.
    _agreeOn(0x1fe00000, false);
    _agreeOn(0x0fc00000, false);
  }

  function test_isCertified_HoldsTheLimitsOfAnEpoch() external {
    submit(certify(heartbeat(T, 1), 0xe0000000));
    addEpoch(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    Certificate memory c = certify(heartbeat(T + 5, 2), 0xe0000000);
    registry.setEpochPaused(2, true);
    _agreeOn(c, true);
    registry.setEpochPaused(1, true);
    _agreeOn(c, false);
    registry.setEpochPaused(1, false);
    _agreeOn(c, true);
    registry.pause();
    _agreeOn(c, false);
    registry.unpause();
    _agreeOn(c, true);
    registry.endEpoch(1, T + 6);
    _agreeOn(c, true);
    _agreeOn(certify(heartbeat(T + 6, 2), 0xe0000000), false);
    registry.revokeNode(1, 3);
    _agreeOn(c, true);
    registry.revokeNode(1, 0);
    _agreeOn(c, false);
    registry.setEpochPaused(1, true);
    (bytes4 revoked, uint64 endsAt, bool isPaused) = oracle.limitsOf(1);
    assertTrue(revoked == 0x90000000 && endsAt == T + 6 && isPaused, "all of them are kept");
  }

  function testFuzz_isCertified_NeverSaysYesForWantOfGas(uint24 gasLimit) external view {
    Certificate memory c = certify(heartbeat(T, 1), 0xe0000000);
    c.signatures[5] ^= 0x01;
    bytes memory call_ = abi.encodeCall(_consumer.isCertified, (address(registry), c));
    (bool ok, bytes memory answer) = address(_consumer).staticcall{ gas: bound(gasLimit, 100, 60_000) }(call_);
    assertTrue(!ok || !abi.decode(answer, (bool)), "no");
  }

  function _agreeOn(bytes4 signers, bool expected) private view {
    _agreeOn(certify(heartbeat(T, 1), signers), expected);
  }

  function _agreeOn(Certificate memory c, bool expected) private view {
    _agree(c, "set");
    assertTrue(_consumer.isCertified(address(registry), c) == expected, "as expected");
  }

  function _agree(Certificate memory c, string memory what) private view {
    (bool valid, bytes4 reason) = oracle.tryVerify(c);
    assertTrue(_consumer.isCertified(address(registry), c) == valid, what);
    assertTrue(valid == (reason == 0) && reason != IChronoOracle.OracleOutOfGas.selector, "with a reason");
  }
}
