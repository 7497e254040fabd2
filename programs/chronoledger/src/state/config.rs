use anchor_lang::prelude::*;

/// Who governs, and where the last epoch ends. PDA: "config".
#[account]
#[derive(InitSpace)]
pub struct Config {
    /// Adds and ends epochs, revokes nodes, pauses and resumes.
    pub governance: Pubkey,
    /// Zero when none was proposed.
    pub pending_governance: Pubkey,
    /// May pause, no more.
    pub guardian: Pubkey,
    /// Names the cluster in the context of an attested intent.
    pub genesis_hash: [u8; 32],
    pub network_id: u32,
    /// Zero before the first.
    pub last_epoch: u32,
    /// TAI nanoseconds, exclusive.
    pub last_valid_until: u64,
    pub bump: u8,
}
