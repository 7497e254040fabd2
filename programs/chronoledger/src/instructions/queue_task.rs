use anchor_lang::prelude::*;
use anchor_lang::system_program::{transfer, Transfer};

use crate::constants::{AUTHORITY_SEED, MAX_TASK_ACCOUNTS, MAX_TASK_METAS, TASK_SEED};
use crate::error::ChronoError;
use crate::events::TaskQueuedV0;
use crate::state::{Task, TaskCode, TaskTerms};

/// Behind these: the accounts of the task's instructions, programs included, writable ones first.
#[derive(Accounts)]
#[instruction(id: u64, terms: TaskTerms, deposit: u64, num_accounts: u8, num_writable: u8, code: Vec<u8>)]
pub struct QueueTaskV0<'info> {
    pub owner: Signer<'info>,
    #[account(mut)]
    pub payer: Signer<'info>,
    #[account(
        init,
        payer = payer,
        space = Task::space(num_accounts, code.len()),
        seeds = [TASK_SEED, owner.key().as_ref(), &id.to_le_bytes()],
        bump
    )]
    pub task: AccountLoader<'info, Task>,
    pub system_program: Program<'info, System>,
}

/// Stores a task with a deposit for its rewards; deposit and rent go back to the payer. `code` is as TaskCode reads it.
#[allow(clippy::too_many_arguments)]
pub fn queue_task<'info>(
    ctx: Context<'info, QueueTaskV0<'info>>,
    id: u64,
    terms: TaskTerms,
    deposit: u64,
    num_accounts: u8,
    num_writable: u8,
    code: Vec<u8>,
) -> Result<()> {
    let accounts = ctx.remaining_accounts;
    require!(accounts.len() == usize::from(num_accounts), ChronoError::TaskAccountMismatch);
    require!(accounts.len() <= MAX_TASK_ACCOUNTS && num_writable <= num_accounts, ChronoError::TaskSize);
    check_code(&code, accounts)?;

    let owner = ctx.accounts.owner.key();
    let (authority, authority_bump) = Pubkey::find_program_address(&[AUTHORITY_SEED, owner.as_ref()], &crate::ID);
    let info = ctx.accounts.task.to_account_info();
    let rent = info.lamports();
    let transfer_accounts = Transfer { from: ctx.accounts.payer.to_account_info(), to: info.clone() };
    transfer(CpiContext::new(ctx.accounts.system_program.key(), transfer_accounts), deposit)?;
    {
        let mut data = info.try_borrow_mut_data()?;
        let (keys, rest) = data[Task::HEAD..].split_at_mut(32 * accounts.len());
        for (to, account) in keys.chunks_exact_mut(32).zip(accounts) {
            to.copy_from_slice(account.key.as_ref());
        }
        rest.copy_from_slice(&code);
    }
    let mut task = ctx.accounts.task.load_init()?;
    task.set_terms(&terms)?;
    require_deposit(&task, deposit)?;
    task.owner = owner;
    task.refund = ctx.accounts.payer.key();
    task.authority = authority;
    task.authority_bump = authority_bump;
    task.id = id;
    task.escrow = deposit;
    task.rent = rent;
    task.bump = ctx.bumps.task;
    task.num_accounts = num_accounts;
    task.num_writable = num_writable;
    emit!(TaskQueuedV0 { task: info.key(), owner, id });
    task.invariant(info.lamports())
}

/// At least one run is paid for, and nothing that no run could take.
pub fn require_deposit(task: &Task, escrow: u64) -> Result<()> {
    let most = task.reward.checked_mul(u64::from(task.count - task.number)).ok_or(ChronoError::Overflow)?;
    require!(task.reward <= escrow && escrow <= most, ChronoError::DepositInvalid);
    Ok(())
}

fn check_code(code: &[u8], accounts: &[AccountInfo]) -> Result<()> {
    let mut instructions = TaskCode::new(code, accounts.len())?;
    let mut metas = 0;
    while let Some(instruction) = instructions.next_instruction()? {
        metas += instruction.accounts.len();
        require!(metas <= MAX_TASK_METAS, ChronoError::TaskSize);
        let program = accounts.get(usize::from(instruction.program)).ok_or(ChronoError::TaskMalformed)?;
        require_keys_neq!(*program.key, crate::ID, ChronoError::TaskCallsScheduler);
    }
    Ok(())
}
