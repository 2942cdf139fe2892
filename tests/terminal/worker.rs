//! The worker as the window meets it: the real program, asked over its standard input.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::program::Program;

/// A worker that was started, and the lines it writes.
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(program: &Program) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_etiqueta"))
            .args(["worker", "--checkpoint-seconds", "0"])
            .env("ETIQUETA_HOME", program.path("home"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut worker = Self {
            input: child.stdin.take(),
            child,
            lines,
        };
        assert_eq!(worker.next()["line"], "ready");
        worker
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn say(&mut self, line: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn ask(&mut self, id: u64, request: &Value) {
        self.say(&json!({"line": "ask", "id": id, "request": request}));
    }

    /// Everything up to the last line of the request.
    fn until_answer(&mut self, id: u64) -> (Vec<Value>, Value) {
        let mut events = Vec::new();
        loop {
            let line = self.next();
            if line["id"] == id && line["line"] != "event" {
                return (events, line);
            }
            events.push(line);
        }
    }

    /// The next event of this kind.
    fn until_event(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next()["event"].take();
            if event["kind"] == kind {
                return event;
            }
        }
    }

    /// Reads until an event of a training of this name.
    fn until_training(&mut self, name: &str) {
        while self.next()["event"]["event"]["training"]["event"] != name {}
    }

    fn answer(&mut self, id: u64, request: &Value) -> Value {
        self.ask(id, request);
        let (_, line) = self.until_answer(id);
        assert_eq!(line["line"], "answered", "{line}");
        line["answer"]["value"].clone()
    }
}

fn training(table: &str, name: &str, epochs: u64) -> Value {
    let recipe = json!({
        "name": "recommended", "maxLength": 48, "batchSize": 16, "microBatches": 1,
        "epochs": epochs, "learningRate": 3e-4, "schedule": "linear", "warmUp": 0.1,
        "weightDecay": 0.01, "decayed": "matrices", "layerDecay": 1.0, "headRateFactor": 1.0,
        "clippingNorm": 1.0, "dropout": null, "seed": 42, "frozenLayers": null,
        "metric": "microF1", "patience": null, "evaluationInterval": null,
        "labelWeights": "equal", "weightAveraging": null, "thresholds": "half",
        "backend": "explicit", "threads": null
    });
    json!({
        "name": name, "table": table, "reading": {"encoding": null, "separator": null, "sheet": null},
        "roles": {"title": null, "abstractText": null, "labels": [], "id": null, "labelSeparator": null, "labelOrder": null},
        "testTable": null, "split": {"kind": "stratified", "training": 0.7, "validation": 0.1, "test": 0.2, "seed": 42},
        "base": "compact", "recipe": recipe
    })
}

#[test]
fn the_main_job_is_done_over_the_wire() {
    let program = Program::new();
    let table = program.table(80);
    let table = table.to_str().unwrap();
    let mut worker = Worker::start(&program);
    let nothing = json!({"encoding": null, "separator": null, "sheet": null});
    let roles = training(table, "", 1)["roles"].clone();
    let open = worker.answer(
        1,
        &json!({"kind": "openTable", "path": table, "reading": nothing, "roles": roles, "corrections": {}}),
    );
    assert_eq!(
        (open["source"]["rows"].as_u64(), &open["problem"]),
        (Some(80), &Value::Null)
    );
    let estimate = worker.answer(
        2,
        &json!({"kind": "estimateTraining", "training": training(table, "one", 1)}),
    );
    assert!(estimate["seconds"].as_f64().unwrap() > 0.0);
    assert!(
        !program.path("home/runs/one").exists(),
        "an estimate leaves nothing"
    );
    worker.ask(
        3,
        &json!({"kind": "train", "training": training(table, "one", 1), "replace": false}),
    );
    let (events, line) = worker.until_answer(3);
    assert_eq!(line["answer"]["value"]["model"], "one");
    let of_job = |kind: &str| {
        events
            .iter()
            .any(|event| event["event"]["event"]["event"] == kind)
    };
    assert!(of_job("prepared") && of_job("training") && of_job("saved"));
    let model = worker.answer(4, &json!({"kind": "openModel", "model": "one"}));
    let label = model["evaluation"]["metrics"]["perLabel"][0]["confusion"].clone();
    let positives =
        label["truePositives"].as_u64().unwrap() + label["falseNegatives"].as_u64().unwrap();
    let judged = worker.answer(
        5,
        &json!({"kind": "listJudged", "model": "one", "label": 0, "cell": "positives", "offset": 0, "limit": 100}),
    );
    assert_eq!(
        judged["articles"].as_array().unwrap().len() as u64,
        positives
    );
    let document =
        json!({"id": null, "title": "Atrial fibrillation", "abstractText": "A trial of ablation."});
    let classified = worker.answer(
        6,
        &json!({"kind": "classify", "model": "one", "document": document}),
    );
    assert_eq!(classified["answer"]["labels"].as_array().unwrap().len(), 4);
}

#[test]
fn what_is_no_request_is_answered_by_saying_so_and_the_worker_goes_on() {
    let program = Program::new();
    let mut worker = Worker::start(&program);
    worker.say(&json!({"line": "ask", "id": 1, "request": {"kind": "makeCoffee"}}));
    let said = worker.next();
    assert_eq!(
        (&said["line"], &said["failure"]["code"]),
        (&json!("notUnderstood"), &json!("notARequest"))
    );
    worker.ask(2, &json!({"kind": "openModel", "model": "nobody"}));
    let (_, failed) = worker.until_answer(2);
    assert_eq!(failed["line"], "failed");
    assert!(
        failed["failure"]["message"]
            .as_str()
            .unwrap()
            .contains("nobody")
    );
    assert!(
        worker.answer(3, &json!({"kind": "describeMachine"}))["threads"]
            .as_u64()
            .unwrap()
            > 0
    );
}

#[test]
fn a_training_pauses_goes_on_and_suspends_when_its_front_goes_away() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    let mut worker = Worker::start(&program);
    worker.ask(
        1,
        &json!({"kind": "train", "training": training(table, "whole", 3), "replace": false}),
    );
    worker.until_answer(1);
    worker.ask(
        2,
        &json!({"kind": "train", "training": training(table, "one", 3), "replace": false}),
    );
    worker.until_training("stepped");
    worker.say(&json!({"line": "pause", "id": 2}));
    worker.until_event("paused");
    let used = worker.until_event("used")["resources"].clone();
    let share = used["processorShare"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&share), "{used}");
    assert!(used["memoryBytes"].as_u64().unwrap() > 1 << 20, "{used}");
    assert!(used["machineMemoryAvailableBytes"].as_u64() <= used["machineMemoryBytes"].as_u64());
    worker.say(&json!({"line": "resume", "id": 2}));
    worker.until_event("resumed");
    worker.until_training("stepped");
    drop(worker.input.take());
    while worker.lines.next().is_some() {}
    assert!(worker.child.wait().unwrap().success());
    assert!(program.path("home/runs/one/checkpoint").exists());
    assert!(!program.path("home/models/one").exists());

    let mut worker = Worker::start(&program);
    let library = worker.answer(1, &json!({"kind": "listLibrary"}));
    let run = &library["runs"][0];
    assert_eq!(
        (&run["name"], &run["isBusy"]),
        (&json!("one"), &json!(false))
    );
    assert!(run["step"].as_u64().unwrap() >= 2);
    worker.answer(2, &json!({"kind": "resumeRun", "run": "one"}));
    assert!(
        program.weights("one") == program.weights("whole"),
        "other weights"
    );
}

#[test]
fn a_discarded_training_leaves_nothing_and_a_kept_one_a_model() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    let mut worker = Worker::start(&program);
    for (id, name, how) in [(1, "gone", "discard"), (2, "kept", "keep")] {
        worker.ask(
            id,
            &json!({"kind": "train", "training": training(table, name, 9), "replace": false}),
        );
        worker.until_training("stepped");
        worker.say(&json!({"line": "stop", "id": id, "how": how}));
        let (_, line) = worker.until_answer(id);
        assert_eq!(line["line"], "answered", "{line}");
        let is_kept = how == "keep";
        assert_eq!(line["answer"]["value"].is_null(), !is_kept);
        assert_eq!(program.path(&format!("home/runs/{name}")).exists(), is_kept);
        assert_eq!(
            program.path(&format!("home/models/{name}")).exists(),
            is_kept
        );
    }
}
