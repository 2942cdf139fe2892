//! The tables beside the pictures.

use super::*;
use crate::evaluation::Ranking;

#[test]
fn every_row_of_a_table_has_a_cell_for_every_column() {
    for labels in [0, 1, 7] {
        let numbers = Numbers::new(samples::names(labels), 40);
        for data in numbers.charts() {
            for language in [Language::English, Language::Spanish] {
                let table = table(&data, language).unwrap();
                let columns = table.headers.len();
                assert!(columns > 0 && table.rows.iter().all(|row| row.len() == columns));
            }
        }
    }
}

#[test]
fn the_table_of_f1_has_the_averages_and_the_labels_from_best_to_worst() {
    let evaluation = samples::evaluation_of(samples::names(7), 200, true);
    let table = table(&ChartData::LabelF1(&evaluation), Language::Spanish).unwrap();
    assert_eq!(table.headers[5], "Artículos");
    assert_eq!(table.rows.len(), 2 + 7);
    assert_eq!(table.rows[0][0], Cell::Text("Promedio macro".into()));
    let f1: Vec<f64> = table.rows[2..8]
        .iter()
        .map(|row| match row[1] {
            Cell::Number(f1) => f1,
            _ => panic!("{row:?}"),
        })
        .collect();
    assert!(f1.is_sorted_by(|one, next| one >= next), "{f1:?}");
    let undefined = &table.rows[8];
    assert_eq!(
        undefined[1..4],
        [Cell::Missing, Cell::Missing, Cell::Missing]
    );
    assert_eq!(undefined[5], Cell::Count(0));
}

#[test]
fn the_table_of_a_curve_has_the_operating_point_and_all_points() {
    let evaluation = samples::evaluation(2, 300);
    let table = table(&ChartData::Roc(&evaluation), Language::English).unwrap();
    assert_eq!(table.rows[0][2], Cell::Text("at the threshold".into()));
    assert_eq!(table.rows[0][3], Cell::Number(0.5));
    // Nothing is given at the first point of a curve: its threshold is no number.
    assert_eq!(
        table.rows[1][3..],
        [Cell::Missing, Cell::Number(0.0), Cell::Number(0.0)]
    );
    let ranking = Ranking::of_label(&evaluation.targets, &evaluation.scores, 0);
    let points = ranking.roc_curve().unwrap().len();
    let label = Cell::Text(evaluation.labels[0].clone());
    let rows = table.rows.iter().filter(|row| row[0] == label).count();
    // The operating point and all points.
    assert_eq!(rows, 1 + points);
}

#[test]
fn the_table_of_losses_has_both_losses_of_an_epoch_in_one_row() {
    let history = samples::history(2, 1.0);
    let losses = table(&ChartData::TrainingLoss(&history), Language::English).unwrap();
    assert_eq!(
        losses.headers,
        ["epoch", "training loss", "validation loss"]
    );
    assert_eq!(losses.rows.len(), 200);
    let last = losses.rows.last().unwrap();
    assert!(
        last.iter().all(|cell| matches!(cell, Cell::Number(_))),
        "{last:?}"
    );
    let f1 = table(&ChartData::TrainingF1(&history), Language::English).unwrap();
    let best: Vec<&Cell> = f1.rows.iter().map(|row| &row[3]).collect();
    assert_eq!(best, [&Cell::Text("yes".into()), &Cell::Text("no".into())]);
}

#[test]
fn the_tables_of_a_profile_are_its_counts() {
    let profile = samples::profile_of(samples::names(3), 100);
    let counts = table(&ChartData::LabelCounts(&profile), Language::English).unwrap();
    assert_eq!(counts.rows.len(), 3 + 1);
    assert_eq!(counts.rows[3][0], Cell::Text("without a label".into()));
    assert_eq!(counts.rows[3][1], Cell::Count(profile.labels_a_row[0]));
    let pairs = table(&ChartData::CoOccurrence(&profile), Language::English).unwrap();
    assert_eq!(pairs.rows[0][1], counts.rows[0][1]);
    assert_eq!(pairs.rows[0][2], pairs.rows[1][1]);
    let lengths = table(
        &ChartData::TokenLengths(&profile.lengths),
        Language::English,
    )
    .unwrap();
    let first = [
        Cell::Count(1),
        Cell::Count(32),
        Cell::Count(profile.lengths.counts[0]),
    ];
    assert_eq!(lengths.rows[0], first);
    assert_eq!(lengths.rows.len(), profile.lengths.counts.len());
}
