// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { Order, Schedule } from "../../contracts/types/Schedule.sol";
import { IFrame, Reentrant } from "./support/Targets.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

/// @dev Whoever is called tries to come back in, by every function that changes anything.
contract ChronoSchedulerReentrancyTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";
  bytes private constant ATTACK = abi.encodeCall(Reentrant.attackFree, ());

  Reentrant private _evil;
  /// @dev Pending and due, of the attacker.
  Order private _other;
  /// @dev Pending and long over, of the attacker.
  Order private _overdue;

  function setUp() public {
    deployScheduler();
    _evil = new Reentrant();
    owner = address(_evil);
    vm.deal(owner, 10 ether);
    Order memory o = plain(terms(), DATA);
    o.schedule.salt = bytes32(uint256(1));
    commit(o.schedule, DATA);
    _store(_other, o);
    (o.schedule.notBefore, o.schedule.notAfter) = (1, START * 1e9 + 1);
    commit(o.schedule, DATA);
    _store(_overdue, o);
  }

  function test_execute_IsGuardedAgainstReentrancy() external {
    bytes[] memory attacks = _guarded();
    for (uint256 i = 0; i < attacks.length; ++i) {
      Order memory o = _hostile(i);
      commit(o.schedule, ATTACK);
      _attack(o, attacks[i]);
    }
    _nothingHappened(attacks.length);
  }

  function test_executeWith_TargetOfASeriesCannotComeBackIn() external {
    bytes[] memory attacks = _guarded();
    for (uint256 i = 0; i < attacks.length; ++i) {
      Order memory o = withExtras(_hostile(i).schedule, series(2), ATTACK);
      commitWith(o, 2 * escrowOf(o));
      _attack(o, attacks[i]);
      assertEq(pending(o).run, 1, "goes on");
      assertEq(pending(o).deposit, escrowOf(o), "with its own deposit");
    }
    _nothingHappened(attacks.length);
  }

  function test_executeBatch_TargetCannotComeBackIn() external {
    bytes[] memory attacks = _guarded();
    Order[] memory one = new Order[](1);
    for (uint256 i = 0; i < attacks.length; ++i) {
      one[0] = _hostile(i);
      commit(one[0].schedule, ATTACK);
      _evil.arm(attacks[i]);
      vm.warp(DUE / 1e9);
      assertEq(runAll(one)[0], 2, "the call itself returned");
      _refusedInside();
      vm.warp(START);
    }
    _nothingHappened(attacks.length);
  }

  function test_execute_TargetCannotRunAnOrderAsTheSchedulerItself() external {
    Order memory o = _hostile(1);
    commit(o.schedule, ATTACK);
    _evil.arm(abi.encodeCall(IFrame.executeOne, (_other, 0, owner)));
    vm.warp(DUE / 1e9);
    run(o);
    assertEq(_evil.answer(), abi.encodeWithSelector(IChronoScheduler.ScheduleOnlySelf.selector, owner), "refused");
  }

  function test_cancel_PayeeCannotComeBackIn() external {
    bytes[] memory attacks = _guarded();
    for (uint256 i = 0; i < attacks.length; ++i) {
      Order memory o = _hostile(i);
      commit(o.schedule, ATTACK);
      _evil.arm(attacks[i]);
      vm.warp(DUE / 1e9);
      uint256 before = owner.balance;
      vm.prank(owner);
      scheduler.cancel(o.schedule, keccak256(ATTACK));
      assertEq(owner.balance - before, escrowOf(o), "paid once");
      _refusedInside();
      vm.warp(START);
    }
    _nothingHappened(0);
  }

  function test_withdraw_PayeeCannotComeBackIn() external {
    bytes[] memory attacks = _guarded();
    for (uint256 i = 0; i < attacks.length; ++i) {
      Order memory o = _hostile(i);
      o.schedule.target = address(recorder);
      commit(o.schedule, ATTACK);
      vm.warp(DUE / 1e9);
      executeBy(owner, o.schedule, ATTACK);
      _evil.arm(attacks[i]);
      uint256 before = owner.balance;
      vm.prank(owner);
      assertEq(scheduler.withdraw(owner), 1_000_000, "amount");
      assertEq(owner.balance - before, 1_000_000, "paid once");
      _refusedInside();
      assertEq(scheduler.credit(owner), 0, "nothing is left");
      vm.warp(START);
    }
  }

  function test_execute_TargetMayScheduleFromInside() external {
    Order[] memory orders = new Order[](1);
    orders[0] = plain(terms(), DATA);
    Schedule memory s = orders[0].schedule;
    (s.value, s.reward, s.rewardFloor, s.notBefore) = (0, 0, 0, DUE + HOUR);
    s.notAfter = s.notBefore + WINDOW;
    bytes32 commitment = scheduler.commitmentOf(s, keccak256(DATA));
    bytes[4] memory calls = [
      abi.encodeCall(scheduler.schedule, (s, DATA)),
      abi.encodeCall(scheduler.scheduleWith, (orders[0])),
      abi.encodeCall(scheduler.scheduleBatch, (orders, new uint256[](1))),
      abi.encodeCall(scheduler.scheduleSealed, (commitment))
    ];
    for (uint256 i = 0; i < calls.length; ++i) {
      Order memory o = _hostile(i);
      commit(o.schedule, ATTACK);
      _evil.arm(calls[i]);
      vm.warp(DUE / 1e9);
      assertTrue(run(o), "returned");
      assertTrue(_evil.succeeded(), "scheduled from inside");
      assertEq(pending(orders[0]).scheduledAt, DUE / 1e9, "pending");
      // Being paid nothing is a call too, in which it would schedule again.
      _evil.arm("");
      vm.prank(owner);
      scheduler.cancel(s, keccak256(DATA));
      vm.warp(START);
    }
  }

  /// @dev A plain one has ended before it is called, so that its target may make the very same again.
  function test_execute_TargetMayScheduleItselfAgainFromInside() external {
    Order memory o = _hostile(1);
    (o.schedule.value, o.schedule.reward, o.schedule.rewardFloor) = (0, 0, 0);
    commit(o.schedule, ATTACK);
    _evil.arm(abi.encodeCall(scheduler.schedule, (o.schedule, ATTACK)));
    vm.warp(DUE / 1e9);
    run(o);
    assertTrue(_evil.succeeded(), "scheduled again");
    assertEq(pending(o).scheduledAt, DUE / 1e9, "and pending");
  }

  function test_reveal_FromInsideOnlyShows() external {
    Order memory hidden = plain(terms(), DATA);
    commitSealed(hidden, escrowOf(hidden));
    Order memory o = _hostile(1);
    commit(o.schedule, ATTACK);
    _evil.arm(abi.encodeCall(scheduler.reveal, (hidden)));
    vm.warp(DUE / 1e9);
    run(o);
    assertTrue(_evil.succeeded(), "shown");
    assertEq(pending(hidden).deposit, escrowOf(hidden), "and as it was");
  }

  /// @dev Each would succeed from outside at that time.
  function _guarded() private view returns (bytes[] memory attacks) {
    Certificate memory none;
    Order[] memory orders = new Order[](1);
    (Order memory due, Order memory overdue) = (_other, _overdue);
    orders[0] = due;
    attacks = new bytes[](8);
    attacks[0] = abi.encodeCall(scheduler.execute, (due.schedule, DATA));
    attacks[1] = abi.encodeCall(scheduler.executeWith, (due, none));
    attacks[2] = abi.encodeCall(scheduler.executeBatch, (orders, none));
    attacks[3] = abi.encodeCall(scheduler.cancel, (due.schedule, keccak256(DATA)));
    attacks[4] = abi.encodeCall(scheduler.expire, (overdue.schedule, "", keccak256(DATA)));
    attacks[5] = abi.encodeCall(scheduler.withdraw, (address(_evil)));
    attacks[6] = abi.encodeCall(scheduler.topUp, (idOf(due)));
    attacks[7] = abi.encodeCall(scheduler.update, (due.schedule, keccak256(DATA), due));
  }

  function _hostile(uint256 salt) private view returns (Order memory o) {
    o = plain(terms(), ATTACK);
    (o.schedule.target, o.schedule.gasLimit, o.schedule.salt) = (address(_evil), 1_000_000, bytes32(100 + salt));
  }

  function _attack(Order memory o, bytes memory attack) private {
    _evil.arm(attack);
    vm.warp(DUE / 1e9);
    assertTrue(run(o), "the call itself returned");
    _refusedInside();
    vm.warp(START);
  }

  function _refusedInside() private view {
    assertTrue(!_evil.succeeded(), "nothing came back in");
    bytes4 guard = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
    assertEq(_evil.answer(), abi.encodeWithSelector(guard), "for the guard");
  }

  function _nothingHappened(uint256 paidRuns) private view {
    assertEq(recorder.calls(), 0, "the other did not run");
    assertEq(scheduler.pendingOf(idOf(_other)).deposit, escrowOf(_other), "and is open as before");
    assertEq(scheduler.pendingOf(idOf(_overdue)).deposit, escrowOf(_overdue), "so is the one that is over");
    assertEq(scheduler.credit(KEEPER), paidRuns * 1_000_000, "the keeper is paid for each");
    assertEq(scheduler.credit(owner), 0, "and the attacker is not");
  }

  function _store(Order storage place, Order memory o) private {
    (place.schedule, place.extras, place.data) = (o.schedule, o.extras, o.data);
  }
}
