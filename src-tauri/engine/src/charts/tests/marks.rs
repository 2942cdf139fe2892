//! The marks of each SVG are counted against the numbers.

use super::svg::{Element, in_colour, texts};
use super::*;

/// Colours of the light theme.
const FIRST: &str = "#0072B2";
const SECOND: &str = "#D55E00";
const NEUTRAL: &str = "#8B95A1";

fn drawn(data: ChartData<'_>) -> Vec<Element> {
    svg::read(&draw_svg(&data, ENGLISH).unwrap())
}

fn count(elements: &[Element], name: &str, colour: &str) -> usize {
    in_colour(elements, name, colour).count()
}

fn all(elements: &[Element], name: &str) -> usize {
    elements
        .iter()
        .filter(|element| element.name == name)
        .count()
}

#[test]
fn every_evaluation_of_a_run_is_marked_and_the_best_is_named() {
    let history = samples::history(6, 3.0);
    let loss = drawn(ChartData::TrainingLoss(&history));
    // One more stands before the series' name.
    assert_eq!(count(&loss, "circle", FIRST), 6 + 1);
    assert_eq!(count(&loss, "polyline", SECOND), 1 + 1);
    assert!(texts(&loss).contains(&"best model, epoch 2"));
    let f1 = drawn(ChartData::TrainingF1(&history));
    assert_eq!(count(&f1, "circle", FIRST), 6 + 1);
    assert_eq!(count(&f1, "polygon", SECOND), 6 + 1);
    assert!(texts(&f1).contains(&"best model, epoch 2"));
}

#[test]
fn the_training_line_has_a_point_for_every_stretch() {
    let history = samples::history(1, 3.0);
    let loss = drawn(ChartData::TrainingLoss(&history));
    let points = in_colour(&loss, "polyline", SECOND);
    let points = points.map(|line| line.attribute("points").split_whitespace().count());
    assert_eq!(points.max(), Some(200));
}

#[test]
fn a_run_that_has_hardly_begun_says_so() {
    let mut history = TrainingHistory::default();
    let message = |data: ChartData<'_>| texts(&drawn(data))[2].to_owned();
    assert_eq!(
        message(ChartData::TrainingLoss(&history)),
        "Training has not begun"
    );
    assert_eq!(
        message(ChartData::TrainingF1(&history)),
        "No evaluation yet"
    );
    history = samples::history(1, 1.0);
    history.losses.truncate(1);
    let loss = drawn(ChartData::TrainingLoss(&history));
    assert_eq!(count(&loss, "circle", SECOND), 1);
    history.validations[0].loss = f64::NAN;
    assert!(
        !draw_svg(&ChartData::TrainingLoss(&history), ENGLISH)
            .unwrap()
            .contains("NaN")
    );
}

#[test]
fn every_label_has_a_dot_a_whisker_and_the_baselines_tick() {
    let evaluation = samples::evaluation_of(samples::names(7), 300, true);
    let elements = drawn(ChartData::LabelF1(&evaluation));
    // The last label is nowhere: it has neither F1 nor interval. The key has one of each.
    assert_eq!(count(&elements, "circle", FIRST), 6 + 1);
    assert_eq!(count(&elements, "polygon", FIRST), 2);
    assert_eq!(count(&elements, "polyline", FIRST), 3 * (6 + 2) + 1);
    assert_eq!(count(&elements, "polyline", SECOND), 7 + 2 + 1);
    let shown = texts(&elements);
    assert!(shown.contains(&"n/a") && shown.contains(&"Test, 300 articles"));
    assert!(shown.contains(&"n/a: no article has the label, and none was given it"));
}

#[test]
fn dots_stand_where_their_f1_is() {
    let evaluation = samples::evaluation(2, 300);
    let elements = drawn(ChartData::LabelF1(&evaluation));
    let ticks = elements.iter().filter(|element| element.name == "text");
    let tick = |text: &str| {
        let mut found = ticks.clone().filter(|tick| tick.text == text);
        found.next().unwrap().number("x")
    };
    let (zero, one) = (tick("0.00"), tick("1.00"));
    let mut f1: Vec<f64> = evaluation
        .metrics
        .per_label
        .iter()
        .filter_map(|label| label.rates.f1)
        .collect();
    f1.sort_by(|one, other| other.total_cmp(one));
    let dots = in_colour(&elements, "circle", FIRST).skip(1);
    for (dot, f1) in dots.zip(f1) {
        let shown = (dot.number("cx") - zero) / (one - zero);
        assert!((shown - f1).abs() < 0.001, "{shown} {f1}");
    }
}

#[test]
fn without_a_baseline_there_is_no_tick_and_no_word_of_it() {
    let mut evaluation = samples::evaluation(3, 100);
    evaluation.baseline = None;
    let elements = drawn(ChartData::LabelF1(&evaluation));
    assert_eq!(count(&elements, "polyline", SECOND), 0);
    assert!(!texts(&elements).contains(&"linear baseline"));
}

#[test]
fn every_label_has_four_cells_with_its_counts() {
    let evaluation = samples::evaluation(5, 300);
    let elements = drawn(ChartData::Confusion(&evaluation));
    assert_eq!(all(&elements, "rect"), 4 * 5 + 1);
    let shown = texts(&elements);
    for metrics in &evaluation.metrics.per_label {
        let cells = metrics.confusion;
        for count in [
            cells.true_positives,
            cells.false_negatives,
            cells.false_positives,
        ] {
            assert!(shown.contains(&count.to_string().as_str()), "{count}");
        }
    }
    assert_eq!(
        shown.iter().filter(|&&text| text == "false alarms").count(),
        5
    );
}

