//! Whole jobs with the tiny base model.

mod corrections;
mod resuming;

use std::cell::Cell;
use std::path::Path;
use std::sync::Mutex;

use super::*;
use crate::devices::DeviceChoice;
use crate::library::model::TrainedModel;
use crate::library::tiny;
use crate::split::{Shares, Split};
use crate::training::events::TrainingEvent;
use crate::training::recipe::{Metric, ThresholdChoice};
use crate::training::{CHECKPOINT_SECONDS, End};

/// A clock that advances by a fixed time whenever it is read.
struct SteppingClock(Mutex<Cell<f64>>);

impl Clock for SteppingClock {
    fn seconds(&self) -> f64 {
        let clock = self.0.lock().unwrap();
        clock.set(clock.get() + 0.25);
        clock.get()
    }
}

/// Keeps the events, and raises the flag after the given update.
#[derive(Default)]
struct Recorder {
    events: Vec<JobEvent>,
    stop_after: Option<u64>,
    stop: StopFlag,
}

impl JobObserver for Recorder {
    fn on(&mut self, event: JobEvent) {
        let text = serde_json::to_value(&event).unwrap();
        let step = &text["training"]["step"];
        if text["training"]["event"] == "stepped" && step.as_u64() == self.stop_after {
            self.stop.raise();
        }
        self.events.push(event);
    }
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_base(&folder.path().join("home/bases/tiny"));
        let place = Self { folder };
        place.write_table("articles.csv", 60);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn home(&self) -> Home {
        Home {
            folder: self.path("home"),
            compact: None,
        }
    }

    fn write_table(&self, name: &str, rows: usize) {
        let mut text = String::from("title,abstract,labels,part\n");
        for row in 0..rows {
            let words = [tiny::WORDS[row % 12], tiny::WORDS[(row * 7 + 3) % 12]];
            let labels = match words {
                ["heart" | "artery", _] => "heart",
                [_, "neuron" | "stroke"] => "heart|brain",
                ["study", _] => "",
                _ => "brain",
            };
            let part = ["train", "train", "val", "test"][row % 4];
            text += &format!("{} {row},{} trial,{labels},{part}\n", words[0], words[1]);
        }
        std::fs::write(self.path(name), text).unwrap();
    }

    fn request(&self, name: &str) -> TrainingRequest {
        TrainingRequest {
            name: name.into(),
            table: self.path("articles.csv"),
            reading: ReadingChoices::default(),
            roles: RoleChoices::default(),
            corrections: Corrections::default(),
            test_table: None,
            split: SplitChoice::recommended(3),
            base: "tiny".into(),
            recipe: Recipe {
                max_length: 12,
                batch_size: 4,
                learning_rate: 1e-3,
                metric: Metric::Loss,
                thresholds: ThresholdChoice::Validation,
                ..Recipe::notebook()
            },
        }
    }

    fn context<'a>(
        &self,
        home: &'a Home,
        clock: &'a SteppingClock,
        recorder: &'a mut Recorder,
        stop: &'a StopFlag,
    ) -> JobContext<'a> {
        JobContext {
            home,
            clock,
            now: "2026-11-25T07:00:00Z".into(),
            program: "test".into(),
            computing: Computing::on_processor(2),
            observer: recorder,
            stop,
            checkpoint_seconds: CHECKPOINT_SECONDS,
        }
    }

    fn train(
        &self,
        request: &TrainingRequest,
        stop_after: Option<u64>,
    ) -> (Result<Trained, JobError>, Vec<JobEvent>) {
        self.train_over(request, OldRun::Keep, stop_after)
    }

    fn train_over(
        &self,
        request: &TrainingRequest,
        old_run: OldRun,
        stop_after: Option<u64>,
    ) -> (Result<Trained, JobError>, Vec<JobEvent>) {
        let mut recorder = Recorder {
            stop_after,
            ..Recorder::default()
        };
        let (home, clock, stop) = (
            self.home(),
            SteppingClock(Mutex::default()),
            recorder.stop.clone(),
        );
        let context = self.context(&home, &clock, &mut recorder, &stop);
        let result = train(request, old_run, context).map(Option::unwrap);
        (result, recorder.events)
    }

    fn resume(&self, name: &str) -> (Result<Trained, JobError>, Vec<JobEvent>) {
        let mut recorder = Recorder::default();
        let (home, clock, stop) = (
            self.home(),
            SteppingClock(Mutex::default()),
            recorder.stop.clone(),
        );
        let context = self.context(&home, &clock, &mut recorder, &stop);
        let result = resume(name, None, context).map(Option::unwrap);
        (result, recorder.events)
    }

    fn weights(&self, name: &str) -> Vec<u8> {
        std::fs::read(
            self.path("home/models")
                .join(name)
                .join("model.safetensors"),
        )
        .unwrap()
    }

    fn error(&self, request: &TrainingRequest) -> JobError {
        self.train(request, None).0.unwrap_err()
    }
}

