// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoLedger } from "../ChronoLedger.sol";

contract PrecisionAuction {
    using ChronoLedger for uint256;
    
    uint256 public auctionEndTime;
    
    function placeBid() external payable {
        // Get hardware-verified timestamp
        uint256 currentTime = ChronoLedger.getVerifiedTimestamp();
        require(currentTime < auctionEndTime, "Auction ended");
        
        // Bid logic with provable timing
    }
}
