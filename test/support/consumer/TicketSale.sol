// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { ChronoLedger } from "@chronoledger/contracts/ChronoLedger.sol";
import { Certificate, Inclusion } from "@chronoledger/contracts/types/Certificate.sol";

/// @notice Opens at an instant, for everybody at once. Whoever ordered before it may show that.
contract TicketSale {
  using ChronoLedger for uint256;

  uint256 public immutable opensAt;
  uint256 public sold;
  uint256 public soldAt;
  address public firstInLine;

  error NotOpenYet();

  constructor(uint256 opensAt_) {
    opensAt = opensAt_;
  }

  function buy() external {
    if (!opensAt.hasPassed()) revert NotOpenYet();
    soldAt = ChronoLedger.getVerifiedTimestamp();
    ++sold;
  }

  function claimPlace(Inclusion calldata order, Certificate calldata certificate) external {
    bytes memory callData = abi.encodeCall(this.buy, ());
    ChronoLedger.verifyIntent(msg.sender, callData, order, certificate);
    firstInLine = msg.sender;
  }
}
