// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice A node set as an account: its code holds the set, its only slot the limits that were put on it since.
/// @dev Written by hand, so that the address of a set depends on the registry and the epoch alone, whichever compiler a
/// project uses. Code: PREFIX_BYTES of instructions, then the data that NodeSetLib describes.
library NodeSetCode {
  /// @dev Asks its deployer for the code, by `nodeSetUnderWay()`, and returns that.
  /// PUSH4 selector, PUSH0, MSTORE | PUSH0, PUSH0, PUSH1 4, PUSH1 28, CALLER, GAS, STATICCALL |
  /// RETURNDATASIZE, PUSH0, PUSH0, RETURNDATACOPY | RETURNDATASIZE, PUSH0, RETURN
  bytes internal constant CREATION_CODE = hex"63838740385f525f5f6004601c335afa3d5f5f3e3d5ff3";
  /// @dev Its keccak256, which the compiler would calculate anew at each use.
  bytes32 internal constant CREATION_CODE_HASH = 0xea59d62806fecef1f244a653aad33f08e64b7b6112789029d1e59dcae44a3cbb;
  uint256 internal constant PREFIX_BYTES = 43;

  /// @dev Limits: paused 8 | revoked 32, node 0 the most significant | early end in TAI nanoseconds 64, or 0.
  uint256 internal constant PAUSED = 1 << 96;

  /// @notice The instructions of a set: a word from the registry is stored, and any other call answered with the stored
  /// word.
  /// @dev CALLER, PUSH20 registry, XOR, CALLDATASIZE, ISZERO, OR, PUSH1 34, JUMPI | PUSH0, CALLDATALOAD, PUSH0, SSTORE,
  /// STOP | JUMPDEST, PUSH0, SLOAD, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
  function prefix(address registry) internal pure returns (bytes memory) {
    return abi.encodePacked(hex"3373", registry, hex"183615176022575f355f5500", hex"5b5f545f5260205ff3");
  }

  /// @notice Makes the account, which calls `nodeSetUnderWay()` back; zero when it cannot.
  function create(uint32 epoch) internal returns (address set) {
    bytes memory code = CREATION_CODE;
    assembly ("memory-safe") {
      set := create2(0, add(code, 0x20), mload(code), epoch)
    }
  }

  /// @notice The limits of a set; zero for none, and for an account that does not exist.
  function limitsOf(address set) internal view returns (uint256 limits) {
    assembly ("memory-safe") {
      mstore(0, 0)
      pop(staticcall(gas(), set, 0, 0, 0, 0x20))
      limits := mload(0)
    }
  }

  /// @notice Replaces the limits of a set. Only the registry is heard.
  /// @return stored False for want of gas.
  function limit(address set, uint256 limits) internal returns (bool stored) {
    assembly ("memory-safe") {
      mstore(0, limits)
      stored := call(gas(), set, 0, 0, 0x20, 0, 0)
    }
  }
}
