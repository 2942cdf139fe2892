//! `etiqueta inspect`

use engine::dataset::{
    CorrectionEffects, Corrections, Dataset, DatasetProfile, Document, Finding, Fix, LabelsNeeded,
    Table, TableSource, assign_roles, find_remarkable, read_table,
};
use engine::jobs::column_names;
use engine::library::model::Columns;
use serde::Serialize;

use crate::arguments::Inspect;
use crate::corrections::{effects_in_words, fix_in_words};
use crate::error::{CommandEnd, CommandError};
use crate::output::{Output, size};
use crate::places;

/// Rows that are named of a finding.
const ROWS_NAMED: usize = 8;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspected<'a> {
    source: &'a TableSource,
    headers: &'a [String],
    columns: &'a Columns,
    corrections: &'a Corrections,
    effects: &'a CorrectionEffects,
    profile: &'a DatasetProfile,
    findings: &'a [Found],
}

/// What is remarkable, and what would put it right.
#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    finding: Finding,
    fixes: Vec<Fix>,
}

pub(crate) fn run(asked: &Inspect, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let mut table = read_table(&asked.table, &asked.choices.reading())?;
    let choices = asked.choices.roles();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required)?;
    let columns = column_names(&table, &roles);
    let corrections = asked.corrections.corrections();
    let (dataset, effects) = Dataset::corrected(&mut table, &roles, &choices, &corrections)?;
    let base = places::home()?.base_model(&asked.base)?;
    let texts: Vec<String> = dataset.documents.iter().map(Document::text).collect();
    let encoded = base.tokenizer().encode_all(&texts, asked.max_length);
    let profile = DatasetProfile::new(
        &dataset.labels,
        &dataset.targets,
        &encoded,
        asked.max_length,
    );
    let findings = find_remarkable(&dataset).into_iter().map(|finding| Found {
        fixes: finding.fixes(),
        finding: finding.numbered(&dataset.rows),
    });
    let findings: Vec<Found> = findings.collect();
    output.json(&Inspected {
        source: &table.source,
        headers: &table.headers,
        columns: &columns,
        corrections: &corrections,
        effects: &effects,
        profile: &profile,
        findings: &findings,
    })?;
    show_source(&table, &columns, output)?;
    if let Some(text) = effects_in_words(&corrections, &effects) {
        output.line(&format!("Corrected: {text}\n"))?;
    }
    show_labels(&profile, output)?;
    show_lengths(&profile, output)?;
    for Found { finding, fixes } in &findings {
        output.line(&in_words(finding, &table))?;
        for fix in fixes {
            output.line(&format!("      {}", fix_in_words(fix)))?;
        }
    }
    Ok(CommandEnd::Done)
}

/// A table and how it was read, in one line.
pub(crate) fn source_in_words(source: &TableSource) -> String {
    let mut facts = vec![format!("{} rows", source.rows), size(source.bytes)];
    facts.extend(source.encoding.map(|encoding| encoding.name().to_owned()));
    facts.extend(source.separator.map(|separator| match separator {
        '\t' => "columns separated by tabs".to_owned(),
        other => format!("columns separated by \"{other}\""),
    }));
    facts.extend(
        source
            .sheet
            .iter()
            .map(|sheet| format!("sheet \"{sheet}\"")),
    );
    if source.blank_rows > 0 {
        facts.push(format!("{} blank rows left out", source.blank_rows));
    }
    format!("{}: {}", source.path.display(), facts.join(", "))
}

fn show_source(table: &Table, columns: &Columns, output: &mut Output) -> Result<(), CommandError> {
    output.line(&source_in_words(&table.source))?;
    let shown = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".into());
    output.line(&format!("Title:    {}", shown(&columns.title)))?;
    output.line(&format!("Abstract: {}", shown(&columns.abstract_text)))?;
    let separator = columns.label_separator.as_ref();
    let how = separator.map_or("one column of 0 and 1 a label".into(), |separator| {
        format!("several in a cell separated by \"{separator}\"")
    });
    output.line(&format!("Labels:   {} ({how})", columns.labels.join(", ")))?;
    output.line(&format!("Id:       {}", shown(&columns.id)))?;
    let used = |header: &&String| {
        let named = [&columns.title, &columns.abstract_text, &columns.id];
        named.iter().any(|name| name.as_ref() == Some(header)) || columns.labels.contains(header)
    };
    let rest: Vec<&str> = table
        .headers
        .iter()
        .filter(|header| !used(header))
        .map(String::as_str)
        .collect();
    if !rest.is_empty() {
        output.line(&format!("Kept:     {}", rest.join(", ")))?;
    }
    output.line("")
}

fn show_labels(profile: &DatasetProfile, output: &mut Output) -> Result<(), CommandError> {
    let counts = profile.labels.iter().zip(&profile.label_counts);
    let rows: Vec<Vec<String>> = counts
        .map(|(label, count)| vec![label.clone(), count.to_string()])
        .collect();
    output.table(&["label", "articles"], &rows)?;
    let a_row: Vec<String> = profile
        .labels_a_row
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count > 0)
        .map(|(labels, count)| format!("{count} with {labels}"))
        .collect();
    output.line("")?;
    output.line(&format!("Labels an article: {}", a_row.join(", ")))
}

fn show_lengths(profile: &DatasetProfile, output: &mut Output) -> Result<(), CommandError> {
    let lengths = &profile.lengths;
    let texts: usize = lengths.counts.iter().sum();
    output.line(&format!(
        "Lengths: {:.0} word pieces on average; {} of {texts} texts are longer than {}, and {:.1} % of all word pieces would be left out",
        lengths.word_pieces as f64 / texts.max(1) as f64,
        lengths.texts_cut,
        lengths.cut,
        100.0 * lengths.word_pieces_cut as f64 / lengths.word_pieces.max(1) as f64,
    ))
}

/// A finding with the lines of its first rows.
fn in_words(finding: &Finding, table: &Table) -> String {
    let (what, rows) = match finding {
        Finding::EmptyText { rows } => ("have neither title nor abstract".to_owned(), rows),
        Finding::Duplicate { rows } => (
            "repeat the text and the labels of an earlier row".to_owned(),
            rows,
        ),
        Finding::Contradiction { rows, texts } => (
            format!("have one of {texts} texts that stand with different labels: not all are right"),
            rows,
        ),
        Finding::NearDuplicate { rows, .. } => (
            "nearly repeat an earlier row: the same title with another abstract, or almost the same text"
                .to_owned(),
            rows,
        ),
        Finding::Unlabelled { rows } => ("have no label".to_owned(), rows),
        Finding::RareLabel { label, rows } => (
            format!("have the label \"{label}\", too few to learn it well or to judge it"),
            rows,
        ),
        Finding::LabelVariants { labels, rows } => {
            let mut labels = labels.iter().map(|label| format!("\"{label}\""));
            let name = labels.next().unwrap_or_default();
            let others = labels.collect::<Vec<_>>().join(" or ");
            let what = format!("have the label {others}, which may be {name} spelled otherwise");
            (what, rows)
        }
    };
    let lines = rows
        .iter()
        .take(ROWS_NAMED)
        .filter_map(|&row| table.lines.get(row));
    let lines: Vec<String> = lines.map(u64::to_string).collect();
    let more = if rows.len() > ROWS_NAMED { ", …" } else { "" };
    format!(
        "Note: {} rows {what} (lines {}{more})",
        rows.len(),
        lines.join(", ")
    )
}
