//! What this machine has.

use super::{Desk, DeskError};
use crate::devices;
use crate::machine;
use crate::protocol::MachineSummary;

impl Desk {
    pub(super) fn describe_machine(&self) -> Result<MachineSummary, DeskError> {
        let memory = machine::memory();
        Ok(MachineSummary {
            system: machine::system_name(),
            processor: machine::processor_name(),
            card: devices::likely_card(),
            threads: self.computing.threads,
            processors: machine::processors(),
            vectors: kernels::vector_instructions().into(),
            memory_bytes: memory.map(|memory| memory.total),
            memory_available_bytes: memory.map(|memory| memory.available),
            disk_available_bytes: machine::disk_available(&self.home.folder),
            folder: self.home.folder.clone(),
            version: self.program.clone(),
        })
    }
}
