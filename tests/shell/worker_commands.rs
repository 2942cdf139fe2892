//! The commands that have workers do something, by their names, with the JSON that the page sends
//! and gets.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tauri::Listener;

use crate::program::{Program, code};
use crate::surroundings::FakeDesktop;

#[test]
fn a_question_goes_to_a_worker_and_its_failure_comes_back_with_its_code() {
    let program = Program::with_worker("answers");
    let machine = program
        .call("ask", json!({ "request": { "kind": "describeMachine" } }))
        .unwrap();
    assert_eq!(machine["kind"], "describeMachine");
    assert_eq!(machine["value"]["folder"], json!(program.home.path()));
    let failed = program.call("ask", json!({ "request": { "kind": "listLibrary" } }));
    assert_eq!(code(failed), "modelMissing");
}

#[test]
fn a_file_that_the_user_did_not_open_is_not_read() {
    let program = Program::with_worker("answers");
    let ask = |path: &Path| {
        let request = json!({ "kind": "readText", "path": path });
        program.call("ask", json!({ "request": request }))
    };
    let secret = program.home.path().join("secret.txt");
    assert_eq!(code(ask(&secret)), "pathNotOpened");
    let opened = program.choose("a.txt", "openText");
    let answer = ask(&opened).unwrap();
    assert_eq!(answer["value"], format!("text of {}", opened.display()));
}

#[test]
fn without_a_worker_its_place_is_told() {
    let program = Program::start_with(FakeDesktop::default(), |surroundings| {
        surroundings.worker = Some("/nowhere/etiqueta".into());
    });
    let failed = program.call("ask", json!({ "request": { "kind": "describeMachine" } }));
    assert_eq!(
        failed.as_ref().unwrap_err()["details"]["path"],
        "/nowhere/etiqueta"
    );
    assert_eq!(code(failed), "workerMissing");
}

#[test]
fn a_job_is_started_paused_resumed_and_forgotten() {
    let program = Program::with_worker("answers");
    let request = json!({ "kind": "resumeRun", "run": "one", "device": null });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    let id = id.as_u64().unwrap();
    let second = program.call("start_job", json!({ "request": request }));
    assert_eq!(code(second), "trainingInProgress");
    program.until(id, "running");
    assert_eq!(
        code(program.call("forget_job", json!({ "id": id }))),
        "jobNotOver"
    );
    program.call("pause_job", json!({ "id": id })).unwrap();
    program.until(id, "paused");
    program.call("resume_job", json!({ "id": id })).unwrap();
    let job = program.until(id, "stopped");
    assert_eq!(job["request"], request);
    assert_eq!(job["answer"], json!({ "kind": "resumeRun", "value": null }));
    program.call("forget_job", json!({ "id": id })).unwrap();
    assert_eq!(program.call("list_jobs", json!({})).unwrap(), json!([]));
    for command in ["pause_job", "resume_job", "forget_job"] {
        assert_eq!(
            code(program.call(command, json!({ "id": id }))),
            "unknownJob"
        );
    }
    let stop = json!({ "id": id, "how": "keep" });
    assert_eq!(code(program.call("stop_job", stop)), "unknownJob");
    let watch = json!({ "id": id, "channel": "__CHANNEL__:3" });
    assert_eq!(code(program.call("watch_job", watch)), "unknownJob");
}

#[test]
fn a_job_is_stopped_in_the_way_that_is_asked_and_watched() {
    let program = Program::with_worker("answers");
    let request = json!({ "kind": "resumeRun", "run": "one" });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    program
        .call("watch_job", json!({ "id": id, "channel": "__CHANNEL__:3" }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "running");
    program
        .call("stop_job", json!({ "id": id, "how": "suspend" }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "stopped");
}

#[test]
fn questions_are_no_jobs_and_jobs_are_no_questions() {
    let program = Program::start();
    let question = json!({ "request": { "kind": "listLibrary" } });
    assert_eq!(code(program.call("start_job", question)), "wrongKind");
    let job = json!({ "request": { "kind": "resumeRun", "run": "one" } });
    assert_eq!(code(program.call("ask", job)), "wrongKind");
}

#[test]
fn closing_asks_the_page_while_a_job_goes_on() {
    let program = Program::with_worker("answers");
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    program
        .app
        .listen_any("close-requested", move |_| *counted.lock().unwrap() += 1);
    let request = json!({ "kind": "resumeRun", "run": "one" });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "running");
    program
        .call("close_window", json!({ "confirmed": false }))
        .unwrap();
    assert_eq!(*asked.lock().unwrap(), 1);
    assert_eq!(program.job(id.as_u64().unwrap())["state"], "running");
    assert_eq!(*program.desktop.exits.lock().unwrap(), 0);
    program
        .call("close_window", json!({ "confirmed": true }))
        .unwrap();
    assert_eq!(*program.desktop.exits.lock().unwrap(), 1);
    assert_eq!(
        program.job(id.as_u64().unwrap())["state"],
        "stopped",
        "suspended first"
    );
}
