//! A job as the window shows it: one snapshot, made of everything that its worker told.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Answer, ChosenDevice, Failure, Progress, ProgressUnit, Request, ResourceUse, WorkerEvent,
};
use crate::jobs::JobEvent;
use crate::training::events::{LossPoint, Step, TrainingEvent, TrainingHistory, WorstArticle};

/// Most points of a live loss curve; neighbours are joined when there are more.
const MOST_POINTS: usize = 400;

/// Everything there is to know about a job, sent whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobSnapshot {
    /// Its number.
    pub id: u64,
    /// What was asked for.
    pub request: Request,
    /// When it began (RFC 3339).
    pub began: String,
    /// Where it stands.
    pub state: JobState,
    /// What it is doing.
    pub phase: JobPhase,
    /// How far that is.
    pub progress: Option<Progress>,
    /// The labels of the table that a training reads, in the model's order; none before it is read.
    pub labels: Vec<String>,
    /// What computes in a training; nothing before it was chosen.
    pub device: Option<ChosenDevice>,
    /// What is known once a training is prepared.
    pub prepared: Option<Prepared>,
    /// The last update of a training.
    pub step: Option<Step>,
    /// The curves of a training so far.
    pub history: TrainingHistory,
    /// The articles that the last evaluation of a training found worst, the worst first.
    pub worst: Vec<WorstArticle>,
    /// What its worker used of the machine, measured last.
    pub resources: Option<ResourceUse>,
    /// The answer of a finished job.
    pub answer: Option<Answer>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum JobState {
    /// Its worker is being started.
    Starting,
    /// It goes on.
    Running,
    /// It was asked to stand still and soon will.
    Pausing,
    /// It stands still.
    Paused,
    /// It was asked to stop and soon will.
    Stopping,
    /// It is done.
    Finished,
    /// It was stopped.
    Stopped,
    /// It failed, or its worker died.
    Failed,
}

impl JobState {
    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Stopped | Self::Failed)
    }
}

/// What a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum JobPhase {
    /// Reading the table.
    Reading,
    /// Splitting it and taking its texts apart.
    Preparing,
    /// Updating weights.
    Training,
    /// Classifying rows to evaluate.
    Evaluating,
    /// Training the baseline and writing the model.
    Finishing,
    /// Classifying a table.
    Classifying,
    /// Fetching a base model.
    Downloading,
}

/// What is known once a training is prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// Rows learned from.
    pub training_rows: usize,
    /// Rows validated on.
    pub validation_rows: usize,
    /// Rows tested on.
    pub test_rows: usize,
    /// Rows of validation and test whose title stands in the training part too.
    pub leaks: usize,
    /// Texts that are longer than what is read of them.
    pub texts_cut: usize,
    /// Threads that compute.
    pub threads: usize,
}

impl JobSnapshot {
    /// A job whose worker is being started.
    pub fn new(id: u64, request: Request, began: String) -> Self {
        let phase = match &request {
            Request::ClassifyTable { .. } => JobPhase::Classifying,
            Request::EvaluateTable { .. } => JobPhase::Evaluating,
            Request::GetBase { .. } => JobPhase::Downloading,
            _ => JobPhase::Reading,
        };
        Self {
            id,
            request,
            began,
            state: JobState::Starting,
            phase,
            progress: None,
            labels: Vec::new(),
            device: None,
            prepared: None,
            step: None,
            history: TrainingHistory::default(),
            worst: Vec::new(),
            resources: None,
            answer: None,
            failure: None,
        }
    }

    /// Takes in what the worker told.
    pub fn take_in(&mut self, event: WorkerEvent) {
        if self.state == JobState::Starting {
            self.state = JobState::Running;
        }
        match event {
            WorkerEvent::Progressed { progress } => self.progress = Some(progress),
            WorkerEvent::Paused => self.state = JobState::Paused,
            WorkerEvent::Resumed => {
                if matches!(self.state, JobState::Paused | JobState::Pausing) {
                    self.state = JobState::Running;
                }
            }
            WorkerEvent::Used { resources } => self.resources = Some(resources),
            WorkerEvent::Job { event } => self.take_in_job(event),
        }
    }

    fn take_in_job(&mut self, event: JobEvent) {
        match event {
            JobEvent::TableRead { labels, .. } => {
                self.phase = JobPhase::Preparing;
                self.labels = labels;
            }
            JobEvent::DeviceChosen {
                device,
                passed_over,
            } => {
                self.device = Some(ChosenDevice {
                    device,
                    passed_over,
                });
            }
            JobEvent::Prepared {
                training_rows,
                validation_rows,
                test_rows,
                leaks,
                texts_cut,
                threads,
                ..
            } => {
                self.phase = JobPhase::Preparing;
                self.prepared = Some(Prepared {
                    training_rows,
                    validation_rows,
                    test_rows,
                    leaks,
                    texts_cut,
                    threads,
                });
            }
            JobEvent::Training { training } => self.take_in_training(training),
            JobEvent::Evaluating { done, total } => {
                self.phase = JobPhase::Evaluating;
                self.progress = Some(Progress {
                    done: done as u64,
                    total: total as u64,
                    unit: ProgressUnit::Rows,
                    rate: None,
                    remaining_seconds: None,
                });
            }
            JobEvent::BaselineTrained { .. } | JobEvent::Saved { .. } => {
                self.phase = JobPhase::Finishing;
            }
        }
    }

