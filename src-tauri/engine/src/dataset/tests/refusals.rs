//! Files that are no tables, and tables that are not understood.

use super::*;

#[test]
fn files_of_other_kinds_are_called_what_they_are() {
    for (bytes, kind) in [
        (&b"%PDF-1.4\n"[..], "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1", "an old Office file"),
    ] {
        let error = table(bytes).unwrap_err();
        assert!(error.to_string().contains(kind), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = read_table(Path::new("nowhere.csv"), &ReadingChoices::default()).unwrap_err();
    assert!(matches!(error, DatasetError::MissingFile { .. }), "{error}");
}

#[test]
fn a_directory_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_table(folder.path(), &ReadingChoices::default()).unwrap_err();
    assert!(matches!(error, DatasetError::Directory { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let error = read_table(&path, &ReadingChoices::default()).unwrap_err();
    assert!(
        error.to_string().contains("Write it to a file first"),
        "{error}"
    );
}

#[test]
fn an_empty_file_says_so() {
    for bytes in [&b""[..], b"\n\n", b"\xef\xbb\xbf"] {
        let error = table(bytes).unwrap_err();
        assert!(matches!(error, DatasetError::Empty { .. }), "{error}");
    }
}

#[test]
fn a_header_only_says_so() {
    let error = table(b"title;abstract;group\n").unwrap_err();
    assert!(matches!(error, DatasetError::HeaderOnly { .. }), "{error}");
}

#[test]
fn a_binary_file_is_told_from_a_table() {
    let error = table(b"title;group\n\x00\x01\x02\x03\x04;x\n").unwrap_err();
    assert!(matches!(error, DatasetError::Binary { .. }), "{error}");
}

#[test]
fn a_ragged_row_reports_its_line() {
    let error = table(b"title;abstract;group\nA;\"b\nc\";d\nE;f\n").unwrap_err();
    assert!(
        matches!(
            error,
            DatasetError::RaggedRow {
                line: 4,
                expected: 3,
                found: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn undecodable_bytes_report_their_line() {
    let (_folder, path) = written("table.csv", b"title;group\nA;x\nB\xf1;y\n");
    let choices = ReadingChoices {
        encoding: Some(TextEncoding::Utf8),
        ..ReadingChoices::default()
    };
    let error = read_table(&path, &choices).unwrap_err();
    assert!(
        matches!(
            error,
            DatasetError::Undecodable {
                line: 3,
                byte: Some(0xf1),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn undecodable_utf_16_reports_its_line() {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(
        "title;group\nA;x\nB"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    // Half a surrogate pair.
    bytes.extend([0x00, 0xd8, b';', 0]);
    let error = table(&bytes).unwrap_err();
    assert!(
        matches!(error, DatasetError::Undecodable { line: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_label_that_stands_twice_in_the_order_is_named() {
    let table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices {
        label_order: Some(["a", "b", "a"].map(str::to_owned).into()),
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let error = Dataset::from_table(&table, &roles, &choices).unwrap_err();
    assert!(matches!(error, DatasetError::LabelTwice { label } if label == "a"));
}

#[test]
fn a_missing_label_column_lists_the_columns_there_are() {
    let error = dataset("title;abstract\nA;b\n").unwrap_err();
    assert!(matches!(error, DatasetError::MissingLabelColumn { .. }));
    assert!(error.to_string().contains("title, abstract"), "{error}");
}

#[test]
fn an_ambiguous_label_column_lists_the_candidates() {
    let error = dataset("title;group;labels\nA;b;c\n").unwrap_err();
    assert!(error.to_string().contains("group, labels"), "{error}");
}

#[test]
fn no_labels_at_all_is_said_with_the_column() {
    let error = dataset("title;group\nA;\nB; \n").unwrap_err();
    assert!(matches!(error, DatasetError::NoLabels { .. }));
    assert!(error.to_string().contains("\"group\""), "{error}");
}

#[test]
fn one_label_only_is_named() {
    let error = dataset("title;group\nA;x\nB;\n").unwrap_err();
    assert!(
        matches!(&error, DatasetError::OneLabelOnly { label, .. } if label == "x"),
        "{error}"
    );
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices {
        title: Some("Titel".into()),
        ..RoleChoices::default()
    };
    let error = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap_err();
    assert!(error.to_string().contains("\"Titel\""), "{error}");
}

#[test]
fn a_cell_that_is_neither_zero_nor_one_reports_line_column_and_value() {
    let table = table(b"title,a,b\nA,1,0\nB,maybe,0\n").unwrap();
    let choices = RoleChoices {
        labels: vec!["a".into(), "b".into()],
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let error = Dataset::from_table(&table, &roles, &choices).unwrap_err();
    assert!(
        matches!(&error, DatasetError::NotAnIndicator { line: 3, value, .. } if value == "maybe"),
        "{error}"
    );
}

#[test]
fn a_column_of_texts_is_refused_as_labels() {
    let mut text = String::from("title,abstract,labels\n");
    for row in 0..1_001 {
        text += &format!("title {row},abstract,sentence {row}\n");
    }
    let table = table(text.as_bytes()).unwrap();
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let error = Dataset::from_table(&table, &roles, &choices).unwrap_err();
    assert!(
        matches!(error, DatasetError::TooManyLabels { found: 1_001, .. }),
        "{error}"
    );
}
