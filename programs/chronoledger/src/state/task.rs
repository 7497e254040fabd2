use anchor_lang::prelude::*;

use crate::constants::MAX_TASK_ACCOUNTS;
use crate::error::ChronoError;

/// The clock that both bounds of a window are held against.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, PartialEq, Eq, InitSpace)]
pub enum ClockSource {
    /// The cluster's own, whole seconds.
    Chain,
    /// The newest certified instant, which must be fresh.
    Attested,
}

#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, PartialEq, Eq)]
pub enum Recurrence {
    Once,
    /// Run i, from 0, has its window moved by i * interval nanoseconds. A run that was missed is passed over.
    Every {
        interval: u64,
        count: u32,
    },
    /// The program of the last instruction names each next window by return data (`next_window_data`), or ends the task by
    /// returning nothing; `count` runs at most.
    Asked {
        count: u32,
    },
}

/// What a task is to do when, and for how much. Times are UTC nanoseconds, amounts lamports.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct TaskTerms {
    pub clock: ClockSource,
    /// Inclusive.
    pub not_before: u64,
    /// Inclusive; later than not_before.
    pub not_after: u64,
    /// For the keeper until not_before + grace, then falling in a straight line ...
    pub reward: u64,
    /// Nanoseconds, at most the window.
    pub grace: u64,
    /// ... to this at not_after.
    pub reward_floor: u64,
    pub recurrence: Recurrence,
}

/// A task's head; behind it the keys of its accounts, 32 bytes each, and its encoded instructions (TaskCode). PDA: "task", owner, id.
/// 208 bytes with the discriminator.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Task {
    pub owner: Pubkey,
    /// Gets deposit and rent back.
    pub refund: Pubkey,
    /// The PDA "authority", owner: signs in the instructions, and nobody else does.
    pub authority: Pubkey,
    pub id: u64,
    /// Of run 0; of the next run when windows are asked for.
    pub not_before: u64,
    pub not_after: u64,
    pub grace: u64,
    pub reward: u64,
    pub reward_floor: u64,
    /// Zero unless the task recurs at an interval.
    pub interval: u64,
    /// Lamports for rewards.
    pub escrow: u64,
    /// Lamports that keep the account: what it was rent-exempt at.
    pub rent: u64,
    /// Nanoseconds, of the last run by the task's clock, and the greatest of all.
    pub last_lateness: u64,
    pub worst_lateness: u64,
    /// Runs at most.
    pub count: u32,
    /// The next run.
    pub number: u32,
    /// A ClockSource.
    pub clock: u8,
    /// 1: windows are asked for.
    pub asks: u8,
    pub bump: u8,
    pub authority_bump: u8,
    pub num_accounts: u8,
    /// The first of the accounts are writable in the instructions.
    pub num_writable: u8,
    pub _reserved: [u8; 2],
}

/// A run that is due.
#[derive(Clone, Copy)]
pub struct Due {
    pub number: u32,
    /// Nanoseconds after its not_before.
    pub lateness: u64,
    /// UTC nanoseconds.
    pub not_before: u64,
}

impl Task {
    /// With the discriminator.
    pub const HEAD: usize = 8 + core::mem::size_of::<Task>();

    pub fn space(num_accounts: u8, code_bytes: usize) -> usize {
        Self::HEAD + 32 * usize::from(num_accounts) + code_bytes
    }

    /// Takes the terms over; the first run is the next one.
    pub fn set_terms(&mut self, terms: &TaskTerms) -> Result<()> {
        let (interval, count, asks) = match terms.recurrence {
            Recurrence::Once => (0, 1, 0),
            Recurrence::Every { interval, count } => (interval, count, 0),
            Recurrence::Asked { count } => (0, count, 1),
        };
        self.clock = terms.clock as u8;
        self.not_before = terms.not_before;
        self.not_after = terms.not_after;
        self.grace = terms.grace;
        self.reward = terms.reward;
        self.reward_floor = terms.reward_floor;
        self.interval = interval;
        self.count = count;
        self.asks = asks;
        self.number = 0;
        require!(self.not_after > self.not_before, ChronoError::WindowInvalid);
        require!(self.grace <= self.window(), ChronoError::WindowInvalid);
        require!(self.reward_floor <= self.reward, ChronoError::RewardInvalid);
        let apart = count == 1 || asks == 1 || interval > self.window();
        require!(count >= 1 && apart, ChronoError::RecurrenceInvalid);
        let shift = interval.checked_mul(u64::from(count - 1)).ok_or(ChronoError::WindowInvalid)?;
        require!(self.not_after.checked_add(shift).is_some(), ChronoError::WindowInvalid);
        Ok(())
    }

