use anchor_lang::prelude::*;
use anchor_lang::system_program::{transfer, Transfer};

use crate::error::ChronoError;
use crate::events::{TaskFundedV0, TaskUpdatedV0};
use crate::instructions::queue_task::require_deposit;
use crate::state::{Task, TaskTerms};

#[derive(Accounts)]
pub struct UpdateTaskV0<'info> {
    pub owner: Signer<'info>,
    #[account(mut, has_one = owner @ ChronoError::OnlyOwner)]
    pub task: AccountLoader<'info, Task>,
}

#[derive(Accounts)]
pub struct FundTaskV0<'info> {
    #[account(mut)]
    pub payer: Signer<'info>,
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    pub system_program: Program<'info, System>,
}

/// New terms for the same instructions; the first run of the new terms is the next one. The deposit stays and must suit them.
pub fn update_task(ctx: Context<UpdateTaskV0>, terms: TaskTerms) -> Result<()> {
    let info = ctx.accounts.task.to_account_info();
    let mut task = ctx.accounts.task.load_mut()?;
    task.set_terms(&terms)?;
    require!(task.reward <= task.escrow, ChronoError::DepositInvalid);
    emit!(TaskUpdatedV0 { task: info.key() });
    task.invariant(info.lamports())
}

/// Adds to the deposit, up to what the runs that are left can take. Anybody may.
pub fn fund_task(ctx: Context<FundTaskV0>, lamports: u64) -> Result<()> {
    let info = ctx.accounts.task.to_account_info();
    let accounts = Transfer { from: ctx.accounts.payer.to_account_info(), to: info.clone() };
    transfer(CpiContext::new(ctx.accounts.system_program.key(), accounts), lamports)?;
    let mut task = ctx.accounts.task.load_mut()?;
    task.escrow = task.escrow.checked_add(lamports).ok_or(ChronoError::Overflow)?;
    require_deposit(&task, task.escrow)?;
    emit!(TaskFundedV0 { task: info.key(), escrow: task.escrow });
    task.invariant(info.lamports())
}