#[test]
fn a_table_becomes_a_model_with_its_evaluation() {
    let place = Place::new();
    let (trained, events) = place.train(&place.request("one"), None);
    let trained = trained.unwrap();
    assert_eq!(trained.end, End::Finished);
    let test = trained.record.test.as_ref().unwrap();
    assert_eq!(test.rows, trained.record.split.test);
    assert_eq!(test.labels, ["brain", "heart"]);
    assert!(test.baseline.is_some());
    assert!(trained.manifest.headline.on_test);
    assert!(matches!(events[0], JobEvent::TableRead { .. }));
    assert!(matches!(events[1], JobEvent::Prepared { threads: 2, .. }));
    assert!(
        matches!(&events[2], JobEvent::DeviceChosen { device, passed_over: None } if device.device == DeviceChoice::Processor)
    );
    assert!(matches!(events.last(), Some(JobEvent::Saved { .. })));
    let model = TrainedModel::open(&place.path("home/models/one")).unwrap();
    assert_eq!(model.manifest, Some(trained.manifest));
    assert_eq!(model.load_record().unwrap(), Some(trained.record));
    assert!(unfinished_runs(&place.home()).is_empty());
    assert!(!place.path("home/runs/one").exists());
}

#[test]
fn an_evaluation_names_the_validation_articles_that_it_is_furthest_off_on() {
    let place = Place::new();
    let (trained, events) = place.train(&place.request("one"), None);
    let record = trained.unwrap().record;
    let mut validated = events.iter().filter_map(|event| match event {
        JobEvent::Training {
            training: TrainingEvent::Validated { validation, worst },
        } => Some((validation, worst)),
        _ => None,
    });
    let (validation, worst) = validated.next_back().unwrap();
    assert_eq!(record.history.validations.last(), Some(validation));
    assert_eq!(validation.label_f1.len(), 2);
    assert_eq!(worst.len(), 5);
    for article in worst {
        assert!(
            record.split.validation.contains(&article.row),
            "{article:?}"
        );
        assert!(
            article.title.ends_with(&format!(" {}", article.row)),
            "{article:?}"
        );
    }
}

#[test]
fn the_stored_scores_are_those_of_the_stored_model() {
    let place = Place::new();
    let (trained, _) = place.train(&place.request("one"), None);
    let record = trained.unwrap().record;
    let model = place.home().models().open("one").unwrap();
    let table = crate::dataset::read_table(&place.path("articles.csv"), &ReadingChoices::default());
    let table = table.unwrap();
    let roles = crate::dataset::assign_roles(
        &table,
        &RoleChoices::default(),
        crate::dataset::LabelsNeeded::Required,
    );
    let mut classifier =
        crate::classify::Classifier::load(model, Computing::on_processor(1)).unwrap();
    let classified = crate::classify::classify_table(
        &mut classifier,
        &table.into(),
        &roles.unwrap(),
        &mut |_| true,
    );
    let scores = classified.unwrap().unwrap().answers.scores;
    for evaluation in [&record.validation, record.test.as_ref().unwrap()] {
        for (index, &row) in evaluation.rows.iter().enumerate() {
            for (stored, now) in evaluation.scores.row(index).iter().zip(scores.row(row)) {
                assert!((stored - now).abs() < 1e-6, "row {row}");
            }
        }
    }
}