    pub fn window(&self) -> u64 {
        self.not_after - self.not_before
    }

    pub fn is_attested(&self) -> bool {
        self.clock == ClockSource::Attested as u8
    }

    /// The run that is due at `now`, UTC nanoseconds; runs before it were missed. Errors: TooEarly, TooLate.
    pub fn due(&self, now: u64) -> Result<Due> {
        let last = self.count - 1;
        let reached = match now.saturating_sub(self.not_before).checked_div(self.interval) {
            Some(runs) => u32::try_from(runs).unwrap_or(last).min(last),
            None => self.number,
        };
        let number = reached.max(self.number);
        let shift = self.shift(number);
        let not_before = self.not_before + shift;
        require!(now >= not_before, ChronoError::TooEarly);
        require!(now <= self.not_after + shift, ChronoError::TooLate);
        Ok(Due { number, lateness: now - not_before, not_before })
    }

    /// Whether every window is over at `now`.
    pub fn is_over(&self, now: u64) -> bool {
        let last = if self.asks == 1 { self.number } else { self.count - 1 };
        now > self.not_after + self.shift(last)
    }

    /// Takes the window that the target asked for as the next run's. A run that cannot be placed is an error: it is never left
    /// out in silence.
    pub fn move_window(&mut self, not_before: u64, not_after: u64) -> Result<()> {
        let later = not_before > self.not_after && not_after > not_before;
        let fits = later && self.grace <= not_after - not_before && self.number < self.count;
        require!(fits, ChronoError::NextWindowInvalid);
        self.not_before = not_before;
        self.not_after = not_after;
        Ok(())
    }

    /// Whole for the time of grace, then a straight line from reward to floor, rounded up. `lateness` is inside the window.
    pub fn reward_at(&self, lateness: u64) -> u64 {
        if lateness <= self.grace {
            return self.reward;
        }
        let falls = self.window() - self.grace;
        let cut = u128::from(self.reward - self.reward_floor) * u128::from(lateness - self.grace) / u128::from(falls);
        // At most the fall, as lateness is at most the window.
        self.reward - cut as u64
    }

    /// How far the window of a run lies behind the first. `set_terms` keeps it in range.
    fn shift(&self, number: u32) -> u64 {
        self.interval * u64::from(number)
    }

    /// `lamports` is the account's balance. Others may have added to it.
    pub fn invariant(&self, lamports: u64) -> Result<()> {
        let window = self.not_after > self.not_before && self.grace <= self.window();
        let runs = self.number < self.count;
        let size = self.num_writable <= self.num_accounts && usize::from(self.num_accounts) <= MAX_TASK_ACCOUNTS;
        let needed = self.rent.checked_add(self.escrow).ok_or(ChronoError::Invariant)?;
        let holds = window && runs && size && self.reward_floor <= self.reward && lamports >= needed;
        require!(holds, ChronoError::Invariant);
        Ok(())
    }
}

const _: () = assert!(Task::HEAD == 208);

/// What the target of a task with `Recurrence::Asked` returns: this, then not_before and not_after, u64 little-endian.
pub const NEXT_WINDOW_TAG: &[u8; 16] = b"ChronoLedger/Nxt";

/// Return data by which a target asks for its next window; `anchor_lang::solana_program::program::set_return_data` takes it.
pub fn next_window_data(not_before: u64, not_after: u64) -> [u8; 32] {
    let mut data = [0; 32];
    data[..16].copy_from_slice(NEXT_WINDOW_TAG);
    data[16..24].copy_from_slice(&not_before.to_le_bytes());
    data[24..].copy_from_slice(&not_after.to_le_bytes());
    data
}
