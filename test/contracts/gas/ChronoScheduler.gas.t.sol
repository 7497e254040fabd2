// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ClockSource, Schedule } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";
import { Hungry } from "../support/Targets.sol";

/// @notice Whole transactions, 21,000 and calldata included.
contract ChronoSchedulerGasTest is SchedulerFixture {
  bytes private constant CALL_68 =
    hex"a9059cbb1111111111111111111111111111111111111111111111111111111111111111"
    hex"22222222222222222222222222222222222222222222222222222222222222ff";

  Hungry private _target;

  function setUp() public {
    deployScheduler();
    _target = new Hungry();
  }

  function test_schedule() external {
    Schedule memory s = _terms(1);
    s.value = 3;
    commit(s, CALL_68);
    vm.snapshotGasLastCall("ChronoScheduler", "schedule, 68-byte call, all fields");
    vm.prank(owner);
    scheduler.cancel(s, keccak256(CALL_68));
    vm.snapshotGasLastCall("ChronoScheduler", "cancel");
  }

  function test_execute() external {
    bytes memory data = abi.encodeCall(_target.eat, (100));
    _target.eat(100);
    vm.snapshotGasLastCall("ChronoScheduler", "the call itself");
    for (uint64 i = 0; i < 2; ++i) {
      Schedule memory s = _terms(i);
      commit(s, data);
      setClock(s.clock, DUE + 1e9);
      executeBy(KEEPER, s, data);
      vm.warp(START);
    }
    vm.snapshotGasLastCall("ChronoScheduler", "execute, block clock, credits open");
    for (uint64 i = 2; i < 4; ++i) {
      Schedule memory s = _terms(i);
      s.clock = ClockSource.Attested;
      commit(s, data);
      setClock(s.clock, DUE + 1e9 + i);
      executeBy(KEEPER, s, data);
      vm.warp(START);
    }
    vm.snapshotGasLastCall("ChronoScheduler", "execute, attested clock, credits open");
  }

  function test_size() external {
    vm.snapshotValue("ChronoScheduler", "code, bytes", address(scheduler).code.length);
  }

  function _terms(uint64 salt) private view returns (Schedule memory s) {
    s = terms();
    (s.target, s.salt, s.value, s.grace) = (address(_target), bytes32(uint256(salt)), 0, 2e9);
  }
}
