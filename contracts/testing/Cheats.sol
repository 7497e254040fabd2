// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice The cheat codes that LocalTime needs; the test runners of Foundry and Hardhat 3 have them.
interface Cheats {
  function etch(address account, bytes calldata code) external;
  function prank(address sender) external;
  function warp(uint256 seconds_) external;
  function getBlockTimestamp() external view returns (uint256);
  function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
  function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
}

/// @dev The address of every runner's cheat codes: the low 160 bits of keccak256("hevm cheat code").
Cheats constant CHEATS = Cheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
