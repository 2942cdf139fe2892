//! Cards as the program's users meet them, with an emulated driver in the place of NVIDIA's: what is listed, trained on,
//! and said where something is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use engine::model::config::BertConfig;
use engine::model::parameters::ParameterLayout;
use engine::model::weights::write_parameters;
use serde_json::Value;

use crate::emulation::emulated_driver;
use crate::program::{Program, project};

/// A small BERT with the compact base model's word pieces: the emulation takes its time.
fn small_base(program: &Program) -> PathBuf {
    let folder = program.path("small");
    std::fs::create_dir_all(&folder).unwrap();
    let compact = project().join("base/compact");
    for name in ["tokenizer.json", "vocab.txt"] {
        std::fs::copy(compact.join(name), folder.join(name)).unwrap();
    }
    let config = std::fs::read_to_string(compact.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    for (size, value) in [
        ("hidden_size", 16),
        ("intermediate_size", 32),
        ("num_attention_heads", 2),
        ("num_hidden_layers", 2),
    ] {
        config[size] = value.into();
    }
    let text = config.to_string();
    std::fs::write(folder.join("config.json"), &text).unwrap();
    let config = BertConfig::parse(&text, Path::new("config.json")).unwrap();
    let layout = ParameterLayout::new(&config, 1);
    let path = folder.join("model.safetensors");
    write_parameters(&path, &layout, &layout.noise(), &BTreeMap::new()).unwrap();
    folder
}

/// Runs the program where the emulated driver is, which has these settings. Nothing where it cannot be built.
fn run(program: &Program, settings: &[(&str, &str)], arguments: &[&str]) -> Option<Output> {
    let folder = emulated_driver()?.parent().unwrap();
    let mut command = program.command();
    command
        .env("LD_LIBRARY_PATH", folder)
        .envs(settings.iter().copied());
    Some(command.args(arguments).output().unwrap())
}

/// The arguments of a training of the small base model on a few articles.
fn training<'a>(table: &'a str, base: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = [
        "train",
        table,
        "--base",
        base,
        "--recipe",
        "notebook",
        "--max-length",
        "32",
        "--epochs",
        "1",
        "--split",
        "notebook-held-out",
    ];
    [&usual, more].concat()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_cards_are_listed_with_what_is_wrong_with_them() {
    let program = Program::new();
    let Some(output) = run(&program, &[("EMULATED_CARDS", "1")], &["--json", "devices"]) else {
        return;
    };
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed["processor"]["device"], "cpu");
    let driver = serde_json::json!({"release": "550.54.14", "cuda": "12.4"});
    assert_eq!(listed["driver"], driver);
    let card = &listed["cards"][0];
    assert_eq!(card["summary"]["device"], "cuda:0");
    assert_eq!(card["summary"]["name"], "Emulated card");
    assert_eq!(card["compute"], "9.0");
    assert!(
        card["memoryAvailableBytes"].as_u64() > Some(1 << 30),
        "{card}"
    );
    assert_eq!(card["problem"], Value::Null);

    let output = run(&program, &[("EMULATED_COMPUTE", "75")], &["devices"]).unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("cuda:0 cannot be used: Emulated card is of compute 7.5"),
        "{said}"
    );

    let output = run(&program, &[("EMULATED_FAULT", "adamw")], &["devices"]).unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("cannot be used: the card gives wrong results in adamw"),
        "{said}"
    );

    let output = run(&program, &[("EMULATED_CARDS", "0")], &["devices"]).unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("No card can be used: the NVIDIA driver finds no card"),
        "{said}"
    );
}

#[test]
fn a_training_on_a_card_is_the_same_twice_is_resumed_there_and_classifies() {
    let program = Program::new();
    let (table, base) = (program.table(60), small_base(&program));
    let (table, base) = (table.to_str().unwrap(), base.to_str().unwrap());
    let arguments = |name| training(table, base, &["--device", "cuda:0", "--name", name]);
    let Some(output) = run(&program, &[], &arguments("one")) else {
        return;
    };
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Device: Emulated card (cuda:0)"), "{said}");
    assert!(
        run(&program, &[], &arguments("two"))
            .unwrap()
            .status
            .success()
    );
    assert!(
        program.weights("one") == program.weights("two"),
        "other bits"
    );
    let shown = program.succeed(&["models", "show", "one"]);
    assert!(shown.contains("on Emulated card"), "{shown}");

    // A model of the card answers on the processor as it does there.
    let classify = [
        "--json",
        "classify",
        "--model",
        "one",
        "--title",
        "Stroke",
        "--abstract",
        "After stroke.",
    ];
    let on_card = run(
        &program,
        &[],
        &[&classify[..], &["--device", "cuda:0"]].concat(),
    )
    .unwrap();
    let on_card: Value = serde_json::from_slice(&on_card.stdout).unwrap();
    let here = program.succeed(&[&classify[..], &["--device", "cpu"]].concat());
    let here: Value = serde_json::from_str(&here).unwrap();
    for (one, other) in on_card["labels"]
        .as_array()
        .unwrap()
        .iter()
        .zip(here["labels"].as_array().unwrap())
    {
        let difference = one["score"].as_f64().unwrap() - other["score"].as_f64().unwrap();
        assert!(difference.abs() < 1e-4, "{one} {other}");
    }
}

