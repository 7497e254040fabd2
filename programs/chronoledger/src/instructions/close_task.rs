use anchor_lang::prelude::*;
use anchor_lang::AccountsClose;

use crate::error::ChronoError;
use crate::events::{CloseReason, TaskClosedV0};
use crate::state::{chain_ns, Task};

#[derive(Accounts)]
pub struct CancelTaskV0<'info> {
    pub owner: Signer<'info>,
    #[account(mut, has_one = owner @ ChronoError::OnlyOwner, has_one = refund @ ChronoError::RefundMismatch)]
    pub task: AccountLoader<'info, Task>,
    /// CHECK: the task names it.
    #[account(mut)]
    pub refund: UncheckedAccount<'info>,
}

#[derive(Accounts)]
pub struct ExpireTaskV0<'info> {
    #[account(mut, has_one = refund @ ChronoError::RefundMismatch)]
    pub task: AccountLoader<'info, Task>,
    /// CHECK: the task names it.
    #[account(mut)]
    pub refund: UncheckedAccount<'info>,
}

/// Ends a task at its owner's wish; deposit and rent go back.
pub fn cancel_task(ctx: Context<CancelTaskV0>) -> Result<()> {
    close(&ctx.accounts.task, &ctx.accounts.refund, CloseReason::Cancelled)
}

/// Ends a task whose last window is over by the chain's clock, without running it; deposit and rent go back. Anybody may.
pub fn expire_task(ctx: Context<ExpireTaskV0>) -> Result<()> {
    let now = chain_ns(Clock::get()?.unix_timestamp)?;
    require!(ctx.accounts.task.load()?.is_over(now), ChronoError::NotOver);
    close(&ctx.accounts.task, &ctx.accounts.refund, CloseReason::Expired)
}

/// Gives all that the task's account holds to its refund account.
pub fn close<'info>(
    task: &AccountLoader<'info, Task>,
    refund: &UncheckedAccount<'info>,
    reason: CloseReason,
) -> Result<()> {
    let refunded = task.to_account_info().lamports();
    emit!(TaskClosedV0 { task: task.key(), reason, refund: refunded });
    task.close(refund.to_account_info())
}
