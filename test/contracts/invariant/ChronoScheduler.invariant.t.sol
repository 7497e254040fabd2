// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../../contracts/interfaces/IChronoScheduler.sol";
import { ClockSource, Schedule } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";

/// @notice A target that counts, by the salt in its calldata, and fails or comes back in when told to.
contract Ledger {
  mapping(bytes32 salt => uint256) public runs;

  function run(bytes32 salt, uint8 mood) external payable {
    ++runs[salt];
    if (mood % 4 == 1) revert("told to");
    if (mood % 4 == 2) {
      (bool ok, ) = msg.sender.call(abi.encodeCall(IChronoScheduler.withdraw, (address(this))));
      require(!ok, "came back in");
    }
  }
}

/// @notice Does everything that anyone can do, at any time, and keeps its own books.
contract SchedulerHandler is SchedulerFixture {
  struct Entry {
    Schedule schedule;
    bytes data;
    bool pending;
  }

  Ledger public ledger;
  Entry[] private _entries;
  address[3] public accounts = [address(0xa1), address(0xa2), address(0xa3)];
  uint64 private _nowNs;

  /// @dev The books: wei that went in, and wei that went out.
  uint256 public paidIn;
  uint256 public paidOut;
  uint256 public executions;
  uint256 public reverted;
  /// @dev What must never happen.
  uint256 public outsideTheWindow;
  uint256 public successWithoutARun;
  uint256 public ranTwice;
  uint256 public wronglyRefused;

  constructor() {
    deployScheduler();
    ledger = new Ledger();
    _nowNs = START * 1e9;
    for (uint256 i = 0; i < 3; ++i) vm.deal(accounts[i], 1e30);
  }

  function schedule(
    uint8 who,
    uint64 delay,
    uint64 window,
    uint8 mood,
    uint96 reward,
    uint96 floor_,
    uint64 value
  ) external {
    Schedule memory s = terms();
    s.owner = accounts[who % 3];
    s.target = address(ledger);
    s.clock = ClockSource((mood / 4) % 2);
    s.notBefore = uint64(_nowNs + bound(delay, 0, 60e9));
    s.notAfter = s.notBefore + 1 + uint64(bound(window, 0, 60e9));
    s.reward = reward;
    s.rewardFloor = uint96(bound(floor_, 0, reward));
    s.value = value;
    s.salt = bytes32(_entries.length);
    if (s.notAfter <= block.timestamp * 1e9) return;
    bytes memory data = abi.encodeCall(ledger.run, (s.salt, mood));
    commit(s, data);
    paidIn += uint256(s.reward) + s.value;
    _entries.push(Entry(s, data, true));
  }

  function execute(uint256 which, uint8 who, uint24 gasGiven, uint64 place) external {
    if (_entries.length == 0) return;
    uint256 given = gasGiven % 4 == 0 ? bound(gasGiven, 60_000, 400_000) : 1_000_000;
    // Half of the time one of the newest, which may still be due.
    if (which % 2 == 0 && _entries.length > 3) which = _entries.length - 1 - ((which / 2) % 3);
    Entry storage e = _entries[which % _entries.length];
    uint256 before = ledger.runs(e.schedule.salt);
    if (place % 4 != 0) _passTimeTo(e.schedule, place, place % 4 == 1);
    bool inside = _clock(e.schedule) >= e.schedule.notBefore && _clock(e.schedule) <= e.schedule.notAfter;
    vm.prank(accounts[who % 3]);
    try scheduler.execute{ gas: given }(e.schedule, e.data) returns (bool success) {
      ++executions;
      if (!success) ++reverted;
      if (!inside) ++outsideTheWindow;
      if (!e.pending) ++ranTwice;
      uint256 ran = ledger.runs(e.schedule.salt) - before;
      // A reverted run leaves no trace in the target.
      if (ran != (success ? 1 : 0)) ++successWithoutARun;
      e.pending = false;
    } catch {
      // With ample gas and fresh time, a pending schedule inside its window must run.
      if (inside && e.pending && given == 1_000_000 && _fresh(e.schedule)) ++wronglyRefused;
    }
  }

  function cancel(uint256 which, uint8 who) external {
    if (_entries.length == 0) return;
    Entry storage e = _entries[which % _entries.length];
    vm.prank(accounts[who % 3]);
    try scheduler.cancel(e.schedule, keccak256(e.data)) {
      if (!e.pending) ++ranTwice;
      paidOut += uint256(e.schedule.reward) + e.schedule.value;
      e.pending = false;
    } catch {
      if (e.pending && accounts[who % 3] == e.schedule.owner) ++wronglyRefused;
    }
  }

  function expire(uint256 which) external {
    if (_entries.length == 0) return;
    Entry storage e = _entries[which % _entries.length];
    bool over = _clock(e.schedule) > e.schedule.notAfter;
    try scheduler.expire(e.schedule, "", keccak256(e.data)) {
      if (!e.pending) ++ranTwice;
      if (!over) ++outsideTheWindow;
      e.pending = false;
    } catch {
      if (e.pending && over) ++wronglyRefused;
    }
  }

  function withdraw(uint8 who) external {
    uint256 amount = scheduler.credit(accounts[who % 3]);
    vm.prank(accounts[who % 3]);
    try scheduler.withdraw(address(0x707)) {
      paidOut += amount;
    } catch {
      if (amount != 0) ++wronglyRefused;
    }
  }

  /// @dev Both clocks move; the certificate of the instant comes with them or stays away.
  function passTime(uint64 ns, bool certify_) external {
    _nowNs += uint64(bound(ns, 1, 20e9));
    vm.warp(_nowNs / 1e9);
    if (certify_) submitAt(_nowNs, ++sequence);
  }

  function held() external view returns (uint256 pending, uint256 credits) {
    for (uint256 i = 0; i < _entries.length; ++i)
      if (_entries[i].pending) pending += uint256(_entries[i].schedule.reward) + _entries[i].schedule.value;
    for (uint256 i = 0; i < 3; ++i) credits += scheduler.credit(accounts[i]);
  }

  function balances() external view returns (uint256 ofScheduler, uint256 ofTarget) {
    return (address(scheduler).balance, address(ledger).balance);
  }

  function agrees() external view returns (bool) {
    for (uint256 i = 0; i < _entries.length; ++i) {
      Entry storage e = _entries[i];
      if ((scheduler.pendingOf(scheduler.idOf(e.schedule, keccak256(e.data))).scheduledAt != 0) != e.pending)
        return false;
      if (ledger.runs(e.schedule.salt) > 1) return false;
    }
    return true;
  }

  /// @dev To a schedule's own window, or just beside it: by chance alone few would be met.
  function _passTimeTo(Schedule storage s, uint64 place, bool beyond) private {
    uint64 margin = beyond ? 2e9 : 0;
    uint64 instant = uint64(bound(place, s.notBefore - margin, s.notAfter + margin));
    if (instant <= _nowNs) return;
    _nowNs = instant;
    vm.warp(_nowNs / 1e9);
    submitAt(_nowNs, ++sequence);
  }

  function _clock(Schedule storage s) private view returns (uint256) {
    return s.clock == ClockSource.Block ? block.timestamp * 1e9 : oracle.latest().timeUtcNs;
  }

  function _fresh(Schedule storage s) private view returns (bool) {
    return s.clock == ClockSource.Block || block.timestamp * 1e9 <= uint256(oracle.latest().timeUtcNs) + 60e9;
  }
}

