// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Certificate } from "../../../contracts/types/Certificate.sol";
import { ClockSource, Extras, OnRevert, Order, Pending, Schedule } from "../../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "../support/SchedulerFixture.sol";
import { Ledger, Mood, Payee } from "./ChronoScheduler.actors.sol";

/// @notice What the handler knows of each schedule, by rules of its own: it looks for a run by trying each.
abstract contract SchedulerBooks is SchedulerFixture {
  struct Entry {
    bytes32 id;
    Order order;
    Extras extras;
    Mood mood;
    bool pending;
    bool isSealed;
    uint256 deposit;
    uint256 next;
    /// @dev Calls that returned.
    uint256 successes;
  }

  uint256 internal constant NONE = type(uint256).max;
  uint8 internal constant REFUSED = 0;
  uint8 internal constant RETURNED = 2;

  Ledger public ledger;
  address[5] public accounts;
  Entry[] internal entries;
  /// @dev The runs of an entry that have had their outcome.
  mapping(uint256 entry => mapping(uint256 run => bool)) private _done;
  uint64 internal nowNs;

  /// @dev Wei that went in, and wei that went out.
  uint256 public paidIn;
  uint256 public paidOut;
  /// @dev What must never happen.
  uint256 public endedTwice;
  uint256 public outsideTheWindow;
  uint256 public ranTwice;
  uint256 public otherOutcome;
  uint256 public ranWithoutLeave;
  uint256 public wronglyRefused;
  uint256 public blocked;
  /// @dev That the campaign met what it is about.
  uint256 public executions;

  constructor() {
    deployScheduler();
    ledger = new Ledger();
    nowNs = START * 1e9;
    accounts = [address(0xa1), address(0xa2), address(new Payee(0)), address(new Payee(1)), address(new Payee(2))];
  }

  function held() external view returns (uint256 deposits, uint256 credits) {
    for (uint256 i = 0; i < entries.length; ++i) if (entries[i].pending) deposits += entries[i].deposit;
    for (uint256 i = 0; i < accounts.length; ++i) credits += scheduler.credit(accounts[i]);
  }

  function balances() external view returns (uint256 ofScheduler, uint256 ofTarget, uint256 forced) {
    return (address(scheduler).balance, address(ledger).balance, ledger.forced());
  }

  /// @notice Whether the contract's word of each schedule is what the books say.
  function agrees() external view returns (bool) {
    for (uint256 i = 0; i < entries.length; ++i) {
      Entry storage e = entries[i];
      Pending memory p = scheduler.pendingOf(e.id);
      if ((p.scheduledAt != 0) != e.pending) return false;
      if (e.pending && (p.deposit != e.deposit || p.run != e.next || p.isSealed != e.isSealed)) return false;
    }
    return true;
  }

  /// @notice Whether each target bears the trace of each call that returned, and of no other.
  function traces() external view returns (bool) {
    for (uint256 i = 0; i < entries.length; ++i)
      if (ledger.runs(entries[i].order.schedule.salt) != entries[i].successes) return false;
    return true;
  }

  /// @dev Compares what an attempt came to with what it had to come to, and writes it down.
  /// @param ample Whether there was gas for all of it.
  function settle(uint256 which, uint8 outcome, bool ample) internal {
    Entry storage e = entries[which];
    uint256 run = _window(e, clockOf(e));
    bool may = _mayRun(e, run);
    if (outcome == REFUSED) {
      if (may && ample) ++wronglyRefused;
      return;
    }
    ++executions;
    if (run == NONE) ++outsideTheWindow;
    else if (_done[which][run]) ++ranTwice;
    if (!e.pending) ++endedTwice;
    if (!may) ++ranWithoutLeave;
    if ((outcome == RETURNED) != _returns(e.mood)) ++otherOutcome;
    if (may) _book(e, which, run, outcome == RETURNED);
  }

  function _book(Entry storage e, uint256 which, uint256 run, bool success) private {
    if (!success && e.extras.onRevert == OnRevert.Retry) {
      e.next = run;
      return;
    }
    _done[which][run] = true;
    if (success) ++e.successes;
    e.deposit -= _rewardAt(e, run) + (success ? e.order.schedule.value : 0);
    e.next = run + 1;
    e.pending = e.next != e.extras.count && (success || e.extras.onRevert != OnRevert.Stop);
  }

  /// @dev The run whose window this is, or NONE.
  function _window(Entry storage e, uint256 instant) private view returns (uint256) {
    for (uint256 i = 0; i < e.extras.count; ++i) {
      uint256 shift = i * e.extras.interval;
      if (e.order.schedule.notBefore + shift <= instant && instant <= e.order.schedule.notAfter + shift) return i;
    }
    return NONE;
  }

  /// @dev How many runs have their windows behind them.
  function overAt(Entry storage e, uint256 instant) internal view returns (uint256 over) {
    while (over < e.extras.count && e.order.schedule.notAfter + over * e.extras.interval < instant) ++over;
  }

  function _mayRun(Entry storage e, uint256 run) private view returns (bool) {
    if (!e.pending || run == NONE || run < e.next || e.deposit < escrowOf(e.order) || !_fresh(e)) return false;
    if (e.extras.condition == address(0)) return true;
    return
      e.extras.conditionData.length == 4 && bytes4(e.extras.conditionData) == Ledger.isOn.selector && ledger.isOn();
  }

  function _returns(Mood mood) private view returns (bool) {
    if (mood == Mood.Depends) return ledger.isOn();
    return mood != Mood.Reverts && mood != Mood.Burns && mood != Mood.RevertsWithMuch;
  }

  function _rewardAt(Entry storage e, uint256 run) private view returns (uint256) {
    Schedule storage s = e.order.schedule;
    uint256 late = clockOf(e) - s.notBefore - run * e.extras.interval;
    uint256 window = s.notAfter - s.notBefore;
    if (late <= s.grace) return s.reward;
    uint256 left = uint256(s.reward - s.rewardFloor) * (window - late);
    return s.rewardFloor + (left == 0 ? 0 : (left - 1) / (window - s.grace) + 1);
  }

  /// @dev The certificate that keepers bring is of this very instant.
  function clockOf(Entry storage e) internal view returns (uint256) {
    ClockSource clock = e.order.schedule.clock;
    if (clock == ClockSource.Block) return block.timestamp * 1e9;
    return clock == ClockSource.Certificate ? nowNs : oracle.latest().timeUtcNs;
  }

  function _fresh(Entry storage e) private view returns (bool) {
    if (e.order.schedule.clock != ClockSource.Attested) return true;
    return block.timestamp * 1e9 <= uint256(oracle.latest().timeUtcNs) + 60e9;
  }

  function certificate() internal view returns (Certificate memory) {
    return certificateAt(nowNs);
  }
}
