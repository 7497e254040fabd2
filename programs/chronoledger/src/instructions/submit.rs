use anchor_lang::prelude::*;

use crate::constants::CLOCK_SEED;
use crate::error::ChronoError;
use crate::events::TimeAcceptedV0;
use crate::state::{AttestedClock, Certificate, NodeSet};
use crate::verify::{require_sysvar, CheckedSignatures, Statement};

#[derive(Accounts)]
pub struct SubmitV0<'info> {
    #[account(mut, seeds = [CLOCK_SEED], bump = clock.bump)]
    pub clock: Account<'info, AttestedClock>,
    pub node_set: AccountLoader<'info, NodeSet>,
    /// CHECK: the handler checks the address.
    pub instructions: UncheckedAccount<'info>,
}

#[derive(Accounts)]
pub struct SubmitCertifiedV0<'info> {
    #[account(mut, seeds = [CLOCK_SEED], bump = clock.bump)]
    pub clock: Account<'info, AttestedClock>,
    pub node_set: AccountLoader<'info, NodeSet>,
    pub certificate: Account<'info, Certificate>,
}

/// Advances the clock by a certificate whose signatures the precompile checked in the instruction before. Anybody may.
pub fn submit(ctx: Context<SubmitV0>, signers: u32) -> Result<()> {
    require_sysvar(&ctx.accounts.instructions)?;
    let set = ctx.accounts.node_set.load()?;
    let data = ctx.accounts.instructions.try_borrow_data()?;
    let checks = CheckedSignatures::load(&data)?;
    let statement = Statement::new(checks.message());
    let now = Clock::get()?;
    // The cheap refusals first: of two relayers with the same certificate the later one pays little.
    require_newer(&ctx.accounts.clock, statement)?;
    statement.check(&set, now.unix_timestamp)?;
    checks.require_signers(&set, signers)?;
    require!(signers.count_ones() >= u32::from(set.k), ChronoError::QuorumShort);
    advance(&mut ctx.accounts.clock, statement, now.slot)
}

/// The same by a certificate whose signatures were checked in earlier transactions (`certify_v0`).
pub fn submit_certified(ctx: Context<SubmitCertifiedV0>) -> Result<()> {
    let set = ctx.accounts.node_set.load()?;
    let now = Clock::get()?;
    let certificate = &ctx.accounts.certificate;
    let statement = certificate.statement();
    require_newer(&ctx.accounts.clock, statement)?;
    statement.check(&set, now.unix_timestamp)?;
    let counting = certificate.signers & !set.revoked;
    require!(counting.count_ones() >= u32::from(set.k), ChronoError::QuorumShort);
    advance(&mut ctx.accounts.clock, statement, now.slot)
}

fn require_newer(clock: &AttestedClock, statement: Statement) -> Result<()> {
    require!(!clock.paused, ChronoError::Paused);
    require!(statement.sequence() > clock.sequence, ChronoError::SequenceNotNewer);
    require!(statement.time() > clock.time_tai_ns, ChronoError::TimeNotNewer);
    Ok(())
}

fn advance(clock: &mut AttestedClock, statement: Statement, slot: u64) -> Result<()> {
    clock.time_tai_ns = statement.time();
    clock.uncertainty_ns = statement.uncertainty();
    clock.sequence = statement.sequence();
    clock.previous_time_tai_ns = statement.previous_time();
    clock.imprint = statement.imprint();
    clock.digest = statement.digest();
    clock.slot = slot;
    clock.epoch = statement.epoch();
    clock.policy_id = statement.policy_id();
    clock.tai_minus_utc = statement.tai_minus_utc();
    clock.flags = statement.flags();
    emit!(TimeAcceptedV0 { sequence: clock.sequence, time: clock.time_tai_ns, uncertainty: clock.uncertainty_ns });
    require!(clock.previous_time_tai_ns < clock.time_tai_ns && clock.sequence != 0, ChronoError::Invariant);
    Ok(())
}
