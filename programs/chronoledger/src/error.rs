//! Errors. Their numbers are positions, from 6000: append only.
use anchor_lang::prelude::*;

#[error_code]
pub enum ChronoError {
    // Governance
    #[msg("Only the program's upgrade authority may initialise it")]
    OnlyUpgradeAuthority,
    #[msg("Only the governance may do this")]
    OnlyGovernance,
    #[msg("Only the governance that was proposed may accept")]
    OnlyPendingGovernance,
    #[msg("Only the governance or the guardian may pause, and only the governance may resume")]
    OnlyGuardian,
    #[msg("The epoch is not the one after the last")]
    EpochOutOfOrder,
    #[msg("The epoch starts before the last one ends")]
    EpochOverlaps,
    #[msg("The epoch must end after it starts")]
    ValidityInvalid,
    #[msg("A node set needs 1 to 32 nodes, and at least 3 f + 1")]
    NodeSetSize,
    #[msg(
        "The greatest uncertainty is outside 1 to 2^48 - 1 nanoseconds, or the lead outside 0 to 2^32 - 1 milliseconds"
    )]
    PolicyInvalid,
    #[msg("The node set is in use already")]
    NodeSetActive,
    #[msg("The node set is not in use yet")]
    NodeSetInactive,
    #[msg("Some nodes have not proven that they hold their keys")]
    NodeSetIncomplete,
    #[msg("No node of the set has this index")]
    NodeUnknown,
    #[msg("The node has proven its key already")]
    NodeKnown,
    #[msg("Another node of the set has this key")]
    KeyRepeated,
    #[msg("The signed registration statement is not this node's")]
    RegistrationMismatch,
    #[msg("An epoch's end can only be brought forward, not to its start or before")]
    EndInvalid,
    // Signatures
    #[msg("The instruction just before is not a check by the secp256r1 precompile")]
    SignatureCheckMissing,
    #[msg("The secp256r1 instruction is not laid out as it must be: its own data, keys and signatures in turn, one message behind them")]
    SignatureCheckLayout,
    #[msg("Not as many signatures were checked as signers are named")]
    SignatureCountMismatch,
    #[msg("A signature is by another key than the named node's")]
    SignerKeyMismatch,
    #[msg("A signer is not a node of the set")]
    SignerUnknown,
    #[msg("A signer was revoked")]
    SignerRevoked,
    #[msg("Fewer signers than the quorum")]
    QuorumShort,
    // Statements
    #[msg("The statement is not one of a quorum of this network, epoch and policy")]
    HeaderMismatch,
    #[msg("The statement has flags that the policy does not allow")]
    FlagsNotAllowed,
    #[msg("The statement's uncertainty is above the policy's")]
    UncertaintyTooLarge,
    #[msg("The statement's time is outside its epoch")]
    OutsideEpoch,
    #[msg("The statement's previous time is not before its time")]
    SpanInvalid,
    #[msg("The statement's time is further ahead of the chain's clock than the policy's lead")]
    FromTheFuture,
    #[msg("The clock has this certificate or a newer one: the sequence is not above it")]
    SequenceNotNewer,
    #[msg("The clock has this certificate or a newer one: the time is not above it")]
    TimeNotNewer,
    #[msg("Paused")]
    Paused,
    // Proofs
    #[msg("The inclusion path is longer than 32")]
    PathTooLong,
    #[msg("The path does not lead from the leaf to the certificate's imprint")]
    PathInvalid,
    #[msg("The leaf's reading is later than the certificate")]
    LeafAfterCertificate,
    #[msg("The leaf's context does not bind it to this program, sender and instruction")]
    IntentMismatch,
    // The attested clock
    #[msg("No certificate has been accepted yet")]
    ClockUnset,
    #[msg("The certified instant is too old by the chain's clock")]
    ClockStale,
    // Tasks
    #[msg("A task's window must end after it starts, its grace must fit in it, and its last run must end before the year 2554")]
    WindowInvalid,
    #[msg("The reward's floor is above the reward")]
    RewardInvalid,
    #[msg("A task runs at least once, and its windows must not touch")]
    RecurrenceInvalid,
    #[msg("The deposit does not cover the reward of one run, or is more than all runs need")]
    DepositInvalid,
    #[msg("The task names too many accounts, too many instructions, too much data, or none")]
    TaskSize,
    #[msg("The encoded instructions end early, have bytes left, or name an account that is not there")]
    TaskMalformed,
    #[msg("An instruction of a task may not call this program")]
    TaskCallsScheduler,
    #[msg("Only the owner may do this")]
    OnlyOwner,
    #[msg("The account is not the task's refund account")]
    RefundMismatch,
    #[msg("Too early for the task's next run")]
    TooEarly,
    #[msg("Too late for the task's next run")]
    TooLate,
    #[msg("The task's last window is not over yet")]
    NotOver,
    #[msg("The deposit does not cover the reward of the next run")]
    Underfunded,
    #[msg("The accounts given are not the task's, in its order")]
    TaskAccountMismatch,
    #[msg("An account of this program may not be writable in a task's instruction")]
    AccountProtected,
    #[msg("The next window that the target asks for is not after this one, or not a window")]
    NextWindowInvalid,
    #[msg("The account's books do not balance")]
    Invariant,
    #[msg("A sum is out of range")]
    Overflow,
}
