//! Seeds and limits. Those marked `#[constant]` stand in the IDL.
use anchor_lang::prelude::*;

#[constant]
pub const CONFIG_SEED: &[u8] = b"config";
#[constant]
pub const CLOCK_SEED: &[u8] = b"clock";
/// Followed by the epoch, u32 little-endian.
#[constant]
pub const NODE_SET_SEED: &[u8] = b"node-set";
/// Followed by the SHA-256 of the statement.
#[constant]
pub const CERTIFICATE_SEED: &[u8] = b"certificate";
/// Followed by the owner and the task's id, u64 little-endian.
#[constant]
pub const TASK_SEED: &[u8] = b"task";
/// Followed by the owner: the only address that signs in the instructions of the owner's tasks.
#[constant]
pub const AUTHORITY_SEED: &[u8] = b"authority";

/// Nodes of a set, at most.
pub const MAX_NODES: usize = 32;
/// Siblings of an inclusion proof, at most.
pub const MAX_PATH: usize = 32;

/// Accounts that a task's instructions name, programs included. A transaction locks at most 64.
pub const MAX_TASK_ACCOUNTS: usize = 48;
/// Instructions of a task, at most.
pub const MAX_TASK_INSTRUCTIONS: usize = 8;
/// Accounts of all instructions of a task together, at most.
pub const MAX_TASK_METAS: usize = 128;
/// Bytes of a task's encoded instructions, at most: an inner instruction is copied three times on a heap of 32 KiB that
/// gives nothing back.
pub const MAX_TASK_BYTES: usize = 4096;

/// On the attested clock, how old the certified instant may be by the chain's clock, nanoseconds.
#[constant]
pub const MAX_ATTESTED_AGE_NS: u64 = 60 * NS_PER_S;

pub const NS_PER_S: u64 = 1_000_000_000;
