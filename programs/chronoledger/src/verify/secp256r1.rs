use anchor_lang::prelude::*;
use solana_sdk_ids::{secp256r1_program, sysvar};

use crate::error::ChronoError;
use crate::state::{CompressedKey, NodeSet};
use crate::verify::STATEMENT_BYTES;

const OFFSETS_BYTES: usize = 14;
const KEY_BYTES: usize = 33;
const SIGNATURE_BYTES: usize = 64;
const SIGNED_BYTES: usize = KEY_BYTES + SIGNATURE_BYTES;
/// "This instruction" in the precompile's offsets.
const SELF: u16 = u16::MAX;

/// Signatures by distinct keys under one message, checked by the precompile in the instruction just before the
/// transaction's current one. Of all the layouts that the precompile takes, this accepts one: offsets, then key and
/// signature of each signer in turn, then the message, all in the precompile's own data and nothing behind it. The precompile
/// itself refuses a high s, r or s out of range, and a key that is not on the curve.
pub struct CheckedSignatures<'a> {
    data: &'a [u8],
    count: usize,
}

impl<'a> CheckedSignatures<'a> {
    /// `sysvar_data` is the data of the instructions sysvar, whose address the caller has checked.
    pub fn load(sysvar_data: &'a [u8]) -> Result<Self> {
        let (program, data) = previous_instruction(sysvar_data).ok_or(ChronoError::SignatureCheckMissing)?;
        require!(program == secp256r1_program::ID.as_ref(), ChronoError::SignatureCheckMissing);
        let count = usize::from(*data.first().ok_or(ChronoError::SignatureCheckLayout)?);
        let checks = Self { data, count };
        require!(checks.has_layout(), ChronoError::SignatureCheckLayout);
        Ok(checks)
    }

    pub fn message(&self) -> &'a [u8; STATEMENT_BYTES] {
        let start = self.data.len() - STATEMENT_BYTES;
        // The layout was checked: the message is what the data ends with.
        self.data[start..].try_into().unwrap_or(&[0; STATEMENT_BYTES])
    }

    pub fn key(&self, i: usize) -> Option<&'a [u8]> {
        let start = 2 + OFFSETS_BYTES * self.count + SIGNED_BYTES * i;
        self.data.get(start..start + KEY_BYTES).filter(|_| i < self.count)
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Errors unless the signatures are those of the nodes that the bitmap names (node 0 is the most significant bit), in
    /// ascending order, all of them members that count.
    pub fn require_signers(&self, set: &NodeSet, signers: u32) -> Result<()> {
        require!(signers & !set.members() == 0, ChronoError::SignerUnknown);
        require!(signers & set.revoked == 0, ChronoError::SignerRevoked);
        require!(signers.count_ones() as usize == self.count, ChronoError::SignatureCountMismatch);
        let mut rest = signers;
        for i in 0..self.count {
            let node = rest.leading_zeros();
            rest &= !(1 << (31 - node));
            let key: &CompressedKey = set.keys.get(node as usize).ok_or(ChronoError::SignerUnknown)?;
            require!(self.key(i) == Some(key.as_slice()), ChronoError::SignerKeyMismatch);
        }
        Ok(())
    }

    fn has_layout(&self) -> bool {
        let start = 2 + OFFSETS_BYTES * self.count;
        let message = start + SIGNED_BYTES * self.count;
        let sized = self.count > 0 && self.data.len() == message + STATEMENT_BYTES && self.data[1] == 0;
        sized
            && (0..self.count).all(|i| {
                let key = start + SIGNED_BYTES * i;
                // Offsets fit 16 bits: the data of a transaction has at most 1,232 bytes.
                let expected =
                    [(key + KEY_BYTES) as u16, SELF, key as u16, SELF, message as u16, STATEMENT_BYTES as u16, SELF];
                let offsets = &self.data[2 + OFFSETS_BYTES * i..2 + OFFSETS_BYTES * (i + 1)];
                offsets.chunks_exact(2).zip(expected).all(|(given, want)| given == want.to_le_bytes())
            })
    }
}

/// Program and data of the top-level instruction before the current one, without a copy. Layout of the sysvar: count
/// u16, an offset u16 for each instruction, there: count of accounts u16, 33 bytes each, program 32, length u16, data; and, last
/// of all, the current index u16.
fn previous_instruction(sysvar_data: &[u8]) -> Option<(&[u8], &[u8])> {
    let number =
        |at: usize| Some(usize::from(u16::from_le_bytes(sysvar_data.get(at..at.checked_add(2)?)?.try_into().ok()?)));
    let current = number(sysvar_data.len().checked_sub(2)?)?;
    let index = current.checked_sub(1)?;
    let start = number(2 + 2 * index)?;
    let program = start + 2 + 33 * number(start)?;
    let data = program + 34;
    let length = number(program + 32)?;
    Some((sysvar_data.get(program..program + 32)?, sysvar_data.get(data..data + length)?))
}

/// Errors unless the account is the instructions sysvar: any other could be made to say anything.
pub fn require_sysvar(account: &AccountInfo) -> Result<()> {
    require_keys_eq!(*account.key, sysvar::instructions::ID, ErrorCode::AccountSysvarMismatch);
    Ok(())
}

/// The compressed form of x || y.
pub fn compress(key: &[u8; 64]) -> CompressedKey {
    let mut compressed = [0; KEY_BYTES];
    compressed[0] = 2 | (key[63] & 1);
    compressed[1..].copy_from_slice(&key[..32]);
    compressed
}
