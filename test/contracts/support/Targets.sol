// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { Order } from "../../../contracts/types/Schedule.sol";

/// @notice Of the scheduler itself, beside its interface: what a batch makes one call of.
interface IFrame {
  function executeOne(Order calldata order, uint256 certified, address keeper) external returns (bool);
}

/// @notice Remembers how it was called.
contract Recorder {
  bytes public lastData;
  uint256 public lastValue;
  uint256 public lastGas;
  uint256 public calls;

  fallback() external payable {
    lastGas = gasleft();
    lastData = msg.data;
    lastValue = msg.value;
    ++calls;
  }

  receive() external payable {
    ++calls;
  }
}

/// @notice Takes money only when told to.
contract Picky {
  bool public open;

  function setOpen(bool open_) external {
    open = open_;
  }

  function run(IChronoScheduler scheduler, bytes calldata call_) external payable returns (bytes memory) {
    (bool ok, bytes memory answer) = address(scheduler).call{ value: msg.value }(call_);
    if (!ok) {
      assembly ("memory-safe") {
        revert(add(answer, 0x20), mload(answer))
      }
    }
    return answer;
  }

  receive() external payable {
    require(open, "closed");
  }
}

/// @notice Needs what it was promised: counts, and goes on until it has used `need` gas since it was entered, or runs
/// out.
contract Hungry {
  uint256 public meals = 1;

  function eat(uint256 need) external payable {
    uint256 start = gasleft();
    ++meals;
    while (start - gasleft() < need) {}
  }
}

/// @notice Reverts with as many bytes as it is told, or spends all of its gas.
contract Bomb {
  function explode(uint256 size) external payable {
    assembly {
      mstore(0, not(0))
      revert(0, size)
    }
  }

  function returnMuch(uint256 size) external payable {
    assembly {
      return(0, size)
    }
  }

  function burnAll() external payable {
    assembly {
      invalid()
    }
  }
}

/// @notice Calls back into the scheduler and remembers what came of it.
contract Reentrant {
  bytes public payload;
  bytes public answer;
  bool public succeeded;

  function arm(bytes calldata payload_) external payable {
    payload = payload_;
  }

  function attack() external payable {
    (succeeded, answer) = msg.sender.call{ value: payload.length == 0 ? 0 : address(this).balance }(payload);
  }

  function attackFree() external payable {
    (succeeded, answer) = msg.sender.call(payload);
  }

  receive() external payable {
    (succeeded, answer) = msg.sender.call(payload);
  }
}

/// @notice Reverts until it is told to work.
contract Moody {
  bool public works;
  uint256 public runs;

  function setWorks(bool works_) external {
    works = works_;
  }

  function work() external payable {
    require(works, "not today");
    ++runs;
  }
}

/// @notice Conditions that hold, that do not, and that are none.
contract Gate {
  uint256 public touched;

  function say(uint256 word) external pure returns (uint256) {
    return word;
  }

  function refuse() external pure {
    // What it reverts with looks like a yes.
    assembly {
      mstore(0, 1)
      revert(0, 0x20)
    }
  }

  function sayWith(uint256 word, uint256 size) external pure {
    assembly {
      mstore(0, word)
      return(0, size)
    }
  }

  function burn() external pure {
    assembly {
      invalid()
    }
  }

  function touch() external returns (bool) {
    ++touched;
    return true;
  }

  /// @notice Says yes only when it was given less than it needs.
  function starved(uint256 need) external view returns (bool) {
    return gasleft() < need;
  }
}
