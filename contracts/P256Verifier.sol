// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { P256 } from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title P256Verifier
/// @notice The precompile at 0x100 in Solidity, for chains that lack it: digest | r | s | x | y in, 32 bytes of 1 out,
/// or nothing.
/// @dev What a signature costs: snapshots/P256Verifier.json. Refuses s above half the order, which the precompile does
/// not.
contract P256Verifier {
  fallback() external {
    bool valid =
      msg.data.length == 160 &&
        P256.verifySolidity(
          bytes32(msg.data[:32]),
          bytes32(msg.data[32:64]),
          bytes32(msg.data[64:96]),
          bytes32(msg.data[96:128]),
          bytes32(msg.data[128:160])
        );
    assembly ("memory-safe") {
      mstore(0, 1)
      return(0, shl(5, valid))
    }
  }
}