contract ChronoSchedulerInvariantTest is SchedulerFixture {
  SchedulerHandler private _handler;

  function setUp() public {
    _handler = new SchedulerHandler();
  }

  function targetContracts() external view returns (address[] memory targets) {
    targets = new address[](1);
    targets[0] = address(_handler);
  }

  function invariant_S1_EscrowInIsOutPlusHeld() external view {
    (uint256 pending, uint256 credits) = _handler.held();
    (uint256 ofScheduler, uint256 ofTarget) = _handler.balances();
    assertEq(ofScheduler, pending + credits, "held to the wei");
    assertEq(_handler.paidIn(), _handler.paidOut() + ofScheduler + ofTarget, "in = out + held + delivered");
  }

  function invariant_S2_NoScheduleEndsTwice() external view {
    assertEq(_handler.ranTwice(), 0, "ended twice");
    assertTrue(_handler.agrees(), "the contract's view is the books'");
  }

  function invariant_S3_NothingRunsOutsideItsWindowOnItsClock() external view {
    assertEq(_handler.outsideTheWindow(), 0, "outside");
  }

  function invariant_S4_AnExecutedRunsCallDidRun() external view {
    assertEq(_handler.successWithoutARun(), 0, "success without a run");
  }

  function invariant_S5_NothingIsRefusedThatMustPass() external view {
    assertEq(_handler.wronglyRefused(), 0, "refused");
  }
}
