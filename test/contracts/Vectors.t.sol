// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { IChronoRegistry } from "../../contracts/interfaces/IChronoRegistry.sol";
import { MerkleLib } from "../../contracts/libraries/MerkleLib.sol";
import { P256Lib } from "../../contracts/libraries/P256Lib.sol";
import { Certificate, Inclusion } from "../../contracts/types/Certificate.sol";
import { NodeSet, Policy } from "../../contracts/types/NodeSet.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

/// @notice The oracle against test/vectors, which packages/core reads too.
contract VectorsTest is TimeFixture {
  /// @dev After every vector's time, with any TAI offset.
  uint256 private constant LATER = 1_900_000_000;

  address private immutable _verifier = deploy("contracts/P256Verifier.sol", "P256Verifier", "");
  mapping(uint256 set => IChronoOracle) private _oracles;
  uint256 private _examined;

  function setUp() public {
    deployTime(4, 1);
    vm.warp(LATER);
    assertTrue(_each("node-sets", ".sets", this.deploySet) >= 8, "at least the known sets");
    _examined = 0;
  }

  function test_tryVerify_AgreesWithEveryCertificateVector() external {
    _each("certificates", ".vectors", this.checkCertificate);
    assertTrue(_examined >= 110, "at least the known vectors");
  }

  function test_verifyProof_AgreesWithEveryProofVector() external {
    _each("proofs", ".vectors", this.checkProof);
    assertTrue(_examined >= 40, "at least the known vectors");
  }

  function test_verifyIntent_AgreesWithEveryIntentVector() external {
    _each("intents", ".evm", this.checkIntent);
    assertTrue(_examined >= 5, "at least the known vectors");
  }

  function test_verify_AgreesWithEverySignatureVector() external {
    _each("signatures", ".vectors", this.checkSignature);
    assertTrue(_examined >= 50, "at least the known vectors");
  }

  function test_root_AgreesWithEveryInclusionVector() external {
    _each("merkle", ".inclusion", this.checkInclusion);
    assertTrue(_examined >= 210, "at least the known vectors");
  }

  /// @dev One external call a vector: the memory that its text takes is free again afterwards.
  function _each(
    string memory file,
    string memory array,
    function(string memory, string memory, uint256) external check
  ) private returns (uint256 i) {
    string memory path = string.concat("test/vectors/", file, ".json");
    while (this.exists(path, string.concat(array, "[", vm.toString(i), "]"))) {
      check(path, string.concat(array, "[", vm.toString(i), "]"), i);
      ++i;
    }
  }

  function exists(string memory path, string memory key) external view returns (bool) {
    return vm.keyExistsJson(vm.readFile(path), key);
  }

  function checkCertificate(string memory path, string memory at_, uint256) external {
    string memory json = vm.readFile(path);
    // The ABI cannot express a certificate that ends before its signatures.
    if (!vm.parseJsonBool(json, string.concat(at_, ".whole"))) return;
    IChronoOracle o = _oracles[_uint(json, at_, ".set")];
    string memory verdict = _string(json, at_, ".verdict");
    (bool valid, bytes4 reason) = o.tryVerify(_certificate(_bytes(json, at_, ".bytes")));
    assertTrue(_agrees(verdict, valid, reason), string.concat(_string(json, at_, ".name"), ": ", verdict));
    ++_examined;
  }

  function checkIntent(string memory path, string memory at_, uint256) external {
    string memory json = vm.readFile(path);
    uint256 id = _uint(json, at_, ".chainId");
    // The test chain's id has 64 bits and is not zero.
    if (id == 0 || id > type(uint64).max) return;
    vm.chainId(id);
    bytes32 context = vm.parseJsonBytes32(json, string.concat(at_, ".context"));
    address target = vm.parseJsonAddress(json, string.concat(at_, ".contract"));
    address sender = vm.parseJsonAddress(json, string.concat(at_, ".sender"));
    bytes memory callData = _bytes(json, at_, ".callData");
    Inclusion memory inclusion;
    Certificate memory c;
    inclusion.leaf[2] = ~context;
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleIntentMismatch.selector, ~context, context));
    oracle.verifyIntent(target, sender, callData, inclusion, c);
    ++_examined;
  }

  function checkSignature(string memory path, string memory at_, uint256) external {
    string memory json = vm.readFile(path);
    if (!vm.parseJsonBool(json, string.concat(at_, ".fixedLengths"))) return;
    (bytes32 r, bytes32 s) = abi.decode(_bytes(json, at_, ".signature"), (bytes32, bytes32));
    (bytes32 x, bytes32 y) = abi.decode(_bytes(json, at_, ".key"), (bytes32, bytes32));
    bool valid = vm.parseJsonBool(json, string.concat(at_, ".valid"));
    bytes32 digest = sha256(_bytes(json, at_, ".message"));
    assertTrue(P256Lib.verify(address(P256Lib.PRECOMPILE), digest, r, s, x, y) == valid, _string(json, at_, ".name"));
    (, bytes memory answer) = _verifier.staticcall(abi.encode(digest, r, s, x, y));
    assertEq(answer, valid ? abi.encode(1) : bytes(""), "the verifier in Solidity, as the precompile");
    ++_examined;
  }

  function checkInclusion(string memory path, string memory at_, uint256) external {
    string memory json = vm.readFile(path);
    bytes memory leaf = _bytes(json, at_, ".leaf");
    if (leaf.length != 96) return;
    Inclusion memory inclusion = Inclusion({
      leaf: abi.decode(leaf, (bytes32[3])),
      directions: _uint(json, at_, ".directions"),
      path: vm.parseJsonBytes32Array(json, string.concat(at_, ".path"))
    });
    bool same = this.root(inclusion) == vm.parseJsonBytes32(json, string.concat(at_, ".root"));
    bool valid = vm.parseJsonBool(json, string.concat(at_, ".valid"));
    // One who takes directions does not see that the path belongs to another index.
    if (!valid && _depth(_uint(json, at_, ".index"), _uint(json, at_, ".size")) != inclusion.path.length) same = false;
    assertTrue(same == valid, _string(json, at_, ".name"));
    ++_examined;
  }

  function root(Inclusion calldata inclusion) external view returns (bytes32) {
    return MerkleLib.root(inclusion);
  }

  function checkProof(string memory path, string memory at_, uint256) external {
    string memory json = vm.readFile(path);
    string memory verdict = _string(json, at_, ".verdict");
    bool accepted = keccak256(bytes(verdict)) == keccak256("accepted");
    bytes memory leaf = _bytes(json, at_, ".leaf");
    bytes memory certificate = _bytes(json, at_, ".certificate");
    // A contract takes no index and size, and does not look at brackets.
    if (leaf.length != 96 || certificate.length < 164 || _uint(json, at_, ".index") >= _uint(json, at_, ".size"))
      return;
    if (!accepted && vm.parseJsonBool(json, string.concat(at_, ".bracketed"))) return;
    Inclusion memory inclusion = Inclusion({
      leaf: abi.decode(leaf, (bytes32[3])),
      directions: _uint(json, at_, ".directions"),
      path: vm.parseJsonBytes32Array(json, string.concat(at_, ".path"))
    });
    bytes4 reason;
    bool valid;
    try _oracles[_uint(json, at_, ".set")].verifyProof(inclusion, _certificate(certificate)) {
      valid = true;
    } catch (bytes memory why) {
      reason = bytes4(why);
    }
    assertTrue(_agrees(verdict, valid, reason), string.concat(_string(json, at_, ".name"), ": ", verdict));
    ++_examined;
  }

  /// @dev How many siblings a leaf of a tree of that size has on its way up.
  function _depth(uint256 index, uint256 size) private pure returns (uint256 depth) {
    for (uint256 last = size - 1; last > 0; last /= 2) {
      if (index % 2 == 1 || index < last) ++depth;
      index /= 2;
    }
  }

  /// @dev Whether the contract's answer is what the verdict of the vector means here.
  function _agrees(string memory verdict, bool valid, bytes4 reason) private pure returns (bool) {
    bytes32 v = keccak256(bytes(verdict));
    if (v == keccak256("accepted")) return valid;
    if (valid) return false;
    if (
      v == keccak256("statement/malformed") || v == keccak256("statement/kind") || v == keccak256("statement/network")
    ) return reason == IChronoOracle.OracleHeaderMismatch.selector;
    if (v == keccak256("statement/policy")) return reason == IChronoOracle.OracleHeaderMismatch.selector;
    if (v == keccak256("statement/epoch")) return reason == IChronoOracle.OracleEpochUnknown.selector;
    if (v == keccak256("statement/flags") || v == keccak256("statement/test-flag"))
      return reason == IChronoOracle.OracleFlagsNotAllowed.selector;
    if (v == keccak256("statement/uncertainty")) return reason == IChronoOracle.OracleUncertaintyTooLarge.selector;
    if (v == keccak256("statement/validity")) return reason == IChronoOracle.OracleOutsideEpoch.selector;
    if (v == keccak256("statement/span")) return reason == IChronoOracle.OracleSpanInvalid.selector;
    if (v == keccak256("certificate/malformed")) return reason == IChronoOracle.OracleSignaturesLength.selector;
    if (v == keccak256("certificate/signer-unknown")) return reason == IChronoOracle.OracleSignerUnknown.selector;
    if (v == keccak256("certificate/quorum-short")) return reason == IChronoOracle.OracleQuorumShort.selector;
    if (v == keccak256("certificate/signature"))
      return
        reason == IChronoOracle.OracleSignatureInvalid.selector ||
        reason == IChronoOracle.OracleSignatureHighS.selector;
    if (v == keccak256("proof/path") || v == keccak256("proof/malformed"))
      return reason == IChronoOracle.OraclePathInvalid.selector;
    if (v == keccak256("proof/leaf-after-certificate"))
      return reason == IChronoOracle.OracleLeafAfterCertificate.selector;
    return false;
  }

  function _certificate(bytes memory all) private pure returns (Certificate memory c) {
    bytes memory signatures = new bytes(all.length - 164);
    for (uint256 i = 0; i < 5; ++i) {
      bytes32 word;
      assembly ("memory-safe") {
        word := mload(add(all, add(0x20, mul(0x20, i))))
      }
      c.statement[i] = word;
    }
    bytes32 signers;
    assembly ("memory-safe") {
      signers := mload(add(all, 0xc0))
      mcopy(add(signatures, 0x20), add(all, 0xc4), mload(signatures))
    }
    c.signers = bytes4(signers);
    c.signatures = signatures;
  }

  function deploySet(string memory path, string memory at_, uint256 index) external {
    string memory json = vm.readFile(path);
    IChronoRegistry r = IChronoRegistry(deploy("contracts/ChronoRegistry.sol", "ChronoRegistry", ""));
    IChronoOracle o = IChronoOracle(deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(r)));
    vm.prank(r.GENESIS_OWNER());
    r.initialize(address(authority), address(o), uint32(_uint(json, at_, ".networkId")));
    uint32 policyId = uint32(_uint(json, at_, ".policyId"));
    bool allowTest = vm.parseJsonBool(json, string.concat(at_, ".allowTest"));
    r.addPolicy(policyId, Policy(uint64(_uint(json, at_, ".maxUncertaintyNs")), 0, allowTest));
    NodeSet memory set = NodeSet({
      epoch: uint32(_uint(json, at_, ".epoch")),
      policyId: policyId,
      f: uint8(_uint(json, at_, ".f")),
      validFrom: uint64(_uint(json, at_, ".validFromTaiNs")),
      validUntil: uint64(_uint(json, at_, ".validUntilTaiNs")),
      keys: _join(vm.parseJsonBytesArray(json, string.concat(at_, ".keys"))),
      evidence: vm.parseJsonBytes32Array(json, string.concat(at_, ".evidence"))
    });
    r.addEpoch(set, _join(vm.parseJsonBytesArray(json, string.concat(at_, ".registrationSignatures"))));
    assertEq(r.epochOf(set.epoch).k, _uint(json, at_, ".k"), "k");
    _oracles[index] = o;
  }

  function _uint(string memory json, string memory at_, string memory member) private pure returns (uint256) {
    return vm.parseJsonUint(json, string.concat(at_, member));
  }

  function _string(string memory json, string memory at_, string memory member) private pure returns (string memory) {
    return vm.parseJsonString(json, string.concat(at_, member));
  }

  function _bytes(string memory json, string memory at_, string memory member) private pure returns (bytes memory) {
    return vm.parseJsonBytes(json, string.concat(at_, member));
  }

  function _join(bytes[] memory parts) private pure returns (bytes memory all) {
    for (uint256 i = 0; i < parts.length; ++i) all = abi.encodePacked(all, parts[i]);
  }
}
