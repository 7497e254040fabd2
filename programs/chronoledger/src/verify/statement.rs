use anchor_lang::prelude::*;

use crate::error::ChronoError;
use crate::state::{chain_ns, utc_ns, NodeSet};

pub const STATEMENT_BYTES: usize = 160;

/// The 160 bytes of docs/protocol.md section 3.
#[derive(Clone, Copy)]
pub struct Statement<'a>(&'a [u8; STATEMENT_BYTES]);

const DOMAIN: &[u8; 16] = b"ChronoLedger/TS1";
const QUORUM: u8 = 2;
const REGISTRATION: u8 = 5;
/// Leap insertion, leap deletion, holdover.
const PLAIN_FLAGS: u8 = 0b0111;
const TEST_FLAG: u8 = 0b1000;

impl<'a> Statement<'a> {
    pub fn new(bytes: &'a [u8; STATEMENT_BYTES]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &'a [u8; STATEMENT_BYTES] {
        self.0
    }

    pub fn digest(&self) -> [u8; 32] {
        solana_sha256_hasher::hash(self.0).to_bytes()
    }

    pub fn flags(&self) -> u8 {
        self.0[17]
    }

    pub fn tai_minus_utc(&self) -> i16 {
        i16::from_be_bytes(self.part(18))
    }

    pub fn epoch(&self) -> u32 {
        u32::from_be_bytes(self.part(24))
    }

    pub fn policy_id(&self) -> u32 {
        u32::from_be_bytes(self.part(28))
    }

    /// TAI nanoseconds.
    pub fn time(&self) -> u64 {
        u64::from_be_bytes(self.part(32))
    }

    pub fn uncertainty(&self) -> u64 {
        u64::from_be_bytes(self.part(40))
    }

    pub fn sequence(&self) -> u64 {
        u64::from_be_bytes(self.part(48))
    }

    /// TAI nanoseconds.
    pub fn previous_time(&self) -> u64 {
        u64::from_be_bytes(self.part(56))
    }

    pub fn imprint(&self) -> [u8; 32] {
        self.part(64)
    }

    /// Whether a quorum of the set may have made this statement: all but the signatures.
    /// `unix_timestamp` is the chain's clock, seconds.
    pub fn check(&self, set: &NodeSet, unix_timestamp: i64) -> Result<()> {
        require!(set.active == 1, ChronoError::NodeSetInactive);
        require!(set.paused == 0, ChronoError::Paused);
        let network = u32::from_be_bytes(self.part(20));
        let header = &self.0[..16] == DOMAIN
            && self.0[16] == QUORUM
            && network == set.network_id
            && self.epoch() == set.epoch
            && self.policy_id() == set.policy_id;
        require!(header, ChronoError::HeaderMismatch);
        let allowed = if set.allow_test == 1 { PLAIN_FLAGS | TEST_FLAG } else { PLAIN_FLAGS };
        require!(self.flags() & !allowed == 0, ChronoError::FlagsNotAllowed);
        require!(self.uncertainty() <= set.max_uncertainty_ns, ChronoError::UncertaintyTooLarge);
        let time = self.time();
        require!(set.valid_from <= time && time < set.valid_until, ChronoError::OutsideEpoch);
        require!(self.previous_time() < time, ChronoError::SpanInvalid);
        let latest = chain_ns(unix_timestamp)?.saturating_add(set.max_lead_ns);
        require!(utc_ns(time, self.tai_minus_utc())? <= latest, ChronoError::FromTheFuture);
        Ok(())
    }

    /// The kind-5 statement by which a node proves that it holds its key. `key` is x || y.
    pub fn registration(network_id: u32, epoch: u32, key: &[u8; 64], evidence: &[u8; 32]) -> [u8; STATEMENT_BYTES] {
        let mut bytes = [0; STATEMENT_BYTES];
        bytes[..16].copy_from_slice(DOMAIN);
        bytes[16] = REGISTRATION;
        bytes[20..24].copy_from_slice(&network_id.to_be_bytes());
        bytes[24..28].copy_from_slice(&epoch.to_be_bytes());
        bytes[64..96].copy_from_slice(evidence);
        bytes[96..128].copy_from_slice(solana_sha256_hasher::hash(key).as_ref());
        bytes
    }

    fn part<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut part = [0; N];
        part.copy_from_slice(&self.0[offset..offset + N]);
        part
    }
}
