// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Extras, OnRevert, Order, Schedule } from "../../../contracts/types/Schedule.sol";
import { Ledger, Mood } from "./ChronoScheduler.actors.sol";
import { SchedulerBooks } from "./ChronoScheduler.books.sol";

/// @notice Does everything that anyone can do, at any time, and has it written down.
abstract contract SchedulerActions is SchedulerBooks {
  /// @dev Gas for anything that one order can need.
  uint256 private constant AMPLE = 1_000_000;

  bool private immutable _moving;

  /// @param moving Whether time goes on with each call, or only by `passTime` and `passTo`.
  constructor(bool moving) {
    _moving = moving;
  }

  modifier whileTimePasses(uint256 seed) {
    if (_moving) _moveTo(nowNs + uint64(seed % 4e9));
    _;
  }

  function schedule(uint256 seed, uint64 delay, uint64 window, uint96 reward) external whileTimePasses(seed) {
    (Order memory o, Extras memory e) = _draw(accounts[seed % 5], seed, delay, window, reward);
    bool sealed_ = _part(seed, 1) % 4 == 0;
    uint256 deposit = _depositFor(o, e, seed, sealed_);
    vm.deal(o.schedule.owner, deposit);
    bytes32 id = sealed_ ? commitSealed(o, deposit) : commitWith(o, deposit);
    _write(id, o, e, seed, deposit, sealed_);
  }

  function scheduleBatch(uint256 seed, uint64 delay, uint64 window, uint96 reward) external whileTimePasses(seed) {
    Order[] memory orders = new Order[](2);
    Extras[] memory extras = new Extras[](2);
    uint256[] memory deposits = new uint256[](2);
    for (uint256 i = 0; i < 2; ++i) {
      (orders[i], extras[i]) = _draw(accounts[seed % 5], _part(seed, 50 + i), delay, window, reward);
      orders[i].schedule.salt = bytes32(entries.length + i);
      _address(orders[i], _moodOf(seed));
      deposits[i] = _depositFor(orders[i], extras[i], seed, false);
    }
    vm.deal(accounts[seed % 5], deposits[0] + deposits[1]);
    vm.prank(accounts[seed % 5]);
    bytes32[] memory ids = scheduler.scheduleBatch{ value: deposits[0] + deposits[1] }(orders, deposits);
    for (uint256 i = 0; i < 2; ++i) _write(ids[i], orders[i], extras[i], seed, deposits[i], false);
  }

  function execute(uint256 which, uint8 who, uint24 gasGiven, uint64 place) external whileTimePasses(which) {
    if (entries.length == 0) return;
    which = _pick(which);
    if (_moving && place % 2 == 0) _moveInto(which, place);
    bool ample = gasGiven % 4 != 0;
    uint256 given = ample ? AMPLE : bound(gasGiven, 60_000, 400_000);
    bytes memory call_ = _callFor(which, gasGiven);
    vm.prank(accounts[who % 5]);
    (bool ok, bytes memory answer) = address(scheduler).call{ gas: given }(call_);
    settle(which, ok ? (abi.decode(answer, (bool)) ? RETURNED : 1) : REFUSED, ample);
  }

  /// @dev Three, of which some may be the same.
  function executeBatch(uint256 seed, uint8 who, uint64 place) external whileTimePasses(seed) {
    if (entries.length == 0) return;
    uint256[3] memory picks = [_pick(seed), _pick(_part(seed, 1)), _pick(_part(seed, 2))];
    if (_moving && place % 2 == 0) _moveInto(picks[place % 3], place);
    Order[] memory orders = new Order[](3);
    for (uint256 i = 0; i < 3; ++i) orders[i] = entries[picks[i]].order;
    Certificate memory c = certificate();
    vm.prank(accounts[who % 5]);
    try scheduler.executeBatch{ gas: 4 * AMPLE }(orders, c) returns (uint8[] memory outcomes) {
      uint256 refusedBefore = wronglyRefused;
      for (uint256 i = 0; i < 3; ++i) settle(picks[i], outcomes[i], true);
      blocked += wronglyRefused - refusedBefore;
    } catch {
      ++blocked;
    }
  }

  function cancel(uint256 which, uint8 who) external whileTimePasses(which) {
    if (entries.length == 0) return;
    Entry storage e = entries[_pick(which)];
    address caller = who % 2 == 0 ? e.order.schedule.owner : accounts[who % 5];
    uint256 before = caller.balance;
    vm.prank(caller);
    // A payee that burns all gas leaves 1/64 of it.
    try scheduler.cancel{ gas: 10 * AMPLE }(e.order.schedule, keccak256(e.order.data)) {
      if (!e.pending) ++endedTwice;
      if (caller != e.order.schedule.owner) ++ranWithoutLeave;
      paidOut += caller.balance - before;
      e.pending = false;
    } catch {
      if (e.pending && caller == e.order.schedule.owner) ++wronglyRefused;
    }
  }

  function update(uint256 which, uint256 seed, uint64 delay, uint64 window, uint96 reward) external {
    if (entries.length == 0) return;
    Entry storage e = entries[_pick(which)];
    address owner_ = e.order.schedule.owner;
    (Order memory o, Extras memory extras) = _draw(owner_, seed, delay, window, reward);
    uint256 sent = _depositFor(o, extras, seed, false);
    vm.deal(owner_, sent);
    vm.prank(owner_);
    try scheduler.update{ value: sent }(e.order.schedule, keccak256(e.order.data), o) returns (bytes32 id) {
      if (!e.pending) ++endedTwice;
      uint256 deposit = o.schedule.extras == 0 ? escrowOf(o) : sent + e.deposit;
      e.pending = false;
      _write(id, o, extras, seed, deposit, false);
      // What it held was paid in before, and what it no longer needs is the owner's credit.
      paidIn = paidIn + sent - deposit;
    } catch {
      if (e.pending) ++wronglyRefused;
    }
  }

  function topUp(uint256 which, uint64 amount) external whileTimePasses(which) {
    if (entries.length == 0) return;
    Entry storage e = entries[_pick(which)];
    vm.deal(address(this), amount);
    try scheduler.topUp{ value: amount }(e.id) {
      if (!e.pending) ++endedTwice;
      paidIn += amount;
      e.deposit += amount;
    } catch {
      if (e.pending) ++wronglyRefused;
    }
  }

  function expire(uint256 which) external whileTimePasses(which) {
    if (entries.length == 0) return;
    Entry storage e = entries[_pick(which)];
    // Without a certificate: on the oracle's own instant.
    bool onBlock = e.order.schedule.clock == ClockSource.Block;
    uint256 over = overAt(e, onBlock ? block.timestamp * 1e9 : oracle.latest().timeUtcNs);
    try scheduler.expire(e.order.schedule, e.order.extras, keccak256(e.order.data)) {
      if (!e.pending) ++endedTwice;
      if (over <= e.next) ++outsideTheWindow;
      e.next = over;
      e.pending = over != e.extras.count;
    } catch {
      if (e.pending && over > e.next) ++wronglyRefused;
    }
  }

  function withdraw(uint8 who, bool toItself) external {
    address account = accounts[who % 5];
    uint256 amount = scheduler.credit(account);
    vm.prank(account);
    try scheduler.withdraw(toItself ? account : address(0x707)) {
      paidOut += amount;
    } catch {
      if (amount != 0 && !toItself) ++wronglyRefused;
    }
  }

  function reveal(uint256 which) external {
    if (entries.length == 0) return;
    Entry storage e = entries[_pick(which)];
    try scheduler.reveal(e.order) {
      if (!e.pending || !e.isSealed) ++ranWithoutLeave;
    } catch {
      if (e.pending && e.isSealed) ++wronglyRefused;
    }
  }

  /// @dev Conditions and targets that depend on it change their minds.
  function turn() external {
    ledger.turn();
  }

  /// @dev The certificate of the instant comes with it or stays away.
  function passTime(uint64 ns, bool certify_) external {
    nowNs += uint64(bound(ns, 1, 20e9));
    vm.warp(nowNs / 1e9);
    if (certify_) submitAt(nowNs, ++sequence);
  }

  function passTo(uint256 which, uint64 place) external {
    if (entries.length != 0) _moveInto(_pick(which), place);
  }

  /// @dev To the window of a run to come, or just beside it: by chance alone few would be met.
  function _moveInto(uint256 which, uint64 place) private {
    Schedule storage s = entries[which].order.schedule;
    uint64 margin = place % 5 == 0 ? 2e9 : 0;
    uint64 shift = uint64(place % entries[which].extras.count) * entries[which].extras.interval;
    _moveTo(uint64(bound(uint256(keccak256(abi.encode(place))), s.notBefore - margin, s.notAfter + margin)) + shift);
  }

  function _moveTo(uint64 instant) private {
    if (instant <= nowNs) return;
    nowNs = instant;
    vm.warp(nowNs / 1e9);
    if (instant % 8 != 0) submitAt(nowNs, ++sequence);
  }

  /// @dev Half of the time one of the newest, which may still be due.
  function _pick(uint256 which) private view returns (uint256) {
    if (which % 2 == 0 && entries.length > 3) return entries.length - 1 - ((which / 2) % 3);
    return which % entries.length;
  }

  function _callFor(uint256 which, uint256 seed) private view returns (bytes memory) {
    Order memory o = entries[which].order;
    if (o.schedule.extras == 0 && o.schedule.clock != ClockSource.Certificate && seed % 3 == 0)
      return abi.encodeCall(scheduler.execute, (o.schedule, o.data));
    return abi.encodeCall(scheduler.executeWith, (o, certificate()));
  }

  function _draw(
    address owner_,
    uint256 seed,
    uint64 delay,
    uint64 window,
    uint96 reward
  ) private view returns (Order memory o, Extras memory e) {
    Schedule memory s = terms();
    (s.owner, s.target, s.salt) = (owner_, address(ledger), bytes32(entries.length));
    s.clock = ClockSource(_part(seed, 2) % 3);
    s.notBefore = uint64(nowNs + bound(delay, 0, 60e9));
    s.notAfter = s.notBefore + 1e9 + uint64(bound(window, 0, 30e9));
    (s.reward, s.rewardFloor) = (reward, uint96(bound(_part(seed, 3), 0, reward)));
    s.grace = uint64(bound(_part(seed, 4), 0, s.notAfter - s.notBefore));
    s.value = uint64(_part(seed, 5));
    e.count = 1;
    o = plain(s, "");
    if (_part(seed, 6) % 4 != 0) (o, e) = _drawExtras(s, seed);
    _address(o, _moodOf(seed));
  }

  function _drawExtras(Schedule memory s, uint256 seed) private view returns (Order memory, Extras memory e) {
    e.count = uint32(1 + (_part(seed, 7) % 4));
    e.interval = s.notAfter - s.notBefore + 1 + uint64(_part(seed, 8) % 10e9);
    e.onRevert = OnRevert(_part(seed, 9) % 3);
    e.conditionGas = 50_000;
    if (_part(seed, 10) % 3 == 0) (e.condition, e.conditionData) = (address(ledger), abi.encodeCall(Ledger.isOn, ()));
    if (_part(seed, 10) % 9 == 1) (e.condition, e.conditionData) = (address(ledger), abi.encodeCall(Ledger.burn, ()));
    return (withExtras(s, e, ""), e);
  }

  function _address(Order memory o, Mood mood) private pure {
    o.data = abi.encodeCall(Ledger.run, (o.schedule.salt, mood));
  }

  function _moodOf(uint256 seed) private pure returns (Mood) {
    return Mood(_part(seed, 11) % 8);
  }

  function _depositFor(Order memory o, Extras memory e, uint256 seed, bool sealed_) private pure returns (uint256) {
    uint256 needed = escrowOf(o);
    if (sealed_) return bound(_part(seed, 12), 0, 3 * needed);
    return o.schedule.extras == 0 ? needed : bound(_part(seed, 12), needed, (e.count + 1) * needed);
  }

  function _write(bytes32 id, Order memory o, Extras memory e, uint256 seed, uint256 deposit, bool sealed_) private {
    paidIn += deposit;
    Entry storage entry = entries.push();
    (entry.id, entry.order.extras, entry.order.data) = (id, o.extras, o.data);
    (entry.order.schedule, entry.extras, entry.mood) = (o.schedule, e, _moodOf(seed));
    (entry.pending, entry.isSealed, entry.deposit) = (true, sealed_, deposit);
  }

  function _part(uint256 seed, uint256 n) private pure returns (uint256) {
    return uint256(keccak256(abi.encode(seed, n)));
  }
}
