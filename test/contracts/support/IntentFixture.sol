// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import { Certificate, Inclusion } from "../../../contracts/types/Certificate.sol";
import { SchedulerFixture } from "./SchedulerFixture.sol";

/// @notice Stamped intents, as the network would give them.
abstract contract IntentFixture is SchedulerFixture {
  /// @notice An intent certified at an instant (UTC ns), which had arrived `age` ns before, alone in its batch but for one.
  function stamp(
    address target,
    address sender,
    bytes memory callData,
    uint64 certifiedUtcNs,
    uint64 age
  ) internal view returns (Inclusion memory i, Certificate memory c) {
    uint64 taiNs = certifiedUtcNs + 37e9;
    i.leaf[0] = bytes32(abi.encodePacked(taiNs - age, uint64(99), uint64(1), POLICY, uint32(0)));
    i.leaf[1] = keccak256("imprint");
    i.leaf[2] = sha256(abi.encodePacked("ChronoLedger/Intent1", block.chainid, target, sender, sha256(callData)));
    i.path = new bytes32[](1);
    i.path[0] = keccak256("another leaf");
    Fields memory f = heartbeat(taiNs, 1_000);
    f.imprint = sha256(abi.encodePacked(uint8(1), sha256(abi.encodePacked(uint8(0), i.leaf)), i.path[0]));
    c = certify(f, 0xe0000000);
  }
}
