// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Inclusion } from "../../../contracts/types/Certificate.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

/// @notice Whole transactions, 21,000 and calldata included.
contract ChronoOracleGasTest is TimeFixture {
  function test_submit_ThreeOfFour() external {
    _measure(4, 1, 0x70000000, "submit, 3 of 4 signatures");
  }

  function test_submit_FiveOfSeven() external {
    _measure(7, 2, 0x3e000000, "submit, 5 of 7 signatures");
  }

  function test_submit_SevenOfTen() external {
    _measure(10, 3, 0x1fc00000, "submit, 7 of 10 signatures");
  }

  function test_submit_TwentyTwoOfThirtyTwo() external {
    _measure(32, 10, 0x003fffff, "submit, 22 of 32 signatures");
  }

  function test_submit_FirstOfAnEpoch() external {
    deployTime(4, 1);
    submit(certify(heartbeat(START_TAI_NS, 1), 0xe0000000));
    addEpoch(2, 4, 1, VALID_UNTIL, VALID_UNTIL + 1e15);
    vm.warp(VALID_UNTIL / 1e9);
    Fields memory f = heartbeat(VALID_UNTIL + 123_456_789, 2);
    f.epoch = 2;
    submit(certify(f, 0x70000000));
    vm.snapshotGasLastCall("ChronoOracle", "submit, 3 of 4 signatures, first of an epoch");
  }

  function test_verifyProof_DepthTen() external {
    deployTime(4, 1);
    Inclusion memory i;
    i.leaf = [bytes32(0), keccak256("imprint"), keccak256("context")];
    i.path = new bytes32[](10);
    bytes32 hash = sha256(abi.encodePacked(uint8(0), i.leaf));
    for (uint256 level = 0; level < 10; ++level) {
      i.path[level] = keccak256(abi.encode(level));
      hash = sha256(abi.encodePacked(uint8(1), hash, i.path[level]));
    }
    Fields memory f = heartbeat(START_TAI_NS, 1);
    f.imprint = hash;
    Certificate memory c = certify(f, 0x70000000);
    oracle.verifyProof(i, c);
    vm.snapshotGasLastCall("ChronoOracle", "verifyProof, 3 signatures, depth 10");
  }

  function test_P256Verifier() external {
    bytes32 digest = keccak256("digest");
    (uint256 x, uint256 y) = vm.publicKeyP256(7);
    (bytes32 r, bytes32 s) = vm.signP256(7, digest);
    if (uint256(s) > P256_N / 2) s = bytes32(P256_N - uint256(s));
    address verifier = deploy("contracts/P256Verifier.sol", "P256Verifier", "");
    (, bytes memory answer) = verifier.call(abi.encode(digest, r, s, x, y));
    vm.snapshotGasLastCall("P256Verifier", "one signature");
    assertEq(answer, abi.encode(1), "verified");
  }

  function test_size() external {
    string memory at_ = "contracts/ChronoOracle.sol";
    vm.snapshotValue("ChronoOracle", "creation code, bytes", creationCode(at_, "ChronoOracle").length);
    deployTime(4, 1);
    vm.snapshotValue("ChronoOracle", "code, bytes", address(oracle).code.length);
    vm.snapshotValue("ChronoRegistry", "code, bytes", address(registry).code.length);
  }

  function _measure(uint256 n, uint8 f, bytes4 signers, string memory name) private {
    deployTime(n, f);
    submit(certify(heartbeat(START_TAI_NS, 1), signers));
    submit(certify(heartbeat(START_TAI_NS + 1_000_000_007, 2), signers));
    vm.snapshotGasLastCall("ChronoOracle", name);
  }
}
