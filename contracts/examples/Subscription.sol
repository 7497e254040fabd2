// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ChronoConsumer } from "../periphery/ChronoConsumer.sol";
import { IChronoOracle } from "../interfaces/IChronoOracle.sol";

/// @title A subscription that is collected on time, and never twice
/// @notice The merchant schedules `collect(subscriber)` as a series, one run a period. Whoever calls: a period is paid
/// once, while it runs. What was not collected by its end is not owed any more, so no two prices ever fall together.
contract Subscription is ChronoConsumer {
  using SafeERC20 for IERC20;

  /// @notice How old the certified instant may be from which the first period is counted, in nanoseconds.
  uint64 public constant MAX_AGE_NS = 600e9;

  IERC20 public immutable token;
  address public immutable merchant;
  uint256 public immutable price;
  /// @notice Nanoseconds.
  uint64 public immutable period;

  /// @notice When the next period of a subscriber begins, UTC nanoseconds; 0 for nobody's.
  mapping(address subscriber => uint64) public nextDue;

  event Subscribed(address indexed subscriber, uint64 nextDue);
  event Collected(address indexed subscriber, uint64 due);
  event Cancelled(address indexed subscriber);

  error AlreadySubscribed(address subscriber);
  error NotSubscribed(address subscriber);
  error NotDue(uint64 nowUtcNs, uint64 nextDue);

  constructor(
    IChronoOracle oracle,
    IERC20 token_,
    address merchant_,
    uint256 price_,
    uint64 period_
  ) ChronoConsumer(oracle) {
    (token, merchant, price, period) = (token_, merchant_, price_, period_);
  }

  /// @notice Pays the first period and begins the next one after it. The allowance to this contract bounds the rest.
  function subscribe() external {
    if (nextDue[msg.sender] != 0) revert AlreadySubscribed(msg.sender);
    uint64 due = _attestedNow(MAX_AGE_NS) + period;
    nextDue[msg.sender] = due;
    emit Subscribed(msg.sender, due);
    token.safeTransferFrom(msg.sender, merchant, price);
  }

  /// @notice Takes the price of the period that runs. A collection that comes late does not move the periods after it.
  function collect(address subscriber) external {
    uint64 due = nextDue[subscriber];
    if (due == 0) revert NotSubscribed(subscriber);
    // Of any age: what an old instant has reached is reached.
    uint64 now_ = _attestedNow(type(uint64).max);
    if (now_ < due) revert NotDue(now_, due);
    due = now_ - ((now_ - due) % period);
    nextDue[subscriber] = due + period;
    emit Collected(subscriber, due);
    token.safeTransferFrom(subscriber, merchant, price);
  }

  /// @notice At any time, by the subscriber.
  function cancel() external {
    if (nextDue[msg.sender] == 0) revert NotSubscribed(msg.sender);
    delete nextDue[msg.sender];
    emit Cancelled(msg.sender);
  }
}
