use anchor_lang::prelude::*;

use crate::constants::{CLOCK_SEED, CONFIG_SEED};
use crate::error::ChronoError;
use crate::events::{ClockPausedSetV0, EpochPausedSetV0};
use crate::state::{AttestedClock, Config, NodeSet};

#[derive(Accounts)]
pub struct SetClockPausedV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump)]
    pub config: Box<Account<'info, Config>>,
    pub authority: Signer<'info>,
    #[account(mut, seeds = [CLOCK_SEED], bump = clock.bump)]
    pub clock: Box<Account<'info, AttestedClock>>,
}

#[derive(Accounts)]
pub struct SetEpochPausedV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump)]
    pub config: Box<Account<'info, Config>>,
    pub authority: Signer<'info>,
    #[account(mut)]
    pub node_set: AccountLoader<'info, NodeSet>,
}

/// Stops the clock and whatever runs by it, or lets it go on.
pub fn set_clock_paused(ctx: Context<SetClockPausedV0>, paused: bool) -> Result<()> {
    require_may_pause(&ctx.accounts.config, ctx.accounts.authority.key, paused)?;
    ctx.accounts.clock.paused = paused;
    emit!(ClockPausedSetV0 { paused });
    Ok(())
}

/// Stops an epoch's certificates and proofs, or lets them go on.
pub fn set_epoch_paused(ctx: Context<SetEpochPausedV0>, paused: bool) -> Result<()> {
    require_may_pause(&ctx.accounts.config, ctx.accounts.authority.key, paused)?;
    let mut set = ctx.accounts.node_set.load_mut()?;
    set.paused = paused.into();
    emit!(EpochPausedSetV0 { epoch: set.epoch, paused });
    set.invariant()
}

fn require_may_pause(config: &Config, authority: &Pubkey, paused: bool) -> Result<()> {
    let guards = paused && *authority == config.guardian;
    require!(guards || *authority == config.governance, ChronoError::OnlyGuardian);
    Ok(())
}
