//! Worker processes: how they are found, started, spoken with and ended.

mod command;
mod log;
mod process;
mod warm;

pub use command::{WORKER_VARIABLE, WorkerCommand};
pub use process::{ReadyWorker, WorkerProcess, ask_once};
pub use warm::WarmWorkers;
