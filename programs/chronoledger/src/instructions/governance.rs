use anchor_lang::prelude::*;

use crate::constants::CONFIG_SEED;
use crate::error::ChronoError;
use crate::events::{GovernanceAcceptedV0, GovernanceProposedV0, GuardianSetV0};
use crate::state::Config;

#[derive(Accounts)]
pub struct GovernV0<'info> {
    #[account(mut, seeds = [CONFIG_SEED], bump = config.bump, has_one = governance @ ChronoError::OnlyGovernance)]
    pub config: Box<Account<'info, Config>>,
    pub governance: Signer<'info>,
}

#[derive(Accounts)]
pub struct AcceptGovernanceV0<'info> {
    #[account(
        mut,
        seeds = [CONFIG_SEED],
        bump = config.bump,
        has_one = pending_governance @ ChronoError::OnlyPendingGovernance
    )]
    pub config: Box<Account<'info, Config>>,
    pub pending_governance: Signer<'info>,
}

/// Takes effect when the proposed one accepts: a mistyped key cannot lock the program. The zero key takes a proposal back.
pub fn propose_governance(ctx: Context<GovernV0>, pending: Pubkey) -> Result<()> {
    ctx.accounts.config.pending_governance = pending;
    emit!(GovernanceProposedV0 { pending });
    Ok(())
}

pub fn accept_governance(ctx: Context<AcceptGovernanceV0>) -> Result<()> {
    let config = &mut ctx.accounts.config;
    config.governance = config.pending_governance;
    config.pending_governance = Pubkey::default();
    emit!(GovernanceAcceptedV0 { governance: config.governance });
    Ok(())
}

pub fn set_guardian(ctx: Context<GovernV0>, guardian: Pubkey) -> Result<()> {
    ctx.accounts.config.guardian = guardian;
    emit!(GuardianSetV0 { guardian });
    Ok(())
}
