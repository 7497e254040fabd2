// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice An upkeep as automation networks run them: counts when `interval` seconds have passed since it last did.
contract CounterUpkeep {
  uint256 public immutable interval;
  address public forwarder;
  uint256 public counter;
  uint256 public lastTime;
  bytes public lastData;

  constructor(uint256 interval_) {
    interval = interval_;
    lastTime = block.timestamp;
  }

  function setForwarder(address forwarder_) external {
    forwarder = forwarder_;
  }

  function checkUpkeep(bytes calldata checkData) external view returns (bool upkeepNeeded, bytes memory performData) {
    upkeepNeeded = block.timestamp - lastTime > interval;
    performData = checkData;
  }

  function performUpkeep(bytes calldata performData) external {
    require(forwarder == address(0) || msg.sender == forwarder, "not the forwarder");
    if (block.timestamp - lastTime > interval) {
      lastTime = block.timestamp;
      counter = counter + 1;
      lastData = performData;
    }
  }
}

/// @notice Checks that answer in ways that an adapter must not be fooled by.
contract OddUpkeep {
  uint256 public checks;
  uint8 private immutable _mood;

  constructor(uint8 mood) {
    _mood = mood;
  }

  function checkUpkeep(bytes calldata) external returns (bool, bytes memory) {
    if (_mood == 0) ++checks;
    if (_mood == 1) revert("only to be simulated");
    if (_mood == 2)
      assembly {
        mstore(0, 2)
        mstore(0x20, 0x40)
        return(0, 0x40)
      }
    if (_mood == 3)
      assembly {
        mstore(0, 1)
        return(0, 0x20)
      }
    return (true, "");
  }

  function performUpkeep(bytes calldata) external {
    ++checks;
  }
}
