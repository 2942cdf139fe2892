//! Nothing is cut off at the edge, and no text stands on another.

use super::*;
use crate::charts::font;
use crate::charts::picture::{Anchor, Direction, Mark, TextStyle};

/// Left, top, right and bottom.
type Extent = (f64, f64, f64, f64);

/// What capital letters and digits of a text take.
fn text_extent(text: &str, at: (f64, f64), style: TextStyle) -> Extent {
    let width = font::width(text, style.size, style.weight);
    let height = style.size * font::CAPITAL_IN_EM;
    let before = match style.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    match style.direction {
        Direction::Across => {
            let left = at.0 - before;
            (left, at.1 - height, left + width, at.1)
        }
        Direction::Up => {
            let bottom = at.1 + before;
            (at.0 - height, bottom - width, at.0, bottom)
        }
    }
}

fn around(points: &[(f64, f64)], space: f64) -> Extent {
    points
        .iter()
        .fold((f64::MAX, f64::MAX, f64::MIN, f64::MIN), |extent, point| {
            (
                extent.0.min(point.0 - space),
                extent.1.min(point.1 - space),
                extent.2.max(point.0 + space),
                extent.3.max(point.1 + space),
            )
        })
}

fn extent(mark: &Mark) -> Extent {
    match mark {
        Mark::Rectangle { corner, size, .. } => {
            around(&[*corner, (corner.0 + size.0, corner.1 + size.1)], 0.0)
        }
        Mark::Path { points, .. } | Mark::Polygon { points, .. } => around(points, 0.0),
        Mark::Circle { centre, radius, .. } => around(&[*centre], *radius),
        Mark::Text { text, at, style } => text_extent(text, *at, *style),
    }
}

fn overlap(one: Extent, other: Extent) -> bool {
    one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3
}

fn check(data: &ChartData<'_>, style: ChartStyle) {
    let picture = picture(data, style).unwrap();
    let name = data.chart().name();
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let mut texts: Vec<(&str, Extent)> = Vec::new();
    for mark in &picture.marks {
        let (left, top, right, bottom) = extent(mark);
        // Half the margin is left free by all marks.
        let inside =
            left >= 12.0 && top >= 12.0 && right <= width - 12.0 && bottom <= height - 12.0;
        assert!(inside, "{name} of {width} × {height}: {mark:?}");
        if let Mark::Text { text, .. } = mark {
            let taken = extent(mark);
            let other = texts.iter().find(|other| overlap(other.1, taken));
            assert!(other.is_none(), "{name}: {text} stands on {other:?}");
            texts.push((text, taken));
        }
    }
}

#[test]
fn no_text_stands_on_another_however_many_labels_there_are() {
    for labels in [1, 2, 3, 4, 5, 7, 12, 20, 40] {
        let numbers = Numbers::new(samples::names(labels), 60);
        for data in numbers.charts() {
            for style in STYLES {
                check(&data, style);
            }
        }
    }
}

#[test]
fn very_long_names_and_very_large_counts_stay_in_their_places() {
    let names = [
        "Enfermedades raras del adulto ".repeat(40),
        "W".repeat(500),
        "a".into(),
    ];
    let mut numbers = Numbers::new(names.into(), 60);
    for (label, count) in numbers.profile.label_counts.iter_mut().enumerate() {
        *count *= 100_000;
        numbers.profile.together[label][label] = *count;
    }
    numbers.profile.together[0][1] = 1_234_567;
    numbers.profile.labels_a_row[1] += 100_000_000;
    for metrics in &mut numbers.evaluation.metrics.per_label {
        metrics.confusion.true_negatives += 10_000_000;
    }
    for data in numbers.charts() {
        for style in STYLES {
            check(&data, style);
        }
    }
}

#[test]
fn a_run_of_any_length_has_room_for_its_numbers() {
    for (evaluations, epochs) in [(1, 0.02), (1, 1.0), (3, 3.0), (500, 100.0), (40, 1000.0)] {
        let history = samples::history(evaluations, epochs);
        for style in STYLES {
            check(&ChartData::TrainingLoss(&history), style);
            check(&ChartData::TrainingF1(&history), style);
        }
    }
}

#[test]
fn texts_of_any_length_have_room_for_their_counts() {
    for (texts, longest, cut) in [
        (1, 1, 512),
        (5, 31, 8),
        (900, 700, 256),
        (90_000, 40_000, 512),
    ] {
        let lengths = samples::lengths(texts, longest, cut);
        for style in STYLES {
            check(&ChartData::TokenLengths(&lengths), style);
        }
    }
    let mut long = samples::lengths(900, 300, 512);
    long.counts.resize(5000, 0);
    long.counts[4999] = 1;
    for style in STYLES {
        check(&ChartData::TokenLengths(&long), style);
    }
}
