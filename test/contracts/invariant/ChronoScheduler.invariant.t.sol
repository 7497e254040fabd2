// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoTest } from "../support/ChronoTest.sol";
import { SchedulerActions } from "./ChronoScheduler.actions.sol";

/// @dev The runner fuzzes contracts of test files only.
contract SchedulerHandler is SchedulerActions {
  constructor(bool moving) SchedulerActions(moving) {}
}

abstract contract SchedulerInvariants is ChronoTest {
  SchedulerHandler internal handler;

  function targetContracts() external view returns (address[] memory targets) {
    targets = new address[](1);
    targets[0] = address(handler);
  }

  function invariant_S1_EscrowInIsOutPlusHeld() external view {
    (uint256 deposits, uint256 credits) = handler.held();
    (uint256 ofScheduler, uint256 ofTarget, uint256 forced) = handler.balances();
    assertEq(ofScheduler, deposits + credits + forced, "held to the wei");
    assertEq(handler.paidIn(), handler.paidOut() + ofScheduler + ofTarget, "in = out + held + delivered");
  }

  function invariant_S2_NoScheduleEndsTwice() external view {
    assertEq(handler.endedTwice(), 0, "ended twice");
    assertTrue(handler.agrees(), "the contract's view is the books'");
  }

  function invariant_S3_NothingRunsOutsideItsWindowOnItsClock() external view {
    assertEq(handler.outsideTheWindow(), 0, "outside");
  }

  function invariant_S4_AnExecutedRunsCallDidRun() external view {
    assertEq(handler.otherOutcome(), 0, "another outcome than the target's");
    assertTrue(handler.traces(), "the targets' own count");
  }

  function invariant_S5_NothingIsRefusedThatMustPass() external view {
    assertEq(handler.wronglyRefused(), 0, "refused");
  }

  function invariant_S6_NoRunOfASeriesHappensTwice() external view {
    assertEq(handler.ranTwice(), 0, "ran twice");
    assertEq(handler.ranWithoutLeave(), 0, "ran without money, or against its condition");
  }

  function invariant_S7_NoScheduleBlocksAnother() external view {
    assertEq(handler.blocked(), 0, "blocked");
  }
}

/// @dev Time stands still but for calls that move it.
contract ChronoSchedulerInvariantTest is SchedulerInvariants {
  function setUp() public {
    handler = new SchedulerHandler(false);
  }
}

/// @dev Time goes on with each call.
contract ChronoSchedulerMovingInvariantTest is SchedulerInvariants {
  function setUp() public {
    handler = new SchedulerHandler(true);
  }
}
