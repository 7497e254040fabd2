// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { Extras, Order } from "../../contracts/types/Schedule.sol";
import { Gate, IFrame } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

contract ChronoSchedulerConditionsTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  Gate private _gate;

  function setUp() public {
    deployScheduler();
    _gate = new Gate();
  }

  function test_condition_TrueLetsTheCallRun() external {
    _passes(abi.encodeCall(_gate.say, (1)));
    assertEq(recorder.calls(), 1, "ran");
  }

  function test_condition_OnlyTheNumberOneIsTrue() external {
    _fails(abi.encodeCall(_gate.say, (0)));
    _fails(abi.encodeCall(_gate.say, (2)));
    _fails(abi.encodeCall(_gate.say, (type(uint256).max)));
    _fails(abi.encodeCall(_gate.say, (1 << 255)));
  }

  function test_condition_ARevertIsNoYes() external {
    _fails(abi.encodeCall(_gate.refuse, ()));
    _fails(hex"00000000");
  }

  function test_condition_AShortAnswerIsNoYes() external {
    // 31 bytes whose first is 1, and 31 of a word that is 1.
    _fails(abi.encodeCall(_gate.sayWith, (1 << 248, 31)));
    _fails(abi.encodeCall(_gate.sayWith, (1, 31)));
    _fails(abi.encodeCall(_gate.sayWith, (1, 0)));
  }

  function test_condition_AnAddressWithoutCodeIsNoYes() external {
    Order memory o = withExtras(terms(), conditional(address(0xdead0000), ""), DATA);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, address(0xdead0000)));
    run(o);
  }

  function test_condition_AnIdentityThatAnswersWithAnotherWordIsNoYes() external {
    // The identity precompile answers as it was asked.
    Order memory o = withExtras(terms(), conditional(address(4), abi.encode(2)), DATA);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, address(4)));
    run(o);
  }

  function test_condition_ABombIsCutToOneWord() external {
    Extras memory e = conditional(address(_gate), abi.encodeCall(_gate.sayWith, (1, 1_000_000)));
    e.conditionGas = 2_500_000;
    Order memory o = withExtras(terms(), e, DATA);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    // What it returns costs the condition itself 2.1 million; who asks copies one word of it.
    (bool ok, ) = _try(o, 2_900_000);
    assertTrue(ok, "true all the same");
    _fails(abi.encodeCall(_gate.sayWith, (2, 32_768)));
  }

  function test_condition_BurnsNoMoreThanItsOwnGas() external {
    Order memory o = _asking(abi.encodeCall(_gate.burn, ()));
    uint256 before = gasleft();
    (bool ok, bytes memory answer) = _try(o, 1_000_000);
    assertTrue(!ok, "refused");
    assertEq(answer, abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, _gate), "as a no");
    assertTrue(before - gasleft() < 250_000, "and the rest is left");
  }

  function test_condition_CannotChangeAnything() external {
    _fails(abi.encodeCall(_gate.touch, ()));
    assertEq(_gate.touched(), 0, "untouched");
  }

  function test_condition_CannotRunTheSchedulerFromInside() external {
    Order memory inner = plain(terms(), DATA);
    commit(inner.schedule, DATA);
    // The scheduler asking itself has its own address as the caller.
    bytes memory call_ = abi.encodeCall(IFrame.executeOne, (inner, 0, KEEPER));
    Extras memory e = conditional(address(scheduler), call_);
    e.conditionGas = 1_000_000;
    Order memory o = withExtras(terms(), e, DATA);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, scheduler));
    run(o);
    assertEq(recorder.calls(), 0, "nothing ran");
    assertEq(pending(inner).scheduledAt, START, "still pending");
  }

  function test_condition_RevertsIf_ItsGasIsNotThere() external {
    (bool ok, bytes memory answer) = _try(_asking(abi.encodeCall(_gate.say, (1))), 90_000);
    assertTrue(!ok, "refused");
    assertTrue(bytes4(answer) == IChronoScheduler.ScheduleGasTooLow.selector, "for want of gas");
  }

  function test_condition_IsAskedAgainForEachRun() external {
    Extras memory e = conditional(address(_gate), abi.encodeCall(_gate.touched, ()));
    (e.interval, e.count) = (HOUR, 3);
    Order memory o = withExtras(terms(), e, DATA);
    commitWith(o, 3 * escrowOf(o));
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, _gate));
    run(o);
    _gate.touch();
    assertTrue(run(o), "true");
    _gate.touch();
    vm.warp((DUE + HOUR) / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, _gate));
    run(o);
    assertEq(pending(o).run, 1, "a no costs nothing");
    assertEq(recorder.calls(), 1, "ran once");
  }

  function _passes(bytes memory question) private {
    assertTrue(run(_asking(question)), "runs");
  }

  function _fails(bytes memory question) private {
    Order memory o = _asking(question);
    uint256 calls = recorder.calls();
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleConditionFalse.selector, _gate));
    run(o);
    assertEq(recorder.calls(), calls, "not called");
    assertEq(pending(o).deposit, escrowOf(o), "open as before");
  }

  /// @dev Committed and due.
  function _asking(bytes memory question) private returns (Order memory o) {
    vm.warp(START);
    o = withExtras(terms(), conditional(address(_gate), question), DATA);
    commitWith(o, escrowOf(o));
    vm.warp(DUE / 1e9);
  }

  function _try(Order memory o, uint256 given) private returns (bool, bytes memory) {
    Certificate memory none;
    bytes memory call_ = abi.encodeCall(scheduler.executeWith, (o, none));
    vm.prank(KEEPER);
    return address(scheduler).call{ gas: given }(call_);
  }
}
