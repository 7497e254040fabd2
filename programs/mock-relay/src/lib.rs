//! Calls another program and returns nothing of its own: what that program returned is then what a caller finds.
use anchor_lang::prelude::*;
use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::solana_program::program::invoke;

declare_id!("MockRe1ay1111111111111111111111111111111111");

#[program]
pub mod mock_relay {
    use super::*;

    /// `data` is the instruction's. Its only account is the program itself, which Anchor takes for an optional one left out.
    pub fn relay(ctx: Context<Relay>, data: Vec<u8>) -> Result<()> {
        let program_id = ctx.accounts.program.key();
        let accounts = vec![AccountMeta::new_readonly(program_id, false)];
        let instruction = Instruction { program_id, accounts, data };
        invoke(&instruction, &[ctx.accounts.program.to_account_info()])?;
        Ok(())
    }
}

#[derive(Accounts)]
pub struct Relay<'info> {
    /// CHECK: any program may be called.
    pub program: UncheckedAccount<'info>,
}
