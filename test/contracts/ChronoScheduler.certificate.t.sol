// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "../../contracts/interfaces/IChronoScheduler.sol";
import { ClockLib } from "../../contracts/libraries/ClockLib.sol";
import { Certificate } from "../../contracts/types/Certificate.sol";
import { ClockSource, Order, Schedule } from "../../contracts/types/Schedule.sol";
import { SchedulerFixture } from "./support/SchedulerFixture.sol";

/// @dev The clock that the keeper brings along.
contract ChronoSchedulerCertificateTest is SchedulerFixture {
  bytes private constant DATA = hex"deadbeef0102";

  function setUp() public {
    deployScheduler();
  }

  function test_executeWith_RunsByTheInstantOfTheCertificate() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE + 250);
    // The block's own second is behind and does not matter.
    vm.warp(DUE / 1e9 - 3);
    bytes32 id = idOf(o);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, true, -3e9, 250, 1_000_000);
    assertTrue(runWith(o, c), "runs");
    assertEq(oracle.latest().timeTaiNs, 0, "the oracle is not told");
  }

  function testFuzz_executeWith_HoldsBothBoundsToTheNanosecond(uint64 utcNs) external {
    Order memory o = _committed();
    utcNs = uint64(bound(utcNs, DUE - WINDOW, DUE + 2 * WINDOW));
    Certificate memory c = certificateAt(utcNs);
    vm.warp(utcNs / 1e9);
    if (utcNs < DUE) refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, utcNs, DUE));
    if (utcNs > DUE + WINDOW)
      refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, utcNs, DUE + WINDOW));
    runWith(o, c);
    assertEq(recorder.calls(), utcNs >= DUE && utcNs <= DUE + WINDOW ? 1 : 0, "ran inside only");
  }

  function test_executeWith_HoldsTheEdges() external {
    uint64[4] memory edges = [DUE - 1, DUE, DUE + WINDOW, DUE + WINDOW + 1];
    for (uint256 i = 0; i < edges.length; ++i) {
      vm.warp(START);
      Order memory o = plain(_terms(), DATA);
      o.schedule.salt = bytes32(i);
      commit(o.schedule, DATA);
      Certificate memory c = certificateAt(edges[i]);
      vm.warp(edges[i] / 1e9);
      if (i == 0) refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE - 1, DUE));
      if (i == 3) refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, edges[3], DUE + WINDOW));
      runWith(o, c);
    }
    assertEq(recorder.calls(), 2, "both ends are inside");
  }

  function test_executeWith_RevertsIf_TheCertificateIsNone() external {
    Order memory o = _committed();
    vm.warp(DUE / 1e9);
    Certificate memory c = certificateAt(DUE);
    c.statement[4] = keccak256("altered");
    _refusesAsTheOracle(o, c);
    // One node too few.
    _refusesAsTheOracle(o, certify(heartbeat(DUE + 37e9, 9), 0xc0000000));
    Certificate memory none;
    _refusesAsTheOracle(o, none);
    assertEq(recorder.calls(), 0, "nothing ran");
  }

  function test_executeWith_RevertsIf_TheCertificateIsOld() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE);
    vm.warp(DUE / 1e9 + 61);
    refuses(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, DUE, DUE + 61e9, uint64(60e9)));
    runWith(o, c);
    vm.warp(DUE / 1e9 + 60);
    assertTrue(runWith(o, c), "just fresh");
  }

  function test_executeWith_RevertsIf_TheCertificateIsFromTheFuture() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE);
    vm.warp(DUE / 1e9 - 31);
    vm.expectPartialRevert(IChronoOracle.OracleFromTheFuture.selector);
    runWith(o, c);
    vm.warp(DUE / 1e9 - 30);
    assertTrue(runWith(o, c), "as far ahead as may be");
  }

  function test_executeWith_AnOldCertificateDoesNotReopenAWindow() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE);
    setClock(ClockSource.Attested, DUE + WINDOW + 1);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooLate.selector, DUE + WINDOW + 1, DUE + WINDOW));
    runWith(o, c);
  }

  function test_executeWith_TheOraclesOwnInstantCountsWhereItIsNewer() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE - 5e9);
    setClock(ClockSource.Attested, DUE + 7);
    bytes32 id = idOf(o);
    emits();
    emit IChronoScheduler.Executed(id, KEEPER, true, 0, 7, 1_000_000);
    assertTrue(runWith(o, c), "runs");
  }

  function test_executeWith_AnOldCertificateServesWhileTheOracleIsFresh() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE - 90e9);
    setClock(ClockSource.Attested, DUE);
    assertTrue(runWith(o, c), "by the oracle's instant");
  }

  function test_executeWith_RevertsIf_TheOracleIsPaused() external {
    Order memory o = _committed();
    Certificate memory c = certificateAt(DUE);
    vm.warp(DUE / 1e9);
    registry.pause();
    refuses(abi.encodeWithSelector(IChronoOracle.OraclePaused.selector));
    runWith(o, c);
  }

  function test_execute_RevertsIf_TheClockIsACertificate() external {
    Order memory o = _committed();
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleCertificateMissing.selector));
    executeBy(KEEPER, o.schedule, DATA);
  }

  function test_executeWith_TheOtherClocksTakeNoNoticeOfACertificate() external {
    Schedule memory s = terms();
    commit(s, DATA);
    Certificate memory c = certificateAt(DUE);
    vm.warp(DUE / 1e9 - 1);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, DUE - 1e9, DUE));
    runWith(plain(s, DATA), c);
    vm.warp(START);
    s.clock = ClockSource.Attested;
    commit(s, DATA);
    vm.warp(DUE / 1e9);
    refuses(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, 0, DUE, uint64(60e9)));
    runWith(plain(s, DATA), c);
  }

  function test_executeWith_ASeriesRunsByCertificates() external {
    Order memory o = withExtras(_terms(), series(3), DATA);
    bytes32 id = commitWith(o, 3 * escrowOf(o));
    for (uint64 i = 0; i < 3; i += 2) {
      Certificate memory c = certificateAt(DUE + i * HOUR + 5);
      vm.warp((DUE + i * HOUR) / 1e9);
      if (i == 2) emits();
      if (i == 2) emit IChronoScheduler.Expired(id, 1, 2);
      emits();
      emit IChronoScheduler.Executed(id, KEEPER, true, 0, 5, 1_000_000);
      runWith(o, c);
    }
    assertEq(scheduler.credit(owner), escrowOf(o), "one run was missed");
  }

  function test_expire_HoldsOnTheOraclesInstant() external {
    Order memory o = _committed();
    setClock(ClockSource.Attested, DUE + WINDOW);
    refuses(abi.encodeWithSelector(IChronoScheduler.ScheduleNotOver.selector, DUE + WINDOW, DUE + WINDOW));
    expire(o);
    setClock(ClockSource.Attested, DUE + WINDOW + 1);
    // However old it has become: it was past the window then.
    vm.warp(START + 1e6);
    expire(o);
    assertEq(scheduler.credit(owner), 1_000_003, "the owner's");
  }

  function test_expire_RevertsIf_TheOracleIsPaused() external {
    Order memory o = _committed();
    setClock(ClockSource.Attested, DUE + WINDOW + 1);
    registry.pause();
    refuses(abi.encodeWithSelector(IChronoOracle.OraclePaused.selector));
    expire(o);
  }

  function test_executeWith_RevertsIf_TheOracleIsGone() external {
    Order memory o = plain(terms(), DATA);
    o.schedule.clock = ClockSource.Attested;
    commit(o.schedule, DATA);
    vm.warp(DUE / 1e9);
    vm.etch(address(oracle), "");
    refuses(abi.encodeWithSelector(ClockLib.ClockMissing.selector, oracle));
    run(o);
  }

  function _terms() private view returns (Schedule memory s) {
    s = terms();
    s.clock = ClockSource.Certificate;
  }

  function _committed() private returns (Order memory o) {
    o = plain(_terms(), DATA);
    commit(o.schedule, DATA);
  }

  /// @dev What the oracle itself says of the certificate is passed on.
  function _refusesAsTheOracle(Order memory o, Certificate memory c) private {
    (bool valid, bytes memory answer) = address(oracle).staticcall(abi.encodeCall(oracle.verify, (c)));
    assertTrue(!valid && answer.length >= 4, "not valid");
    refuses(answer);
    runWith(o, c);
  }
}
