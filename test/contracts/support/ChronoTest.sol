// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Vm } from "./Vm.sol";

/// @notice Assertions that say what they saw.
abstract contract ChronoTest {
  Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

  error NotEqual(string what, uint256 got, uint256 expected);
  error NotEqualBytes(string what, bytes got, bytes expected);
  error NotTrue(string what);

  function assertEq(uint256 got, uint256 expected, string memory what) internal pure {
    if (got != expected) revert NotEqual(what, got, expected);
  }

  function assertEq(address got, address expected, string memory what) internal pure {
    assertEq(uint160(got), uint160(expected), what);
  }

  function assertEq(bytes32 got, bytes32 expected, string memory what) internal pure {
    assertEq(uint256(got), uint256(expected), what);
  }

  function assertEq(bytes memory got, bytes memory expected, string memory what) internal pure {
    if (keccak256(got) != keccak256(expected)) revert NotEqualBytes(what, got, expected);
  }

  function assertTrue(bool condition, string memory what) internal pure {
    if (!condition) revert NotTrue(what);
  }

  /// @notice Deploys what the build wrote, the same bytes as on a chain. A `new` here would compile the contract
  /// again in each test.
  function deploy(string memory source, string memory name, bytes memory arguments) internal returns (address made) {
    bytes memory code = abi.encodePacked(creationCode(source, name), arguments);
    assembly ("memory-safe") {
      made := create(0, add(code, 0x20), mload(code))
    }
    assertTrue(made != address(0), name);
  }

  function creationCode(string memory source, string memory name) internal view returns (bytes memory) {
    string memory path = string.concat("artifacts/", source, "/", name, ".json");
    return vm.parseJsonBytes(vm.readFile(path), ".bytecode");
  }

  /// @notice Folds a fuzzed number into a range, both ends included.
  function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
    if (value >= least && value <= most) return value;
    uint256 size = most - least + 1;
    return size == 0 ? value : least + (value % size);
  }
}
