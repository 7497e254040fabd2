use anchor_lang::prelude::*;
use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::solana_program::program::{get_return_data, invoke_signed_unchecked};

use crate::constants::{AUTHORITY_SEED, CLOCK_SEED, MAX_ATTESTED_AGE_NS};
use crate::error::ChronoError;
use crate::events::{CloseReason, TaskRunV0};
use crate::instructions::close_task::close;
use crate::state::{chain_ns, AttestedClock, Task, TaskCode, NEXT_WINDOW_TAG};

/// Behind these: the task's accounts, in its order.
#[derive(Accounts)]
pub struct RunTaskV0<'info> {
    /// Gets the reward.
    #[account(mut)]
    pub keeper: Signer<'info>,
    #[account(mut)]
    pub task: AccountLoader<'info, Task>,
    /// CHECK: the handler checks that it is the task's.
    #[account(mut)]
    pub refund: UncheckedAccount<'info>,
    /// For tasks by the attested clock.
    #[account(seeds = [CLOCK_SEED], bump = clock.bump)]
    pub clock: Option<Account<'info, AttestedClock>>,
}

/// What a run needs of the task once its head is written.
struct Run {
    owner: Pubkey,
    authority: Pubkey,
    authority_bump: u8,
    num_accounts: usize,
    num_writable: u8,
    reward: u64,
}

/// Runs what is due of a task, pays the keeper, and closes the task behind its last run. Anybody may. An instruction that fails
/// fails the transaction, and nothing has happened.
pub fn run_task<'info>(ctx: Context<'info, RunTaskV0<'info>>) -> Result<()> {
    // The books are in order before anything is called.
    let run = book(&ctx)?;
    let info = ctx.accounts.task.to_account_info();
    let last_program = invoke_all(&info, &run, ctx.remaining_accounts)?;

    let more = {
        let mut task = ctx.accounts.task.load_mut()?;
        match asked_window(&last_program).filter(|_| task.asks == 1) {
            Some((not_before, not_after)) => {
                task.move_window(not_before, not_after)?;
                true
            }
            None => task.asks == 0 && task.number < task.count,
        }
    };
    info.sub_lamports(run.reward)?;
    ctx.accounts.keeper.to_account_info().add_lamports(run.reward)?;
    if more {
        return ctx.accounts.task.load()?.invariant(info.lamports());
    }
    close(&ctx.accounts.task, &ctx.accounts.refund, CloseReason::Done)
}

/// Checks the window and moves the task on.
fn book(ctx: &Context<RunTaskV0>) -> Result<Run> {
    let mut task = ctx.accounts.task.load_mut()?;
    require_keys_eq!(ctx.accounts.refund.key(), task.refund, ChronoError::RefundMismatch);
    let unix_timestamp = Clock::get()?.unix_timestamp;
    let chain_now = chain_ns(unix_timestamp)?;
    let now = if task.is_attested() {
        let clock = ctx.accounts.clock.as_ref().ok_or(ChronoError::ClockUnset)?;
        clock.now_no_older_than(MAX_ATTESTED_AGE_NS, unix_timestamp)?
    } else {
        chain_now
    };
    let due = task.due(now)?;
    require!(task.escrow >= task.reward, ChronoError::Underfunded);
    let reward = task.reward_at(due.lateness);
    task.escrow -= reward;
    task.number = due.number + 1;
    task.last_lateness = due.lateness;
    task.worst_lateness = task.worst_lateness.max(due.lateness);
    emit!(TaskRunV0 {
        task: ctx.accounts.task.key(),
        number: due.number,
        keeper: ctx.accounts.keeper.key(),
        lateness: due.lateness,
        // Both are times of this millennium: the difference is far inside 63 bits.
        chain_lateness: chain_now as i64 - due.not_before as i64,
        reward,
    });
    Ok(Run {
        owner: task.owner,
        authority: task.authority,
        authority_bump: task.authority_bump,
        num_accounts: task.num_accounts.into(),
        num_writable: task.num_writable,
        reward,
    })
}

/// Returns the program of the last instruction.
fn invoke_all<'info>(task: &AccountInfo<'info>, run: &Run, accounts: &[AccountInfo<'info>]) -> Result<Pubkey> {
    // A copy: the data may not be held during a call, as the task may be among the accounts that are read.
    let code = {
        let data = task.try_borrow_data()?;
        let (keys, code) = data[Task::HEAD..].split_at(32 * run.num_accounts);
        require_accounts(keys, accounts, run)?;
        code.to_vec()
    };
    let bump = [run.authority_bump];
    let seeds: &[&[u8]] = &[AUTHORITY_SEED, run.owner.as_ref(), &bump];
    let mut instructions = TaskCode::new(&code, accounts.len())?;
    let mut instruction = Instruction { program_id: crate::ID, accounts: Vec::new(), data: Vec::new() };
    while let Some(compiled) = instructions.next_instruction()? {
        instruction.program_id = *account_at(accounts, compiled.program)?.key;
        instruction.accounts.clear();
        for index in compiled.accounts {
            let key = *account_at(accounts, *index)?.key;
            // No signer of the transaction signs here: else a task could spend what its keeper has.
            let is_signer = key == run.authority;
            let is_writable = *index < run.num_writable;
            instruction.accounts.push(AccountMeta { pubkey: key, is_signer, is_writable });
        }
        instruction.data.clear();
        instruction.data.extend_from_slice(compiled.data);
        // Nothing is borrowed, which is what the checked variant looks at, account by account.
        invoke_signed_unchecked(&instruction, accounts, &[seeds])?;
    }
    Ok(instruction.program_id)
}

/// The accounts come from the keeper: they must be the task's, one by one, and none of this program's may be changed.
fn require_accounts(keys: &[u8], accounts: &[AccountInfo], run: &Run) -> Result<()> {
    require!(keys.len() == 32 * accounts.len(), ChronoError::TaskAccountMismatch);
    for (index, (key, account)) in keys.chunks_exact(32).zip(accounts).enumerate() {
        require!(account.key.as_ref() == key, ChronoError::TaskAccountMismatch);
        let is_writable = index < usize::from(run.num_writable);
        require!(!is_writable || *account.owner != crate::ID, ChronoError::AccountProtected);
    }
    Ok(())
}

fn account_at<'a, 'info>(accounts: &'a [AccountInfo<'info>], index: u8) -> Result<&'a AccountInfo<'info>> {
    accounts.get(usize::from(index)).ok_or_else(|| error!(ChronoError::TaskMalformed))
}

/// The window that the target asks for, UTC nanoseconds. Only the program that was called last may: what one that it called
/// left behind is no answer.
fn asked_window(program: &Pubkey) -> Option<(u64, u64)> {
    let (answering, data) = get_return_data()?;
    let window = data.strip_prefix(NEXT_WINDOW_TAG).filter(|_| answering == *program)?;
    let number = |at: usize| Some(u64::from_le_bytes(window.get(at..at + 8)?.try_into().ok()?));
    Some((number(0)?, number(8)?))
}