#[test]
fn a_card_that_cannot_be_used_is_said_and_the_processor_never_takes_its_place_unasked() {
    let program = Program::new();
    let (table, base) = (program.table(60), small_base(&program));
    let (table, base) = (table.to_str().unwrap(), base.to_str().unwrap());
    let asked = training(table, base, &["--device", "cuda:1", "--name", "one"]);
    let Some(output) = run(&program, &[], &asked) else {
        return;
    };
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("there is no card number 1"), "{said}");
    let fault = [("EMULATED_FAULT", "adamw")];
    let asked = training(table, base, &["--device", "cuda:0", "--name", "one"]);
    let output = run(&program, &fault, &asked).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("or choose the processor"));
    assert!(!program.path("home/models/one").exists());

    let asked = training(table, base, &["--device", "auto", "--name", "one"]);
    let output = run(&program, &fault, &asked).unwrap();
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("No card computes: the card gives wrong results in adamw"),
        "{said}"
    );
    assert!(said.contains("(cpu)"), "{said}");
}

#[test]
fn a_card_without_room_for_the_batch_is_given_as_many_micro_batches_as_it_has_room_for() {
    let program = Program::new();
    let (table, base) = (program.table(60), small_base(&program));
    let (table, base) = (table.to_str().unwrap(), base.to_str().unwrap());
    // Weights, gradients and moments take 8 MB; what else there is has no room for the activations of 16 articles.
    let little = [("EMULATED_MEMORY", "8500000")];
    let asked = |more: &[&'static str]| {
        let on_card = ["--device", "cuda:0", "--name", "one"];
        [&training(table, base, &on_card)[..], more].concat()
    };
    let Some(output) = run(&program, &little, &asked(&[])) else {
        return;
    };
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("Compute each batch in 2 micro-batches"),
        "{said}"
    );

    let arguments = [&["--json"], &asked(&["--dry-run"])[..]].concat();
    let output = run(&program, &little, &arguments).unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let last = text(&output.stdout).lines().last().unwrap().to_owned();
    let measured: Value = serde_json::from_str(&last).unwrap();
    let fewest = measured["microBatches"].as_u64().unwrap();
    assert!((2..=16).contains(&fewest), "{measured}");
    assert!(
        measured["memoryBytes"].as_u64() < Some(8_500_000),
        "{measured}"
    );

    let fewest = fewest.to_string();
    let arguments = [&asked(&[])[..], &["--micro-batches", &fewest]].concat();
    let output = run(&program, &little, &arguments).unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_table_is_classified_in_batches_that_the_card_has_room_for() {
    let program = Program::new();
    let (table, base) = (program.table(250), small_base(&program));
    let (table, base) = (table.to_str().unwrap(), base.to_str().unwrap());
    program.succeed(&training(
        table,
        base,
        &["--device", "cpu", "--name", "one"],
    ));
    let classified = |memory: &str, to: &str| {
        let output = program.path(to);
        let arguments = [
            "classify",
            table,
            "--model",
            "one",
            "--device",
            "cuda:0",
            "--output",
            output.to_str().unwrap(),
        ];
        let ended = run(&program, &[("EMULATED_MEMORY", memory)], &arguments)?;
        assert!(ended.status.success(), "{}", text(&ended.stderr));
        Some(std::fs::read_to_string(output).unwrap())
    };
    let Some(roomy) = classified("100000000", "roomy.csv") else {
        return;
    };
    // The self-test needs 4 MB, the weights 2, and the activations of a token 1.2 KB: the texts have some 8,000.
    let narrow = classified("5000000", "narrow.csv").unwrap();
    assert!(roomy == narrow, "other answers");
}

#[test]
fn a_card_that_is_lost_in_the_middle_of_a_training_leaves_a_run_that_can_be_gone_on_with() {
    let program = Program::new();
    let (table, base) = (program.table(60), small_base(&program));
    let (table, base) = (table.to_str().unwrap(), base.to_str().unwrap());
    let asked = |name: &'static str| {
        let on_card = [
            "--device",
            "cuda:0",
            "--name",
            name,
            "--checkpoint-seconds",
            "0",
        ];
        let mut arguments = training(table, base, &on_card);
        let epochs = arguments
            .iter()
            .position(|&argument| argument == "--epochs");
        arguments[epochs.unwrap() + 1] = "4";
        arguments
    };
    let Some(undisturbed) = run(&program, &[], &asked("undisturbed")) else {
        return;
    };
    assert!(
        undisturbed.status.success(),
        "{}",
        text(&undisturbed.stderr)
    );

    // Some updates belong to the self-test.
    let loss = [("EMULATED_LOSS", "adamw:8")];
    let output = run(&program, &loss, &asked("one")).unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the card stopped working during"), "{said}");
    assert!(!program.path("home/models/one").exists());

    let resumed = run(&program, &[], &["train", "--resume", "one"]).unwrap();
    let said = text(&resumed.stderr);
    assert!(resumed.status.success(), "{said}");
    assert!(
        program.weights("one") == program.weights("undisturbed"),
        "other bits"
    );
}
