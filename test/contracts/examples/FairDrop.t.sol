// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { FairDrop } from "../../../contracts/examples/FairDrop.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { ChronoConsumer } from "../../../contracts/periphery/ChronoConsumer.sol";
import { Picky } from "../support/Targets.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

contract FairDropTest is TimeFixture {
  uint64 private constant OPENS = (START + 50) * 1e9;
  address private constant CREATOR = address(0xc4ea);

  FairDrop private _drop;

  function setUp() public {
    deployTime(4, 1);
    vm.prank(CREATOR);
    _drop = new FairDrop(oracle, OPENS, 2, 10);
    for (uint160 i = 1; i < 5; ++i) vm.deal(address(i << 20), 100);
  }

  function test_mint_OpensForAllAtTheAttestedInstant() external {
    // The chain's own clock is past it, which counts for nothing.
    vm.warp(START + 60);
    submitAt(OPENS - 1, 1);
    vm.prank(_who(1));
    vm.expectRevert(abi.encodeWithSelector(ChronoConsumer.ChronoNotYet.selector, OPENS));
    _drop.mint{ value: 10 }();
    submitAt(OPENS, 2);
    vm.prank(_who(1));
    assertEq(_drop.mint{ value: 10 }(), 1, "the first");
    assertEq(_drop.ownerOf(1), _who(1), "owner");
  }

  function test_mint_RevertsIf_SoldOutRepeatedOrUnpaid() external {
    vm.warp(START + 60);
    submitAt(OPENS, 1);
    vm.prank(_who(1));
    vm.expectRevert(abi.encodeWithSelector(FairDrop.DropWrongPrice.selector, 9, 10));
    _drop.mint{ value: 9 }();
    vm.prank(_who(1));
    _drop.mint{ value: 10 }();
    vm.prank(_who(1));
    vm.expectRevert(abi.encodeWithSelector(FairDrop.DropOneEach.selector, _who(1)));
    _drop.mint{ value: 10 }();
    vm.prank(_who(2));
    _drop.mint{ value: 10 }();
    vm.prank(_who(3));
    vm.expectRevert(abi.encodeWithSelector(FairDrop.DropSoldOut.selector, 2));
    _drop.mint{ value: 10 }();
    _drop.collect();
    assertEq(CREATOR.balance, 20, "collected");
  }

  function test_mint_RevertsIf_TheOracleIsPaused() external {
    vm.warp(START + 60);
    submitAt(OPENS, 1);
    registry.pause();
    vm.prank(_who(1));
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _drop.mint{ value: 10 }();
  }

  function test_mint_NeedsNoFreshCertificateOnceOpen() external {
    vm.warp(START + 60);
    submitAt(OPENS, 1);
    vm.warp(START + 1_000_000);
    vm.prank(_who(1));
    assertEq(_drop.mint{ value: 10 }(), 1, "what is passed stays passed");
  }

  function test_collect_RevertsIf_TheCreatorRefuses() external {
    Picky picky = new Picky();
    vm.prank(address(picky));
    FairDrop drop = new FairDrop(oracle, OPENS, 1, 0);
    vm.expectRevert(abi.encodeWithSelector(FairDrop.CollectFailed.selector, picky));
    drop.collect();
  }

  function _who(uint160 i) private pure returns (address) {
    return address(i << 20);
  }
}
