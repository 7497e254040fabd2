use anchor_lang::prelude::*;

use crate::constants::CONFIG_SEED;
use crate::error::ChronoError;
use crate::state::{Certificate, Config, NodeSet};
use crate::verify::{intent_context, Inclusion, ProvenTime};

#[derive(Accounts)]
pub struct VerifyProofV0<'info> {
    pub certificate: Account<'info, Certificate>,
    pub node_set: AccountLoader<'info, NodeSet>,
}

#[derive(Accounts)]
pub struct VerifyIntentV0<'info> {
    #[account(seeds = [CONFIG_SEED], bump = config.bump)]
    pub config: Box<Account<'info, Config>>,
    pub certificate: Account<'info, Certificate>,
    pub node_set: AccountLoader<'info, NodeSet>,
}

/// Errors unless the leaf stands under a certificate with its quorum (`certify_v0`); returns what that proves.
pub fn verify_proof(ctx: Context<VerifyProofV0>, inclusion: Inclusion) -> Result<ProvenTime> {
    prove(&ctx.accounts.certificate, &ctx.accounts.node_set, &inclusion)
}

/// The same for a leaf that is bound to one instruction by one sender to one program. `data_hash` is SHA-256 of the instruction's
/// data.
pub fn verify_intent(
    ctx: Context<VerifyIntentV0>,
    program: Pubkey,
    sender: Pubkey,
    data_hash: [u8; 32],
    inclusion: Inclusion,
) -> Result<ProvenTime> {
    let proven = prove(&ctx.accounts.certificate, &ctx.accounts.node_set, &inclusion)?;
    let expected = intent_context(&ctx.accounts.config.genesis_hash, &program, &sender, &data_hash);
    require!(proven.context == expected, ChronoError::IntentMismatch);
    Ok(proven)
}

/// The set's limits are asked again: a node may have been revoked, or the epoch ended, since the certificate was checked.
fn prove(certificate: &Certificate, node_set: &AccountLoader<NodeSet>, inclusion: &Inclusion) -> Result<ProvenTime> {
    let set = node_set.load()?;
    let statement = certificate.statement();
    statement.check(&set, Clock::get()?.unix_timestamp)?;
    let counting = certificate.signers & !set.revoked;
    require!(counting.count_ones() >= u32::from(set.k), ChronoError::QuorumShort);
    inclusion.lead_to(statement)
}
