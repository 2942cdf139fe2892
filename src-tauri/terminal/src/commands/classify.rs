//! `etiqueta classify`

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::classify::{Answer, ClassifiedFile, Classifier, check_output, classify_into};
use engine::dataset::{Document, TableStream, read_text_file};
use serde::Serialize;

use super::devices::load_classifier;
use super::evaluate::{roles_like, say_unknown, show_evaluation};
use crate::arguments::Classify;
use crate::error::{CommandEnd, CommandError};
use crate::interrupt::stop_on_interrupt;
use crate::output::{Output, duration, remark};
use crate::places;
use crate::progress::Bar;

const TABLES: [&str; 5] = ["csv", "tsv", "tab", "xlsx", "xlsm"];

/// What is said to programs about a classified table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableDone<'a> {
    output: &'a Path,
    rows: usize,
    /// Rows that an interrupted session had done before.
    resumed_from: usize,
    /// From the table in memory to the last answer, in seconds.
    seconds: f64,
    added: &'a [String],
    unknown_labels: &'a std::collections::BTreeMap<String, usize>,
    left_out: usize,
    evaluation: Option<&'a engine::evaluation::Evaluation>,
}

pub(crate) fn run(asked: &Classify, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let model = places::home()?.models().open(&asked.model)?;
    let computing = places::computing(asked.device, asked.threads)?;
    if let Some(path) = asked.file.as_deref().filter(|path| is_table(path)) {
        return table(asked, path, load_classifier(model, computing)?, output);
    }
    let document = document(asked)?;
    let answer = load_classifier(model, computing)?.classify(&document)?;
    output.json(&answer)?;
    show(&answer, output)?;
    Ok(CommandEnd::Done)
}

fn is_table(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| TABLES.contains(&extension.to_lowercase().as_str()))
}

/// The article from the options, or a text from a file or standard input, which need not be told
/// apart into title and abstract: the model reads them as one.
fn document(asked: &Classify) -> Result<Document, CommandError> {
    if asked.title.is_some() || asked.abstract_text.is_some() {
        let document = Document {
            id: None,
            title: asked.title.clone().unwrap_or_default(),
            abstract_text: asked.abstract_text.clone().unwrap_or_default(),
        };
        return match document.text().as_str() {
            "" => Err(CommandError::NothingToClassify),
            _ => Ok(document),
        };
    }
    if asked.file.is_none() && std::io::stdin().is_terminal() {
        return Err(CommandError::NothingToClassify);
    }
    let abstract_text = match asked.file.as_deref() {
        Some(path) if path != Path::new("-") => {
            read_text_file(path, asked.choices.reading().encoding)?
        }
        _ => {
            let mut text = String::new();
            let read = std::io::stdin().lock().read_to_string(&mut text);
            read.map_err(|source| CommandError::UnreadableText {
                path: PathBuf::from("standard input"),
                source,
            })?;
            text
        }
    };
    if abstract_text.trim().is_empty() {
        return Err(CommandError::NothingToClassify);
    }
    Ok(Document {
        abstract_text,
        ..Document::default()
    })
}

fn show(answer: &Answer, output: &mut Output) -> Result<(), CommandError> {
    let rows: Vec<Vec<String>> = answer
        .labels
        .iter()
        .map(|label| {
            vec![
                label.label.clone(),
                format!("{:.2}", label.score),
                format!("{:.2}", label.threshold),
                if label.given { "yes" } else { "no" }.into(),
            ]
        })
        .collect();
    output.table(&["label", "score", "threshold", "given"], &rows)?;
    let read = answer.word_pieces - answer.cut;
    output.line("")?;
    output.line(&match answer.cut {
        0 => format!("All {read} word pieces were read."),
        cut => format!("{read} word pieces were read, and {cut} at the end were not."),
    })
}

fn table(
    asked: &Classify,
    path: &Path,
    mut classifier: Classifier,
    output: &mut Output,
) -> Result<CommandEnd, CommandError> {
    let target = asked.output.clone().unwrap_or_else(|| beside(path));
    check_output(path, &target)?;
    let table = TableStream::open(path, &asked.choices.reading())?;
    let roles = roles_like(&asked.choices, classifier.model(), table.beginning())?;
    let stop = stop_on_interrupt()?;
    let bar = Bar::new(table.rows() as u64, "Classifying", !output.is_json());
    let began = Instant::now();
    let result = classify_into(&mut classifier, &table, &roles, &target, &mut |done| {
        bar.set_rows(done as u64);
        !stop.is_raised()
    });
    bar.clear();
    let Some(ClassifiedFile {
        classified,
        resumed_from,
    }) = result?
    else {
        remark(&format!(
            "Stopped: the same command goes on where this one stood, with --output {}",
            target.display()
        ));
        return Ok(CommandEnd::Stopped);
    };
    let done = TableDone {
        output: &target,
        rows: table.rows(),
        resumed_from,
        seconds: began.elapsed().as_secs_f64(),
        added: &classified.added,
        unknown_labels: &classified.unknown_labels,
        left_out: classified.left_out,
        evaluation: classified.evaluation.as_ref(),
    };
    show_table(&done, output)?;
    Ok(CommandEnd::Done)
}

fn show_table(done: &TableDone<'_>, output: &mut Output) -> Result<(), CommandError> {
    if done.resumed_from > 0 {
        remark(&format!(
            "{} rows had been classified before",
            done.resumed_from
        ));
    }
    say_unknown(done.unknown_labels, done.left_out);
    output.json(done)?;
    output.line(&format!(
        "Classified {} articles in {}: {}",
        done.rows,
        duration(done.seconds),
        done.output.display()
    ))?;
    output.line(&format!("Added columns: {}", done.added.join(", ")))?;
    if let Some(evaluation) = done.evaluation {
        output.line("")?;
        show_evaluation(evaluation, output)?;
    }
    Ok(())
}

/// "articles.xlsx" becomes "articles-classified.csv", or "articles-classified-2.csv" where that is
/// there already.
fn beside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .filter(|extension| matches!(*extension, "tsv" | "tab"))
        .unwrap_or("csv");
    let numbered = |number: usize| match number {
        1 => path.with_file_name(format!("{stem}-classified.{extension}")),
        _ => path.with_file_name(format!("{stem}-classified-{number}.{extension}")),
    };
    let free = (1..).map(numbered).find(|path| !path.exists());
    free.unwrap_or_else(|| numbered(1))
}
