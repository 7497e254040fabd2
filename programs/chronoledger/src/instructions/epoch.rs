use anchor_lang::prelude::*;

use crate::constants::CONFIG_SEED;
use crate::error::ChronoError;
use crate::events::{EpochEndedV0, NodeRevokedV0};
use crate::state::{Config, NodeSet};

#[derive(Accounts)]
pub struct GovernEpochV0<'info> {
    #[account(mut, seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    pub governance: Signer<'info>,
    #[account(mut)]
    pub node_set: AccountLoader<'info, NodeSet>,
}

/// Brings the end of a compromised epoch forward, at once. `valid_until` is in TAI nanoseconds, exclusive.
pub fn end_epoch(ctx: Context<GovernEpochV0>, valid_until: u64) -> Result<()> {
    let config = &mut ctx.accounts.config;
    let mut set = ctx.accounts.node_set.load_mut()?;
    require!(set.active == 1, ChronoError::NodeSetInactive);
    require!(set.valid_from < valid_until && valid_until < set.valid_until, ChronoError::EndInvalid);
    set.valid_until = valid_until;
    if set.epoch == config.last_epoch {
        config.last_valid_until = valid_until;
    }
    emit!(EpochEndedV0 { epoch: set.epoch, valid_until });
    set.invariant()
}

/// The node's signatures stop counting, at once and for old certificates too.
pub fn revoke_node(ctx: Context<GovernEpochV0>, index: u8) -> Result<()> {
    let mut set = ctx.accounts.node_set.load_mut()?;
    require!(set.active == 1, ChronoError::NodeSetInactive);
    set.require_member(index)?;
    set.revoked |= NodeSet::bit(index);
    emit!(NodeRevokedV0 { epoch: set.epoch, index });
    set.invariant()
}
