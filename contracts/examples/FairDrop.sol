// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ERC721 } from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import { ChronoConsumer } from "../periphery/ChronoConsumer.sol";
import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @title A drop that opens at one instant, for all
/// @notice No block builder's clock can open it early: minting begins when a quorum has certified the instant. One
/// token an account.
contract FairDrop is ERC721, ChronoConsumer {
  /// @notice UTC nanoseconds.
  uint64 public immutable opensAt;
  uint256 public immutable supply;
  uint256 public immutable price;
  address payable public immutable creator;

  uint256 public minted;
  mapping(address account => bool) public hasMinted;

  error DropWrongPrice(uint256 given, uint256 needed);
  error DropSoldOut(uint256 supply);
  error DropOneEach(address account);
  error CollectFailed(address creator);

  constructor(
    IChronoOracle oracle,
    uint64 opensAt_,
    uint256 supply_,
    uint256 price_
  ) ERC721("Fair Drop", "DROP") ChronoConsumer(oracle) {
    (opensAt, supply, price, creator) = (opensAt_, supply_, price_, payable(msg.sender));
  }

  function mint() external payable onlyAfter(opensAt) returns (uint256 tokenId) {
    if (msg.value != price) revert DropWrongPrice(msg.value, price);
    if (minted == supply) revert DropSoldOut(supply);
    if (hasMinted[msg.sender]) revert DropOneEach(msg.sender);
    hasMinted[msg.sender] = true;
    tokenId = ++minted;
    // Not the "safe" form: it would call the receiver, who could come back in.
    _mint(msg.sender, tokenId);
  }

  function collect() external {
    (bool paid, ) = creator.call{ value: address(this).balance }("");
    if (!paid) revert CollectFailed(creator);
  }
}
