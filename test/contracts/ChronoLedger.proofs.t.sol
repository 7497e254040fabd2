// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ChronoLedger } from "../../contracts/ChronoLedger.sol";
import { IChronoOracle } from "../../contracts/interfaces/IChronoOracle.sol";
import { LocalTime } from "../../contracts/testing/LocalTime.sol";
import { Certificate, Inclusion } from "../../contracts/types/Certificate.sol";
import { ProvenTime } from "../../contracts/types/Reading.sol";
import { ChronoTest } from "./support/ChronoTest.sol";

contract IntentTaker {
  function prove(Inclusion calldata inclusion, Certificate calldata c) external view returns (ProvenTime memory) {
    return ChronoLedger.verifyProof(inclusion, c);
  }

  function take(
    bytes calldata callData,
    Inclusion calldata inclusion,
    Certificate calldata c
  ) external view returns (ProvenTime memory) {
    return ChronoLedger.verifyIntent(msg.sender, callData, inclusion, c);
  }
}

/// @notice Proofs by the library, with registry and oracle at their addresses.
contract ChronoLedgerProofsTest is ChronoTest {
  uint64 private constant AT = 1_900_000_000e9;
  bytes private constant CALL = hex"deadbeef";

  IntentTaker private _taker;
  Inclusion private _inclusion;
  Certificate private _certificate;

  function setUp() public {
    LocalTime.install();
    LocalTime.setTime(AT - 10);
    _taker = new IntentTaker();
    (Inclusion memory i, Certificate memory c) = LocalTime.intent(address(_taker), address(this), CALL, AT - 5, AT);
    (_inclusion.leaf, _inclusion.directions, _inclusion.path) = (i.leaf, i.directions, i.path);
    _certificate = c;
  }

  function test_verifyIntent_TellsBothTimes() external view {
    ProvenTime memory proven = _taker.take(CALL, _inclusion, _certificate);
    assertEq(proven.arrivalTaiNs, AT - 5 + 37e9, "arrival");
    assertEq(proven.certifiedTaiNs, AT + 37e9, "certified");
    assertTrue(proven.taiMinusUtc == 37 && proven.arrivalUncertaintyNs != 0, "offset and uncertainty");
    assertEq(abi.encode(_taker.prove(_inclusion, _certificate)), abi.encode(proven), "as the proof alone");
    IChronoOracle oracle = LocalTime.oracle();
    assertEq(abi.encode(oracle.verifyProof(_inclusion, _certificate)), abi.encode(proven), "as the oracle says");
  }

  function test_verifyIntent_RevertsIf_ItIsAnothersCall() external {
    vm.expectPartialRevert(IChronoOracle.OracleIntentMismatch.selector);
    _taker.take(hex"deadbeee", _inclusion, _certificate);
    vm.prank(address(0xb0b));
    vm.expectPartialRevert(IChronoOracle.OracleIntentMismatch.selector);
    _taker.take(CALL, _inclusion, _certificate);
    IntentTaker other = new IntentTaker();
    vm.expectPartialRevert(IChronoOracle.OracleIntentMismatch.selector);
    other.take(CALL, _inclusion, _certificate);
  }

  function test_verifyProof_RevertsByTheOraclesNames() external {
    Certificate memory c = _certificate;
    c.signatures[9] ^= 0x01;
    vm.expectPartialRevert(IChronoOracle.OracleSignatureInvalid.selector);
    _taker.prove(_inclusion, c);
    c = _certificate;
    c.signers = 0;
    vm.expectPartialRevert(IChronoOracle.OracleSignaturesLength.selector);
    _taker.prove(_inclusion, c);
    Inclusion memory i = _inclusion;
    i.leaf[1] = 0;
    vm.expectPartialRevert(IChronoOracle.OraclePathInvalid.selector);
    _taker.prove(i, _certificate);
    i = _inclusion;
    i.path = new bytes32[](33);
    vm.expectPartialRevert(IChronoOracle.OraclePathTooLong.selector);
    _taker.prove(i, _certificate);
    (i, c) = LocalTime.intent(address(_taker), address(this), CALL, AT + 1, AT);
    vm.expectPartialRevert(IChronoOracle.OracleLeafAfterCertificate.selector);
    _taker.prove(i, c);
  }

  function test_verifyProof_DoesNotCallTheOracleWhereTheCertificateIsValid() external {
    vm.etch(address(LocalTime.oracle()), "");
    assertEq(_taker.prove(_inclusion, _certificate).certifiedTaiNs, AT + 37e9, "by the node set alone");
  }

  function test_verifyProof_StopsWithTheEpoch() external {
    LocalTime.registry().pause();
    vm.expectRevert(IChronoOracle.OraclePaused.selector);
    _taker.prove(_inclusion, _certificate);
    LocalTime.registry().unpause();
    _taker.prove(_inclusion, _certificate);
    LocalTime.registry().revokeNode(1, 0);
    vm.expectPartialRevert(IChronoOracle.OracleSignerRevoked.selector);
    _taker.prove(_inclusion, _certificate);
  }
}
