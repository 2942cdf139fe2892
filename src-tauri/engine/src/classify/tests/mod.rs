//! Classifying with the tiny model.

mod batch;

use super::*;
use std::path::Path;

use crate::dataset::{
    ColumnRoles, Corrections, LabelsNeeded, ReadingChoices, RoleChoices, Table, assign_roles,
    read_table,
};
use crate::library::model::ModelLibrary;
use crate::library::tiny;

fn classifier(threads: usize) -> Classifier {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&ModelLibrary::new(home.path().into()), "one");
    Classifier::load(
        TrainedModel::open(&folder).unwrap(),
        Computing::on_processor(threads),
    )
    .unwrap()
}

fn document(words: usize) -> Document {
    let text: Vec<&str> = (0..words).map(|word| tiny::WORDS[word * 5 % 12]).collect();
    Document {
        id: None,
        title: "heart study".into(),
        abstract_text: text.join(" "),
    }
}

fn table(text: &str) -> (tempfile::TempDir, Table) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("articles.csv");
    std::fs::write(&path, text).unwrap();
    let table = read_table(&path, &ReadingChoices::default()).unwrap();
    (folder, table)
}

fn roles(table: &Table) -> ColumnRoles {
    assign_roles(table, &RoleChoices::default(), LabelsNeeded::Optional).unwrap()
}

fn classified(table: &Table, classifier: &mut Classifier) -> ClassifiedTable {
    let stream = table.clone().into();
    let done = classify_table(classifier, &stream, &roles(table), &mut |_| true);
    done.unwrap().unwrap()
}

/// The same in a file.
fn written(table: &Table, classifier: &mut Classifier, output: &Path) -> ClassifiedTable {
    let stream = table.clone().into();
    let done = classify_into(classifier, &stream, &roles(table), output, &mut |_| true);
    done.unwrap().unwrap().classified
}

#[test]
fn an_article_is_answered_with_thresholds_and_with_what_was_read() {
    let answer = classifier(1).classify(&document(20)).unwrap();
    let labels: Vec<&str> = answer
        .labels
        .iter()
        .map(|label| label.label.as_str())
        .collect();
    assert_eq!(labels, tiny::LABELS);
    for label in &answer.labels {
        assert_eq!(label.given, label.score >= label.threshold);
    }
    assert_eq!(
        (answer.labels[0].threshold, answer.labels[1].threshold),
        (0.5, 0.25)
    );
    // 22 words, [CLS] and [SEP]; the model reads 16.
    assert_eq!((answer.word_pieces, answer.cut), (24, 8));
}

#[test]
fn many_articles_are_answered_in_their_order_as_each_alone() {
    let documents: Vec<Document> = [9, 0, 14, 3, 11].map(document).into();
    let mut classifier = classifier(2);
    let answers = classifier
        .classify_all(&documents, &mut |_| true)
        .unwrap()
        .unwrap();
    for (row, document) in documents.iter().enumerate() {
        let alone = classifier.classify(document).unwrap();
        for (label, score) in alone.labels.iter().zip(answers.scores.row(row)) {
            assert!((label.score - score).abs() < 1e-6, "row {row}");
        }
        assert_eq!(answers.lengths[row], (alone.word_pieces, alone.cut));
    }
}

#[test]
fn articles_of_no_bytes_and_of_ten_million_are_classified() {
    let long = Document {
        abstract_text: "heart stroke ".repeat(800_000),
        ..Document::default()
    };
    let answers = classifier(2)
        .classify_all(&[Document::default(), long], &mut |_| true)
        .unwrap()
        .unwrap();
    assert_eq!(answers.lengths, [(2, 0), (1_600_002, 1_599_986)]);
    assert!(
        answers
            .scores
            .values()
            .iter()
            .all(|score| score.is_finite())
    );
}

#[test]
fn a_stop_gives_no_answers() {
    let documents: Vec<Document> = (0..300).map(|words| document(words % 20)).collect();
    let answers = classifier(1)
        .classify_all(&documents, &mut |_| false)
        .unwrap();
    assert_eq!(answers, None);
}