#[test]
fn every_label_that_defines_them_has_its_curves_and_its_operating_point() {
    let evaluation = samples::evaluation_of(samples::names(7), 300, true);
    for data in [
        ChartData::PrecisionRecall(&evaluation),
        ChartData::Roc(&evaluation),
    ] {
        let elements = drawn(data);
        assert_eq!(count(&elements, "polyline", FIRST), 6);
        assert_eq!(count(&elements, "circle", SECOND), 6 + 1);
        assert!(texts(&elements).contains(&"n/a"));
    }
    let elements = drawn(ChartData::PrecisionRecall(&evaluation));
    let first = evaluation.metrics.per_label[0].average_precision.unwrap();
    assert!(texts(&elements).contains(&format!("{first:.2}").as_str()));
}

#[test]
fn the_operating_point_lies_on_the_curve() {
    let evaluation = samples::evaluation(1, 400);
    for data in [
        ChartData::PrecisionRecall(&evaluation),
        ChartData::Roc(&evaluation),
    ] {
        let elements = drawn(data);
        let dot = in_colour(&elements, "circle", SECOND).nth(1).unwrap();
        let (x, y) = (dot.number("cx"), dot.number("cy"));
        let line = in_colour(&elements, "polyline", FIRST).next().unwrap();
        let points: Vec<(f64, f64)> = line
            .attribute("points")
            .split_whitespace()
            .map(|point| point.split_once(',').unwrap())
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        let near = points.windows(2).any(|pair| {
            let inside = |at: f64, from: f64, to: f64| {
                (from.min(to) - 6.0..=from.max(to) + 6.0).contains(&at)
            };
            inside(x, pair[0].0, pair[1].0) && inside(y, pair[0].1, pair[1].1)
        });
        assert!(near, "{x} {y}");
    }
}

#[test]
fn a_curve_of_ten_thousand_points_is_drawn_with_what_can_be_seen() {
    let evaluation = samples::evaluation(1, 10_000);
    let elements = drawn(ChartData::PrecisionRecall(&evaluation));
    let line = in_colour(&elements, "polyline", FIRST).next().unwrap();
    let points = line.attribute("points").split_whitespace().count();
    assert!((100..4 * 841).contains(&points), "{points}");
}

#[test]
fn bars_are_as_long_as_their_counts_and_sorted() {
    let profile = samples::profile_of(samples::names(4), 500);
    let elements = drawn(ChartData::LabelCounts(&profile));
    let bars: Vec<f64> = in_colour(&elements, "rect", FIRST)
        .map(|bar| bar.number("width"))
        .collect();
    let mut counts = profile.label_counts.clone();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(bars.len(), 4);
    for (bar, count) in bars.iter().zip(&counts) {
        let expected = bars[0] * *count as f64 / counts[0] as f64;
        assert!((bar - expected).abs() <= 1.0, "{bar} {expected}");
    }
    assert_eq!(count(&elements, "rect", NEUTRAL), 1);
    assert!(texts(&elements).contains(&profile.labels_a_row[0].to_string().as_str()));
}

#[test]
fn every_pair_of_labels_has_a_cell_with_its_count() {
    let profile = samples::profile_of(samples::names(6), 500);
    let elements = drawn(ChartData::CoOccurrence(&profile));
    assert_eq!(all(&elements, "rect"), 6 * 6 + 1);
    for count in profile.together.iter().flatten() {
        assert!(
            texts(&elements).contains(&count.to_string().as_str()),
            "{count}"
        );
    }
}

#[test]
fn of_very_many_labels_the_most_frequent_pairs_are_drawn() {
    let profile = samples::profile_of(samples::names(75), 200);
    let elements = drawn(ChartData::CoOccurrence(&profile));
    assert_eq!(all(&elements, "rect"), 60 * 60 + 1);
    assert!(texts(&elements)[1].ends_with("(60 most frequent of 75 labels)"));
}

#[test]
fn texts_that_are_cut_stand_beyond_the_line_in_another_colour() {
    let lengths = LengthHistogram {
        bin_width: 32,
        counts: vec![5, 10, 0, 4, 1],
        cut: 96,
        texts_cut: 5,
        word_pieces: 1000,
        word_pieces_cut: 100,
    };
    let elements = drawn(ChartData::TokenLengths(&lengths));
    assert_eq!(count(&elements, "rect", FIRST), 2);
    assert_eq!(count(&elements, "rect", NEUTRAL), 2);
    let shown = texts(&elements);
    assert!(shown.contains(&"cut at 96"));
    let subtitle = "20 texts, 50 word pieces on average · cut at 96: 25% of the texts, \
                    10% of the word pieces";
    assert!(shown.contains(&subtitle), "{shown:?}");
}

#[test]
fn validation_is_called_optimistic_in_both_languages() {
    let mut evaluation = samples::evaluation(2, 50);
    evaluation.part = crate::evaluation::EvaluatedPart::Validation;
    for (style, words) in [
        (STYLES[0], "Validation, optimistic, 50 articles"),
        (STYLES[2], "Validación, optimista, 50 artículos"),
    ] {
        let elements = svg::read(&draw_svg(&ChartData::Roc(&evaluation), style).unwrap());
        assert!(texts(&elements).contains(&words));
    }
}
