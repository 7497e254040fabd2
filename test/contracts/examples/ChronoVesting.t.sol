// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoVesting } from "../../../contracts/examples/ChronoVesting.sol";
import { IChronoOracle } from "../../../contracts/interfaces/IChronoOracle.sol";
import { Picky } from "../support/Targets.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

/// @notice Asks for more whenever it is paid.
contract Insatiable {
  uint256 public tries;

  receive() external payable {
    ++tries;
    (bool ok, ) = msg.sender.call(abi.encodeCall(ChronoVesting.release, ()));
    require(!ok, "paid twice");
  }
}

contract ChronoVestingTest is TimeFixture {
  uint64 private constant BEGIN = START * 1e9;
  uint64 private constant CLIFF = BEGIN + 100e9;
  uint64 private constant END = BEGIN + 400e9;
  address private constant HEIR = address(0xbe4ef);

  uint64 private _sequence;

  function setUp() public {
    deployTime(4, 1);
    vm.deal(address(this), 1_000 ether);
  }

  function testFuzz_release_PaysTheStraightLineAndNeverEarly(uint64 first, uint64 second, uint96 total) external {
    ChronoVesting vesting = _vest(HEIR, total);
    first = uint64(bound(first, BEGIN, END + 50e9));
    second = uint64(bound(second, first + 1, END + 100e9));
    _release(vesting, first, 0);
    uint256 paid = HEIR.balance;
    assertEq(paid, _expected(first, total), "the first time");
    _release(vesting, second, paid);
    assertEq(HEIR.balance, _expected(second, total), "the second time");
    assertEq(HEIR.balance + address(vesting).balance, total, "nothing is lost");
  }

  function test_release_HoldsTheCliffToTheNanosecond() external {
    ChronoVesting vesting = _vest(HEIR, 4 ether);
    _at(CLIFF - 1);
    vm.expectRevert(ChronoVesting.NothingToRelease.selector);
    vesting.release();
    _at(CLIFF);
    vesting.release();
    assertEq(HEIR.balance, 1 ether, "a quarter at the cliff");
    _at(END);
    vesting.release();
    assertEq(HEIR.balance, 4 ether, "all at the end");
  }

  function test_release_CountsWhatIsPutInLater() external {
    ChronoVesting vesting = _vest(HEIR, 2 ether);
    _at(BEGIN + 200e9);
    vesting.release();
    (bool ok, ) = address(vesting).call{ value: 2 ether }("");
    assertTrue(ok, "put in");
    vesting.release();
    assertEq(HEIR.balance, 2 ether, "half of four");
  }

  function test_release_TakesAnInstantOfAnyAgeButNotOfAPausedOracle() external {
    ChronoVesting vesting = _vest(HEIR, 4 ether);
    _at(CLIFF);
    vm.warp(END / 1e9 + 1_000_000);
    vesting.release();
    assertEq(HEIR.balance, 1 ether, "what had vested by the last certificate");
    _at(END);
    registry.pause();
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    vesting.release();
  }

  function test_release_RevertsIf_TheBeneficiaryRefuses() external {
    Picky picky = new Picky();
    ChronoVesting vesting = _vest(address(picky), 1 ether);
    _at(END);
    vm.expectRevert(abi.encodeWithSelector(ChronoVesting.ReleaseFailed.selector, picky));
    vesting.release();
    picky.setOpen(true);
    vesting.release();
    assertEq(address(picky).balance, 1 ether, "later it takes it");
  }

  function test_release_PaysOnceAnHeirWhoComesBackIn() external {
    Insatiable heir = new Insatiable();
    ChronoVesting vesting = _vest(address(heir), 4 ether);
    _at(BEGIN + 200e9);
    vesting.release();
    assertTrue(heir.tries() == 1 && address(heir).balance == 2 ether, "once");
  }

  function test_constructor_RevertsIf_TimesAreInvalidOrNobodyGains() external {
    uint64[3][4] memory cases = [[END, END, END], [BEGIN, BEGIN - 1, END], [BEGIN, END + 1, END], [BEGIN, CLIFF, END]];
    for (uint256 i = 0; i < 4; ++i) {
      (uint64 a, uint64 b, uint64 c) = (cases[i][0], cases[i][1], cases[i][2]);
      bytes memory code = abi.encodePacked(
        creationCode("contracts/examples/ChronoVesting.sol", "ChronoVesting"),
        abi.encode(oracle, i == 3 ? address(0) : HEIR, a, b, c)
      );
      address made;
      assembly ("memory-safe") {
        made := create(0, add(code, 0x20), mload(code))
      }
      assertTrue(made == address(0), "refused");
    }
  }

  function _vest(address heir, uint256 total) private returns (ChronoVesting vesting) {
    bytes memory arguments = abi.encode(oracle, heir, BEGIN, CLIFF, END);
    vesting = ChronoVesting(payable(deploy("contracts/examples/ChronoVesting.sol", "ChronoVesting", arguments)));
    vm.deal(address(vesting), total);
  }

  function _at(uint64 utcNs) private {
    vm.warp(utcNs / 1e9);
    submitAt(utcNs, ++_sequence);
  }

  function _release(ChronoVesting vesting, uint64 utcNs, uint256 paid) private {
    _at(utcNs);
    if (vesting.vestedAt(utcNs) == paid) vm.expectRevert(ChronoVesting.NothingToRelease.selector);
    vesting.release();
  }

  function _expected(uint64 utcNs, uint256 total) private pure returns (uint256) {
    if (utcNs < CLIFF) return 0;
    return utcNs >= END ? total : (total * (utcNs - BEGIN)) / 400e9;
  }
}
