// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoTest } from "./support/ChronoTest.sol";

/// @notice The verifier for chains without the precompile, beside the precompile. Signatures of many kinds are in
/// Vectors.t.sol.
contract P256VerifierTest is ChronoTest {
  function test_fallback_AnswersAnInputOfAnyLengthAsThePrecompileDoes() external {
    address verifier = deploy("contracts/P256Verifier.sol", "P256Verifier", "");
    bytes32 digest = keccak256("digest");
    (bytes32 r, bytes32 s) = vm.signP256(1, digest);
    uint256 order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    if (uint256(s) > order / 2) s = bytes32(order - uint256(s));
    (uint256 x, uint256 y) = vm.publicKeyP256(1);
    bytes memory input = abi.encodePacked(digest, r, s, x, y, bytes32(0));
    for (uint256 cut = 0; cut <= 192; ++cut) {
      uint256 length = 192 - cut;
      assembly ("memory-safe") {
        mstore(input, length)
      }
      (bool ok, bytes memory answer) = verifier.staticcall(input);
      assertTrue(ok, "never reverts");
      assertEq(answer, length == 160 ? abi.encode(1) : bytes(""), "one, or nothing");
      (, bytes memory expected) = address(0x100).staticcall(input);
      assertEq(answer, expected, "as the precompile");
    }
  }
}
