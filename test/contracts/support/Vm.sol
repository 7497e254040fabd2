// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice The cheat codes that these tests use, of those that the test runner has.
interface Vm {
  struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
  }

  function warp(uint256 seconds_) external;
  function fee(uint256 baseFee) external;
  function chainId(uint256 id) external;
  function deal(address account, uint256 wei_) external;
  function etch(address account, bytes calldata code) external;
  function store(address account, bytes32 slot, bytes32 value) external;
  function load(address account, bytes32 slot) external view returns (bytes32);
  function mockCall(address account, bytes calldata data, bytes calldata answer) external;
  function clearMockedCalls() external;
  function prank(address sender) external;
  function startPrank(address sender) external;
  function stopPrank() external;
  function assume(bool condition) external pure;
  function expectRevert(bytes calldata data) external;
  function expectRevert(bytes4 selector) external;
  function expectPartialRevert(bytes4 selector) external;
  function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
  function recordLogs() external;
  function getRecordedLogs() external returns (Log[] memory);
  function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
  function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
  function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
  function snapshotValue(string calldata group, string calldata name, uint256 value) external;
  function readFile(string calldata path) external view returns (string memory);
  function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
  function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
  function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
  function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
  function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
  function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
  function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
  function parseJsonBytesArray(string calldata json, string calldata key) external pure returns (bytes[] memory);
  function parseJsonBytes32Array(string calldata json, string calldata key) external pure returns (bytes32[] memory);
  function toString(uint256 value) external pure returns (string memory);
}