#[test]
fn a_length_over_the_base_models_positions_is_refused_before_anything_is_written() {
    let place = Place::new();
    let mut request = place.request("one");
    request.recipe.max_length = 33;
    let error = place.error(&request);
    assert!(error.to_string().contains("Choose at most 32"), "{error}");
    assert!(!place.path("home/runs").exists());
}

#[test]
fn too_few_rows_for_the_split_are_refused() {
    let place = Place::new();
    place.write_table("articles.csv", 4);
    let error = place.error(&place.request("one"));
    assert!(matches!(error, JobError::Split(_)), "{error}");
}

#[test]
fn a_column_can_say_the_part_of_each_row() {
    let place = Place::new();
    let mut request = place.request("one");
    request.split = SplitChoice::Column {
        name: "part".into(),
    };
    let (trained, _) = place.train(&request, None);
    let split = trained.unwrap().record.split;
    assert_eq!(split.test, (3..60).step_by(4).collect::<Vec<_>>());
    request.name = "two".into();
    request.split = SplitChoice::Column {
        name: "absent".into(),
    };
    let error = place.error(&request);
    assert!(
        error.to_string().contains("no column \"absent\""),
        "{error}"
    );
}

#[test]
fn a_table_of_its_own_can_be_tested_on() {
    let place = Place::new();
    place.write_table("test.csv", 12);
    let mut request = place.request("one");
    request.test_table = Some(place.path("test.csv"));
    request.split = SplitChoice::OwnTest {
        validation: 0.2,
        seed: 1,
    };
    let (trained, events) = place.train(&request, None);
    let trained = trained.unwrap();
    assert_eq!(trained.record.split.test, (60..72).collect::<Vec<_>>());
    assert!(trained.manifest.test_table.is_some());
    // The test table repeats titles of the other one, which is said.
    assert!(
        matches!(events[1], JobEvent::Prepared { leaks: 1.., .. }),
        "{:?}",
        events[1]
    );
    std::fs::write(place.path("test.csv"), "title,abstract,labels\na,b,skin\n").unwrap();
    request.name = "two".into();
    let error = place.error(&request);
    assert!(error.to_string().contains("\"skin\""), "{error}");
}

#[test]
fn candle_trains_the_same_run_to_about_the_same_losses() {
    let place = Place::new();
    let mut request = place.request("one");
    request.recipe.dropout = Some(0.0);
    request.recipe.epochs = 1;
    let (explicit, _) = place.train(&request, None);
    request.name = "two".into();
    request.recipe.backend = crate::training::recipe::BackendChoice::Candle;
    let (candle, _) = place.train(&request, None);
    let losses = |trained: Result<Trained, JobError>| trained.unwrap().record.history.losses;
    for (explicit, candle) in losses(explicit).iter().zip(losses(candle)) {
        assert!(
            (explicit.loss - candle.loss).abs() < 1e-3,
            "{explicit:?} {candle:?}"
        );
    }
}

#[test]
fn other_shares_are_split_by() {
    let place = Place::new();
    let mut request = place.request("one");
    request.split = SplitChoice::Random(Shares {
        training: 0.5,
        validation: 0.25,
        test: 0.25,
        seed: 1,
    });
    let (trained, _) = place.train(&request, None);
    let sizes = trained.unwrap().manifest.split_sizes;
    assert_eq!((sizes.training, sizes.validation, sizes.test), (30, 15, 15));
}

#[test]
fn evaluating_a_table_without_known_labels_says_which_are_known() {
    let place = Place::new();
    place.train(&place.request("one"), None).0.unwrap();
    let path = place.path("other.csv");
    std::fs::write(&path, "title,abstract,labels\nheart,study,skin\n").unwrap();
    let table = crate::dataset::read_table(Path::new(&path), &ReadingChoices::default()).unwrap();
    let roles = crate::dataset::assign_roles(
        &table,
        &RoleChoices::default(),
        crate::dataset::LabelsNeeded::Optional,
    );
    let model = place.home().models().open("one").unwrap();
    let mut classifier =
        crate::classify::Classifier::load(model, Computing::on_processor(1)).unwrap();
    let error = evaluate_table(&mut classifier, &table.into(), &roles.unwrap(), &mut |_| {
        true
    })
    .unwrap_err();
    assert!(error.to_string().contains("brain, heart"), "{error}");
}
