// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// @notice Comes back in, by the same call, whenever it is paid.
contract Greedy {
  uint256 public tries;
  address private immutable _payer;
  bytes private _call;

  constructor(address payer, bytes memory call_) {
    (_payer, _call) = (payer, call_);
  }

  receive() external payable {
    ++tries;
    (bool ok, ) = _payer.call(_call);
    require(!ok, "paid twice");
  }
}
