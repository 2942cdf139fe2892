//! Tables of every kind, read as articles.

mod refusals;

use std::path::{Path, PathBuf};

use super::*;

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn table(bytes: &[u8]) -> Result<Table, DatasetError> {
    let (_folder, path) = written("table.csv", bytes);
    read_table(&path, &ReadingChoices::default())
}

fn dataset(text: &str) -> Result<Dataset, DatasetError> {
    let table = table(text.as_bytes())?;
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required)?;
    Dataset::from_table(&table, &roles, &choices)
}

const SMALL: &str = "title;abstract;group\nA;\"one; two\nthree\";b|a\nB;;\nC;four;a\n";

#[test]
fn quoted_separators_and_line_breaks_belong_to_the_cell() {
    let table = table(SMALL.as_bytes()).unwrap();
    assert_eq!(table.rows[0], ["A", "one; two\nthree", "b|a"]);
    assert_eq!(table.lines, [2, 4, 5]);
    assert_eq!(table.source.separator, Some(';'));
}

#[test]
fn every_separator_and_line_end_gives_the_same_rows() {
    let expected = table(b"title,abstract,group\nA,x y,a\nB,z,b\n")
        .unwrap()
        .rows;
    for separator in [";", "\t", ",", "|"] {
        for ending in ["\n", "\r\n", "\r"] {
            let text = ["title,abstract,group", "A,x y,a", "B,z,b", ""].join(ending);
            let text = text.replace(',', separator);
            assert_eq!(table(text.as_bytes()).unwrap().rows, expected, "{text:?}");
        }
    }
}

#[test]
fn a_table_of_one_column_holds_commas_and_semicolons_in_its_cells() {
    let text =
        "title\nStroke, again; and again\nA short one\n\"Quoted, too\"\nOne | more, and the last\n";
    let table = table(text.as_bytes()).unwrap();
    assert_eq!(table.headers, ["title"]);
    assert_eq!(table.rows[0], ["Stroke, again; and again"]);
    assert_eq!(table.rows[2], ["Quoted, too"]);
    assert_eq!(table.rows[3], ["One | more, and the last"]);
}

