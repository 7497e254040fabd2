//! One file an instruction, or a few that belong together. Each handler ends with the account's `invariant`, where it has one.
pub mod certify;
pub mod close_task;
pub mod epoch;
pub mod governance;
pub mod initialize;
pub mod manage_task;
pub mod node_set;
pub mod pause;
pub mod queue_task;
pub mod run_task;
pub mod submit;
pub mod verify_proof;

pub use certify::*;
pub use close_task::*;
pub use epoch::*;
pub use governance::*;
pub use initialize::*;
pub use manage_task::*;
pub use node_set::*;
pub use pause::*;
pub use queue_task::*;
pub use run_task::*;
pub use submit::*;
pub use verify_proof::*;
