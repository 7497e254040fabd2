// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { Extras, OnRevert, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { Gate, Hungry } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

/// @dev The heart of the gas floor: whatever gas the keeper sends, a target that needs all of its limit is not starved
/// and paid for. The limit is large: only then does the 1/64 that a starved call leaves behind suffice for the books.
contract ChronoSchedulerGasFloorTest is SchedulerFixture {
  uint32 private constant LIMIT = 2_500_000;
  /// @dev Dispatch and the loop's last turn come on top of what is asked for.
  bytes private constant EAT_ALL = abi.encodeCall(Hungry.eat, (LIMIT - 1_500));

  address private _hungry;

  function setUp() public {
    deployScheduler();
    _hungry = address(new Hungry());
    // Credits that are open already are cheaper to add to, which leaves a starved call's keeper the most room.
    commit(terms(), "");
    vm.warp(DUE / 1e9 + 1);
    executeBy(KEEPER, terms(), "");
    vm.warp(START);
  }

  function test_execute_NeverStarvesAndPays() external {
    _sweep(0, 500, _execute);
  }

  function test_execute_NeverStarvesAndPaysWithValue() external {
    _sweep(1, 500, _execute);
  }

  function test_execute_SaysHowMuchGasACallNeeds() external {
    for (uint96 value = 0; value < 2; ++value) {
      Schedule memory s = terms();
      (s.target, s.value, s.gasLimit) = (_hungry, value, LIMIT);
      commit(s, EAT_ALL);
      vm.warp(DUE / 1e9);
      (, bytes memory answer) = _try(2_530_000, abi.encodeCall(scheduler.execute, (s, EAT_ALL)));
      assertTrue(bytes4(answer) == IChronoScheduler.ScheduleGasTooLow.selector, "refused");
      uint256 needed;
      assembly ("memory-safe") {
        needed := mload(add(answer, 0x44))
      }
      // The limit, what a call leaves behind of it, and the dearest call there is.
      assertEq(needed, 2_500_000 + 39_682 + 5_300 + (value == 0 ? 0 : 34_000), "needed");
      vm.warp(START);
    }
  }

  function test_executeWith_NeverStarvesAndPaysARunOfASeries() external {
    _sweep(1, 500, _executeSeries);
  }

  function test_executeBatch_NeverStarvesAndPaysTheFirstOfTwo() external {
    _sweep(1, 500, _executeBatch);
  }

  /// @dev EIP-7702: a call to an account that has delegated pays for a second account before it passes gas on.
  function test_execute_NeverStarvesAndPaysForADelegatedAccount() external {
    address delegated = address(0x77020000);
    vm.etch(delegated, abi.encodePacked(hex"ef0100", _hungry));
    vm.store(delegated, 0, bytes32(uint256(1)));
    _hungry = delegated;
    _sweep(0, 500, _execute);
  }

  function test_executeWith_NeverTakesAStarvedConditionAtItsWord() external {
    Gate gate = new Gate();
    Extras memory e = Extras(0, 1, OnRevert.Proceed, address(gate), 1_000_000, "");
    // Dispatch comes before its own look at the gas.
    e.conditionData = abi.encodeCall(gate.starved, (e.conditionGas - 400));
    Order memory o = withExtras(terms(), e, "");
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    (uint256 tooLow, uint256 isFalse) = (0, 0);
    for (uint256 given = 1_010_000; given <= 1_070_000; given += 200) {
      (bool ok, bytes memory answer) = _try(given, abi.encodeCall(scheduler.executeWith, (o, _none())));
      assertTrue(!ok, "a condition that says no when it is not starved");
      if (bytes4(answer) == IChronoScheduler.ScheduleGasTooLow.selector) ++tooLow;
      if (bytes4(answer) == IChronoScheduler.ScheduleConditionFalse.selector) ++isFalse;
    }
    assertTrue(tooLow > 30 && isFalse > 30, "the sweep met both sides");
    // The same question, asked with too little by design: yes.
    e.conditionData = abi.encodeCall(gate.starved, (e.conditionGas));
    o = withExtras(terms(), e, "");
    vm.warp(START);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    assertTrue(run(o), "runs");
  }

  function _sweep(
    uint96 value,
    uint256 step,
    function(uint256, Schedule memory) internal returns (bool, bool) way
  ) private {
    (uint256 ran, uint256 refused) = (0, 0);
    // From too little to plenty: 39,682 for the 1/63, up to 39,300 for the call, and the rest for what is around it.
    for (uint256 given = 2_520_000; given <= 2_520_000 + step * 300; given += step) {
      Schedule memory s = terms();
      (s.target, s.value, s.gasLimit, s.salt) = (_hungry, value, LIMIT, bytes32(given));
      uint256 meals = Hungry(_hungry).meals();
      (bool did, bool success) = way(given, s);
      vm.warp(START);
      assertTrue(!did || success, "paid for, so it was not starved");
      assertEq(Hungry(_hungry).meals(), did ? meals + 1 : meals, "and it did run");
      if (did) ++ran;
      else ++refused;
    }
    assertTrue(ran > 30 && refused > 30, "the sweep met both sides");
  }

  function _execute(uint256 given, Schedule memory s) private returns (bool ran, bool success) {
    commit(s, EAT_ALL);
    // A second late: the owner's credit is written too.
    vm.warp(DUE / 1e9 + 1);
    bytes memory answer;
    (ran, answer) = _try(given, abi.encodeCall(scheduler.execute, (s, EAT_ALL)));
    if (ran) success = abi.decode(answer, (bool));
  }

  function _executeSeries(uint256 given, Schedule memory s) private returns (bool ran, bool success) {
    Order memory o = withExtras(s, series(3), EAT_ALL);
    commitWith(o, 2 * escrowOf(o));
    // One run was missed.
    vm.warp((DUE + HOUR) / 1e9 + 1);
    bytes memory answer;
    (ran, answer) = _try(given, abi.encodeCall(scheduler.executeWith, (o, _none())));
    if (ran) success = abi.decode(answer, (bool));
  }

  function _executeBatch(uint256 given, Schedule memory s) private returns (bool ran, bool success) {
    Order[] memory orders = new Order[](2);
    orders[0] = plain(s, EAT_ALL);
    commit(s, EAT_ALL);
    s = terms();
    (s.salt, s.gasLimit) = (bytes32(given), 5_000);
    orders[1] = plain(s, "");
    commit(s, "");
    vm.warp(DUE / 1e9 + 1);
    (bool ok, bytes memory answer) = _try(given, abi.encodeCall(scheduler.executeBatch, (orders, _none())));
    if (!ok) return (false, false);
    uint8[] memory outcomes = abi.decode(answer, (uint8[]));
    return (outcomes[0] != 0, outcomes[0] == 2);
  }

  function _try(uint256 given, bytes memory call_) private returns (bool, bytes memory) {
    vm.prank(KEEPER);
    return address(scheduler).call{ gas: given }(call_);
  }

  function _none() private pure returns (Certificate memory none) {}
}