#[test]
fn every_encoding_is_recognised() {
    let text = "titulo;resumen;etiquetas\nCorazón;señal;a\nÓrgano;niño;b\n";
    let utf16 =
        |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let files = [
        (text.as_bytes().to_vec(), TextEncoding::Utf8),
        (
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            TextEncoding::Utf8,
        ),
        (
            [b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat(),
            TextEncoding::Utf16LittleEndian,
        ),
        (
            [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(),
            TextEncoding::Utf16BigEndian,
        ),
        (utf16(u16::to_le_bytes), TextEncoding::Utf16LittleEndian),
        (windows.to_vec(), TextEncoding::Windows1252),
    ];
    for (bytes, encoding) in files {
        let table = table(&bytes).unwrap();
        assert_eq!(table.source.encoding, Some(encoding));
        assert_eq!(table.rows[1], ["Órgano", "niño", "b"]);
        assert_eq!(table.headers[0], "titulo");
    }
}

#[test]
fn labels_are_sorted_and_a_row_may_have_none() {
    let dataset = dataset(SMALL).unwrap();
    assert_eq!(dataset.labels, ["a", "b"]);
    assert_eq!(
        dataset.targets.values(),
        [true, true, false, false, true, false]
    );
    assert_eq!(dataset.documents[1].text(), "B");
}

#[test]
fn labels_take_the_order_that_is_given() {
    let table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices {
        label_order: Some(vec!["b".into(), "a".into()]),
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let dataset = Dataset::from_table(&table, &roles, &choices).unwrap();
    assert_eq!(dataset.labels, ["b", "a"]);
    assert_eq!(dataset.targets.row(2), [false, true]);
}

#[test]
fn one_column_of_zeros_and_ones_a_label_gives_the_same_labels() {
    let table = table(b"title,a,b\nA,1,1\nB,0,0\nC,1,0\n").unwrap();
    let choices = RoleChoices {
        labels: vec!["a".into(), "b".into()],
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let dataset_ = Dataset::from_table(&table, &roles, &choices).unwrap();
    assert_eq!(dataset_.targets, dataset(SMALL).unwrap().targets);
}

#[test]
fn columns_of_zeros_and_ones_are_found_where_no_column_names_labels() {
    let text = "title;brain;heart;year\nA;1;0;1999\nB;0;1;2001\nC;;;2003\n";
    let found = dataset(text).unwrap();
    assert_eq!(found.labels, ["brain", "heart"]);
    let expected = [true, false, false, true, false, false];
    assert_eq!(found.targets.values(), expected);
}

#[test]
fn yes_and_no_are_understood_in_both_languages() {
    let table = table("title;brain;heart\nA;yes;No\nB;sí;x\nC;n;FALSE\n".as_bytes()).unwrap();
    let choices = RoleChoices {
        labels: ["brain", "heart"].map(str::to_owned).into(),
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let found = Dataset::from_table(&table, &roles, &choices).unwrap();
    let expected = [true, false, true, true, false, false];
    assert_eq!(found.targets.values(), expected);
}

#[test]
fn the_separator_of_labels_is_found_by_what_comes_back() {
    for separator in ["|", ";", "/", ","] {
        let text = format!("title\tgroup\nA\tx{separator}y\nB\ty\nC\tx\n");
        assert_eq!(dataset(&text).unwrap().labels, ["x", "y"], "{separator}");
    }
}

#[test]
fn unknown_labels_are_counted_and_left_out() {
    let table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Optional).unwrap();
    let matched = match_known(
        &table.into(),
        &roles,
        &["b".into()],
        &Corrections::default(),
    )
    .unwrap();
    assert_eq!(matched.targets.unwrap().values(), [true, false, false]);
    assert_eq!(matched.unknown_labels, BTreeMap::from([("a".into(), 2)]));
    // The last row has no other label, so that nothing is known of it.
    assert_eq!(matched.judged, [0, 1]);
}

#[test]
fn a_single_odd_control_character_is_no_reason_to_refuse_a_table() {
    let table = table(b"title;group\nA\x0bB;x\nC;y\n").unwrap();
    assert_eq!(table.rows[0][0], "A\u{b}B");
}

#[test]
fn lines_are_told_with_every_line_end() {
    for ending in ["\n", "\r\n", "\r"] {
        let text = ["title;group", "A;\"x", "y\"", "", "B;z", "C;x;y"].join(ending);
        let error = table(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, DatasetError::RaggedRow { line: 6, .. }),
            "{ending:?}: {error}"
        );
    }
}

#[test]
fn rows_without_anything_in_them_are_left_out_and_counted() {
    let table = table(b"title;group\nA;x\n;\n\nB;y\n ; \n").unwrap();
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.lines, [2, 5]);
    assert_eq!((table.source.rows, table.source.blank_rows), (2, 2));
}

#[test]
fn a_first_line_that_names_the_separator_is_understood() {
    let table = table(b"sep=;\r\ntitle;group\r\nA, b;x\r\n").unwrap();
    assert_eq!(table.headers, ["title", "group"]);
    assert_eq!((table.lines[0], table.source.separator), (3, Some(';')));
}

#[test]
fn a_separator_within_one_label_does_not_take_it_apart() {
    let mut text = String::from("title\tgroup\n");
    for row in 0..20 {
        text += &format!("A{row}\tHIV/AIDS\nB{row}\tNeoplasms, Breast\nC{row}\tFlu\n");
    }
    let labels = dataset(&text).unwrap().labels;
    assert_eq!(labels, ["Flu", "HIV/AIDS", "Neoplasms, Breast"]);
}

#[test]
fn a_column_plays_one_role_alone() {
    let table = table(b"text;group\nA;x\nB;y\n").unwrap();
    let choices = RoleChoices {
        title: Some("text".into()),
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    assert_eq!((roles.title, roles.abstract_text), (Some(0), None));
}

#[test]
fn an_empty_name_means_that_there_is_no_such_column() {
    let table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices {
        abstract_text: Some(String::new()),
        ..RoleChoices::default()
    };
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    assert_eq!((roles.title, roles.abstract_text), (Some(0), None));
}

#[test]
fn documents_of_no_bytes_and_of_ten_million_are_read() {
    let long = "word ".repeat(2_000_000);
    let text = format!("title;abstract;group\n;;a\nB;{long};b\n");
    let dataset = dataset(&text).unwrap();
    assert_eq!(dataset.documents[0].text(), "");
    assert_eq!(dataset.documents[1].text().len(), 2 + 9_999_999);
}

#[test]
fn the_real_table_has_its_rows_and_labels() {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/medical-abstracts.csv"
    ));
    if !path.exists() {
        println!("skipped: the_real_table_has_its_rows_and_labels (no ../shared)");
        return;
    }
    let table = read_table(path, &ReadingChoices::default()).unwrap();
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let dataset = Dataset::from_table(&table, &roles, &choices).unwrap();
    assert_eq!(dataset.documents.len(), 2_852);
    assert_eq!(
        dataset.labels,
        [
            "cardiovascular",
            "hepatorenal",
            "neurological",
            "oncological"
        ]
    );
}

#[test]
fn the_samples_are_read_as_they_were_saved() {
    let samples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"));
    for (file, rows, encoding) in [
        ("abstracts-en.csv", 248, TextEncoding::Utf8),
        ("resumenes-es.csv", 62, TextEncoding::Windows1252),
    ] {
        let table = read_table(&samples.join(file), &ReadingChoices::default()).unwrap();
        assert_eq!(
            (table.source.rows, table.source.encoding),
            (rows, Some(encoding))
        );
        let choices = RoleChoices::default();
        let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
        let dataset = Dataset::from_table(&table, &roles, &choices).unwrap();
        assert_eq!(dataset.labels.len(), 4, "{file}");
    }
}

#[test]
fn texts_that_are_taken_out_of_a_table_make_the_same_articles() {
    let mut table = table(SMALL.as_bytes()).unwrap();
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    let copied = Dataset::from_table(&table, &roles, &choices).unwrap();
    let nothing = Corrections::default();
    let (taken, effects) = Dataset::corrected(&mut table, &roles, &choices, &nothing).unwrap();
    assert_eq!((taken, effects.used), (copied, table.rows.len()));
    assert_eq!(table.rows[0][roles.title.unwrap()], "");
}

/// All rows of a stream in parts of so many rows, with their lines.
fn in_parts(stream: &TableStream, first: usize, rows: usize) -> (Vec<Vec<String>>, Vec<u64>) {
    let parts: Vec<Table> = stream
        .parts(first, rows)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(parts.iter().all(|part| part.rows.len() <= rows));
    let lines = parts.iter().flat_map(|part| part.lines.clone()).collect();
    (
        parts.into_iter().flat_map(|part| part.rows).collect(),
        lines,
    )
}

#[test]
fn rows_that_are_not_kept_are_read_from_the_file_as_they_would_have_been_kept() {
    for (encoding, ending, head) in [
        (TextEncoding::Utf8, "\n", ""),
        (TextEncoding::Utf8, "\r\n", "sep=;"),
        (TextEncoding::Windows1252, "\r", ""),
    ] {
        let mut lines = vec![head.to_owned(), "title;abstract".to_owned()];
        if head.is_empty() {
            lines.remove(0);
        }
        for row in 0..3_000 {
            lines.push(format!(
                "corazón {row};\"{}\n{row}\"",
                "ñ ".repeat(row % 70)
            ));
            if row % 100 == 7 {
                lines.extend([String::new(), ";".into()]);
            }
        }
        let text = lines.join(ending);
        let bytes = match encoding {
            TextEncoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            _ => text.into_bytes(),
        };
        let (_folder, path) = written("table.csv", &bytes);
        let whole = read_table(&path, &ReadingChoices::default()).unwrap();
        assert_eq!(whole.source.encoding, Some(encoding));
        assert_eq!((whole.rows.len(), whole.source.blank_rows), (3_000, 30));
        let stream = TableStream::open_keeping(&path, &ReadingChoices::default(), 10).unwrap();
        assert_eq!(stream.beginning().rows, whole.rows[..10]);
        assert_eq!(stream.beginning().source, whole.source);
        for (first, rows) in [(0, 700), (5, 10_000), (2_999, 1), (3_000, 5)] {
            let read = in_parts(&stream, first, rows);
            assert_eq!(read.0, whole.rows[first..], "{ending:?}");
            assert_eq!(read.1, whole.lines[first..], "{ending:?}");
        }
    }
}

#[test]
fn a_file_that_was_changed_meanwhile_is_not_read_on() {
    let (_folder, path) = written("table.csv", b"title;group\nA;x\nB;y\nC;x\n");
    let stream = TableStream::open_keeping(&path, &ReadingChoices::default(), 1).unwrap();
    std::fs::write(&path, b"title;group\nA;x\n").unwrap();
    let error = stream.parts(0, 10).err().unwrap();
    assert!(matches!(error, DatasetError::Unreadable { .. }), "{error}");
}

#[test]
fn characters_across_the_pieces_that_are_read_are_whole() {
    // Three bytes each, so that pieces of a power of two end within one.
    let word = "€".repeat(100_000);
    let text = format!("title;group\n{word};x\nB;y\n");
    let table = table(text.as_bytes()).unwrap();
    assert_eq!(table.source.encoding, Some(TextEncoding::Utf8));
    assert_eq!(table.rows[0][0], word);
    let mut bytes = text.into_bytes();
    let place = bytes.len() - 6;
    bytes[place] = 0xff;
    let (_folder, path) = written("table.csv", &bytes);
    let choices = ReadingChoices {
        encoding: Some(TextEncoding::Utf8),
        ..ReadingChoices::default()
    };
    let error = read_table(&path, &choices).unwrap_err();
    assert!(
        matches!(
            error,
            DatasetError::Undecodable {
                line: 2,
                byte: Some(0xff),
                ..
            }
        ),
        "{error}"
    );
}
