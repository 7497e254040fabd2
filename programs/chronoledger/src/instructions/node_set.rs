use anchor_lang::prelude::*;

use crate::constants::{CONFIG_SEED, MAX_NODES, NODE_SET_SEED};
use crate::error::ChronoError;
use crate::events::{EpochAddedV0, NodeAddedV0};
use crate::state::{Config, NodeSet};
use crate::verify::{compress, require_sysvar, CheckedSignatures, Statement};

/// The policy's greatest uncertainty, as the contracts on EVM chains bound it.
const MAX_UNCERTAINTY_NS: u64 = (1 << 48) - 1;
const MAX_LEAD_NS: u64 = u32::MAX as u64 * 1_000_000;

#[derive(AnchorSerialize, AnchorDeserialize)]
pub struct NodeSetArgsV0 {
    pub policy_id: u32,
    pub n: u8,
    pub f: u8,
    pub allow_test: bool,
    /// TAI nanoseconds, inclusive.
    pub valid_from: u64,
    /// TAI nanoseconds, exclusive.
    pub valid_until: u64,
    pub max_uncertainty_ns: u64,
    pub max_lead_ns: u64,
}

#[derive(Accounts)]
#[instruction(epoch: u32)]
pub struct OpenNodeSetV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    #[account(mut)]
    pub governance: Signer<'info>,
    #[account(
        init,
        payer = governance,
        space = NodeSet::SPACE,
        seeds = [NODE_SET_SEED, &epoch.to_le_bytes()],
        bump
    )]
    pub node_set: AccountLoader<'info, NodeSet>,
    pub system_program: Program<'info, System>,
}

#[derive(Accounts)]
pub struct AddNodeV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    pub governance: Signer<'info>,
    #[account(mut)]
    pub node_set: AccountLoader<'info, NodeSet>,
    /// CHECK: the handler checks the address.
    pub instructions: UncheckedAccount<'info>,
}

#[derive(Accounts)]
pub struct ActivateNodeSetV0<'info> {
    #[account(mut, seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    pub governance: Signer<'info>,
    #[account(mut)]
    pub node_set: AccountLoader<'info, NodeSet>,
}

#[derive(Accounts)]
pub struct DiscardNodeSetV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    #[account(mut)]
    pub governance: Signer<'info>,
    #[account(mut, close = governance)]
    pub node_set: AccountLoader<'info, NodeSet>,
}

/// Starts the next epoch's set. Its nodes are added one by one, as they do not fit in one transaction.
pub fn open_node_set(ctx: Context<OpenNodeSetV0>, epoch: u32, args: NodeSetArgsV0) -> Result<()> {
    let config = &ctx.accounts.config;
    require!(config.last_epoch.checked_add(1) == Some(epoch), ChronoError::EpochOutOfOrder);
    require!(args.valid_from >= config.last_valid_until, ChronoError::EpochOverlaps);
    require!(args.valid_from < args.valid_until, ChronoError::ValidityInvalid);
    let size = 1..=MAX_NODES;
    require!(
        size.contains(&usize::from(args.n)) && u16::from(args.n) > 3 * u16::from(args.f),
        ChronoError::NodeSetSize
    );
    let policy = (1..=MAX_UNCERTAINTY_NS).contains(&args.max_uncertainty_ns) && args.max_lead_ns <= MAX_LEAD_NS;
    require!(policy, ChronoError::PolicyInvalid);
    let mut set = ctx.accounts.node_set.load_init()?;
    set.network_id = config.network_id;
    set.epoch = epoch;
    set.policy_id = args.policy_id;
    set.n = args.n;
    set.f = args.f;
    set.k = NodeSet::quorum(args.n, args.f);
    set.allow_test = args.allow_test.into();
    set.valid_from = args.valid_from;
    set.valid_until = args.valid_until;
    set.max_uncertainty_ns = args.max_uncertainty_ns;
    set.max_lead_ns = args.max_lead_ns;
    set.bump = ctx.bumps.node_set;
    set.invariant()
}

/// Adds a node that proves to hold its key: the instruction before is the precompile's check of its signature under its
/// kind-5 statement. `key` is x || y.
pub fn add_node(ctx: Context<AddNodeV0>, index: u8, key: [u8; 64], evidence: [u8; 32]) -> Result<()> {
    require_sysvar(&ctx.accounts.instructions)?;
    let mut set = ctx.accounts.node_set.load_mut()?;
    // Of a set in use every node is known.
    set.require_member(index)?;
    require!(set.registered & NodeSet::bit(index) == 0, ChronoError::NodeKnown);

    let compressed = compress(&key);
    let data = ctx.accounts.instructions.try_borrow_data()?;
    let checks = CheckedSignatures::load(&data)?;
    require!(checks.count() == 1, ChronoError::SignatureCountMismatch);
    require!(checks.key(0) == Some(&compressed[..]), ChronoError::SignerKeyMismatch);
    let statement = Statement::registration(set.network_id, set.epoch, &key, &evidence);
    require!(checks.message() == &statement, ChronoError::RegistrationMismatch);
    require!(!set.keys.contains(&compressed), ChronoError::KeyRepeated);

    set.keys[usize::from(index)] = compressed;
    set.registered |= NodeSet::bit(index);
    emit!(NodeAddedV0 { epoch: set.epoch, index, key, evidence });
    set.invariant()
}

/// Puts a complete set in use, for good.
pub fn activate_node_set(ctx: Context<ActivateNodeSetV0>) -> Result<()> {
    let config = &mut ctx.accounts.config;
    let mut set = ctx.accounts.node_set.load_mut()?;
    require!(set.active == 0, ChronoError::NodeSetActive);
    require!(set.registered == set.members(), ChronoError::NodeSetIncomplete);
    // The last epoch has not moved since the set was opened, and its end can only have come forward.
    set.active = 1;
    config.last_epoch = set.epoch;
    config.last_valid_until = set.valid_until;
    emit!(EpochAddedV0 {
        epoch: set.epoch,
        policy_id: set.policy_id,
        n: set.n,
        f: set.f,
        k: set.k,
        valid_from: set.valid_from,
        valid_until: set.valid_until,
    });
    set.invariant()
}

/// Takes back a set that is not in use yet.
pub fn discard_node_set(ctx: Context<DiscardNodeSetV0>) -> Result<()> {
    require!(ctx.accounts.node_set.load()?.active == 0, ChronoError::NodeSetActive);
    Ok(())
}
