use anchor_lang::prelude::*;

use crate::constants::MAX_NODES;
use crate::error::ChronoError;

/// SEC 1 compressed: 2 or 3 by the parity of y, then x.
pub type CompressedKey = [u8; 33];

/// One epoch's nodes and policy (docs/protocol.md section 4). PDA: "node-set", epoch as u32 little-endian.
/// 1,128 bytes with the discriminator.
#[account(zero_copy)]
#[derive(Debug)]
pub struct NodeSet {
    /// TAI nanoseconds, inclusive.
    pub valid_from: u64,
    /// TAI nanoseconds, exclusive.
    pub valid_until: u64,
    pub max_uncertainty_ns: u64,
    pub max_lead_ns: u64,
    pub network_id: u32,
    pub epoch: u32,
    pub policy_id: u32,
    /// Nodes whose signatures do not count; node 0 is the most significant bit.
    pub revoked: u32,
    /// Nodes that have proven their keys; the same order.
    pub registered: u32,
    pub n: u8,
    pub f: u8,
    /// Signers that make a quorum: ceil((n + f + 1) / 2).
    pub k: u8,
    pub bump: u8,
    /// 1: the test flag is allowed.
    pub allow_test: u8,
    /// 1: in use, and fixed but for `revoked`, `paused` and an earlier `valid_until`.
    pub active: u8,
    /// 1: no certificate of the epoch is accepted.
    pub paused: u8,
    pub _reserved: [u8; 5],
    pub keys: [CompressedKey; MAX_NODES],
}

impl NodeSet {
    /// With the discriminator.
    pub const SPACE: usize = 8 + core::mem::size_of::<NodeSet>();

    /// The bit of a node.
    pub fn bit(index: u8) -> u32 {
        (1u32 << 31) >> index
    }

    /// The bits of all nodes.
    pub fn members(&self) -> u32 {
        // n is 1 to 32.
        u32::MAX << (32 - u32::from(self.n))
    }

    /// Signers that make a quorum, so that any two share an honest node.
    pub fn quorum(n: u8, f: u8) -> u8 {
        (n + f + 2) / 2
    }

    pub fn require_member(&self, index: u8) -> Result<()> {
        require!(index < self.n, ChronoError::NodeUnknown);
        Ok(())
    }

    pub fn invariant(&self) -> Result<()> {
        let sized = self.n >= 1 && usize::from(self.n) <= MAX_NODES && u16::from(self.n) > 3 * u16::from(self.f);
        let quorate = self.k == Self::quorum(self.n, self.f);
        let bits = (self.registered | self.revoked) & !self.members() == 0;
        let whole = self.active == 0 || self.registered == self.members();
        require!(sized && quorate && bits && whole && self.valid_from < self.valid_until, ChronoError::Invariant);
        Ok(())
    }
}

const _: () = assert!(NodeSet::SPACE == 1128);
