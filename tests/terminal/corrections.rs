//! Corrections as options: what they do, what is said of them, and that the file stays as it is.

use std::path::PathBuf;

use crate::program::{Program, QUICK};

/// The first samples, and below them a row without text, a repeated one and a spelling of a label.
fn faulty(program: &Program) -> PathBuf {
    let table = program.table(40);
    let text = std::fs::read_to_string(&table).unwrap();
    let first = text.lines().nth(1).unwrap();
    let faulty =
        format!("{text}\nX-1;;;oncological\n{first}\nX-3;Another trial;of a drug;Oncologicals\n");
    std::fs::write(&table, faulty).unwrap();
    table
}

const FIXES: [&str; 4] = [
    "--fix",
    "empty,duplicates",
    "--merge-label",
    "Oncologicals=oncological",
];

#[test]
fn inspect_says_what_would_help_and_train_does_it_without_changing_the_file() {
    let program = Program::new();
    let path = faulty(&program);
    let before = std::fs::read(&path).unwrap();
    let table = path.to_str().unwrap();
    let said = program.succeed(&["inspect", table]);
    for advice in [
        "--fix empty (leaves out 1 row)",
        "--fix duplicates (leaves out 1 row)",
        "--merge-label \"Oncologicals=oncological\" (changes the labels of 1 row)",
        "--drop-label \"Oncologicals\"",
    ] {
        assert!(said.contains(advice), "{advice}: {said}");
    }
    let said = program.succeed(&[&["inspect", table], &FIXES[..]].concat());
    assert!(
        said.contains("Corrected: 41 of 43 rows are used")
            && said.contains("\"Oncologicals\" is now \"oncological\": 1 row")
            && !said.contains("--fix empty"),
        "{said}"
    );
    let train = [&["train", table, "--name", "one"], &QUICK[..], &FIXES[..]].concat();
    program.succeed(&train);
    let shown = program.succeed(&["models", "show", "one"]);
    assert!(shown.contains("41 of 43 rows are used"), "{shown}");
    program.succeed(&["report", "one"]);
    let report = std::fs::read_to_string(program.path("one-report/report.md")).unwrap();
    assert!(report.contains("41 of 43 rows are used"), "{report}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_merge_without_a_name_says_how_it_is_written() {
    let program = Program::new();
    let table = program.table(40);
    let table = table.to_str().unwrap();
    let output = program.run(&["inspect", table, "--merge-label", "Onco"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Onco=oncological"), "{said}");
}
