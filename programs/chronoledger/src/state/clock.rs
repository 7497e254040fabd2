use anchor_lang::prelude::*;

use crate::constants::NS_PER_S;
use crate::error::ChronoError;

/// The newest certified instant. PDA: "clock". A program reads it as any account; `now_no_older_than` is the check that
/// most want.
#[account]
#[derive(InitSpace)]
pub struct AttestedClock {
    /// TAI nanoseconds; zero before the first certificate.
    pub time_tai_ns: u64,
    /// No signer's clock was worse. It does not widen `time_tai_ns`, which is exact.
    pub uncertainty_ns: u64,
    /// Strictly increasing.
    pub sequence: u64,
    /// TAI: no certified time lies strictly between it and `time_tai_ns`.
    pub previous_time_tai_ns: u64,
    /// What the certificate stamps: a Merkle root, or zero.
    pub imprint: [u8; 32],
    /// SHA-256 of the statement.
    pub digest: [u8; 32],
    /// In which it was accepted.
    pub slot: u64,
    pub epoch: u32,
    pub policy_id: u32,
    /// Seconds.
    pub tai_minus_utc: i16,
    /// Of the statement; bit 3 is test.
    pub flags: u8,
    pub paused: bool,
    pub bump: u8,
}

impl AttestedClock {
    /// The certified instant, UTC nanoseconds: now is after it. Errors: Paused, ClockUnset.
    pub fn now(&self) -> Result<u64> {
        require!(!self.paused, ChronoError::Paused);
        require!(self.sequence != 0, ChronoError::ClockUnset);
        utc_ns(self.time_tai_ns, self.tai_minus_utc)
    }

    /// As `now`, unless it is more than `max_age_ns` behind the chain's clock (`Clock::get()?.unix_timestamp`). Errors: as
    /// `now`, and ClockStale.
    pub fn now_no_older_than(&self, max_age_ns: u64, unix_timestamp: i64) -> Result<u64> {
        let now = self.now()?;
        require!(chain_ns(unix_timestamp)? <= now.saturating_add(max_age_ns), ChronoError::ClockStale);
        Ok(now)
    }
}

/// UTC nanoseconds of a TAI instant.
pub fn utc_ns(time_tai_ns: u64, tai_minus_utc: i16) -> Result<u64> {
    let shift = i64::from(tai_minus_utc) * NS_PER_S as i64;
    time_tai_ns.checked_add_signed(-shift).ok_or_else(|| error!(ChronoError::Overflow))
}

/// UTC nanoseconds of a time in whole seconds, as the chain's clock has it.
pub fn chain_ns(unix_timestamp: i64) -> Result<u64> {
    let seconds = u64::try_from(unix_timestamp).map_err(|_| error!(ChronoError::Overflow))?;
    seconds.checked_mul(NS_PER_S).ok_or_else(|| error!(ChronoError::Overflow))
}