#[test]
fn a_classified_table_has_the_same_rows_columns_and_order_and_more() {
    let (folder, table) =
        table("pmid;title;abstract;year\n3;heart;\"of; the\n\"\"trial\"\"\";1999\n1;brain;;2001\n");
    let mut classifier = classifier(1);
    let output = folder.path().join("out.csv");
    let classified = written(&table, &mut classifier, &output);
    assert!(classified.evaluation.is_none());
    let again = read_table(&output, &ReadingChoices::default()).unwrap();
    assert_eq!(again.headers[..4], table.headers[..]);
    assert_eq!(
        again.headers[4..],
        [
            "predicted labels",
            "score: heart",
            "score: brain",
            "word pieces cut"
        ]
    );
    for (row, before) in again.rows.iter().zip(&table.rows) {
        assert_eq!(row[..4], before[..]);
    }
    assert_eq!(again.source.separator, Some(';'));
    let score: f64 = again.rows[1][5].parse().unwrap();
    assert!((score - classified.answers.scores.row(1)[0]).abs() < 1e-6);
}

#[test]
fn a_table_that_is_classified_twice_keeps_the_first_answers() {
    let (folder, first) = table("title,abstract\nheart,study\nbrain,trial\n");
    let mut classifier = classifier(1);
    let output = folder.path().join("out.csv");
    written(&first, &mut classifier, &output);
    let second = read_table(&output, &ReadingChoices::default()).unwrap();
    let again = classified(&second, &mut classifier);
    assert_eq!(again.added[0], "predicted labels (2)");
}

#[test]
fn a_table_with_labels_is_scored_and_unknown_labels_are_left_out() {
    let (_folder, table) = table(
        "title,abstract,labels\nheart,study,heart|skin\nbrain,trial,brain\nstroke,trial,skin\n",
    );
    let classified = classified(&table, &mut classifier(1));
    assert_eq!(classified.unknown_labels, [("skin".to_owned(), 2)].into());
    let evaluation = classified.evaluation.unwrap();
    assert_eq!(evaluation.labels, tiny::LABELS);
    assert_eq!((evaluation.rows, classified.left_out), (vec![0, 1], 1));
    assert_eq!(evaluation.targets.values(), [true, false, false, true]);
}

#[test]
fn labels_are_renamed_and_dropped_as_those_that_the_model_learned_from() {
    let (_folder, table) = table(
        "title,abstract,labels\nheart,study,Heart_1|skin\nbrain,trial,brain|other\nstroke,trial,other\n",
    );
    let mut classifier = classifier(1);
    let manifest = classifier.model.manifest.as_mut().unwrap();
    manifest.corrections = Corrections {
        renamed_labels: [("Heart_1".to_owned(), "heart".to_owned())].into(),
        dropped_labels: ["other".to_owned()].into(),
        ..Corrections::default()
    };
    let classified = classified(&table, &mut classifier);
    assert_eq!(classified.unknown_labels, [("skin".to_owned(), 1)].into());
    let evaluation = classified.evaluation.unwrap();
    assert_eq!(evaluation.rows, [0, 1, 2]);
    let expected = [true, false, false, true, false, false];
    assert_eq!(evaluation.targets.values(), expected);
}

#[test]
fn columns_of_zeros_and_ones_named_as_the_labels_are_scored() {
    let (_folder, table) = table("title,abstract,brain,heart\nheart,study,0,1\nbrain,trial,1,0\n");
    let evaluation = classified(&table, &mut classifier(1)).evaluation.unwrap();
    assert_eq!(evaluation.targets.values(), [true, false, false, true]);
}

#[test]
fn a_row_without_text_gets_no_answer() {
    let (_folder, table) = table("id,title,abstract\n1,heart,study\n2,,\n");
    let classified = classified(&table, &mut classifier(1));
    assert_eq!(classified.added_cells(0).last().unwrap(), "0");
    assert_eq!(classified.added_cells(1), ["", "", "", ""]);
}

#[test]
fn a_model_whose_thresholds_changed_is_no_longer_current() {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&ModelLibrary::new(home.path().into()), "one");
    let classifier = Classifier::load(
        TrainedModel::open(&folder).unwrap(),
        Computing::on_processor(1),
    )
    .unwrap();
    assert!(classifier.is_current());
    let path = folder.join("etiqueta.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("0.25", "0.75")).unwrap();
    assert!(!classifier.is_current());
}

#[test]
fn a_cut_text_is_read_until_the_end_of_its_last_word_piece() {
    let mut long = document(20);
    long.title = "  heart stúdy".into();
    let classifier = classifier(1);
    let until = classifier.read_until(&long).unwrap();
    let read: String = long.text().chars().take(until).collect();
    // The model reads 14 words of the 22.
    assert_eq!(read.split_whitespace().count(), 14, "{read}");
    assert_eq!(long.text().chars().nth(until), Some(' '));
    assert_eq!(classifier.read_until(&document(3)), None);
}
