//! Tables that are classified into files, in one go and in several.

use std::path::PathBuf;

use super::*;

const ROWS: usize = 600;

/// A table of 600 rows in a folder of its own.
struct Place {
    folder: tempfile::TempDir,
    table: Table,
}

impl Place {
    fn new() -> Self {
        let mut text = String::from("id;title;abstract;labels\n");
        for row in 0..ROWS {
            let word = |number: usize| tiny::WORDS[(row * number + number) % 12];
            let abstract_text: Vec<&str> = (1..row % 20).map(word).collect();
            let labels = ["heart", "brain", "heart|brain", "", "skin"][row % 5];
            text += &format!(
                "{row};{};\"{}\";{labels}\n",
                word(5),
                abstract_text.join(" ")
            );
        }
        text += ";;;\n";
        text += "last;;;heart\n";
        let (folder, table) = table(&text);
        Self { folder, table }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Classifies into `name` until about so many rows are done.
    fn classify(
        &self,
        classifier: &mut Classifier,
        name: &str,
        until: usize,
    ) -> Result<Option<ClassifiedFile>, TableError> {
        let (stream, output) = (self.table.clone().into(), self.path(name));
        classify_into(
            classifier,
            &stream,
            &roles(&self.table),
            &output,
            &mut |done| done <= until,
        )
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.flatten().map(name).collect();
        names.sort();
        names
    }
}

fn rows_of(path: &Path) -> usize {
    read_table(path, &ReadingChoices::default())
        .unwrap()
        .rows
        .len()
}

#[test]
fn one_go_and_several_give_the_same_bytes() {
    let place = Place::new();
    let mut classifier = classifier(2);
    let at_once = place
        .classify(&mut classifier, "once.csv", usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(at_once.resumed_from, 0);
    assert_eq!(
        at_once.classified.answers,
        classified(&place.table, &mut classifier).answers
    );

    assert!(
        place
            .classify(&mut classifier, "parts.csv", 300)
            .unwrap()
            .is_none()
    );
    assert_eq!(rows_of(&place.path("parts.partial.csv")), 256);
    assert!(
        place
            .classify(&mut classifier, "parts.csv", 530)
            .unwrap()
            .is_none()
    );
    assert_eq!(rows_of(&place.path("parts.partial.csv")), 512);
    let resumed = place
        .classify(&mut classifier, "parts.csv", usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(resumed.resumed_from, 512);
    assert_eq!(place.read("parts.csv"), place.read("once.csv"));
    assert_eq!(resumed.classified.evaluation, at_once.classified.evaluation);
    assert_eq!(resumed.classified.answers, at_once.classified.answers);
    assert_eq!(place.names(), ["articles.csv", "once.csv", "parts.csv"]);
}

#[test]
fn a_torn_end_of_rows_or_journal_is_classified_again() {
    let place = Place::new();
    let mut classifier = classifier(1);
    place
        .classify(&mut classifier, "once.csv", usize::MAX)
        .unwrap()
        .unwrap();
    for torn in ["parts.partial.csv", "parts.partial.csv.journal"] {
        place.classify(&mut classifier, "parts.csv", 530).unwrap();
        let path = place.path(torn);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        let resumed = place
            .classify(&mut classifier, "parts.csv", usize::MAX)
            .unwrap()
            .unwrap();
        assert_eq!(resumed.resumed_from, 256, "{torn}");
        assert_eq!(place.read("parts.csv"), place.read("once.csv"));
    }
}

#[test]
fn rows_that_were_edited_meanwhile_are_not_built_upon() {
    let place = Place::new();
    let mut classifier = classifier(1);
    place.classify(&mut classifier, "parts.csv", 300).unwrap();
    let text = place
        .read("parts.partial.csv")
        .replacen("heart", "HEART", 1);
    std::fs::write(place.path("parts.partial.csv"), text).unwrap();
    let again = place
        .classify(&mut classifier, "parts.csv", usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(again.resumed_from, 0);
    assert!(!place.read("parts.csv").contains("HEART"));
}

#[test]
fn other_thresholds_begin_anew() {
    let place = Place::new();
    let mut classifier = classifier(1);
    place.classify(&mut classifier, "parts.csv", 300).unwrap();
    classifier.model.thresholds[0] = 0.9;
    let again = place
        .classify(&mut classifier, "parts.csv", usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(again.resumed_from, 0);
}

#[test]
fn another_table_begins_anew() {
    let mut place = Place::new();
    let mut classifier = classifier(1);
    place.classify(&mut classifier, "parts.csv", 300).unwrap();
    place.table.source.sha256 = "another".into();
    let again = place
        .classify(&mut classifier, "parts.csv", usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(again.resumed_from, 0);
}

#[test]
fn a_second_session_of_the_same_output_is_kept_out() {
    let place = Place::new();
    let mut classifier = classifier(1);
    place.classify(&mut classifier, "parts.csv", 300).unwrap();
    let journal = std::fs::File::open(place.path("parts.partial.csv.journal")).unwrap();
    journal.lock().unwrap();
    let error = place
        .classify(&mut classifier, "parts.csv", usize::MAX)
        .unwrap_err();
    assert!(
        matches!(error, TableError::Output(OutputError::IsBusy { .. })),
        "{error}"
    );
}

#[test]
fn what_was_left_can_be_discarded() {
    let place = Place::new();
    place
        .classify(&mut classifier(1), "parts.csv", 300)
        .unwrap();
    discard_partial(&place.path("parts.csv")).unwrap();
    discard_partial(&place.path("parts.csv")).unwrap();
    assert_eq!(place.names(), ["articles.csv"]);
}

#[test]
fn the_table_itself_workbooks_and_folders_are_no_outputs() {
    let place = Place::new();
    let mut classifier = classifier(1);
    let error = place
        .classify(&mut classifier, "articles.csv", 0)
        .unwrap_err();
    assert!(
        matches!(error, TableError::Output(OutputError::IsInput { .. })),
        "{error}"
    );
    let error = place.classify(&mut classifier, "out.XLSX", 0).unwrap_err();
    assert!(
        matches!(error, TableError::Output(OutputError::IsWorkbook { .. })),
        "{error}"
    );
    let error = check_output(&place.path("articles.csv"), place.folder.path()).unwrap_err();
    assert!(matches!(error, OutputError::IsFolder { .. }), "{error}");
    // Its unfinished rows would be written over the table.
    std::fs::copy(place.path("articles.csv"), place.path("a.partial.csv")).unwrap();
    let error = check_output(&place.path("a.partial.csv"), &place.path("a.csv")).unwrap_err();
    assert!(matches!(error, OutputError::IsInput { .. }), "{error}");
}

#[test]
fn what_was_given_is_counted_without_rows_that_have_no_text() {
    let place = Place::new();
    let mut classifier = classifier(1);
    let done = place
        .classify(&mut classifier, "out.csv", usize::MAX)
        .unwrap()
        .unwrap();
    let table = done.classified;
    // The blank row of the file is left out when it is read.
    assert_eq!(table.without_text(), 1);
    let counts = table.given_counts();
    assert_eq!(counts[0].0, "heart");
    let given = |row: &Vec<bool>| row.contains(&true);
    let rows: Vec<Vec<bool>> = (0..ROWS)
        .map(|row| table.answers.given.row(row).to_vec())
        .collect();
    let labelled = rows.iter().filter(|row| given(row)).count();
    assert_eq!(ROWS - labelled, table.without_label());
    assert_eq!(counts[1].1, rows.iter().filter(|row| row[1]).count());
}
