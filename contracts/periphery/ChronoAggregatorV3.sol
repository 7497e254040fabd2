// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "../interfaces/IChronoOracle.sol";
import { Reading } from "../types/Reading.sol";

/// @notice What readers of price feeds call.
interface IAggregatorV3 {
  function decimals() external view returns (uint8);

  function description() external view returns (string memory);

  function version() external view returns (uint256);

  /// @return roundId The certificate's sequence.
  /// @return answer UTC nanoseconds.
  /// @return startedAt The answer in whole seconds, rounded down, but never after `block.timestamp`.
  /// @return updatedAt The same: what is stale by the answer is stale by this.
  /// @return answeredInRound The round.
  function latestRoundData()
    external
    view
    returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

  /// @notice As latestRoundData, for its round alone.
  function getRoundData(
    uint80 roundId_
  ) external view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// @title ChronoAggregatorV3
/// @notice The clock with the face of a price feed (AggregatorV3Interface), for contracts that can read nothing else.
/// The answer is the latest certified instant, UTC nanoseconds; the round is the certificate's sequence.
/// @dev Rounds before the latest are not kept. Reverts while the oracle is paused, as a feed must not go on with a
/// value that nobody stands for.
contract ChronoAggregatorV3 is IAggregatorV3 {
  IChronoOracle public immutable chronoOracle;

  // The three names are the interface's.
  // solhint-disable const-name-snakecase

  /// @notice The answer has nine decimals: nanoseconds of a second.
  uint8 public constant decimals = 9;
  string public constant description = "UTC / second";
  uint256 public constant version = 1;

  // solhint-enable const-name-snakecase

  error AggregatorNoData(uint80 roundId);
  error AggregatorPaused();

  constructor(IChronoOracle oracle) {
    chronoOracle = oracle;
  }

  /// @inheritdoc IAggregatorV3
  function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
    return _round(0);
  }

  /// @inheritdoc IAggregatorV3
  function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
    if (roundId_ == 0) revert AggregatorNoData(roundId_);
    return _round(roundId_);
  }

  /// @param wanted 0 for the latest, whichever it is.
  function _round(uint80 wanted) private view returns (uint80, int256, uint256, uint256, uint80) {
    if (chronoOracle.paused()) revert AggregatorPaused();
    Reading memory reading = chronoOracle.latest();
    uint80 round = reading.sequence;
    if (reading.timeTaiNs == 0 || (wanted != 0 && wanted != round)) revert AggregatorNoData(wanted);
    // A certified instant may lie ahead of a block that bears an early second. Readers subtract: their age must not
    // become negative.
    uint256 second = uint256(reading.timeUtcNs) / 1e9;
    if (second > block.timestamp) second = block.timestamp;
    return (round, int256(uint256(reading.timeUtcNs)), second, second, round);
  }
}
