//! Runs that are killed or stopped go on as if nothing had happened.

use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::program::{Program, QUICK};

/// Reads events until one is of this kind for the `count`th time.
fn wait_for(child: &mut Child, kind: &str, count: usize) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let matching = lines
        .map_while(Result::ok)
        .filter(|line| line.contains(&format!("\"event\":\"{kind}\"")));
    assert_eq!(
        matching.take(count).count(),
        count,
        "the run ended too early"
    );
}

fn arguments<'a>(table: &'a str, name: &'a str) -> Vec<&'a str> {
    // A checkpoint after every update.
    let often = ["--checkpoint-seconds", "0", "--epochs", "3"];
    let quick = QUICK
        .iter()
        .copied()
        .filter(|&argument| argument != "--epochs" && argument != "1");
    ["train", table, "--name", name]
        .into_iter()
        .chain(quick)
        .chain(often)
        .collect()
}

#[test]
fn a_killed_run_resumes_and_ends_with_the_same_weights() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    program.succeed(&arguments(table, "whole"));
    // A checkpoint is on the disk when the next one begins.
    for checkpoints in [2, 4, 7] {
        let name = format!("killed-{checkpoints}");
        let mut child = program.start(&arguments(table, &name));
        wait_for(&mut child, "checkpointWritten", checkpoints);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            program.succeed(&["models", "list"]).contains(&name),
            "it can be resumed"
        );
        let events = program.events(&["train", "--resume", &name]);
        let started = events
            .iter()
            .find(|event| event["training"]["event"] == "started")
            .unwrap();
        assert!(started["training"]["resumedFrom"].as_u64().unwrap() > 0);
        assert!(
            program.weights(&name) == program.weights("whole"),
            "other weights"
        );
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_stops_with_exit_code_3_and_keeps_the_best_so_far() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    program.succeed(&arguments(table, "whole"));
    let mut child = program.start(&arguments(table, "one"));
    wait_for(&mut child, "stepped", 4);
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(
        program
            .succeed(&["evaluate", "one"])
            .contains("test articles")
    );
    let said = program.run(&[&["train", table, "--name", "two"], &QUICK[..]].concat());
    assert!(said.status.success(), "another run is not in the way");
    program.succeed(&["train", "--resume", "one"]);
    assert!(
        program.weights("one") == program.weights("whole"),
        "other weights"
    );
}

#[test]
fn a_resumed_run_takes_no_other_settings_and_a_restart_begins_anew() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    let mut child = program.start(&arguments(table, "one"));
    wait_for(&mut child, "checkpointWritten", 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = program.run(&["train", "--resume", "one", "--epochs", "9"]);
    assert_eq!(refused.status.code(), Some(2));
    let refused = program.run(&arguments(table, "one"));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("did not finish"), "{said}");
    let restart = [arguments(table, "one"), vec!["--restart", "--threads", "1"]].concat();
    let events = program.events(&restart);
    let started = events
        .iter()
        .find(|event| event["training"]["event"] == "started")
        .unwrap();
    assert_eq!(started["training"]["resumedFrom"], 0);
    assert!(!program.path("home/runs/one").exists());
}
