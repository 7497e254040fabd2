use anchor_lang::prelude::*;

use crate::verify::{Statement, STATEMENT_BYTES};

/// A certificate under verification, or with its quorum: what proofs are held against, and the way to more signatures
/// than one transaction holds. PDA: "certificate", SHA-256 of the statement.
#[account]
#[derive(InitSpace)]
pub struct Certificate {
    pub statement: [u8; STATEMENT_BYTES],
    /// Whose signatures were verified; node 0 is the most significant bit.
    pub signers: u32,
    /// Paid the rent, and may have it back.
    pub payer: Pubkey,
    pub bump: u8,
}

impl Certificate {
    pub fn statement(&self) -> Statement<'_> {
        Statement::new(&self.statement)
    }
}
