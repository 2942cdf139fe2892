//! Everything that is kept.

use super::{Desk, DeskError};
use crate::failure::Failure;
use crate::files::TEMPORARY_PREFIX;
use crate::jobs::{JobError, RunFolder, unfinished_runs};
use crate::library::base::{BaseEntry, BaseLibraryError, BaseState};
use crate::library::model::{Listed, TrainedModel};
use crate::machine;
use crate::protocol::{BaseSummary, Library, ModelSummary, RunSummary, UnreadableRun};
use crate::training::read_progress;

impl Desk {
    pub(super) fn list_library(&self) -> Result<Library, DeskError> {
        let library = self.home.models();
        library.purge();
        let mut listed = library.list()?;
        // Moments are all written in the same form, so that texts are in their order. What has
        // none comes last, by name.
        listed.sort_by(|first, second| moment(second).cmp(&moment(first)));
        let models: Vec<ModelSummary> = listed.into_iter().map(model_summary).collect();
        let bases = self.home.base_models().list()?;
        let is_base = |entry: &BaseEntry| {
            // What another program is writing at this moment.
            !entry.name.starts_with(TEMPORARY_PREFIX)
        };
        let (runs, unreadable_runs) = self.runs();
        Ok(Library {
            folder: self.home.folder.clone(),
            model_bytes: models.iter().map(|model| model.bytes).sum(),
            models,
            runs,
            unreadable_runs,
            total_bytes: self.home.bytes(),
            bases: bases
                .into_iter()
                .filter(is_base)
                .map(base_summary)
                .collect(),
            disk_available_bytes: machine::disk_available(&self.home.folder),
        })
    }

    /// The runs that did not finish, and those of which nothing else can be said.
    fn runs(&self) -> (Vec<RunSummary>, Vec<UnreadableRun>) {
        let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
        for name in unfinished_runs(&self.home) {
            // No run is called what no folder of ours can be called.
            let Ok(folder) = RunFolder::new(&self.home, &name) else {
                continue;
            };
            match folder.read(&self.home) {
                Ok(run) => {
                    let progress = read_progress(&folder.folder).ok();
                    runs.push(RunSummary {
                        name,
                        began: run.began,
                        request: run.request,
                        step: progress.map(|progress| progress.step),
                        total_steps: progress.and_then(|progress| progress.total_steps),
                        bytes: folder.bytes(),
                        is_busy: folder.is_busy(),
                    });
                }
                // It came to its end meanwhile.
                Err(JobError::UnknownRun { .. }) => {}
                Err(error) => unreadable.push(UnreadableRun {
                    name,
                    failure: Failure::of(&DeskError::from(error)),
                    bytes: folder.bytes(),
                    is_busy: folder.is_busy(),
                }),
            }
        }
        (runs, unreadable)
    }
}

fn moment(model: &Listed) -> Option<&str> {
    let manifest = model.manifest.as_ref().ok()?.as_ref()?;
    Some(&manifest.created)
}

fn model_summary(model: Listed) -> ModelSummary {
    let damage = TrainedModel::check(&model.folder).err();
    ModelSummary {
        name: model.name,
        folder: model.folder,
        bytes: model.bytes,
        manifest: model.manifest.ok().flatten(),
        damage: damage.map(|error| error.to_string()),
    }
}

fn base_summary(entry: BaseEntry) -> BaseSummary {
    let mut summary = BaseSummary {
        bytes: entry.bytes(),
        name: entry.name,
        folder: entry.folder,
        parameters: 0,
        max_positions: 0,
        is_built_in: entry.built_in,
        damage: None,
    };
    match entry.state {
        BaseState::Ready(base) => {
            summary.parameters = base.parameters as u64;
            summary.max_positions = base.max_positions;
        }
        BaseState::Damaged { reason } => summary.damage = Some(reason),
        BaseState::Unfinished { hub_name, .. } => {
            let unfinished = BaseLibraryError::Unfinished { name: hub_name };
            summary.damage = Some(unfinished.to_string());
        }
    }
    summary
}
