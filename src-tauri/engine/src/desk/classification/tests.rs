//! Classifying at a desk with the tiny model.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Mutex;

use super::*;
use crate::dataset::ReadingChoices;
use crate::devices::{Computing, DeviceChoice};
use crate::jobs::JobEvent;
use crate::library::{Home, tiny};
use crate::protocol::WorkerEvent;
use crate::training::events::Clock;
use crate::training::stop::StopFlag;

/// A clock that advances by a fixed time whenever it is read.
struct SteppingClock(Mutex<Cell<f64>>);

impl Clock for SteppingClock {
    fn seconds(&self) -> f64 {
        let clock = self.0.lock().unwrap();
        clock.set(clock.get() + 0.25);
        clock.get()
    }
}

struct Place {
    folder: tempfile::TempDir,
    desk: Desk,
    /// What was told to compute.
    devices: Vec<DeviceChoice>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            folder: folder.path().join("home"),
            compact: None,
        };
        tiny::save(&home.models(), "one");
        let mut text = String::from("title,abstract,labels\n");
        for row in 0..600 {
            let words = [tiny::WORDS[row % 12], tiny::WORDS[(row * 7 + 3) % 12]];
            let label = ["heart", "brain", "heart|brain", "", "skin"][row % 5];
            text += &format!(
                "{} {},\"{} trial of the patients with the stroke\",{label}\n",
                words[0], words[1], words[1]
            );
        }
        std::fs::write(folder.path().join("articles.csv"), text).unwrap();
        Self {
            desk: Desk::new(home, "test".into(), Computing::on_processor(2)),
            folder,
            devices: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Works at the desk, and asks it to stop as soon as so many rows are done.
    fn work<T>(
        &mut self,
        stop_at: Option<(u64, Stop)>,
        work: impl FnOnce(&mut Desk, &mut DeskContext<'_>) -> T,
    ) -> (T, Vec<Progress>) {
        let (clock, stop) = (SteppingClock(Mutex::default()), StopFlag::default());
        let mut told = Vec::new();
        let devices = &mut self.devices;
        let mut tell = |event| match event {
            WorkerEvent::Progressed { progress } => {
                if let Some((rows, how)) = stop_at
                    && progress.done >= rows
                {
                    stop.raise_to(how);
                }
                told.push(progress);
            }
            WorkerEvent::Job {
                event: JobEvent::DeviceChosen { device, .. },
            } => devices.push(device.device),
            _ => {}
        };
        let mut context = DeskContext {
            clock: &clock,
            now: "2026-11-25T07:00:00Z".into(),
            stop: &stop,
            tell: &mut tell,
            checkpoint_seconds: 60.0,
        };
        let result = work(&mut self.desk, &mut context);
        (result, told)
    }

    fn batch(
        &mut self,
        output: &str,
        stop_at: Option<(u64, Stop)>,
    ) -> (Result<Option<BatchSummary>, DeskError>, Vec<Progress>) {
        let batch = BatchRequest {
            model: "one".into(),
            table: self.path("articles.csv"),
            reading: ReadingChoices::default(),
            roles: RoleChoices::default(),
            output: self.path(output),
        };
        self.work(stop_at, |desk, context| {
            desk.classify_table(&batch, context)
        })
    }

    fn classify(&mut self, document: &Document) -> Result<ClassifiedDocument, DeskError> {
        let work = |desk: &mut Desk, context: &mut DeskContext<'_>| {
            desk.classify("one", document, context)
        };
        self.work(None, work).0
    }
}

fn document(title: &str, abstract_text: &str) -> Document {
    Document {
        id: None,
        title: title.into(),
        abstract_text: abstract_text.into(),
    }
}

#[test]
fn an_article_is_answered_with_where_the_model_stopped_reading() {
    let mut place = Place::new();
    let short = place.classify(&document("heart", "study")).unwrap();
    assert_eq!(short.read_until, None);
    assert!(short.seconds > 0.0);
    let text = "stúdy ".repeat(20);
    let long = place.classify(&document("heart", &text)).unwrap();
    // 14 words of five letters, 13 spaces between them.
    assert_eq!(long.read_until, Some(14 * 5 + 13));
    assert_eq!(long.answer.cut, 7);
}

#[test]
fn an_article_without_text_is_refused() {
    let error = Place::new().classify(&document(" ", "\n")).unwrap_err();
    assert!(matches!(error, DeskError::NothingToClassify), "{error}");
}

