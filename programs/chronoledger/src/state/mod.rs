pub mod certificate;
pub mod clock;
pub mod config;
pub mod node_set;
pub mod task;
pub mod task_code;

pub use certificate::*;
pub use clock::*;
pub use config::*;
pub use node_set::*;
pub use task::*;
pub use task_code::*;
