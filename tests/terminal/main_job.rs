//! From a table to a model, an evaluation, a report, and answers.

use std::io::Write;
use std::process::Stdio;

use crate::program::{Program, QUICK, project};

#[test]
fn a_table_becomes_a_model_an_evaluation_a_report_and_answers() {
    let program = Program::new();
    let table = program.table(60);
    let table = table.to_str().unwrap();
    let said = program.succeed(&[&["train", table, "--name", "one"], &QUICK[..]].concat());
    assert!(
        said.contains("Of 100 labels it gives") && said.contains("test articles"),
        "{said}"
    );
    assert!(
        said.contains("beat the linear baseline") || said.contains("beats the linear baseline")
    );

    let evaluation = program.succeed(&["evaluate", "one"]);
    assert!(
        said.contains(evaluation.trim()),
        "the stored evaluation is the one shown at the end"
    );
    let other = program.succeed(&["evaluate", "one", table]);
    assert!(other.contains("On 60 articles of this table"), "{other}");

    let listed = program.succeed(&["models", "list"]);
    assert!(listed.contains("one") && listed.contains("MB"), "{listed}");
    let shown = program.succeed(&["models", "show", "one"]);
    assert!(
        shown.contains("notebook, 1 epochs") && shown.contains("compact"),
        "{shown}"
    );

    program.succeed(&["report", "one", "--language", "es", "--theme", "dark"]);
    let report = std::fs::read_to_string(program.path("one-report/report.md")).unwrap();
    assert!(report.contains("Informe del modelo one"), "{report}");

    let answer = program.succeed(&[
        "classify",
        "--model",
        "one",
        "--title",
        "Stroke",
        "--abstract",
        "After stroke.",
    ]);
    assert!(
        answer.contains("oncological") && answer.contains("word pieces were read"),
        "{answer}"
    );

    let said = program.succeed(&["classify", table, "--model", "one"]);
    assert!(
        said.contains("predicted labels") && said.contains("On 60 articles"),
        "{said}"
    );
    let classified = std::fs::read_to_string(program.path("articles-classified.csv")).unwrap();
    assert!(classified.starts_with("id;title;abstract;group;predicted labels;score: cardio"));
    assert_eq!(classified.lines().count(), 61);

    let said = program.succeed(&["models", "delete", "one"]);
    assert!(said.contains("became free"), "{said}");
    assert!(!program.path("home/models/one").exists());
}

#[test]
fn json_events_tell_the_whole_run_and_nothing_else_is_on_standard_output() {
    let program = Program::new();
    let table = program.table(40);
    let arguments = [
        &["train", table.to_str().unwrap(), "--name", "one"],
        &QUICK[..],
    ]
    .concat();
    let events = program.events(&arguments);
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds[..3], ["tableRead", "prepared", "deviceChosen"]);
    assert_eq!(kinds[kinds.len() - 2..], ["saved", "finished"]);
    let steps = events
        .iter()
        .filter(|event| event["training"]["event"] == "stepped")
        .count();
    // 40 articles: 8 to test on, 3 to validate on, 29 to learn from in batches of 16.
    assert_eq!(steps, 2);
    assert!(events.last().unwrap()["headline"]["microF1"].is_number());
}

#[test]
fn a_text_file_and_standard_input_are_classified_alike() {
    let program = Program::new();
    let table = program.table(40);
    let arguments = [
        &["train", table.to_str().unwrap(), "--name", "one"],
        &QUICK[..],
    ]
    .concat();
    program.succeed(&arguments);
    let text = "Kidney transplantation in adults with diabetes.\n\nA cohort of 120 recipients.";
    let path = program.path("article.txt");
    std::fs::write(&path, text).unwrap();
    let from_file = program.events(&["classify", path.to_str().unwrap(), "--model", "one"]);
    let mut child = program
        .command()
        .args(["--json", "classify", "--model", "one"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let from_input: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(from_file, [from_input]);
}

#[test]
fn a_table_as_excel_in_spanish_saves_it_is_understood() {
    let program = Program::new();
    let path = project().join("samples/resumenes-es.csv");
    let said = program.succeed(&["inspect", path.to_str().unwrap()]);
    for part in [
        "Windows-1252",
        "\";\"",
        "resumen",
        "etiquetas",
        "neurológico",
    ] {
        assert!(said.contains(part), "no {part} in {said}");
    }
}

#[test]
fn help_names_every_command_and_completions_are_printed() {
    let program = Program::new();
    let help = program.succeed(&["--help"]);
    for command in [
        "inspect", "train", "evaluate", "classify", "models", "base", "report",
    ] {
        assert!(help.contains(command), "{help}");
    }
    assert!(
        program
            .succeed(&["completions", "bash"])
            .contains("etiqueta")
    );
    assert!(program.succeed(&["base", "list"]).contains("compact"));
}
