// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { Extras, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

contract ChronoSchedulerSealedTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";
  address private constant MALLORY = address(0x3a110);

  function setUp() public {
    deployScheduler();
    vm.deal(MALLORY, 1 ether);
  }

  function test_scheduleSealed_ShowsTheCommitmentAlone() external {
    Order memory o = plain(terms(), DATA);
    bytes32 commitment = keccak256(abi.encode(block.chainid, scheduler, o.schedule, keccak256(DATA)));
    bytes32 id = keccak256(abi.encodePacked(commitment, owner));
    emits();
    emit IChronoScheduler.ScheduledSealed(id, owner, commitment, 1_000_003);
    assertEq(commitSealed(o, 1_000_003), id, "id");
    assertEq(idOf(o), id, "the same as that of an open one");
    assertTrue(pending(o).isSealed, "sealed");
    assertEq(pending(o).deposit, 1_000_003, "deposit");
    assertEq(pending(o).scheduledAt, START, "when");
  }

  function test_scheduleSealed_RunsLikeAnOpenOne() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commitSealed(o, 1_000_003);
    vm.warp(DUE / 1e9 + 3);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, true, 3e9, 0, 850_000);
    assertTrue(executeBy(KEEPER, o.schedule, DATA), "runs");
    assertEq(recorder.lastData(), abi.encodePacked(DATA, owner), "data, then the owner");
    assertEq(scheduler.credit(owner), 150_000, "owner");
    assertEq(pending(o).scheduledAt, 0, "ended");
  }

  function test_scheduleSealed_RevertsIf_KnownAlready() external {
    Order memory o = plain(terms(), DATA);
    bytes32 commitment = scheduler.commitmentOf(o.schedule, keccak256(DATA));
    bytes32 id = commit(o.schedule, DATA);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, id));
    scheduler.scheduleSealed{ value: 1 }(commitment);
    vm.prank(owner);
    scheduler.cancel(o.schedule, keccak256(DATA));
    commitSealed(o, 1_000_003);
    vm.prank(owner);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, id));
    scheduler.schedule{ value: 1_000_003 }(o.schedule, DATA);
  }

  function test_scheduleSealed_NobodyCommitsInAnothersName() external {
    Order memory o = plain(terms(), DATA);
    bytes32 commitment = scheduler.commitmentOf(o.schedule, keccak256(DATA));
    // Mallory saw it on its way, and is first.
    vm.prank(MALLORY);
    bytes32 stolen = scheduler.scheduleSealed{ value: 1_000_003 }(commitment);
    assertTrue(stolen != idOf(o), "another id");
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, idOf(o)));
    executeBy(KEEPER, o.schedule, DATA);
    o.schedule.owner = MALLORY;
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, idOf(o)));
    executeBy(KEEPER, o.schedule, DATA);
    // The victim is not kept from its own.
    o.schedule.owner = owner;
    commitSealed(o, 1_000_003);
    assertTrue(executeBy(KEEPER, o.schedule, DATA), "runs");
    assertEq(recorder.lastData(), abi.encodePacked(DATA, owner), "as the victim, once");
    assertEq(recorder.calls(), 1, "once");
  }

  function test_scheduleSealed_TermsAreHeldAgainstTheSameRulesWhenItRuns() external {
    Schedule memory s = terms();
    s.grace = WINDOW + 1;
    _refusesToRun(s, abi.encodeWithSelector(IChronoScheduler.ScheduleWindowInvalid.selector, DUE, s.notAfter, s.grace));
    s = terms();
    s.rewardFloor = s.reward + 1;
    _refusesToRun(s, abi.encodeWithSelector(IChronoScheduler.ScheduleRewardInvalid.selector, s.reward, s.rewardFloor));
    address[4] memory refused = [address(scheduler), address(oracle), address(registry), address(0xffff)];
    for (uint256 i = 0; i < refused.length; ++i) {
      s = terms();
      s.target = refused[i];
      _refusesToRun(s, abi.encodeWithSelector(IChronoScheduler.ScheduleTargetRefused.selector, s.target));
    }
    assertEq(recorder.calls(), 0, "nothing ran");
  }

  function test_scheduleSealed_DirtyFieldsNeverRun() external {
    uint16[11] memory widths = [uint16(160), 160, 32, 96, 64, 96, 64, 96, 2, 64, 64];
    for (uint256 i = 0; i < widths.length; ++i) {
      vm.warp(START);
      Schedule memory s = terms();
      // The struct's own words, as the commitment takes them.
      assembly ("memory-safe") {
        let word := add(s, shl(5, i))
        mstore(word, or(mload(word), shl(mload(add(widths, shl(5, i))), 1)))
      }
      bytes32 commitment = _hash(s);
      vm.prank(owner);
      scheduler.scheduleSealed{ value: 1_000_003 }(commitment);
      vm.warp(DUE / 1e9);
      bytes memory call_ = abi.encodePacked(
        scheduler.execute.selector,
        _words(s),
        abi.encode(uint256(0x1c0), DATA.length, bytes32(DATA))
      );
      vm.prank(KEEPER);
      (bool ok, bytes memory answer) = address(scheduler).call(call_);
      assertTrue(!ok, "refused");
      assertEq(answer, abi.encodeWithSelector(IChronoScheduler.ScheduleFieldOutOfRange.selector), "by name");
    }
    assertEq(recorder.calls(), 0, "nothing ran");
  }

  function test_scheduleSealed_TooSmallADepositIsMendedByATopUp() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commitSealed(o, 1_000_002);
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnderfunded.selector, 1_000_002, 1_000_003));
    executeBy(KEEPER, o.schedule, DATA);
    scheduler.topUp{ value: 1 }(id);
    assertTrue(pending(o).isSealed, "sealed as before");
    assertTrue(executeBy(KEEPER, o.schedule, DATA), "runs");
  }

  function test_scheduleSealed_ALargerDepositHidesTheAmountAndComesBack() external {
    Order memory o = plain(terms(), DATA);
    commitSealed(o, 1 ether);
    vm.warp(DUE / 1e9);
    executeBy(KEEPER, o.schedule, DATA);
    assertEq(scheduler.credit(owner), 1 ether - 1_000_003, "what is left");
    assertEq(address(scheduler).balance, 1 ether - 3, "held");
  }

  function test_scheduleSealed_NothingOfItIsKnownWhenTheDepositIsNothing() external {
    Order memory o = plain(terms(), DATA);
    (o.schedule.value, o.schedule.reward, o.schedule.rewardFloor) = (0, 0, 0);
    commitSealed(o, 0);
    vm.warp(DUE / 1e9);
    assertTrue(executeBy(KEEPER, o.schedule, DATA), "runs");
  }

  function test_scheduleSealed_ASeriesGoesOnSealed() external {
    Order memory o = withExtras(terms(), series(2), DATA);
    commitSealed(o, 2 * escrowOf(o));
    vm.warp(DUE / 1e9);
    assertTrue(run(o), "first");
    assertTrue(pending(o).isSealed, "sealed as before");
    assertEq(pending(o).run, 1, "next");
    vm.warp((DUE + HOUR) / 1e9);
    assertTrue(run(o), "second");
    assertEq(pending(o).scheduledAt, 0, "ended");
  }

  function test_scheduleSealed_ASeriesThatIsNoneNeverRunsNorExpires() external {
    Extras memory e = series(2);
    e.interval = WINDOW;
    Order memory o = withExtras(terms(), e, DATA);
    commitSealed(o, 2 * escrowOf(o));
    bytes memory invalid = abi.encodeWithSelector(IChronoScheduler.ScheduleSeriesInvalid.selector, WINDOW, 2);
    vm.warp(DUE / 1e9);
    refuses(invalid);
    run(o);
    vm.warp((DUE + HOUR) / 1e9);
    refuses(invalid);
    expire(o);
    uint256 before = owner.balance;
    vm.prank(owner);
    scheduler.cancel(o.schedule, keccak256(DATA));
    assertEq(owner.balance - before, 2 * escrowOf(o), "its owner has it back");
  }

  function test_scheduleSealed_ExpiresToTheOwner() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commitSealed(o, 2_000_000);
    vm.warp((DUE + WINDOW) / 1e9 + 1);
    emits();
    emit IChronoScheduler.Expired(id, 0, 1);
    expire(o);
    assertEq(scheduler.credit(owner), 2_000_000, "all of it");
  }

  function test_scheduleSealed_AWindowThatIsOverNeverRuns() external {
    Order memory o = plain(terms(), DATA);
    (o.schedule.notBefore, o.schedule.notAfter) = (1, 2);
    commitSealed(o, 1_000_003);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, START * 1e9, 2));
    executeBy(KEEPER, o.schedule, DATA);
  }

  function test_reveal_ShowsTheTerms() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = commitSealed(o, 1_000_003);
    emits();
    emit IChronoScheduler.Scheduled(id, owner, o.schedule, DATA);
    vm.prank(MALLORY);
    scheduler.reveal(o);
    vm.recordLogs();
    scheduler.reveal(o);
    assertEq(vm.getRecordedLogs().length, 1, "a plain one has no extras");
    vm.warp(DUE / 1e9);
    assertTrue(executeBy(KEEPER, o.schedule, DATA), "and it runs");
  }

  function test_reveal_ShowsTheExtras() external {
    Order memory o = withExtras(terms(), series(3), DATA);
    bytes32 id = commitSealed(o, 1_000_003);
    emits();
    emit IChronoScheduler.Scheduled(id, owner, o.schedule, DATA);
    emits();
    emit IChronoScheduler.ScheduledExtras(id, o.extras);
    scheduler.reveal(o);
  }

  function test_reveal_RevertsIf_NotSealedOrUnknown() external {
    Order memory o = plain(terms(), DATA);
    bytes32 id = idOf(o);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleUnknown.selector, id));
    scheduler.reveal(o);
    commit(o.schedule, DATA);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleKnown.selector, id));
    scheduler.reveal(o);
  }

  function test_reveal_RevertsIf_TheTermsAreNone() external {
    Order memory o = plain(terms(), DATA);
    o.schedule.notAfter = DUE;
    commitSealed(o, 1_000_003);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleWindowInvalid.selector, DUE, DUE, 0));
    scheduler.reveal(o);
    o = withExtras(terms(), series(0), DATA);
    commitSealed(o, 1_000_003);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleSeriesInvalid.selector, HOUR, 0));
    scheduler.reveal(o);
    o.extras = "";
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleExtrasMismatch.selector, keccak256(""), o.schedule.extras));
    scheduler.reveal(o);
  }

  function _refusesToRun(Schedule memory s, bytes memory error_) private {
    vm.warp(START);
    commitSealed(plain(s, DATA), 1_000_003);
    vm.warp(DUE / 1e9);
    refuses(error_);
    executeBy(KEEPER, s, DATA);
  }

  function _hash(Schedule memory s) private view returns (bytes32) {
    return keccak256(abi.encodePacked(block.chainid, uint256(uint160(address(scheduler))), _words(s), keccak256(DATA)));
  }

  /// @dev As they are: the compiler would cut them to their types.
  function _words(Schedule memory s) private pure returns (bytes memory words) {
    words = new bytes(416);
    assembly ("memory-safe") {
      mcopy(add(words, 0x20), s, 416)
    }
  }
}
