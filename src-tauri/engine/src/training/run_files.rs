//! The files that a run leaves as it goes: its checkpoint, and the best weights beside it. Both are written while the
//! training goes on.

use std::borrow::Cow;
use std::path::Path;

use crate::training::checkpoint::{self, CheckpointError, PendingCheckpoint};
use crate::training::checkpoint_path;
use crate::training::state::{Best, RunState};

/// The folder of a run, and what is on its way to the disk.
pub(super) struct RunFiles<'a> {
    folder: &'a Path,
    /// The checkpoint, and the update of the best weights that it names.
    checkpoint: Option<(PendingCheckpoint, u64)>,
    best: Option<PendingCheckpoint>,
}

impl<'a> RunFiles<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            checkpoint: None,
            best: None,
        }
    }

    /// Begins to write the best weights. The file before stays until a checkpoint that names this one is on the disk, and
    /// that is written after this one, so that a checkpoint never names a file that is not there.
    pub(super) fn write_best(
        &mut self,
        best: &Best,
        weights: Cow<'_, [f32]>,
    ) -> Result<(), CheckpointError> {
        self.finish_best()?;
        let path = self.folder.join(&best.file);
        self.best = Some(checkpoint::write(&path, best, vec![weights])?);
        Ok(())
    }

    /// Begins to write a checkpoint, once the best weights that it names are on the disk.
    pub(super) fn write_checkpoint(
        &mut self,
        state: &RunState,
        sections: Vec<Cow<'_, [f32]>>,
    ) -> Result<(), CheckpointError> {
        self.finish()?;
        let path = checkpoint_path(self.folder);
        let best = state.best.as_ref().map_or(0, |best| best.step);
        self.checkpoint = Some((checkpoint::write(&path, state, sections)?, best));
        Ok(())
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(&mut self) -> Result<(), CheckpointError> {
        self.finish_best()?;
        if let Some((pending, best)) = self.checkpoint.take() {
            pending.finish()?;
            self.delete_bests_before(best);
        }
        Ok(())
    }

    /// The best weights.
    pub(super) fn read_best(&mut self, best: &Best) -> Result<Vec<f32>, CheckpointError> {
        self.finish_best()?;
        let (_, mut sections) = checkpoint::read::<Best>(&self.folder.join(&best.file))?;
        Ok(sections.pop().unwrap_or_default())
    }

    fn finish_best(&mut self) -> Result<(), CheckpointError> {
        self.best.take().map_or(Ok(()), PendingCheckpoint::finish)
    }

    /// Deletes weights that were the best before those that the checkpoint on the disk names; it
    /// may be all that is left after a power cut. One that cannot be deleted costs space alone.
    fn delete_bests_before(&self, named: u64) {
        let Ok(entries) = std::fs::read_dir(self.folder) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let step = name.strip_prefix("best-").map(str::parse::<u64>);
            if matches!(step, Some(Ok(step)) if step < named) {
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}