#[test]
fn a_model_whose_thresholds_change_answers_with_the_new_ones() {
    let mut place = Place::new();
    let article = document("heart", "study");
    let before = place.classify(&article).unwrap().answer;
    let path = place.path("home/models/one/etiqueta.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("0.25", "0.75")).unwrap();
    let after = place.classify(&article).unwrap().answer;
    assert_eq!(before.labels[1].threshold, 0.25);
    assert_eq!(after.labels[1].threshold, 0.75);
    std::fs::remove_dir_all(place.path("home/models/one")).unwrap();
    assert!(place.classify(&article).is_err(), "a deleted model is gone");
}

#[test]
fn a_text_file_is_stripped_and_one_that_is_too_long_is_refused() {
    let place = Place::new();
    let path = place.path("text.txt");
    std::fs::write(&path, "\n corazón \n").unwrap();
    assert_eq!(place.desk.read_text(&path).unwrap(), "corazón");
    std::fs::write(&path, "a ".repeat(6 << 20)).unwrap();
    let error = place.desk.read_text(&path).unwrap_err();
    assert!(error.to_string().contains("has 12 MB"), "{error}");
}

#[test]
fn a_table_is_classified_with_its_counts_and_its_evaluation() {
    let mut place = Place::new();
    let (summary, told) = place.batch("out.csv", None);
    let summary = summary.unwrap().unwrap();
    assert_eq!((summary.rows, summary.resumed_from), (600, 0));
    assert_eq!(summary.unknown_labels["skin"], 120);
    assert_eq!(summary.left_out, 120);
    assert_eq!(summary.columns.title.as_deref(), Some("title"));
    assert_eq!(summary.added[0], "predicted labels");
    let evaluation = summary.evaluation.unwrap();
    assert_eq!(evaluation.rows, 480);
    let last = told.last().unwrap();
    assert_eq!((last.done, last.total), (600, 600));
    assert_eq!(last.remaining_seconds, Some(0.0));
    let inside = told
        .iter()
        .any(|progress| progress.done % 256 != 0 && progress.done < 600);
    assert!(inside, "told inside of a chunk too");
}

#[test]
fn an_interrupted_table_goes_on_at_its_row_and_ends_as_one_go() {
    let mut place = Place::new();
    place.batch("once.csv", None).0.unwrap().unwrap();
    for how in [Stop::Keep, Stop::Suspend] {
        let (stopped, _) = place.batch("parts.csv", Some((300, how)));
        assert_eq!(stopped.unwrap(), None);
        assert!(place.path("parts.partial.csv").exists());
        assert!(!place.path("parts.csv").exists());
        let (summary, told) = place.batch("parts.csv", None);
        assert_eq!(summary.unwrap().unwrap().resumed_from, 256);
        assert_eq!(told[0].done, 256);
        let bytes = |name| std::fs::read(place.path(name)).unwrap();
        assert_eq!(bytes("parts.csv"), bytes("once.csv"));
        std::fs::remove_file(place.path("parts.csv")).unwrap();
    }
}

#[test]
fn a_table_that_is_discarded_leaves_nothing() {
    let mut place = Place::new();
    let (stopped, _) = place.batch("out.csv", Some((300, Stop::Discard)));
    assert_eq!(stopped.unwrap(), None);
    let mut names: Vec<_> = std::fs::read_dir(place.folder.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["articles.csv", "home"]);
}

#[test]
fn the_table_itself_is_no_output() {
    let (error, _) = Place::new().batch("articles.csv", None);
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("is the table itself")
    );
}

#[test]
fn a_model_is_evaluated_on_a_table() {
    let mut place = Place::new();
    let evaluation = EvaluationRequest {
        model: "one".into(),
        table: place.path("articles.csv"),
        reading: ReadingChoices::default(),
        roles: RoleChoices::default(),
    };
    let (evaluated, told) = place.work(None, |desk, context| {
        desk.evaluate_table(&evaluation, context)
    });
    let evaluated = evaluated.unwrap().unwrap();
    assert_eq!((evaluated.evaluation.rows, evaluated.left_out), (480, 120));
    assert_eq!(told.last().unwrap().done, 600);
    assert_eq!(place.devices, [DeviceChoice::Processor]);
    let (batch, _) = place.batch("out.csv", None);
    assert_eq!(
        batch.unwrap().unwrap().evaluation,
        Some(evaluated.evaluation)
    );
    let (stopped, _) = place.work(Some((1, Stop::Keep)), |desk, context| {
        desk.evaluate_table(&evaluation, context)
    });
    assert_eq!(stopped.unwrap(), None);
}