    fn take_in_training(&mut self, event: TrainingEvent) {
        match event {
            TrainingEvent::Started { .. } => self.phase = JobPhase::Training,
            TrainingEvent::Stepped(step) => {
                self.phase = JobPhase::Training;
                self.progress = Some(Progress {
                    done: step.step,
                    total: step.total_steps,
                    unit: ProgressUnit::Updates,
                    rate: Some(step.sequences_per_second),
                    remaining_seconds: Some(step.remaining_seconds),
                });
                self.history.losses.push(LossPoint {
                    epoch: step.epoch,
                    loss: step.loss,
                });
                self.step = Some(step);
                if self.history.losses.len() > MOST_POINTS {
                    self.history.losses = join_neighbours(&self.history.losses);
                }
            }
            TrainingEvent::Validated { validation, worst } => {
                self.history.validations.push(validation);
                self.worst = worst;
            }
            TrainingEvent::CheckpointWritten { .. } => {}
        }
    }
}

/// Half as many points, each the mean of two.
fn join_neighbours(points: &[LossPoint]) -> Vec<LossPoint> {
    let join = |pair: &[LossPoint]| LossPoint {
        epoch: pair.last().map_or(0.0, |point| point.epoch),
        loss: pair.iter().map(|point| point.loss).sum::<f64>() / pair.len() as f64,
    };
    points.chunks(2).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::events::Validation;

    fn job() -> JobSnapshot {
        let request = Request::ResumeRun {
            run: "one".into(),
            device: None,
        };
        JobSnapshot::new(1, request, "2026-11-25T10:00:00Z".into())
    }

    fn step(number: u64) -> WorkerEvent {
        let step = Step {
            step: number,
            total_steps: 1000,
            epoch: number as f64 / 100.0,
            loss: 1.0 / number as f64,
            learning_rate: 1e-4,
            gradient_norm: None,
            sequences_per_second: 30.0,
            tokens_per_second: 5000.0,
            elapsed_seconds: number as f64,
            remaining_seconds: 1000.0 - number as f64,
        };
        WorkerEvent::Job {
            event: JobEvent::Training {
                training: TrainingEvent::Stepped(step),
            },
        }
    }

    #[test]
    fn a_job_runs_from_its_first_event_on_and_knows_how_far_it_is() {
        let mut job = job();
        job.take_in(step(10));
        assert_eq!(
            (job.state, job.phase),
            (JobState::Running, JobPhase::Training)
        );
        let progress = job.progress.unwrap();
        assert_eq!((progress.done, progress.total), (10, 1000));
    }

    #[test]
    fn a_long_run_keeps_a_curve_of_bounded_size_that_ends_where_the_run_is() {
        let mut job = job();
        for number in 1..=1000 {
            job.take_in(step(number));
        }
        assert!(job.history.losses.len() <= MOST_POINTS);
        assert!((job.history.losses.last().unwrap().epoch - 10.0).abs() < 1e-9);
    }

    fn validated(step: u64, worst: usize) -> WorkerEvent {
        let article = |row| WorstArticle {
            row,
            title: format!("title {row}"),
            loss: 2.0,
            expected: vec![0],
            given: Vec::new(),
        };
        let validation = Validation {
            step,
            epoch: 1.0,
            training_loss: 0.5,
            loss: 0.4,
            micro_f1: 0.5,
            macro_f1: 0.25,
            label_f1: vec![Some(0.5), None],
            is_best: true,
            seconds: 1.0,
        };
        WorkerEvent::Job {
            event: JobEvent::Training {
                training: TrainingEvent::Validated {
                    validation,
                    worst: (0..worst).map(article).collect(),
                },
            },
        }
    }

    #[test]
    fn every_evaluation_keeps_its_labels_f1_and_only_the_last_its_worst_articles() {
        let mut job = job();
        job.take_in(validated(10, 5));
        job.take_in(validated(20, 1));
        let f1: Vec<_> = job
            .history
            .validations
            .iter()
            .map(|one| &one.label_f1)
            .collect();
        assert_eq!(f1, [&[Some(0.5), None], &[Some(0.5), None]]);
        assert_eq!(job.worst.len(), 1);
    }

    #[test]
    fn what_a_worker_uses_is_known_while_it_stands_still() {
        let mut job = job();
        job.take_in(WorkerEvent::Paused);
        let resources = ResourceUse {
            processor_share: Some(0.0),
            memory_bytes: Some(7),
            machine_memory_bytes: Some(9),
            machine_memory_available_bytes: Some(2),
            card_memory_bytes: None,
            card_share: None,
        };
        job.take_in(WorkerEvent::Used { resources });
        assert_eq!(job.resources, Some(resources));
        assert_eq!(job.state, JobState::Paused);
    }

    #[test]
    fn a_pause_holds_until_the_worker_says_that_it_goes_on() {
        let mut job = job();
        job.take_in(WorkerEvent::Paused);
        assert_eq!(job.state, JobState::Paused);
        job.take_in(WorkerEvent::Resumed);
        assert_eq!(job.state, JobState::Running);
    }
}
