use anchor_lang::prelude::*;

use crate::constants::{CLOCK_SEED, CONFIG_SEED};
use crate::error::ChronoError;
use crate::program::Chronoledger;
use crate::state::{AttestedClock, Config};

#[derive(Accounts)]
pub struct InitializeV0<'info> {
    #[account(mut)]
    pub authority: Signer<'info>,
    #[account(init, payer = authority, space = 8 + Config::INIT_SPACE, seeds = [CONFIG_SEED], bump)]
    pub config: Box<Account<'info, Config>>,
    #[account(init, payer = authority, space = 8 + AttestedClock::INIT_SPACE, seeds = [CLOCK_SEED], bump)]
    pub clock: Box<Account<'info, AttestedClock>>,
    #[account(constraint = program.programdata_address()? == Some(program_data.key()) @ ChronoError::OnlyUpgradeAuthority)]
    pub program: Program<'info, Chronoledger>,
    #[account(
        constraint = program_data.upgrade_authority_address == Some(authority.key()) @ ChronoError::OnlyUpgradeAuthority
    )]
    pub program_data: Box<Account<'info, ProgramData>>,
    pub system_program: Program<'info, System>,
}

#[derive(AnchorSerialize, AnchorDeserialize)]
pub struct InitializeArgsV0 {
    pub governance: Pubkey,
    pub guardian: Pubkey,
    pub network_id: u32,
    /// The cluster's, for the contexts of attested intents.
    pub genesis_hash: [u8; 32],
}

/// Only who may upgrade the program: anybody else could take its governance by being first.
pub fn initialize(ctx: Context<InitializeV0>, args: InitializeArgsV0) -> Result<()> {
    let config = &mut ctx.accounts.config;
    config.governance = args.governance;
    config.guardian = args.guardian;
    config.genesis_hash = args.genesis_hash;
    config.network_id = args.network_id;
    config.bump = ctx.bumps.config;
    ctx.accounts.clock.bump = ctx.bumps.clock;
    Ok(())
}
