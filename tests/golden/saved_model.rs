//! A classifier on the compact base model, trained for a moment and saved.

use std::path::{Path, PathBuf};

use engine::devices::Computing;
use engine::jobs::{JobContext, JobEvent, JobObserver, OldRun, TrainingRequest, train};
use engine::library::Home;
use engine::split::SplitChoice;
use engine::training::CHECKPOINT_SECONDS;
use engine::training::events::Clock;
use engine::training::recipe::Recipe;
use engine::training::stop::StopFlag;

/// The labels of the table that it learns from.
pub(crate) const LABELS: [&str; 4] = [
    "cardiovascular",
    "hepatorenal",
    "neurological",
    "oncological",
];

struct Still;

impl Clock for Still {
    fn seconds(&self) -> f64 {
        0.0
    }
}

struct Silent;

impl JobObserver for Silent {
    fn on(&mut self, _event: JobEvent) {}
}

/// Trains on the first articles of the samples, and gives the folder of the model.
pub(crate) fn save_compact_classifier(place: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let home = Home {
        folder: place.join("home"),
        compact: Some(root.join("base/compact")),
    };
    let samples = std::fs::read_to_string(root.join("samples/abstracts-en.csv")).unwrap();
    let table = place.join("articles.csv");
    let rows: Vec<&str> = samples.lines().take(41).collect();
    std::fs::write(&table, rows.join("\n")).unwrap();
    let request = TrainingRequest {
        name: "moment".into(),
        table,
        reading: Default::default(),
        roles: Default::default(),
        corrections: Default::default(),
        test_table: None,
        split: SplitChoice::Notebook,
        base: "compact".into(),
        recipe: Recipe {
            max_length: 400,
            epochs: 1,
            ..Recipe::notebook()
        },
    };
    let context = JobContext {
        home: &home,
        clock: &Still,
        now: "2026-11-25T07:00:00Z".into(),
        program: "test".into(),
        computing: Computing::on_processor(2),
        observer: &mut Silent,
        stop: &StopFlag::default(),
        checkpoint_seconds: CHECKPOINT_SECONDS,
    };
    train(&request, OldRun::Keep, context).unwrap();
    home.models().place("moment").unwrap()
}
