// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice A target for demonstrations and benchmarks: counts calls and remembers who asked for the last one.
contract Counter {
  event Counted(uint256 count, address indexed owner, bytes32 tag);

  /// @dev Begins at 1, so that counting costs the same every time.
  uint256 public count = 1;

  /// @notice The least that a call can do.
  function increment() external {
    unchecked {
      ++count;
    }
  }

  /// @notice 68 bytes of calldata: says who scheduled it (ERC-2771 trailing address) and carries a tag.
  function record(bytes32 tag, uint256 amount) external payable {
    unchecked {
      count += amount;
    }
    emit Counted(count, address(bytes20(msg.data[msg.data.length - 20:])), tag);
  }

  function fail(string calldata reason) external payable {
    revert(reason);
  }
}
