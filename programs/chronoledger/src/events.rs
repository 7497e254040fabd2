//! Events, in the transaction's log. Times are nanoseconds, amounts lamports.
use anchor_lang::prelude::*;

#[event]
pub struct GovernanceProposedV0 {
    pub pending: Pubkey,
}

#[event]
pub struct GovernanceAcceptedV0 {
    pub governance: Pubkey,
}

#[event]
pub struct GuardianSetV0 {
    pub guardian: Pubkey,
}

#[event]
pub struct NodeAddedV0 {
    pub epoch: u32,
    pub index: u8,
    /// x || y.
    pub key: [u8; 64],
    /// SHA-256 of the node's attestation evidence.
    pub evidence: [u8; 32],
}

#[event]
pub struct NodeRevokedV0 {
    pub epoch: u32,
    pub index: u8,
}

#[event]
pub struct EpochAddedV0 {
    pub epoch: u32,
    pub policy_id: u32,
    pub n: u8,
    pub f: u8,
    pub k: u8,
    /// TAI.
    pub valid_from: u64,
    /// TAI, exclusive.
    pub valid_until: u64,
}

#[event]
pub struct EpochEndedV0 {
    pub epoch: u32,
    pub valid_until: u64,
}

#[event]
pub struct EpochPausedSetV0 {
    pub epoch: u32,
    pub paused: bool,
}

#[event]
pub struct ClockPausedSetV0 {
    pub paused: bool,
}

#[event]
pub struct TimeAcceptedV0 {
    pub sequence: u64,
    /// TAI.
    pub time: u64,
    pub uncertainty: u64,
}

/// The certificate has its quorum.
#[event]
pub struct CertifiedV0 {
    /// SHA-256 of the statement.
    pub digest: [u8; 32],
    pub signers: u32,
}

#[event]
pub struct TaskQueuedV0 {
    pub task: Pubkey,
    pub owner: Pubkey,
    pub id: u64,
}

#[event]
pub struct TaskUpdatedV0 {
    pub task: Pubkey,
}

#[event]
pub struct TaskFundedV0 {
    pub task: Pubkey,
    pub escrow: u64,
}

/// Stands in the log before the run's instructions, so that they cannot push it out. A run that fails leaves none.
#[event]
pub struct TaskRunV0 {
    pub task: Pubkey,
    /// From 0; runs between the last and this one were missed.
    pub number: u32,
    pub keeper: Pubkey,
    /// By the task's clock, after the run's not_before.
    pub lateness: u64,
    /// By the chain's clock, which has whole seconds.
    pub chain_lateness: i64,
    pub reward: u64,
}

/// No more runs.
#[event]
pub struct TaskClosedV0 {
    pub task: Pubkey,
    pub reason: CloseReason,
    /// Deposit and rent that went back.
    pub refund: u64,
}

#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    Done,
    Cancelled,
    Expired,
}
