// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Certificate } from "../../../contracts/types/Certificate.sol";
import { Reading } from "../../../contracts/types/Reading.sol";
import { TimeFixture } from "../support/TimeFixture.sol";

/// @notice Submits good and bad certificates over two epochs, revokes, pauses, ends; remembers what was accepted.
contract OracleHandler is TimeFixture {
  uint64 private constant SWITCH = START_TAI_NS + 12e9;

  uint32 private _revoked;
  bool private _paused;
  uint64 private _nowNs = START * 1e9;

  uint64 public time;
  uint64 public sequence;
  uint256 public accepted;
  uint256 public secondEpoch;
  uint256 public wentBack;
  uint256 public belowQuorum;
  uint256 public fromTheFuture;
  uint256 public outsideEpoch;
  uint256 public whilePaused;
  uint256 public wronglyRefused;

  constructor() {
    deployTime(4, 1);
    registry.endEpoch(1, SWITCH);
    addEpoch(2, 4, 1, SWITCH, VALID_UNTIL);
  }

  /// @dev Mostly what honest nodes would make: by chance alone hardly any certificate would be valid.
  function submit(uint64 advance, uint8 gap, uint8 signers, uint8 mode) external {
    bool wild = mode % 8 == 0;
    (bool tamper, bool late) = (mode % 8 == 1, mode % 8 == 2);
    uint64 from =
      wild
        ? _nowNs + 17e9
        : time > _nowNs + 37e9
          ? time
          : _nowNs + 37e9;
    Fields memory f = heartbeat(uint64(from + bound(advance, 0, wild ? 60e9 : 3e9)), sequence + (gap % 4));
    f.epoch = f.time >= SWITCH != late ? 2 : 1;
    uint32[5] memory quorums = [uint32(0xe), 0xd, 0xb, 0x7, 0xf];
    uint32 bitmap = (wild ? uint32(signers & 0xf) : quorums[signers % 5]) << 28;
    Certificate memory c = certify(f, bytes4(bitmap));
    if (tamper) c.statement[3] ^= bytes32(uint256(1));
    bool valid =
      !tamper &&
        _count(bitmap) >= 3 &&
        bitmap & _revoked == 0 &&
        f.time > time &&
        f.sequence > sequence &&
        (f.epoch == 1 ? f.time < SWITCH : f.time >= SWITCH) &&
        f.time - 37e9 <= block.timestamp * 1e9 + uint256(MAX_AHEAD_MS) * 1e6 &&
        !_paused;
    try oracle.submit(c.statement, c.signers, c.signatures) {
      ++accepted;
      if (f.epoch == 2) ++secondEpoch;
      if (f.time <= time || f.sequence <= sequence) ++wentBack;
      if (_count(bitmap) < 3 || tamper || bitmap & _revoked != 0) ++belowQuorum;
      if (f.time - 37e9 > block.timestamp * 1e9 + uint256(MAX_AHEAD_MS) * 1e6) ++fromTheFuture;
      if (f.epoch == 1 ? f.time >= SWITCH : f.time < SWITCH) ++outsideEpoch;
      if (_paused) ++whilePaused;
      (time, sequence) = (f.time, f.sequence);
    } catch {
      if (valid) ++wronglyRefused;
    }
  }

  function passTime(uint64 ns) external {
    _nowNs += uint64(bound(ns, 1, 10e9));
    vm.warp(_nowNs / 1e9);
  }

  /// @dev Rarely, and never more than one of four: time shall go on.
  function revoke(uint8 node, uint8 rarely) external {
    if (rarely > 8 || _revoked != 0) return;
    registry.revokeNode(1, node % 4);
    registry.revokeNode(2, node % 4);
    _revoked = uint32(0x80000000) >> (node % 4);
  }

  function pause(uint8 rarely) external {
    bool on = rarely < 64;
    if (on) registry.pause();
    else registry.unpause();
    _paused = on;
  }

  function latest() external view returns (Reading memory) {
    return oracle.latest();
  }

  function _count(uint32 bitmap) private pure returns (uint256 bits) {
    for (; bitmap != 0; bitmap &= bitmap - 1) ++bits;
  }
}

contract ChronoOracleInvariantTest is TimeFixture {
  OracleHandler private _handler;

  function setUp() public {
    _handler = new OracleHandler();
  }

  function targetContracts() external view returns (address[] memory targets) {
    targets = new address[](1);
    targets[0] = address(_handler);
  }

  function invariant_T1_TimeNeverGoesBack() external view {
    assertEq(_handler.wentBack(), 0, "went back");
    assertEq(_handler.latest().timeTaiNs, _handler.time(), "the newest accepted is the latest");
    assertEq(_handler.latest().sequence, _handler.sequence(), "sequence");
  }

  function invariant_T2_NoCertificateBelowTheThreshold() external view {
    assertEq(_handler.belowQuorum(), 0, "below k, tampered with, or revoked");
  }

  function invariant_T3_NothingOutsideItsEpochOrFromTheFuture() external view {
    assertEq(_handler.outsideEpoch() + _handler.fromTheFuture(), 0, "outside");
  }

  function invariant_T4_NothingWhilePaused() external view {
    assertEq(_handler.whilePaused(), 0, "while paused");
  }

  function invariant_T5_ValidCertificatesAreAccepted() external view {
    assertEq(_handler.wronglyRefused(), 0, "refused");
  }
}
