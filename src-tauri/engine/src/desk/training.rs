//! Trainings.

use super::{Desk, DeskContext, DeskError};
use crate::devices::DeviceChoice;
use crate::jobs::{
    self, JobContext, JobError, JobEvent, JobObserver, OldRun, RunFolder, Trained, TrainingRequest,
};
use crate::protocol::{TrainedSummary, WorkerEvent};

/// Hands on what a job tells.
struct Forward<'a>(&'a mut dyn FnMut(WorkerEvent));

impl JobObserver for Forward<'_> {
    fn on(&mut self, event: JobEvent) {
        (self.0)(WorkerEvent::Job { event });
    }
}

impl Desk {
    pub(super) fn train(
        &self,
        request: &TrainingRequest,
        replace: bool,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<TrainedSummary>, DeskError> {
        let old_run = if replace {
            OldRun::Replace
        } else {
            OldRun::Keep
        };
        let trained = self.with_job(context, |job| jobs::train(request, old_run, job))?;
        Ok(trained.map(summary))
    }

    pub(super) fn resume_run(
        &self,
        run: &str,
        device: Option<DeviceChoice>,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<TrainedSummary>, DeskError> {
        let trained = self.with_job(context, |job| jobs::resume(run, device, job))?;
        Ok(trained.map(summary))
    }

    pub(super) fn discard_run(&self, run: &str) -> Result<(), DeskError> {
        let folder = RunFolder::new(&self.home, run)?;
        if !folder.exists() {
            // Says which runs there are.
            folder.read(&self.home)?;
        }
        // Nobody may be at work on it.
        let lock = folder.lock()?;
        drop(lock);
        Ok(folder.delete()?)
    }

    /// Does a job with what the desk and the request give it.
    pub(super) fn with_job<T>(
        &self,
        context: &mut DeskContext<'_>,
        work: impl FnOnce(JobContext<'_>) -> Result<T, JobError>,
    ) -> Result<T, DeskError> {
        Ok(work(JobContext {
            home: &self.home,
            clock: context.clock,
            now: context.now.clone(),
            program: self.program.clone(),
            computing: self.computing,
            observer: &mut Forward(context.tell),
            stop: context.stop,
            checkpoint_seconds: context.checkpoint_seconds,
        })?)
    }
}

fn summary(Trained { end, manifest, .. }: Trained) -> TrainedSummary {
    TrainedSummary {
        model: manifest.name,
        end,
        headline: manifest.headline,
        seconds: manifest.machine.seconds,
    }
}
