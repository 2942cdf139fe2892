//! What cannot be used ends with exit code 2 and a sentence that says what, where and what to do.

use crate::program::{Program, QUICK};

/// Runs the program, which has to refuse, and gives what it says.
fn refused(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

#[test]
fn bad_usage_and_bad_input_end_with_exit_code_2() {
    let program = Program::new();
    refused(&program, &["train"]);
    refused(&program, &["train", "articles.csv", "--epochs", "many"]);
    let said = refused(&program, &["train", "absent.csv"]);
    assert!(
        said.contains("there is no file") && said.contains("absent.csv"),
        "{said}"
    );
    let said = refused(&program, &["evaluate", "absent"]);
    assert!(said.contains("There is none yet"), "{said}");
    let said = refused(&program, &["train", "--resume", "absent"]);
    assert!(
        said.contains("no unfinished run named \"absent\""),
        "{said}"
    );
    let table = program.table(40);
    let table = table.to_str().unwrap();
    let said = refused(&program, &["train", table, "--base", "absent"]);
    assert!(said.contains("There is: compact"), "{said}");
    let said = refused(&program, &["train", table, "--recipe", "best"]);
    assert!(said.contains("\"notebook\" or \"recommended\""), "{said}");
    let said = refused(&program, &["train", table, "--max-length", "600"]);
    assert!(said.contains("Choose at most 512"), "{said}");
    let said = refused(&program, &["train", table, "--label-column", "absent"]);
    assert!(
        said.contains("Its columns are: id, title, abstract, group"),
        "{said}"
    );
    let said = refused(&program, &["train", table, "--split-column", "absent"]);
    assert!(said.contains("no column \"absent\""), "{said}");
    let said = refused(&program, &["train", table, "--name", "a/b"]);
    assert!(said.contains("cannot be the name of a model"), "{said}");
}

#[test]
fn a_failure_is_told_to_programs_too() {
    let program = Program::new();
    let output = program.run(&["--json", "train", "absent.csv"]);
    let event: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(event["event"], "failed");
    assert!(event["message"].as_str().unwrap().contains("absent.csv"));
}

#[test]
fn a_data_folder_that_cannot_be_written_ends_with_exit_code_1() {
    let program = Program::new();
    let table = program.table(40);
    std::fs::write(program.path("file"), "").unwrap();
    let mut command = program.command();
    command
        .env("ETIQUETA_HOME", program.path("file"))
        .args(["train", table.to_str().unwrap(), "--name", "one"])
        .args(QUICK);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write"), "{said}");
}

#[test]
fn the_answers_never_overwrite_the_table() {
    let program = Program::new();
    let table = program.table(40);
    let table = table.to_str().unwrap();
    program.succeed(&[&["train", table, "--name", "one"], &QUICK[..]].concat());
    let said = refused(
        &program,
        &["classify", table, "--model", "one", "--output", table],
    );
    assert!(said.contains("is the table itself"), "{said}");
    let said = refused(&program, &["classify", "--model", "one"]);
    assert!(said.contains("nothing to classify"), "{said}");
    let said = refused(
        &program,
        &["classify", table, "--model", "one", "--output", "a.xlsx"],
    );
    assert!(said.contains("ends with .csv or .tsv"), "{said}");
    let said = refused(
        &program,
        &["classify", table, "--model", "one", "--threads", "0"],
    );
    assert!(said.contains("at least 1"), "{said}");
}

#[test]
fn other_columns_are_asked_for_and_given() {
    let program = Program::new();
    let table = program.table(40);
    let train = ["train", table.to_str().unwrap(), "--name", "one"];
    program.succeed(&[&train, &QUICK[..]].concat());
    std::fs::write(program.path("other.csv"), "title,text2\nx,y\n").unwrap();
    let classify = [
        "classify",
        "other.csv",
        "--model",
        "one",
        "--abstract-column",
    ];
    let said = refused(&program, &classify[..4]);
    assert!(said.contains("read abstracts when it learned"), "{said}");
    assert!(said.contains("Its columns are: title, text2"), "{said}");
    program.succeed(&[&classify, &["text2"][..]].concat());
    program.succeed(&[&classify, &[""][..]].concat());
    assert!(
        program.path("other-classified-2.csv").exists(),
        "nothing was overwritten"
    );
}
