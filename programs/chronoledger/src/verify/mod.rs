//! What docs/protocol.md says of statements, signatures and proofs. Nothing here knows accounts.
pub mod merkle;
pub mod secp256r1;
pub mod statement;

pub use merkle::*;
pub use secp256r1::*;
pub use statement::*;
