//! `etiqueta evaluate`

use std::collections::BTreeMap;

use engine::dataset::{ColumnRoles, LabelColumns, Table, TableStream};
use engine::evaluation::{EvaluatedPart, Evaluation, Interval};
use engine::jobs::{column_names, evaluate_table};
use engine::library::model::{Columns, TrainedModel};

use super::devices::load_classifier;
use crate::arguments::{Evaluate, TableChoices};
use crate::error::{CommandEnd, CommandError};
use crate::interrupt::stop_on_interrupt;
use crate::output::{Output, rate, remark};
use crate::places;
use crate::progress::Bar;

pub(crate) fn run(asked: &Evaluate, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let home = places::home()?;
    let model = home.models().open(&asked.model)?;
    let Some(path) = &asked.table else {
        let record = model.load_record()?.ok_or_else(|| CommandError::NoRecord {
            name: asked.model.clone(),
        })?;
        output.json(record.evaluation())?;
        show_evaluation(record.evaluation(), output)?;
        return Ok(CommandEnd::Done);
    };
    let table = TableStream::open(path, &asked.choices.reading())?;
    let roles = roles_like(&asked.choices, &model, table.beginning())?;
    let stop = stop_on_interrupt()?;
    let computing = places::computing(asked.device, asked.threads)?;
    let mut classifier = load_classifier(model, computing)?;
    let bar = Bar::new(table.rows() as u64, "Evaluating", !output.is_json());
    let result = evaluate_table(&mut classifier, &table, &roles, &mut |done| {
        bar.set_rows(done as u64);
        !stop.is_raised()
    });
    bar.clear();
    let Some((classified, evaluation)) = result? else {
        return Ok(CommandEnd::Stopped);
    };
    say_unknown(&classified.unknown_labels, classified.left_out);
    output.json(&evaluation)?;
    show_evaluation(&evaluation, output)?;
    Ok(CommandEnd::Done)
}

/// The columns that are asked for; where nothing is, those that the model learned from, if the
/// table has them. Says which they are.
pub(super) fn roles_like(
    asked: &TableChoices,
    model: &TrainedModel,
    table: &Table,
) -> Result<ColumnRoles, CommandError> {
    let roles = model.assign_roles(table, &asked.roles())?;
    remark(&columns_in_words(&column_names(table, &roles)));
    let learned = model
        .manifest
        .as_ref()
        .map(|manifest| &manifest.table.sha256);
    if roles.labels != LabelColumns::None && learned == Some(&table.source.sha256) {
        remark(
            "Warning: this is the table that the model learned from, so the numbers will be too good",
        );
    }
    Ok(roles)
}

/// The columns that are read, in one line.
pub(crate) fn columns_in_words(columns: &Columns) -> String {
    let shown = |name: &Option<String>| match name {
        Some(name) => format!("\"{name}\""),
        None => "none".into(),
    };
    let labels = match (columns.labels.as_slice(), &columns.label_separator) {
        ([], _) => "none".into(),
        (names, Some(separator)) => {
            format!("\"{}\", separated by \"{separator}\"", names.join(", "))
        }
        (names, None) => format!("\"{}\", of 0 and 1", names.join("\", \"")),
    };
    format!(
        "Columns: titles {}, abstracts {}, labels {labels}",
        shown(&columns.title),
        shown(&columns.abstract_text)
    )
}

/// Says which labels the model does not know.
pub(super) fn say_unknown(unknown: &BTreeMap<String, usize>, left_out: usize) {
    if !unknown.is_empty() {
        let list: Vec<String> = unknown
            .iter()
            .map(|(label, rows)| format!("{label} ({rows} rows)"))
            .collect();
        remark(&format!(
            "Labels that the model does not know: {}. {left_out} rows have no others and are left out of the score",
            list.join(", ")
        ));
    }
}

