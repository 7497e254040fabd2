use anchor_lang::prelude::*;
use solana_sha256_hasher::hashv;

use crate::constants::MAX_PATH;
use crate::error::ChronoError;
use crate::verify::Statement;

/// Bytes of a leaf (docs/protocol.md section 6).
pub const LEAF_BYTES: usize = 96;

/// A leaf of a batch and its way to the root.
#[derive(AnchorSerialize, AnchorDeserialize, Clone)]
pub struct Inclusion {
    pub leaf: [u8; LEAF_BYTES],
    /// Bit i, from the least significant, is 1 when the sibling at level i stands on the left.
    pub directions: u32,
    /// The siblings, from the leaf upwards; at most 32.
    pub path: Vec<[u8; 32]>,
}

/// What a proof shows. Times are TAI nanoseconds.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenTime {
    /// One node's reading when the request arrived.
    pub arrival_tai_ns: u64,
    pub arrival_uncertainty_ns: u64,
    /// The quorum's word: the imprint existed before this instant.
    pub certified_tai_ns: u64,
    pub tai_minus_utc: i16,
    /// SHA-256 of what was stamped.
    pub imprint: [u8; 32],
    /// The client's nonce, or a binding.
    pub context: [u8; 32],
}

impl Inclusion {
    /// The RFC 9162 root that the leaf and the path lead to.
    pub fn root(&self) -> Result<[u8; 32]> {
        require!(self.path.len() <= MAX_PATH, ChronoError::PathTooLong);
        let mut node = hashv(&[&[0], &self.leaf]).to_bytes();
        for (level, sibling) in self.path.iter().enumerate() {
            let on_the_left = (self.directions >> level) & 1 == 1;
            let (left, right) = if on_the_left { (sibling, &node) } else { (&node, sibling) };
            node = hashv(&[&[1], left, right]).to_bytes();
        }
        Ok(node)
    }

    /// Errors unless the leaf leads to the statement's imprint and is not later than it.
    pub fn lead_to(&self, statement: Statement) -> Result<ProvenTime> {
        // A zero imprint is a heartbeat: no hash leads there.
        require!(self.root()? == statement.imprint(), ChronoError::PathInvalid);
        let number = |at: usize| u64::from_be_bytes(self.part(at));
        let (arrival_tai_ns, certified_tai_ns) = (number(0), statement.time());
        require!(arrival_tai_ns <= certified_tai_ns, ChronoError::LeafAfterCertificate);
        Ok(ProvenTime {
            arrival_tai_ns,
            arrival_uncertainty_ns: number(8),
            certified_tai_ns,
            tai_minus_utc: statement.tai_minus_utc(),
            imprint: self.part(32),
            context: self.part(64),
        })
    }

    fn part<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut part = [0; N];
        part.copy_from_slice(&self.leaf[offset..offset + N]);
        part
    }
}

/// The context that binds a stamp to one instruction by one sender to one program of the cluster
/// (docs/protocol.md section 7). `data_hash` is SHA-256 of the instruction's data.
pub fn intent_context(genesis_hash: &[u8; 32], program: &Pubkey, sender: &Pubkey, data_hash: &[u8; 32]) -> [u8; 32] {
    hashv(&[b"ChronoLedger/Intent2", genesis_hash, program.as_ref(), sender.as_ref(), data_hash]).to_bytes()
}
