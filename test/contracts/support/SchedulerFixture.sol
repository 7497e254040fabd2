// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Schedule } from "../../../contracts/types/Schedule.sol";
import { Recorder } from "./Targets.sol";
import { TimeFixture } from "./TimeFixture.sol";

abstract contract SchedulerFixture is TimeFixture {
  uint64 internal constant DUE = (START + 100) * 1e9;
  uint64 internal constant WINDOW = 12e9;
  address internal constant KEEPER = address(0x4ee9e4);

  IChronoScheduler internal scheduler;
  Recorder internal recorder;
  address internal owner = address(0x0a11ce);
  uint64 internal sequence;

  function deployScheduler() internal {
    deployTime(4, 1);
    scheduler = IChronoScheduler(deploy("contracts/ChronoScheduler.sol", "ChronoScheduler", abi.encode(oracle)));
    recorder = new Recorder();
    vm.deal(owner, 1_000 ether);
    vm.fee(0);
  }

  /// @notice Every field set, due at DUE on the block clock.
  function terms() internal view returns (Schedule memory) {
    return
      Schedule({
        owner: owner,
        target: address(recorder),
        notBefore: DUE,
        notAfter: DUE + WINDOW,
        grace: 0,
        clock: ClockSource.Block,
        gasLimit: 200_000,
        maxBaseFee: 50 gwei,
        value: 3 wei,
        reward: 1_000_000,
        rewardFloor: 400_000,
        extras: 0,
        salt: bytes32(uint256(77))
      });
  }

  function commit(Schedule memory s, bytes memory data) internal returns (bytes32 id) {
    vm.prank(s.owner);
    return scheduler.schedule{ value: uint256(s.value) + s.reward }(s, data);
  }

  function executeBy(address keeper, Schedule memory s, bytes memory data) internal returns (bool) {
    vm.prank(keeper);
    return scheduler.execute(s, data);
  }

  /// @notice Sets the schedule's own clock to an instant; the block's second is the one it lies in.
  function setClock(ClockSource clock, uint64 utcNs) internal {
    vm.warp(utcNs / 1e9);
    if (clock == ClockSource.Attested) submitAt(utcNs, ++sequence);
  }
}
