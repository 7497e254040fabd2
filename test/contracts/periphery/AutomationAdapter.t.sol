// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { AutomationAdapter } from "../../../contracts/periphery/AutomationAdapter.sol";
import { ChronoTarget } from "../../../contracts/periphery/ChronoTarget.sol";
import { Certificate } from "../../../contracts/types/Certificate.sol";
import { Extras, OnRevert, Order, Schedule } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";
import { CounterUpkeep, OddUpkeep } from "../support/Upkeeps.sol";

contract AutomationAdapterTest is SchedulerFixture {
  CounterUpkeep private _upkeep;
  AutomationAdapter private _adapter;

  function setUp() public {
    deployScheduler();
    _upkeep = new CounterUpkeep(30);
    _adapter = _adapt(address(_upkeep), owner);
  }

  function test_run_RunsAnUnchangedUpkeepInASeriesOnCondition() external {
    _upkeep.setForwarder(address(_adapter));
    bytes memory checkData = hex"c0ffee";
    Order memory order = _series(checkData, 3);
    vm.prank(owner);
    scheduler.scheduleWith{ value: 3e6 }(order);
    Certificate memory none;
    for (uint64 run = 0; run < 3; ++run) {
      vm.warp(DUE / 1e9 + run * 60);
      vm.prank(KEEPER);
      assertTrue(scheduler.executeWith(order, none), "performed");
      assertEq(_upkeep.counter(), run + 1, "counted");
    }
    assertEq(_upkeep.lastData(), checkData, "perform data");
  }

  function test_run_TheConditionKeepsKeepersFromRunningInVain() external {
    Order memory order = _series("", 2);
    vm.prank(owner);
    scheduler.scheduleWith{ value: 2e6 }(order);
    vm.warp(DUE / 1e9);
    _upkeep.performUpkeep("");
    Certificate memory none;
    vm.prank(KEEPER);
    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, _adapter));
    scheduler.executeWith(order, none);
  }

  function test_run_RevertsIf_TheUpkeepNeedsNothing() external {
    vm.prank(address(scheduler));
    (bool ok, bytes memory why) = address(_adapter).call(abi.encodePacked(abi.encodeCall(_adapter.run, ("")), owner));
    assertTrue(!ok && bytes4(why) == AutomationAdapter.UpkeepNotNeeded.selector, "not needed");
    assertTrue(!_adapter.isNeeded(""), "and says so");
    vm.warp(START + 31);
    assertTrue(_adapter.isNeeded(""), "now it is");
  }

  function testFuzz_run_RevertsIf_NotScheduledByItsOwner(address caller, address scheduledBy) external {
    vm.warp(START + 31);
    vm.assume(scheduledBy != owner && caller != address(scheduler));
    _refuse(address(scheduler), scheduledBy, scheduledBy);
    _refuse(caller, owner, address(0));
    assertEq(_upkeep.counter(), 0, "nothing ran");
  }

  function test_perform_RunsUpkeepsThatMayOnlyBeSimulated() external {
    OddUpkeep odd = new OddUpkeep(1);
    AutomationAdapter adapter = _adapt(address(odd), owner);
    assertTrue(!adapter.isNeeded(""), "the check reverts");
    vm.prank(address(scheduler));
    (bool ok, ) = address(adapter).call(abi.encodePacked(abi.encodeCall(adapter.perform, (hex"01")), owner));
    assertTrue(ok && odd.checks() == 1, "performed all the same");
    vm.prank(address(scheduler));
    (ok, ) = address(adapter).call(abi.encodePacked(abi.encodeCall(adapter.perform, (hex"01")), address(this)));
    assertTrue(!ok, "not for others");
  }

  function test_isNeeded_IsNotFooledByOddAnswers() external {
    for (uint8 mood = 0; mood < 4; ++mood)
      assertTrue(!_adapt(address(new OddUpkeep(mood)), owner).isNeeded(""), "writes, reverts, 2, or too short");
    assertTrue(_adapt(address(new OddUpkeep(4)), owner).isNeeded(""), "true");
    assertTrue(!_adapt(address(0xdead), owner).isNeeded(""), "no code");
  }

  function test_run_RevertsIf_TheAdapterHasNoOwner() external {
    AutomationAdapter adapter = _adapt(address(_upkeep), address(0));
    vm.warp(START + 31);
    (bool ok, ) = address(adapter).call(abi.encodePacked(abi.encodeCall(adapter.run, ("")), address(0)));
    assertTrue(!ok, "nobody is not everybody");
  }

  function _adapt(address upkeep, address owner_) private returns (AutomationAdapter) {
    bytes memory arguments = abi.encode(scheduler, upkeep, owner_);
    return AutomationAdapter(deploy("contracts/periphery/AutomationAdapter.sol", "AutomationAdapter", arguments));
  }

  function _refuse(address caller, address trailing, address scheduledBy) private {
    bytes memory call_ = abi.encodePacked(abi.encodeCall(_adapter.run, ("")), trailing);
    vm.prank(caller);
    (bool ok, bytes memory why) = address(_adapter).call(call_);
    bytes4 error_ = ChronoTarget.ChronoNotScheduledBy.selector;
    assertTrue(!ok, "refused");
    assertEq(why, abi.encodeWithSelector(error_, owner, caller, scheduledBy), "by its name");
  }

  function _series(bytes memory checkData, uint32 count) private view returns (Order memory order) {
    Extras memory extras = Extras({
      interval: 60e9,
      count: count,
      onRevert: OnRevert.Retry,
      condition: address(_adapter),
      conditionGas: 100_000,
      conditionData: abi.encodeCall(_adapter.isNeeded, (checkData))
    });
    order.extras = abi.encode(extras);
    order.data = abi.encodeCall(_adapter.run, (checkData));
    Schedule memory s = terms();
    (s.target, s.value, s.extras) = (address(_adapter), 0, keccak256(order.extras));
    order.schedule = s;
  }
}
