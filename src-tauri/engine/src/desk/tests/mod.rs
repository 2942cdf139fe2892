//! The desk's answers about models and base models, on tiny ones.

mod bases;
mod library;
mod models;
mod thresholds;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::dataset::{ReadingChoices, read_table};
use crate::library::model::{MANIFEST_FILE, Manifest};
use crate::library::tiny;

/// A clock on which a second passes whenever it is read.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn seconds(&self) -> f64 {
        self.0.fetch_add(1, Ordering::Relaxed) as f64
    }
}

/// A library with the model "one" that was evaluated on a table that is there.
struct Place {
    folder: tempfile::TempDir,
    desk: Desk,
    events: Vec<WorkerEvent>,
    stop: StopFlag,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            folder: folder.path().join("home"),
            compact: None,
        };
        tiny::save(&home.models(), "one");
        let place = Self {
            desk: Desk::new(home, "test 1".into(), Computing::on_processor(1)),
            folder,
            events: Vec::new(),
            stop: StopFlag::default(),
        };
        place.write_table();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn model(&self, name: &str) -> PathBuf {
        self.path("home/models").join(name)
    }

    /// Writes the table of "one", and its checksum into the manifest.
    fn write_table(&self) {
        let path = self.path("articles.csv");
        let text = "title;abstract;labels\nA;first;heart\nB;second;\nC;third;heart|brain\nD;fourth;brain\n";
        std::fs::write(&path, text).unwrap();
        let table = read_table(&path, &ReadingChoices::default()).unwrap();
        self.change_manifest("one", |manifest| manifest.table = table.source);
    }

    fn change_manifest(&self, name: &str, change: impl FnOnce(&mut Manifest)) {
        let path = self.model(name).join(MANIFEST_FILE);
        let mut manifest = tiny::manifest(name);
        change(&mut manifest);
        std::fs::write(path, serde_json::to_string(&manifest).unwrap()).unwrap();
    }

    fn ask(&mut self, request: Request) -> Result<Answer, DeskError> {
        let events = &mut self.events;
        let mut context = DeskContext {
            clock: &Ticking::default(),
            now: "2026-11-25T07:00:00Z".into(),
            stop: &self.stop,
            tell: &mut |event| events.push(event),
            checkpoint_seconds: 50.0,
        };
        self.desk.answer(request, &mut context)
    }
}

/// What an answer of this kind holds.
macro_rules! value {
    ($answer:expr, $kind:ident) => {
        match $answer.unwrap() {
            Answer::$kind(value) => value,
            other => panic!("{other:?}"),
        }
    };
}
use value;
