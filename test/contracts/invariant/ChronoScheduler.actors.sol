// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { Order } from "../../../contracts/types/Schedule.sol";

/// @notice How a target behaves.
enum Mood {
  Well,
  Reverts,
  ComesBack,
  Burns,
  ReturnsMuch,
  RevertsWithMuch,
  ForcesMoney,
  Depends
}

/// @notice A target that counts by the salt in its calldata, behaves by its mood, and a condition that holds at times.
contract Ledger {
  mapping(bytes32 salt => uint256) public runs;
  bool private _on;
  uint256 public forced;

  function turn() external {
    _on = !_on;
  }

  function isOn() external view returns (bool) {
    return _on;
  }

  function run(bytes32 salt, Mood mood) external payable {
    ++runs[salt];
    if (mood == Mood.Reverts || (mood == Mood.Depends && !_on)) revert("told to");
    if (mood == Mood.ComesBack) _comeBack();
    if (mood == Mood.ForcesMoney) _force();
    uint256 size = mood == Mood.ReturnsMuch || mood == Mood.RevertsWithMuch ? 100_000 : 0;
    assembly {
      switch mood
      case 3 {
        invalid()
      }
      case 5 {
        revert(0, size)
      }
      default {
        return(0, size)
      }
    }
  }

  function burn() external pure {
    assembly {
      invalid()
    }
  }

  function _comeBack() private {
    Order[] memory none;
    Certificate memory zero;
    (bool ok, ) = msg.sender.call(abi.encodeCall(IChronoScheduler.withdraw, (address(this))));
    (bool too, ) = msg.sender.call(abi.encodeCall(IChronoScheduler.executeBatch, (none, zero)));
    require(!ok && !too, "came back in");
  }

  function _force() private {
    forced += msg.value;
    // Destroyed as it is made, with the caller as the heir.
    bytes memory doomed = abi.encodePacked(hex"73", msg.sender, hex"ff");
    assembly ("memory-safe") {
      pop(create(callvalue(), add(doomed, 0x20), mload(doomed)))
    }
  }
}

/// @notice An owner and keeper that takes no money, burns all gas when paid, or comes back in.
contract Payee {
  uint8 private immutable _mood;

  constructor(uint8 mood) {
    _mood = mood;
  }

  receive() external payable {
    require(_mood != 0, "takes nothing");
    if (_mood == 1)
      assembly {
        invalid()
      }
    (bool ok, ) = msg.sender.call(abi.encodeCall(IChronoScheduler.withdraw, (address(this))));
    require(!ok, "came back in");
  }
}
