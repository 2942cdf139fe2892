//! Runs that are stopped, changed, damaged or begun anew.

use super::*;

#[test]
fn a_run_that_is_stopped_and_resumed_gives_the_same_weights() {
    let place = Place::new();
    place.train(&place.request("whole"), None).0.unwrap();
    let (stopped, _) = place.train(&place.request("halves"), Some(13));
    assert_eq!(stopped.unwrap().end, End::Stopped);
    assert_eq!(unfinished_runs(&place.home()), ["halves"]);
    assert!(
        place.home().models().open("halves").is_ok(),
        "the best so far is kept"
    );
    let (resumed, events) = place.resume("halves");
    assert_eq!(resumed.unwrap().end, End::Finished);
    let from = serde_json::to_value(&events[3]).unwrap();
    assert_eq!(from["training"]["resumedFrom"], 13);
    assert!(place.weights("halves") == place.weights("whole"));
    assert!(unfinished_runs(&place.home()).is_empty());
}

#[test]
fn a_table_that_changed_cannot_resume_a_run() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    place.write_table("articles.csv", 61);
    let error = place.resume("one").0.unwrap_err();
    assert!(
        error.to_string().contains("changed since the run"),
        "{error}"
    );
    place.write_table("articles.csv", 60);
    place.resume("one").0.unwrap();
}

#[test]
fn a_base_model_that_changed_cannot_resume_a_run() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    let path = place.path("home/bases/tiny/model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(matches!(error, JobError::BaseChanged { .. }), "{error}");
}

#[test]
fn a_corrupted_run_is_named() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    std::fs::write(place.path("home/runs/one/run.json"), "{").unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(matches!(error, JobError::CorruptedRun { .. }), "{error}");
    std::fs::write(
        place.path("home/runs/one/run.json"),
        r#"{"formatVersion": 9}"#,
    )
    .unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(
        matches!(error, JobError::NewerRun { found: 9, .. }),
        "{error}"
    );
}

#[test]
fn a_corrupted_checkpoint_of_a_run_is_named() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    let path = place.path("home/runs/one/checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(error.to_string().contains("checkpoint"), "{error}");
    assert!(matches!(error, JobError::Training(_)), "{error}");
}

#[test]
fn a_name_is_taken_by_a_model_or_by_an_unfinished_run() {
    let place = Place::new();
    place.train(&place.request("one"), None).0.unwrap();
    let error = place.error(&place.request("one"));
    assert!(error.to_string().contains("already a model"), "{error}");
    place.train(&place.request("two"), Some(2)).0.unwrap();
    place.home().models().delete("two").unwrap();
    let error = place.error(&place.request("two"));
    assert!(matches!(error, JobError::RunExists { .. }), "{error}");
}

#[test]
fn a_restart_replaces_the_run_and_its_model_but_only_when_all_is_well() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    let mut wrong = place.request("one");
    wrong.table = place.path("absent.csv");
    place
        .train_over(&wrong, OldRun::Replace, None)
        .0
        .unwrap_err();
    assert_eq!(unfinished_runs(&place.home()), ["one"], "nothing was lost");
    let again = place
        .train_over(&place.request("one"), OldRun::Replace, None)
        .0
        .unwrap();
    assert_eq!(again.end, End::Finished);
    let error = place
        .train_over(&place.request("one"), OldRun::Replace, None)
        .0
        .unwrap_err();
    assert!(
        error.to_string().contains("already a model"),
        "a finished model stays: {error}"
    );
}

#[test]
fn a_resumed_run_replaces_its_own_model_alone_and_keeps_what_was_noted() {
    let place = Place::new();
    place.train(&place.request("other"), None).0.unwrap();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    let models = place.home().models();
    models.rename("one", "aside").unwrap();
    models.rename("other", "one").unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(error.to_string().contains("already a model"), "{error}");
    models.rename("one", "other").unwrap();
    models.rename("aside", "one").unwrap();
    models.set_notes("one", "half a run").unwrap();
    let resumed = place.resume("one").0.unwrap();
    assert_eq!(resumed.manifest.notes, "half a run");
    assert_eq!(models.open("one").unwrap().manifest, Some(resumed.manifest));
}

#[test]
fn a_second_session_of_a_run_is_kept_out() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    let folder = RunFolder::new(&place.home(), "one").unwrap();
    let lock = folder.lock().unwrap();
    let error = place.resume("one").0.unwrap_err();
    assert!(matches!(error, JobError::RunBusy { .. }), "{error}");
    drop(lock);
    place.resume("one").0.unwrap();
}

#[test]
fn a_damaged_run_can_be_discarded() {
    let place = Place::new();
    place.train(&place.request("one"), Some(5)).0.unwrap();
    std::fs::write(place.path("home/runs/one/run.json"), "{").unwrap();
    let folder = RunFolder::new(&place.home(), "one").unwrap();
    assert!(folder.exists());
    folder.delete().unwrap();
    assert!(!folder.exists() && unfinished_runs(&place.home()).is_empty());
}

#[test]
fn an_unknown_run_lists_those_that_can_be_resumed() {
    let place = Place::new();
    place.train(&place.request("one"), Some(2)).0.unwrap();
    let error = place.resume("two").0.unwrap_err();
    assert!(error.to_string().contains("There are: one"), "{error}");
}
