use anchor_lang::prelude::*;

use crate::constants::CERTIFICATE_SEED;
use crate::error::ChronoError;
use crate::events::CertifiedV0;
use crate::state::{Certificate, NodeSet};
use crate::verify::{require_sysvar, CheckedSignatures, Statement};

#[derive(Accounts)]
#[instruction(digest: [u8; 32])]
pub struct CertifyV0<'info> {
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Its address binds it to the statement, so that one that is there already is of the same.
    #[account(
        init_if_needed,
        payer = payer,
        space = 8 + Certificate::INIT_SPACE,
        seeds = [CERTIFICATE_SEED, digest.as_ref()],
        bump
    )]
    pub certificate: Account<'info, Certificate>,
    pub node_set: AccountLoader<'info, NodeSet>,
    /// CHECK: the handler checks the address.
    pub instructions: UncheckedAccount<'info>,
    pub system_program: Program<'info, System>,
}

#[derive(Accounts)]
pub struct CloseCertificateV0<'info> {
    #[account(mut)]
    pub payer: Signer<'info>,
    #[account(mut, close = payer, has_one = payer @ ChronoError::OnlyOwner)]
    pub certificate: Account<'info, Certificate>,
}

/// Adds signatures, checked by the precompile in the instruction before, to a certificate of any age. `digest` is the SHA-256 of the
/// statement. Anybody may, as often as the quorum needs.
pub fn certify(ctx: Context<CertifyV0>, digest: [u8; 32], signers: u32) -> Result<()> {
    require_sysvar(&ctx.accounts.instructions)?;
    let set = ctx.accounts.node_set.load()?;
    let data = ctx.accounts.instructions.try_borrow_data()?;
    let checks = CheckedSignatures::load(&data)?;
    let statement = Statement::new(checks.message());
    require!(statement.digest() == digest, ChronoError::HeaderMismatch);
    statement.check(&set, Clock::get()?.unix_timestamp)?;
    checks.require_signers(&set, signers)?;

    let certificate = &mut ctx.accounts.certificate;
    if certificate.payer == Pubkey::default() {
        certificate.statement = *statement.bytes();
        certificate.payer = ctx.accounts.payer.key();
        certificate.bump = ctx.bumps.certificate;
    }
    let before = certificate.signers.count_ones();
    certificate.signers |= signers;
    let k = u32::from(set.k);
    if before < k && certificate.signers.count_ones() >= k {
        emit!(CertifiedV0 { digest, signers: certificate.signers });
    }
    require!(certificate.statement == *statement.bytes(), ChronoError::Invariant);
    Ok(())
}

/// Gives the rent back to who paid it.
pub fn close_certificate(_ctx: Context<CloseCertificateV0>) -> Result<()> {
    Ok(())
}
