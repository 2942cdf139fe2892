//! Everything that is kept.

use super::*;
use crate::devices::DeviceChoice;
use crate::jobs::{RunFolder, TrainingRequest};
use crate::protocol::{Library, UnreadableRun};
use crate::split::SplitChoice;
use crate::training::recipe::Recipe;

fn library(place: &mut Place) -> Library {
    value!(place.ask(Request::ListLibrary), ListLibrary)
}

#[test]
fn the_newest_model_comes_first_and_a_damaged_one_says_what_is_wrong() {
    let mut place = Place::new();
    let models = place.desk.home.models();
    for name in ["newer", "damaged"] {
        tiny::save(&models, name);
    }
    place.change_manifest("newer", |one| one.created = "2026-12-24T00:00:00Z".into());
    let weights = place.model("damaged").join("model.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() - 4]).unwrap();
    std::fs::write(place.model("damaged").join(MANIFEST_FILE), "{").unwrap();
    let library = library(&mut place);
    let names: Vec<&str> = library.models.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["newer", "one", "damaged"]);
    assert_eq!(library.models[0].damage, None);
    let damage = library.models[2].damage.as_ref().unwrap();
    assert!(damage.contains("model.safetensors"), "{damage}");
    let bytes: u64 = library.models.iter().map(|one| one.bytes).sum();
    assert_eq!(library.model_bytes, bytes);
    assert!(library.disk_available_bytes > Some(0));
}

#[test]
fn base_models_say_what_they_are_or_what_is_wrong_with_them() {
    let mut place = Place::new();
    tiny::write_base(&place.path("home/bases/tiny"));
    std::fs::create_dir_all(place.path("home/bases/broken")).unwrap();
    std::fs::create_dir_all(place.path("home/bases/.etiqueta-x")).unwrap();
    let bases = library(&mut place).bases;
    assert_eq!(bases.len(), 2, "what is being written is not listed");
    assert!(bases[0].damage.as_ref().unwrap().contains("config.json"));
    assert_eq!(
        (bases[1].name.as_str(), bases[1].max_positions),
        ("tiny", 32)
    );
    assert!(bases[1].parameters > 1_000 && bases[1].bytes > 4_000);
}

#[test]
fn an_unfinished_run_says_how_far_it_is_and_whether_somebody_works_on_it() {
    let mut place = Place::new();
    tiny::write_base(&place.path("home/bases/tiny"));
    let mut rows = String::from("title,abstract,labels\n");
    for row in 0..40 {
        let label = ["heart", "brain"][row % 2];
        rows += &format!("{label} {row},study,{label}\n");
    }
    std::fs::write(place.path("rows.csv"), rows).unwrap();
    let training = TrainingRequest {
        name: "run".into(),
        table: place.path("rows.csv"),
        reading: ReadingChoices::default(),
        roles: crate::dataset::RoleChoices::default(),
        corrections: crate::dataset::Corrections::default(),
        test_table: None,
        split: SplitChoice::recommended(1),
        base: "tiny".into(),
        recipe: Recipe {
            max_length: 12,
            batch_size: 4,
            ..Recipe::notebook()
        },
    };
    let stop = place.stop.clone();
    let desk = &place.desk;
    let mut context = DeskContext {
        clock: &Ticking::default(),
        now: "2026-11-25T07:00:00Z".into(),
        stop: &stop,
        tell: &mut |event| {
            if format!("{event:?}").contains("Stepped(Step { step: 3,") {
                stop.raise_to(crate::protocol::Stop::Suspend);
            }
        },
        checkpoint_seconds: 50.0,
    };
    assert_eq!(desk.train(&training, false, &mut context).unwrap(), None);
    let folder = RunFolder::new(&desk.home, "run").unwrap();
    let runs = library(&mut place).runs;
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].name.as_str(), runs[0].step), ("run", Some(3)));
    assert!(runs[0].total_steps > Some(3) && runs[0].bytes > 1_000);
    assert!(!runs[0].is_busy);
    // A run notes what it began with, to go on with.
    let mut noted = training.clone();
    noted.recipe.device = Some(DeviceChoice::Processor);
    assert_eq!(runs[0].request, noted);
    let lock = folder.lock().unwrap();
    assert!(library(&mut place).runs[0].is_busy);
    drop(lock);
}

#[test]
fn a_run_that_cannot_be_read_says_why_and_can_be_discarded() {
    let mut place = Place::new();
    let runs = place.desk.home.runs();
    for (name, text) in [
        ("broken", &b"{\"formatVersion\": 1"[..]),
        ("no text", &[0xff, 0xfe, 0x00][..]),
        ("newer", b"{\"formatVersion\": 99}"),
        // No run can be called so, and what is being deleted is none.
        (".hidden", b"{}"),
        (".etiqueta-deleted-x", b"{}"),
    ] {
        std::fs::create_dir_all(runs.join(name)).unwrap();
        std::fs::write(runs.join(name).join("run.json"), text).unwrap();
    }
    let listed = library(&mut place);
    assert!(listed.runs.is_empty());
    let found = |one: &UnreadableRun| (one.name.clone(), one.failure.code.clone(), one.is_busy);
    let found: Vec<_> = listed.unreadable_runs.iter().map(found).collect();
    let expected = |name: &str, code: &str| (name.into(), code.into(), false);
    assert_eq!(
        found,
        [
            expected("broken", "damagedRun"),
            expected("newer", "newerRun"),
            expected("no text", "damagedRun"),
        ]
    );
    assert!(listed.unreadable_runs.iter().all(|run| run.bytes > 0));
    for run in ["broken", "newer", "no text"] {
        place.ask(Request::DiscardRun { run: run.into() }).unwrap();
        assert!(!runs.join(run).exists());
    }
    assert!(library(&mut place).unreadable_runs.is_empty());
}

#[test]
fn everything_that_is_kept_counts_and_nothing_else_in_its_folder() {
    let mut place = Place::new();
    let before = library(&mut place);
    assert!(before.total_bytes >= before.model_bytes && before.model_bytes > 0);
    for (name, bytes) in [
        ("home/runs/one/checkpoint", 1000),
        ("home/bases/mine/model.safetensors", 200),
        ("home/projects/one.json", 30),
        ("home/history.json", 4),
        ("home/holiday.jpg", 50_000),
        ("home/photos/summer.jpg", 50_000),
    ] {
        let path = place.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, vec![b' '; bytes]).unwrap();
    }
    let after = library(&mut place);
    assert_eq!(after.total_bytes - before.total_bytes, 1234);
}

#[test]
fn the_machine_is_described() {
    let mut place = Place::new();
    let machine = value!(place.ask(Request::DescribeMachine), DescribeMachine);
    assert_eq!((machine.threads, machine.version.as_str()), (1, "test 1"));
    assert!(machine.processors >= 1 && !machine.vectors.is_empty());
    assert!(machine.memory_available_bytes <= machine.memory_bytes);
}
