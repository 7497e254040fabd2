// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { TimeFixture } from "./support/TimeFixture.sol";

/// @notice An oracle that met no precompile when it was made, beside one that did. A chain that really lacks it is in
/// integration/without-precompile.test.ts.
contract ChronoOracleAnywhereTest is TimeFixture {
  uint64 private constant T = START_TAI_NS;

  IChronoOracle private _fast;

  function setUp() public {
    deployTime(10, 3);
    _fast = oracle;
    vm.mockCall(address(0x100), "", "");
    oracle = IChronoOracle(deploy("contracts/ChronoOracle.sol", "ChronoOracle", abi.encode(registry)));
    vm.clearMockedCalls();
    assertTrue(oracle.p256Verifier().code.length > 1_000, "a verifier of its own");
    assertEq(_fast.p256Verifier(), address(0x100), "the precompile");
  }

  function test_submit_AcceptsWhatTheFastOneAccepts() external {
    submit(certify(heartbeat(T, 1), 0x1fc00000));
    submit(certify(heartbeat(T + 1, 2), 0xfe000000));
    assertEq(oracle.latest().sequence, 2, "accepted");
  }

  function testFuzz_tryVerify_GivesTheSameVerdictAndReason(uint16 place, uint8 change, uint8 field) external view {
    Fields memory f = heartbeat(T, 1);
    if (field % 8 == 0) f.kind ^= change;
    if (field % 8 == 1) f.flags = change;
    if (field % 8 == 2) f.epoch ^= change;
    if (field % 8 == 3) f.time = VALID_UNTIL - 2 + (change % 4);
    if (field % 8 == 4) f.uncertainty = MAX_UNCERTAINTY - 2 + (change % 4);
    if (field % 8 == 5) f.previous = f.time - 2 + (change % 4);
    // All ten nodes are known, and seven suffice: what is wrong is the field alone.
    Certificate memory c = certify(f, bytes4(0xf1c00000) | bytes4(uint32(change) << 22));
    if (field % 8 == 6) c.signatures[place % c.signatures.length] ^= bytes1(change);
    if (field % 8 == 7) c.signers ^= bytes4(uint32(change) << uint32(place % 25));
    (bool valid, bytes4 reason) = oracle.tryVerify(c);
    (bool expected, bytes4 why) = _fast.tryVerify(c);
    assertTrue(valid == expected && reason == why, "the same");
  }

  function test_verify_NeedsNoPrecompileWhereThereWasNone() external {
    Certificate memory c = certify(heartbeat(T, 1), 0xfe000000);
    vm.mockCall(address(0x100), "", "");
    assertEq(oracle.verify(c).sequence, 1, "verified by the verifier of its own");
    c.signatures[70] ^= 0x01;
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 1));
    oracle.verify(c);
  }

  function test_constructor_TakesTheFastWayOnlyWhereTheChainHasThePrecompileAndClz() external {
    IChronoOracle slow = _withoutClz();
    assertEq(slow.p256Verifier(), address(0x100), "the precompile, but no CLZ");
    Certificate memory c = certify(heartbeat(T, 1), 0xfe000000);
    uint256 start = gasleft();
    assertEq(slow.verify(c).sequence, 1, "the way that works anywhere");
    uint256 spent = start - gasleft();
    start = gasleft();
    assertEq(_fast.verify(c).sequence, 1, "the fast way");
    assertTrue(start - gasleft() < spent, "costs less");
  }

  function test_verify_TooLittleGasIsNeverAVerdict() external view {
    Certificate memory c = certify(heartbeat(T, 1), 0x1fc00000);
    bytes memory call_ = abi.encodeCall(oracle.verify, (c));
    bytes memory tried = abi.encodeCall(oracle.tryVerify, (c));
    uint256 passed;
    for (uint256 given = 20_000; given < 3_000_000; given += given / 40) {
      (bool ok, bytes memory why) = address(oracle).staticcall{ gas: given }(call_);
      assertTrue(ok || bytes4(why) != IChronoOracle.OracleSignatureInvalid.selector, "verify");
      if (ok) ++passed;
      (ok, why) = address(oracle).staticcall{ gas: given }(tried);
      assertTrue(!ok || abi.decode(why, (bool)), "tryVerify");
    }
    assertTrue(passed > 10, "with enough it passes");
  }

  /// @dev Code with an unknown instruction makes no account. Nor does any where the new account has code already.
  function _withoutClz() private returns (IChronoOracle made) {
    bytes memory code = abi.encodePacked(
      creationCode("contracts/ChronoOracle.sol", "ChronoOracle"),
      abi.encode(registry)
    );
    address at = _address(abi.encodePacked(hex"ff", this, bytes32(0), keccak256(code)));
    vm.etch(_address(abi.encodePacked(hex"d694", at, hex"01")), hex"00");
    assembly ("memory-safe") {
      made := create2(0, add(code, 0x20), mload(code), 0)
    }
    assertEq(address(made), at, "made");
  }

  function _address(bytes memory preimage) private pure returns (address) {
    return address(uint160(uint256(keccak256(preimage))));
  }
}
