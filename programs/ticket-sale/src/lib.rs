//! How a program uses ChronoLedger: a sale that opens at an instant of attested time, not when a validator says so, and whose
//! early customers prove by a stamp that they asked before a deadline.
use anchor_lang::prelude::*;
use anchor_lang::system_program::{transfer, Transfer};
use chronoledger::cpi::accounts::VerifyIntentV0;
use chronoledger::program::Chronoledger;
use chronoledger::state::{utc_ns, AttestedClock, Certificate, Config, NodeSet};
use chronoledger::verify::{Inclusion, ProvenTime};

declare_id!("TicketSa1e111111111111111111111111111111111");

/// How old the certified instant may be when a ticket is sold, nanoseconds.
const MAX_AGE_NS: u64 = 30 * chronoledger::constants::NS_PER_S;

#[program]
pub mod ticket_sale {
    use super::*;

    /// `opens_at` is in UTC nanoseconds, `price` in lamports.
    pub fn open_sale(ctx: Context<OpenSale>, opens_at: u64, price: u64) -> Result<()> {
        let sale = &mut ctx.accounts.sale;
        sale.seller = ctx.accounts.seller.key();
        sale.opens_at = opens_at;
        sale.price = price;
        Ok(())
    }

    /// From the instant on, whoever comes. `now_no_older_than` is all that it takes.
    pub fn buy(ctx: Context<Buy>) -> Result<()> {
        let now = ctx.accounts.clock.now_no_older_than(MAX_AGE_NS, Clock::get()?.unix_timestamp)?;
        require!(now >= ctx.accounts.sale.opens_at, SaleError::NotOpen);
        ctx.accounts.pay()
    }

    /// At any time, for who had the network stamp the purchase before the sale opened: the proof says when it existed, whenever it
    /// gets here. A stamp is bound to this program, the buyer, and the sale's address as the instruction's data.
    pub fn claim(ctx: Context<Claim>, inclusion: Inclusion) -> Result<()> {
        let accounts = VerifyIntentV0 {
            config: ctx.accounts.config.to_account_info(),
            certificate: ctx.accounts.certificate.to_account_info(),
            node_set: ctx.accounts.node_set.to_account_info(),
        };
        let data_hash = solana_sha256_hasher::hash(ctx.accounts.sale.key().as_ref()).to_bytes();
        let context = CpiContext::new(ctx.accounts.chronoledger.key(), accounts);
        let buyer = ctx.accounts.buyer.key();
        let proven: ProvenTime =
            chronoledger::cpi::verify_intent_v0(context, crate::ID, buyer, data_hash, inclusion)?.get();
        let certified = utc_ns(proven.certified_tai_ns, proven.tai_minus_utc)?;
        require!(certified < ctx.accounts.sale.opens_at, SaleError::StampedTooLate);
        ctx.accounts.sale.claims += 1;
        Ok(())
    }
}

#[derive(Accounts)]
pub struct OpenSale<'info> {
    #[account(init, payer = seller, space = 8 + Sale::INIT_SPACE, seeds = [b"sale", seller.key().as_ref()], bump)]
    pub sale: Account<'info, Sale>,
    #[account(mut)]
    pub seller: Signer<'info>,
    pub system_program: Program<'info, System>,
}

#[derive(Accounts)]
pub struct Buy<'info> {
    #[account(mut, has_one = seller)]
    pub sale: Account<'info, Sale>,
    /// CHECK: the sale names it.
    #[account(mut)]
    pub seller: UncheckedAccount<'info>,
    #[account(mut)]
    pub buyer: Signer<'info>,
    /// The address is checked by its seeds: an account of the right type is not enough.
    #[account(seeds = [chronoledger::constants::CLOCK_SEED], bump = clock.bump, seeds::program = chronoledger::ID)]
    pub clock: Account<'info, AttestedClock>,
    pub system_program: Program<'info, System>,
}

impl<'info> Buy<'info> {
    fn pay(&mut self) -> Result<()> {
        let accounts = Transfer { from: self.buyer.to_account_info(), to: self.seller.to_account_info() };
        transfer(CpiContext::new(self.system_program.key(), accounts), self.sale.price)?;
        self.sale.sold += 1;
        Ok(())
    }
}

#[derive(Accounts)]
pub struct Claim<'info> {
    #[account(mut)]
    pub sale: Account<'info, Sale>,
    pub buyer: Signer<'info>,
    pub config: Box<Account<'info, Config>>,
    pub certificate: Box<Account<'info, Certificate>>,
    pub node_set: AccountLoader<'info, NodeSet>,
    pub chronoledger: Program<'info, Chronoledger>,
}

#[account]
#[derive(InitSpace)]
pub struct Sale {
    pub seller: Pubkey,
    /// UTC nanoseconds.
    pub opens_at: u64,
    /// Lamports.
    pub price: u64,
    pub sold: u64,
    pub claims: u64,
}

#[error_code]
pub enum SaleError {
    #[msg("The sale has not opened yet")]
    NotOpen,
    #[msg("The stamp is not from before the sale")]
    StampedTooLate,
}
