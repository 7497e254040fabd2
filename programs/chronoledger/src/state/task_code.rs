use anchor_lang::prelude::*;

use crate::constants::{MAX_TASK_BYTES, MAX_TASK_INSTRUCTIONS};
use crate::error::ChronoError;

/// A task's instructions as bytes: count u8; for each the program's index u8, count of accounts u8, their indices u8 each,
/// length of the data u16 little-endian, data. Indices are into the task's accounts.
pub struct TaskCode<'a> {
    rest: &'a [u8],
    left: u8,
    num_accounts: usize,
}

pub struct CompiledInstruction<'a> {
    pub program: u8,
    pub accounts: &'a [u8],
    pub data: &'a [u8],
}

impl<'a> TaskCode<'a> {
    /// Errors: TaskSize.
    pub fn new(bytes: &'a [u8], num_accounts: usize) -> Result<Self> {
        let (count, rest) = bytes.split_first().ok_or(ChronoError::TaskSize)?;
        let sized = (1..=MAX_TASK_INSTRUCTIONS).contains(&usize::from(*count)) && bytes.len() <= MAX_TASK_BYTES;
        require!(sized, ChronoError::TaskSize);
        Ok(Self { rest, left: *count, num_accounts })
    }

    /// The next instruction, or None behind the last. Errors: TaskMalformed.
    pub fn next_instruction(&mut self) -> Result<Option<CompiledInstruction<'a>>> {
        if self.left == 0 {
            require!(self.rest.is_empty(), ChronoError::TaskMalformed);
            return Ok(None);
        }
        self.left -= 1;
        let head = self.take(2)?;
        let accounts = self.take(usize::from(head[1]))?;
        let length = self.take(2)?;
        let data = self.take(usize::from(u16::from_le_bytes([length[0], length[1]])))?;
        let known = |index: &u8| usize::from(*index) < self.num_accounts;
        require!(known(&head[0]) && accounts.iter().all(known), ChronoError::TaskMalformed);
        Ok(Some(CompiledInstruction { program: head[0], accounts, data }))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ChronoError::TaskMalformed)?;
        self.rest = rest;
        Ok(taken)
    }
}
