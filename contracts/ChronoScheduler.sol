// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { IChronoOracle } from "./interfaces/IChronoOracle.sol";
import { IChronoScheduler } from "./interfaces/IChronoScheduler.sol";
import { CallLib } from "./libraries/CallLib.sol";
import { ClockLib } from "./libraries/ClockLib.sol";
import { PendingLib, PendingWord } from "./libraries/PendingLib.sol";
import { RunLib } from "./libraries/RunLib.sol";
import { ScheduleLib } from "./libraries/ScheduleLib.sol";
import { SeriesLib } from "./libraries/SeriesLib.sol";
import { Certificate } from "./types/Certificate.sol";
import { ClockSource, Extras, Order, Pending, Schedule } from "./types/Schedule.sol";

/// @title ChronoScheduler
/// @notice See IChronoScheduler, which is the specification.
contract ChronoScheduler is IChronoScheduler, ReentrancyGuardTransient {
  using ScheduleLib for Schedule;
  using SeriesLib for Schedule;
  using SeriesLib for Extras;

  /// @inheritdoc IChronoScheduler
  uint64 public constant MAX_ATTESTED_AGE_NS = RunLib.MAX_ATTESTED_AGE_NS;

  /// @inheritdoc IChronoScheduler
  address public immutable oracle;
  address private immutable _registry;

  /// @inheritdoc IChronoScheduler
  mapping(address account => uint256 amount) public credit;

  constructor(address oracle_) {
    oracle = oracle_;
    _registry = IChronoOracle(oracle_).registry();
  }

  /// @inheritdoc IChronoScheduler
  /// @dev The scheduling functions go without the re-entrancy guard, so that a target may schedule its next call;
  /// nothing is called from them.
  function schedule(Schedule calldata schedule_, bytes calldata data) external payable returns (bytes32 id) {
    if (schedule_.extras != 0) revert ScheduleExtrasMismatch(0, schedule_.extras);
    schedule_.checkTerms();
    if (msg.value != schedule_.escrowOf()) revert ScheduleDepositWrong(msg.value, schedule_.escrowOf());
    id = _open(schedule_, data, msg.value);
  }

  /// @inheritdoc IChronoScheduler
  function scheduleWith(Order calldata order) external payable returns (bytes32 id) {
    return _commit(order, msg.value);
  }

  /// @inheritdoc IChronoScheduler
  function scheduleBatch(
    Order[] calldata orders,
    uint256[] calldata deposits
  ) external payable returns (bytes32[] memory ids) {
    if (orders.length != deposits.length) revert ScheduleLengthsDiffer(orders.length, deposits.length);
    ids = new bytes32[](orders.length);
    uint256 sum;
    for (uint256 i = 0; i < orders.length; ++i) {
      sum += deposits[i];
      ids[i] = _commit(orders[i], deposits[i]);
    }
    if (msg.value != sum) revert ScheduleDepositWrong(msg.value, sum);
  }

  /// @inheritdoc IChronoScheduler
  function scheduleSealed(bytes32 commitment) external payable returns (bytes32 id) {
    id = ScheduleLib.idOf(commitment, msg.sender);
    if (!PendingLib.load(id).isNone()) revert ScheduleKnown(id);

    PendingLib.store(id, PendingLib.open(msg.value, PendingLib.SEALED));
    emit ScheduledSealed(id, msg.sender, commitment, msg.value);
  }

  /// @inheritdoc IChronoScheduler
  function reveal(Order calldata order) external {
    bytes32 id = order.schedule.idOf(keccak256(order.data));
    if (!_known(id).isSealed()) revert ScheduleKnown(id);
    _check(order.schedule, order.schedule.decode(order.extras));
    order.schedule.emitScheduled(id, order.data);
    if (order.schedule.extras != 0) emit ScheduledExtras(id, order.extras);
  }

  /// @inheritdoc IChronoScheduler
  function execute(Schedule calldata schedule_, bytes calldata data) external nonReentrant returns (bool) {
    if (schedule_.extras != 0) revert ScheduleExtrasMismatch(0, schedule_.extras);
    return RunLib.runPlain(credit, oracle, _registry, msg.sender, 0, schedule_, data);
  }

  /// @inheritdoc IChronoScheduler
  function executeWith(
    Order calldata order,
    Certificate calldata certificate
  ) external nonReentrant returns (bool success) {
    uint256 certified = order.schedule.clock == ClockSource.Certificate ? _certified(certificate) : 0;
    return _run(order, msg.sender, certified);
  }

  /// @inheritdoc IChronoScheduler
  function executeBatch(
    Order[] calldata orders,
    Certificate calldata certificate
  ) external nonReentrant returns (uint8[] memory outcomes) {
    outcomes = new uint8[](orders.length);
    uint256 certified = certificate.signatures.length == 0 ? 0 : _certified(certificate);
    for (uint256 i = 0; i < orders.length; ++i) {
      // Such an order, which only a sealed one can be, could not be handed on below.
      if (orders[i].schedule.isOutOfRange()) {
        emit OrderFailed(i, abi.encodeWithSelector(ScheduleFieldOutOfRange.selector));
        continue;
      }
      (bool ran, bool success) = CallLib.tryCall(abi.encodeCall(this.executeOne, (orders[i], certified, msg.sender)));
      if (ran) outcomes[i] = success ? 2 : 1;
      else emit OrderFailed(i, CallLib.reason());
    }
  }

  /// @notice One order of a batch, in a frame of its own. Only the scheduler itself.
  /// @param certified The instant of the batch's certificate, or 0.
  function executeOne(Order calldata order, uint256 certified, address keeper) external returns (bool) {
    if (msg.sender != address(this)) revert ScheduleOnlySelf(msg.sender);
    return _run(order, keeper, certified);
  }

  /// @inheritdoc IChronoScheduler
  function cancel(Schedule calldata schedule_, bytes32 dataHash) external nonReentrant {
    (bytes32 id, uint256 deposit) = _end(schedule_, dataHash);
    emit Cancelled(id);
    if (!CallLib.pay(msg.sender, deposit)) credit[msg.sender] += deposit;
  }

  /// @inheritdoc IChronoScheduler
  function update(
    Schedule calldata schedule_,
    bytes32 dataHash,
    Order calldata order
  ) external payable nonReentrant returns (bytes32 id) {
    (bytes32 oldId, uint256 deposit) = _end(schedule_, dataHash);
    deposit += msg.value;
    uint256 needed = order.schedule.escrowOf();
    if (order.schedule.extras == 0 && deposit > needed) {
      credit[msg.sender] += deposit - needed;
      deposit = needed;
    }
    id = _commit(order, deposit);
    emit Updated(oldId, id);
  }

  /// @inheritdoc IChronoScheduler
  function topUp(bytes32 id) external payable nonReentrant {
    PendingWord word = _known(id);
    // All wei there are fit 128 bits.
    uint256 deposit = word.deposit() + msg.value;
    PendingLib.store(id, word.moved(word.run(), deposit));
    emit ToppedUp(id, msg.value, uint128(deposit));
  }

  /// @inheritdoc IChronoScheduler
  function expire(Schedule calldata schedule_, bytes calldata extras, bytes32 dataHash) external nonReentrant {
    bytes32 id = schedule_.idOf(dataHash);
    PendingWord word = _known(id);
    Extras memory series = schedule_.decode(extras);
    if (word.isSealed()) _check(schedule_, series);
    // Age does not matter here: a certified instant never lies ahead of the true time.
    bool onBlock = schedule_.clock == ClockSource.Block;
    uint256 nowNs = onBlock ? RunLib.blockTimeNs() : ClockLib.nowOf(oracle);
    (uint256 deposit, uint256 next) = (word.deposit(), word.run());
    uint256 over = schedule_.over(series, next, nowNs);

    bool ended = over == series.count;
    if (ended) PendingLib.clear(id);
    else PendingLib.store(id, word.moved(over, deposit));
    if (ended) credit[schedule_.owner] += deposit;
    if (deposit < schedule_.escrowOf()) emit Underfunded(id, uint32(next), uint32(over), uint128(deposit));
    else emit Expired(id, uint32(next), uint32(over));
  }

  /// @inheritdoc IChronoScheduler
  function withdraw(address to) external nonReentrant returns (uint256 amount) {
    amount = credit[msg.sender];
    if (amount == 0) revert ScheduleNoCredit(msg.sender);

    credit[msg.sender] = 0;
    emit Withdrawn(msg.sender, to, amount);
    if (!CallLib.pay(to, amount)) revert SchedulePaymentFailed(to, amount);
  }

  /// @inheritdoc IChronoScheduler
  function commitmentOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32) {
    return schedule_.commitmentOf(dataHash);
  }

  /// @inheritdoc IChronoScheduler
  function idOf(Schedule calldata schedule_, bytes32 dataHash) external view returns (bytes32) {
    return schedule_.idOf(dataHash);
  }

  /// @inheritdoc IChronoScheduler
  function pendingOf(bytes32 id) external view returns (Pending memory) {
    return PendingLib.load(id).toPending();
  }

  function _run(Order calldata order, address keeper, uint256 certified) private returns (bool) {
    if (order.schedule.extras == 0 && order.extras.length == 0)
      return RunLib.runPlain(credit, oracle, _registry, keeper, certified, order.schedule, order.data);
    return RunLib.runOfSeries(credit, oracle, _registry, keeper, certified, order.schedule, order.data, order.extras);
  }

  /// @dev A schedule that is made or changed openly.
  function _commit(Order calldata order, uint256 deposit) private returns (bytes32 id) {
    _check(order.schedule, order.schedule.decode(order.extras));
    uint256 needed = order.schedule.escrowOf();
    if (order.schedule.extras == 0 ? deposit != needed : deposit < needed) revert ScheduleDepositWrong(deposit, needed);
    id = _open(order.schedule, order.data, deposit);
    if (order.schedule.extras != 0) emit ScheduledExtras(id, order.extras);
  }

  /// @dev The last checks, which only a schedule that is new must pass.
  function _open(Schedule calldata schedule_, bytes calldata data, uint256 deposit) private returns (bytes32 id) {
    if (schedule_.ownerOf() != msg.sender) revert ScheduleOwnerMismatch(msg.sender, schedule_.owner);
    RunLib.checkTarget(schedule_.targetOf(), oracle, _registry);
    if (schedule_.notAfterOf() <= RunLib.blockTimeNs())
      revert ScheduleInThePast(schedule_.notAfter, RunLib.blockTimeNs());
    id = schedule_.idOf(keccak256(data));
    if (!PendingLib.load(id).isNone()) revert ScheduleKnown(id);

    PendingLib.store(id, PendingLib.open(deposit, 0));
    schedule_.emitScheduled(id, data);
  }

  /// @dev Ends a schedule before anything is paid. Only for its owner.
  function _end(Schedule calldata schedule_, bytes32 dataHash) private returns (bytes32 id, uint256 deposit) {
    if (msg.sender != schedule_.owner) revert ScheduleOwnerMismatch(msg.sender, schedule_.owner);
    id = schedule_.idOf(dataHash);
    deposit = _known(id).deposit();
    PendingLib.clear(id);
  }

  function _known(bytes32 id) private view returns (PendingWord word) {
    word = PendingLib.load(id);
    if (word.isNone()) revert ScheduleUnknown(id);
  }

  /// @dev The instant of a valid, fresh certificate; the oracle's own where that is newer, so that an old certificate
  /// cannot reopen a window that is known to be over.
  function _certified(Certificate calldata certificate) private view returns (uint256 utcNs) {
    utcNs = IChronoOracle(oracle).verify(certificate).timeUtcNs;
    uint256 held = ClockLib.nowOf(oracle);
    if (held > utcNs) utcNs = held;
    if (RunLib.blockTimeNs() > utcNs + MAX_ATTESTED_AGE_NS)
      revert OracleStale(uint64(utcNs), RunLib.blockTimeNs(), MAX_ATTESTED_AGE_NS);
  }

  function _check(Schedule calldata schedule_, Extras memory extras) private pure {
    schedule_.checkTerms();
    schedule_.check(extras);
  }
}
