//! ChronoLedger on Solana: attested time, and instructions that run in their window.
//!
//! - Registry: `initialize_v0`, governance, and node sets by epoch.
//! - Clock: `submit_v0` advances it by a certificate of the network; `certify_v0` and `verify_proof_v0` for proofs.
//! - Scheduler: `queue_task_v0` stores instructions with a window and a deposit; `run_task_v0` is for anybody, in the window.
//!
//! Bytes and rules of statements, certificates and proofs: docs/protocol.md. Accounts, costs and use: docs/solana.md.
use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod state;
pub mod verify;

use instructions::*;
use state::TaskTerms;
use verify::{Inclusion, ProvenTime};

declare_id!("ChronoLedger11111111111111111111111111111111");

#[program]
pub mod chronoledger {
    use super::*;

    pub fn initialize_v0(ctx: Context<InitializeV0>, args: InitializeArgsV0) -> Result<()> {
        instructions::initialize(ctx, args)
    }

    pub fn propose_governance_v0(ctx: Context<GovernV0>, pending: Pubkey) -> Result<()> {
        instructions::propose_governance(ctx, pending)
    }

    pub fn accept_governance_v0(ctx: Context<AcceptGovernanceV0>) -> Result<()> {
        instructions::accept_governance(ctx)
    }

    pub fn set_guardian_v0(ctx: Context<GovernV0>, guardian: Pubkey) -> Result<()> {
        instructions::set_guardian(ctx, guardian)
    }

    pub fn open_node_set_v0(ctx: Context<OpenNodeSetV0>, epoch: u32, args: NodeSetArgsV0) -> Result<()> {
        instructions::open_node_set(ctx, epoch, args)
    }

    pub fn add_node_v0(ctx: Context<AddNodeV0>, index: u8, key: [u8; 64], evidence: [u8; 32]) -> Result<()> {
        instructions::add_node(ctx, index, key, evidence)
    }

    pub fn activate_node_set_v0(ctx: Context<ActivateNodeSetV0>) -> Result<()> {
        instructions::activate_node_set(ctx)
    }

    pub fn discard_node_set_v0(ctx: Context<DiscardNodeSetV0>) -> Result<()> {
        instructions::discard_node_set(ctx)
    }

    pub fn end_epoch_v0(ctx: Context<GovernEpochV0>, valid_until: u64) -> Result<()> {
        instructions::end_epoch(ctx, valid_until)
    }

    pub fn revoke_node_v0(ctx: Context<GovernEpochV0>, index: u8) -> Result<()> {
        instructions::revoke_node(ctx, index)
    }

    pub fn set_clock_paused_v0(ctx: Context<SetClockPausedV0>, paused: bool) -> Result<()> {
        instructions::set_clock_paused(ctx, paused)
    }

    pub fn set_epoch_paused_v0(ctx: Context<SetEpochPausedV0>, paused: bool) -> Result<()> {
        instructions::set_epoch_paused(ctx, paused)
    }

    pub fn submit_v0(ctx: Context<SubmitV0>, signers: u32) -> Result<()> {
        instructions::submit(ctx, signers)
    }

    pub fn submit_certified_v0(ctx: Context<SubmitCertifiedV0>) -> Result<()> {
        instructions::submit_certified(ctx)
    }

    pub fn certify_v0(ctx: Context<CertifyV0>, digest: [u8; 32], signers: u32) -> Result<()> {
        instructions::certify(ctx, digest, signers)
    }

    pub fn close_certificate_v0(ctx: Context<CloseCertificateV0>) -> Result<()> {
        instructions::close_certificate(ctx)
    }

    pub fn verify_proof_v0(ctx: Context<VerifyProofV0>, inclusion: Inclusion) -> Result<ProvenTime> {
        instructions::verify_proof(ctx, inclusion)
    }

    pub fn verify_intent_v0(
        ctx: Context<VerifyIntentV0>,
        program: Pubkey,
        sender: Pubkey,
        data_hash: [u8; 32],
        inclusion: Inclusion,
    ) -> Result<ProvenTime> {
        instructions::verify_intent(ctx, program, sender, data_hash, inclusion)
    }

    pub fn queue_task_v0<'info>(
        ctx: Context<'info, QueueTaskV0<'info>>,
        id: u64,
        terms: TaskTerms,
        deposit: u64,
        num_accounts: u8,
        num_writable: u8,
        code: Vec<u8>,
    ) -> Result<()> {
        instructions::queue_task(ctx, id, terms, deposit, num_accounts, num_writable, code)
    }

    pub fn update_task_v0(ctx: Context<UpdateTaskV0>, terms: TaskTerms) -> Result<()> {
        instructions::update_task(ctx, terms)
    }

    pub fn fund_task_v0(ctx: Context<FundTaskV0>, lamports: u64) -> Result<()> {
        instructions::fund_task(ctx, lamports)
    }

    pub fn run_task_v0<'info>(ctx: Context<'info, RunTaskV0<'info>>) -> Result<()> {
        instructions::run_task(ctx)
    }

    pub fn cancel_task_v0(ctx: Context<CancelTaskV0>) -> Result<()> {
        instructions::cancel_task(ctx)
    }

    pub fn expire_task_v0(ctx: Context<ExpireTaskV0>) -> Result<()> {
        instructions::expire_task(ctx)
    }
}