/// The evaluation for people.
pub(super) fn show_evaluation(
    evaluation: &Evaluation,
    output: &mut Output,
) -> Result<(), CommandError> {
    let metrics = &evaluation.metrics;
    let rows = evaluation.targets.rows();
    let where_from = match evaluation.part {
        EvaluatedPart::Test => format!("On {rows} test articles:"),
        EvaluatedPart::Validation => format!(
            "On {rows} validation articles, which also chose the best moment of the run (optimistic):"
        ),
        EvaluatedPart::OtherTable => format!("On {rows} articles of this table:"),
    };
    output.line(&where_from)?;
    if let (Some(precision), Some(recall)) = (metrics.micro.precision, metrics.micro.recall) {
        output.line(&format!(
            "Of 100 labels it gives, {:.0} are right; of 100 it should give, it finds {:.0}.",
            precision * 100.0,
            recall * 100.0
        ))?;
    }
    output.line("")?;
    let intervals = &evaluation.intervals;
    let baseline = evaluation
        .baseline
        .as_ref()
        .map(|baseline| &baseline.metrics);
    let line = |name: &str, value: Option<f64>, interval: Interval, beside: Option<f64>| {
        vec![
            name.to_owned(),
            rate(value),
            format!("{:.4} to {:.4}", interval.low, interval.high),
            rate(beside),
        ]
    };
    let averages = [
        line(
            "macro-F1",
            metrics.macro_average.f1,
            intervals.macro_f1,
            baseline.and_then(|one| one.macro_average.f1),
        ),
        line(
            "micro-F1",
            metrics.micro.f1,
            intervals.micro_f1,
            baseline.and_then(|one| one.micro.f1),
        ),
        line(
            "weighted F1",
            metrics.weighted.f1,
            intervals.weighted_f1,
            baseline.and_then(|one| one.weighted.f1),
        ),
        line(
            "samples F1",
            metrics.samples.f1,
            intervals.samples_f1,
            baseline.and_then(|one| one.samples.f1),
        ),
        line(
            "exact match",
            Some(metrics.subset_accuracy),
            intervals.subset_accuracy,
            baseline.map(|one| one.subset_accuracy),
        ),
        line(
            "Hamming loss",
            Some(metrics.hamming_loss),
            intervals.hamming_loss,
            baseline.map(|one| one.hamming_loss),
        ),
    ];
    let headers = ["", "this model", "95 % interval", "linear baseline"];
    output.table(&headers, &averages)?;
    output.line("")?;
    show_labels(evaluation, output)?;
    if let Some(sentence) = verdict(evaluation) {
        output.line("")?;
        output.line(&sentence)?;
    }
    Ok(())
}

fn show_labels(evaluation: &Evaluation, output: &mut Output) -> Result<(), CommandError> {
    let labels = evaluation
        .metrics
        .per_label
        .iter()
        .zip(&evaluation.thresholds);
    let rows: Vec<Vec<String>> = labels
        .map(|(label, threshold)| {
            let counts = label.confusion;
            vec![
                label.label.clone(),
                (counts.true_positives + counts.false_negatives).to_string(),
                counts.true_positives.to_string(),
                counts.false_negatives.to_string(),
                counts.false_positives.to_string(),
                rate(label.rates.precision),
                rate(label.rates.recall),
                rate(label.rates.f1),
                rate(label.average_precision),
                rate(label.roc_auc),
                format!("{threshold:.2}"),
            ]
        })
        .collect();
    let headers = [
        "label",
        "articles",
        "found",
        "missed",
        "false alarms",
        "precision",
        "recall",
        "F1",
        "AP",
        "ROC-AUC",
        "threshold",
    ];
    output.table(&headers, &rows)
}

/// Whether the model beats the linear baseline on these rows.
fn verdict(evaluation: &Evaluation) -> Option<String> {
    let ours = evaluation.metrics.micro.f1?;
    let baseline = evaluation.baseline.as_ref()?.metrics.micro.f1?;
    let difference = format!("{:.4}", (ours - baseline).abs());
    Some(if difference == "0.0000" {
        "It is no better and no worse than the linear baseline.".into()
    } else if ours > baseline {
        format!(
            "It beats the linear baseline by {:.4} micro-F1.",
            ours - baseline
        )
    } else {
        format!(
            "It does not beat the linear baseline, which is better by {:.4} micro-F1 and needs no training of this kind.",
            baseline - ours
        )
    })
}
