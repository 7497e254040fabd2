//! What tests put into tasks: a counter, a target that asks for its next window, and targets that misbehave.
use anchor_lang::prelude::*;
use anchor_lang::solana_program::program::{invoke, set_return_data};
use anchor_lang::solana_program::system_instruction;
use chronoledger::state::next_window_data;

declare_id!("MockTarget111111111111111111111111111111111");

#[program]
pub mod mock_target {
    use super::*;

    pub fn open(ctx: Context<Open>, caller: Pubkey) -> Result<()> {
        ctx.accounts.counter.caller = caller;
        Ok(())
    }

    /// Counts, if the counter's caller signs.
    pub fn increment(ctx: Context<Increment>) -> Result<()> {
        ctx.accounts.counter.count += 1;
        Ok(())
    }

    pub fn no_op(_ctx: Context<Anything>) -> Result<()> {
        Ok(())
    }

    pub fn fail(_ctx: Context<Anything>) -> Result<()> {
        err!(MockError::AsAsked)
    }

    /// Returns the window as an answer to the scheduler.
    pub fn ask(_ctx: Context<Anything>, not_before: u64, not_after: u64) -> Result<()> {
        set_return_data(&next_window_data(not_before, not_after));
        Ok(())
    }

    /// Has a proof of so many levels verified: a transaction has no room for many, a program does.
    pub fn prove(ctx: Context<Prove>, levels: u8) -> Result<()> {
        let accounts = chronoledger::cpi::accounts::VerifyProofV0 {
            certificate: ctx.accounts.certificate.to_account_info(),
            node_set: ctx.accounts.node_set.to_account_info(),
        };
        let inclusion =
            chronoledger::verify::Inclusion { leaf: [0; 96], directions: 0, path: vec![[0; 32]; levels.into()] };
        let context = CpiContext::new(ctx.accounts.chronoledger.key(), accounts);
        chronoledger::cpi::verify_proof_v0(context, inclusion)?;
        Ok(())
    }

    /// Tries to spend what the first of the accounts has, for the second.
    pub fn steal<'info>(ctx: Context<'info, Anything<'info>>, lamports: u64) -> Result<()> {
        let accounts = ctx.remaining_accounts;
        require!(accounts.len() >= 2, MockError::AsAsked);
        invoke(&system_instruction::transfer(accounts[0].key, accounts[1].key, lamports), accounts)?;
        Ok(())
    }

    /// Fills the log.
    pub fn shout(_ctx: Context<Anything>, lines: u32) -> Result<()> {
        for _ in 0..lines {
            msg!("a line of a target that has much to say, and says it again and again until nobody can hear any more");
        }
        Ok(())
    }
}

#[derive(Accounts)]
pub struct Open<'info> {
    #[account(init, payer = payer, space = 8 + Counter::INIT_SPACE, seeds = [b"counter", payer.key().as_ref()], bump)]
    pub counter: Account<'info, Counter>,
    #[account(mut)]
    pub payer: Signer<'info>,
    pub system_program: Program<'info, System>,
}

#[derive(Accounts)]
pub struct Increment<'info> {
    #[account(mut, has_one = caller)]
    pub counter: Account<'info, Counter>,
    pub caller: Signer<'info>,
}

#[derive(Accounts)]
pub struct Anything<'info> {
    /// CHECK: not looked at; it is there because Anchor wants a lifetime.
    pub any: Option<UncheckedAccount<'info>>,
}

#[derive(Accounts)]
pub struct Prove<'info> {
    /// CHECK: the program called looks at it.
    pub certificate: UncheckedAccount<'info>,
    /// CHECK: the program called looks at it.
    pub node_set: UncheckedAccount<'info>,
    pub chronoledger: Program<'info, chronoledger::program::Chronoledger>,
}

#[account]
#[derive(InitSpace)]
pub struct Counter {
    pub caller: Pubkey,
    pub count: u64,
}

#[error_code]
pub enum MockError {
    #[msg("As asked")]
    AsAsked,
}
