//! Checkpoints, and runs that go on from them.

use super::*;
use crate::training::checkpoint;

#[test]
fn interrupted_after_any_update_and_resumed_equals_uninterrupted_bitwise() {
    let whole = folder();
    let expected = Session::new(whole.path(), recipe()).fresh();
    for step in 1..12 {
        let folder = folder();
        let stopped = Session::new(folder.path(), recipe())
            .stopped_after(step)
            .fresh();
        assert_eq!((stopped.end, stopped.steps), (End::Stopped, step));
        let resumed = Session::new(folder.path(), recipe()).resumed();
        assert_eq!(resumed.end, End::Finished);
        assert!(
            bits(&resumed.parameters) == bits(&expected.parameters),
            "other weights after update {step}"
        );
        assert_eq!(resumed.history.losses, expected.history.losses);
    }
}

#[test]
fn a_resumed_run_names_the_update_it_resumed_after() {
    let folder = folder();
    Session::new(folder.path(), recipe())
        .stopped_after(5)
        .fresh();
    let (_, events) = Session::new(folder.path(), recipe()).run(Start::Resume);
    assert!(
        matches!(
            events[0],
            TrainingEvent::Started {
                resumed_from: 5,
                total_steps: 12,
                ..
            }
        ),
        "{:?}",
        events[0]
    );
}

#[test]
fn an_averaged_run_is_resumed_with_its_average() {
    let averaged = Recipe {
        weight_averaging: Some(0.9),
        ..recipe()
    };
    let whole = folder();
    let expected = Session::new(whole.path(), averaged.clone()).fresh();
    let folder = folder();
    Session::new(folder.path(), averaged.clone())
        .stopped_after(7)
        .fresh();
    let resumed = Session::new(folder.path(), averaged).resumed();
    assert!(
        bits(&resumed.parameters) == bits(&expected.parameters),
        "other weights"
    );
}

#[test]
fn less_than_a_minute_lies_between_two_checkpoints() {
    let folder = folder();
    let mut session = Session::new(folder.path(), recipe());
    session.stride = 2.0;
    let (result, events) = session.run(Start::Fresh(weights()));
    result.unwrap();
    let mut elapsed = Vec::from([0.0]);
    let mut now = 0.0;
    for event in &events {
        match event {
            TrainingEvent::Stepped(step) => now = step.elapsed_seconds,
            TrainingEvent::CheckpointWritten { .. } => elapsed.push(now),
            _ => {}
        }
    }
    assert!(elapsed.len() >= 3, "{elapsed:?}");
    assert!(
        elapsed.windows(2).all(|pair| pair[1] - pair[0] < 60.0),
        "{elapsed:?}"
    );
}

#[test]
fn a_long_evaluation_begins_with_a_checkpoint_and_is_made_again_when_resumed() {
    let expected = {
        let whole = folder();
        Session::new(whole.path(), recipe()).fresh()
    };
    let folder = folder();
    let mut session = Session::new(folder.path(), recipe()).stopped_after(8);
    // Every reading of the clock takes 9 seconds: an evaluation does not fit in any more.
    session.stride = 9.0;
    let (result, events) = session.run(Start::Fresh(weights()));
    result.unwrap();
    let place = |kind: fn(&TrainingEvent) -> bool| events.iter().position(kind).unwrap();
    let evaluated = place(|event| matches!(event, TrainingEvent::Validated { .. }));
    assert!(
        matches!(
            events[evaluated - 1],
            TrainingEvent::CheckpointWritten { step: 6, .. }
        ),
        "{events:?}"
    );
    let resumed = Session::new(folder.path(), recipe()).resumed();
    assert!(
        bits(&resumed.parameters) == bits(&expected.parameters),
        "other weights"
    );
    assert_eq!(
        resumed.history.validations.len(),
        expected.history.validations.len()
    );
}

#[test]
fn a_checkpoint_from_before_an_evaluation_leaves_it_to_the_resumed_run() {
    let whole = folder();
    let expected = Session::new(whole.path(), recipe()).fresh();
    let folder = folder();
    let path = checkpoint_path(folder.path());
    let kept = folder.path().join("kept");
    // The checkpoint of update 6 is from before its evaluation, and outlives what came later.
    let copy = |event: &TrainingEvent| {
        if matches!(event, TrainingEvent::Validated { validation, .. } if validation.step == 6) {
            let step = || checkpoint::read::<RunState>(&path).map(|(state, _)| state.step);
            while !matches!(step(), Ok(6)) {
                std::thread::yield_now();
            }
            std::fs::copy(&path, &kept).unwrap();
        }
    };
    let mut session = Session::new(folder.path(), recipe());
    session.stride = 20.0;
    session.on_event = Some(&copy);
    session.run(Start::Fresh(weights())).0.unwrap();
    std::fs::rename(&kept, &path).unwrap();
    let (resumed, events) = Session::new(folder.path(), recipe()).run(Start::Resume);
    assert!(
        matches!(
            events[0],
            TrainingEvent::Started {
                resumed_from: 6,
                ..
            }
        ),
        "{:?}",
        events[0]
    );
    let resumed = resumed.unwrap().unwrap();
    assert!(
        bits(&resumed.parameters) == bits(&expected.parameters),
        "other weights"
    );
    let steps = |outcome: &Outcome| -> Vec<u64> {
        validations(outcome).iter().map(|one| one.step).collect()
    };
    assert_eq!(steps(&resumed), steps(&expected));
}

#[test]
fn a_stop_before_the_first_update_gives_nothing_and_can_be_resumed() {
    let folder = folder();
    let mut session = Session::new(folder.path(), recipe());
    session.stop_at_once = true;
    assert_eq!(session.run(Start::Fresh(weights())).0.unwrap(), None);
    assert_eq!(
        Session::new(folder.path(), recipe()).resumed().end,
        End::Finished
    );
}

#[test]
fn other_data_cannot_resume_a_run() {
    let folder = folder();
    Session::new(folder.path(), recipe())
        .stopped_after(3)
        .fresh();
    let mut session = Session::new(folder.path(), recipe());
    session.corpus.sequences[4][1] = 30;
    let (result, _) = session.run(Start::Resume);
    assert!(matches!(result, Err(TrainingError::DataChanged { .. })));
}

#[test]
fn another_recipe_cannot_resume_a_run() {
    let folder = folder();
    Session::new(folder.path(), recipe())
        .stopped_after(3)
        .fresh();
    let other = Recipe {
        seed: 7,
        ..recipe()
    };
    let (result, _) = Session::new(folder.path(), other).run(Start::Resume);
    assert!(matches!(result, Err(TrainingError::RecipeChanged { .. })));
}

#[test]
fn one_file_of_best_weights_is_left_at_the_end() {
    let folder = folder();
    Session::new(folder.path(), recipe()).fresh();
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("best-") && names[1] == "checkpoint");
}

#[test]
fn a_run_without_a_checkpoint_cannot_be_resumed_and_says_which_file_is_missing() {
    let folder = folder();
    let (result, _) = Session::new(folder.path(), recipe()).run(Start::Resume);
    let error = result.unwrap_err();
    assert!(error.to_string().contains("checkpoint"), "{error}");
}
