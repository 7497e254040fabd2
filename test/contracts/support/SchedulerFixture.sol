// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Extras, OnRevert, Order, Pending, Schedule } from "../../../contracts/types/Schedule.sol";
import { Recorder } from "./Targets.sol";
import { TimeFixture } from "./TimeFixture.sol";

abstract contract SchedulerFixture is TimeFixture {
  uint64 internal constant DUE = (START + 100) * 1e9;
  uint64 internal constant WINDOW = 12e9;
  /// @dev From a run of `series` to the next.
  uint64 internal constant HOUR = 3_600e9;
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

  /// @notice Runs an hour apart, and nothing else.
  function series(uint32 count) internal pure returns (Extras memory e) {
    (e.interval, e.count) = (HOUR, count);
  }

  /// @notice One run, under a condition that is given plenty of gas.
  function conditional(address condition, bytes memory data) internal pure returns (Extras memory) {
    return Extras(0, 1, OnRevert.Proceed, condition, 100_000, data);
  }

  function plain(Schedule memory s, bytes memory data) internal pure returns (Order memory) {
    return Order(s, "", data);
  }

  /// @notice The schedule, made to name its extras.
  function withExtras(Schedule memory s, Extras memory e, bytes memory data) internal pure returns (Order memory) {
    bytes memory encoded = abi.encode(e);
    s.extras = keccak256(encoded);
    return Order(s, encoded, data);
  }

  function escrowOf(Order memory o) internal pure returns (uint256) {
    return uint256(o.schedule.value) + o.schedule.reward;
  }

  function idOf(Order memory o) internal view returns (bytes32) {
    return scheduler.idOf(o.schedule, keccak256(o.data));
  }

  function pending(Order memory o) internal view returns (Pending memory) {
    return scheduler.pendingOf(idOf(o));
  }

  function commitWith(Order memory o, uint256 deposit) internal returns (bytes32) {
    vm.prank(o.schedule.owner);
    return scheduler.scheduleWith{ value: deposit }(o);
  }

  function commitSealed(Order memory o, uint256 deposit) internal returns (bytes32) {
    bytes32 commitment = scheduler.commitmentOf(o.schedule, keccak256(o.data));
    vm.prank(o.schedule.owner);
    return scheduler.scheduleSealed{ value: deposit }(commitment);
  }

  /// @notice By the keeper, without a certificate.
  function run(Order memory o) internal returns (bool) {
    Certificate memory none;
    vm.prank(KEEPER);
    return scheduler.executeWith(o, none);
  }

  function runWith(Order memory o, Certificate memory c) internal returns (bool) {
    vm.prank(KEEPER);
    return scheduler.executeWith(o, c);
  }

  function runAll(Order[] memory orders) internal returns (uint8[] memory) {
    Certificate memory none;
    vm.prank(KEEPER);
    return scheduler.executeBatch(orders, none);
  }

  function expire(Order memory o) internal {
    scheduler.expire(o.schedule, o.extras, keccak256(o.data));
  }

  /// @notice Certified by the first three nodes, at UTC nanoseconds.
  function certificateAt(uint64 utcNs) internal pure returns (Certificate memory) {
    return certify(heartbeat(utcNs + 37e9, 1_000_000), 0xe0000000);
  }

  /// @notice The next call must revert with exactly this.
  function refuses(bytes memory error_) internal {
    vm.expectRevert(error_);
  }

  /// @notice The next event of the scheduler is this, which follows as an example.
  function emits() internal {
    vm.expectEmit(true, true, true, true, address(scheduler));
  }
}
