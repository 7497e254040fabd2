// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import { IChronoOracle } from "@chronoledger/contracts/interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "@chronoledger/contracts/interfaces/IChronoScheduler.sol";
import { LocalTime } from "@chronoledger/contracts/testing/LocalTime.sol";
import { Certificate, Inclusion } from "@chronoledger/contracts/types/Certificate.sol";
import { ClockSource, Schedule } from "@chronoledger/contracts/types/Schedule.sol";
import { TicketSale } from "../contracts/TicketSale.sol";

interface Vm {
  function warp(uint256 seconds_) external;
  function etch(address account, bytes calldata code) external;
  function expectRevert(bytes calldata data) external;
}

contract TicketSaleTest {
  Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
  uint64 private constant OPENS = 1_800_000_000_123_456_789;

  TicketSale private sale;

  function setUp() public {
    LocalTime.install();
    LocalTime.setTime(OPENS - 2);
    sale = new TicketSale(OPENS);
  }

  function install() external {
    LocalTime.install();
  }

  function advance(uint64 ns) external {
    LocalTime.advance(ns);
  }

  function test_NobodyBuysOneNanosecondEarly() public {
    LocalTime.advance(1);
    vm.expectRevert(abi.encodeWithSelector(TicketSale.NotOpenYet.selector));
    sale.buy();
  }

  function test_TheSaleOpensAtTheInstant() public {
    LocalTime.setTime(OPENS);
    sale.buy();
    require(sale.sold() == 1 && sale.soldAt() == OPENS, "not sold at the instant");
  }

  function test_TimeThatIsTooOldSellsNothing() public {
    LocalTime.setTime(OPENS);
    uint256 later = OPENS / 1e9 + 302;
    vm.warp(later);
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleStale.selector, OPENS, later * 1e9, uint64(300e9)));
    sale.buy();
  }

  function test_TheBlockFollowsTheTimeAndNeverGoesBack() public {
    require(block.timestamp == OPENS / 1e9, "the block did not follow");
    vm.warp(OPENS / 1e9 + 50);
    LocalTime.advance(1e9);
    require(block.timestamp == OPENS / 1e9 + 50, "the block went back");
  }

  function test_AWrongSignatureIsRefused() public {
    Certificate memory made = LocalTime.certificate(OPENS);
    made.signatures[64 + 5] ^= 0x01;
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 1));
    LocalTime.submit(made);
  }

  function test_ASignatureUnderAnotherTimeIsRefused() public {
    Certificate memory made = LocalTime.certificate(OPENS);
    made.statement[1] = LocalTime.certificate(OPENS + 1).statement[1];
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleSignatureInvalid.selector, 0));
    LocalTime.submit(made);
  }

  function test_TwoSignersAreTooFew() public {
    Certificate memory made = LocalTime.certificate(OPENS);
    bytes memory two = made.signatures;
    assembly ("memory-safe") {
      mstore(two, 128)
    }
    made.signers = 0xc0000000;
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OracleQuorumShort.selector, 2, 3));
    LocalTime.submit(made);
  }

  function test_TimeNeverGoesBack() public {
    Certificate memory made = LocalTime.certificate(OPENS - 3);
    vm.expectRevert(
      abi.encodeWithSelector(IChronoOracle.OracleTimeNotNewer.selector, OPENS - 3 + 37e9, OPENS - 2 + 37e9)
    );
    LocalTime.submit(made);
  }

  function test_APausedOracleSellsNothing() public {
    LocalTime.setTime(OPENS);
    LocalTime.registry().pause();
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OraclePaused.selector));
    sale.buy();
  }

  function test_TimeIsInstalledOnce() public {
    vm.expectRevert(abi.encodeWithSelector(LocalTime.LocalTimeOccupied.selector));
    this.install();
  }

  function test_TimeIsInstalledFirst() public {
    vm.etch(address(LocalTime.oracle()), "");
    vm.expectRevert(abi.encodeWithSelector(LocalTime.LocalTimeNotInstalled.selector));
    this.advance(1);
  }

  function test_AnOrderStampedBeforeTheInstantIsShown() public {
    bytes memory call = abi.encodeWithSelector(TicketSale.buy.selector);
    (Inclusion memory order, Certificate memory made) = LocalTime.intent(
      address(sale),
      address(this),
      call,
      OPENS - 2,
      OPENS - 1
    );
    sale.claimPlace(order, made);
    require(sale.firstInLine() == address(this), "not in line");

    order.leaf[1] = bytes32(0);
    bytes32 root = sha256(abi.encodePacked(bytes1(0), order.leaf));
    vm.expectRevert(abi.encodeWithSelector(IChronoOracle.OraclePathInvalid.selector, root, made.statement[2]));
    sale.claimPlace(order, made);
  }

  function test_AKeeperBuysOnTheAttestedClock() public {
    IChronoScheduler scheduler = LocalTime.installScheduler();
    Schedule memory terms;
    terms.owner = address(this);
    terms.target = address(sale);
    terms.gasLimit = 100_000;
    terms.maxBaseFee = type(uint64).max;
    terms.clock = ClockSource.Attested;
    terms.notBefore = OPENS;
    terms.notAfter = OPENS + 12e9;
    bytes memory call = abi.encodeWithSelector(TicketSale.buy.selector);
    scheduler.schedule(terms, call);

    vm.expectRevert(abi.encodeWithSelector(IChronoScheduler.ScheduleTooEarly.selector, OPENS - 2, OPENS));
    scheduler.execute(terms, call);
    LocalTime.setTime(OPENS);
    require(scheduler.execute(terms, call) && sale.sold() == 1, "not bought");
  }
}
