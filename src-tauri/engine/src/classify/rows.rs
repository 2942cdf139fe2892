//! The rows of a classified table as they are written.

use std::io::{self, Write};
use std::path::Path;

use super::Answers;
use crate::dataset::{TableSource, TextEncoding};

/// Joins the labels that are given, as the notebook's tables have it.
const LABEL_SEPARATOR: &str = "|";
/// `[CLS]` and `[SEP]`.
pub(super) const WORD_PIECES_OF_NOTHING: usize = 2;
/// Tells spreadsheet programs that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How a classified table is written: in UTF-8, separated by tabs where the file's name ends with
/// `.tsv` or `.tab`, else as it came. A byte order mark says that it is UTF-8 where the table came
/// with one or in another encoding: spreadsheet programs would take it for what it was before.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowForm {
    separator: u8,
    has_mark: bool,
}

impl RowForm {
    /// The form of the table from `source` in the file `path`.
    pub(super) fn new(source: &TableSource, path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let separator = match (extension, source.separator) {
            (Some("tsv" | "tab"), _) => b'\t',
            (_, Some(separator)) => u8::try_from(separator).unwrap_or(b','),
            (_, None) => b',',
        };
        let is_marked = source.has_byte_order_mark || source.encoding != Some(TextEncoding::Utf8);
        Self {
            separator,
            has_mark: is_marked,
        }
    }

    /// Writes what comes before the rows: the names of the table's columns and of the `added` ones.
    pub(super) fn write_head(
        self,
        headers: &[String],
        added: &[String],
        file: &mut impl Write,
    ) -> io::Result<()> {
        if self.has_mark {
            file.write_all(BYTE_ORDER_MARK.as_bytes())?;
        }
        let mut writer = self.writer(file);
        writer.write_record(headers.iter().chain(added))?;
        writer.flush()
    }

    /// Writes rows, one for each of the `answers`.
    pub(super) fn write_rows(
        self,
        rows: &[Vec<String>],
        labels: &[String],
        answers: &Answers,
        file: &mut impl Write,
    ) -> io::Result<()> {
        let mut writer = self.writer(file);
        for (index, cells) in rows.iter().enumerate() {
            writer.write_record(cells.iter().chain(&added_cells(labels, answers, index)))?;
        }
        writer.flush()
    }

    fn writer<W: Write>(self, file: W) -> csv::Writer<W> {
        csv::WriterBuilder::new()
            .delimiter(self.separator)
            .from_writer(file)
    }
}

/// The names of the new columns, none of which is taken.
pub(super) fn added_columns(headers: &[String], labels: &[String]) -> Vec<String> {
    let mut taken = headers.to_vec();
    let scores = labels.iter().map(|label| format!("score: {label}"));
    let names = ["predicted labels".to_owned()]
        .into_iter()
        .chain(scores)
        .chain(["word pieces cut".to_owned()]);
    let mut added = Vec::new();
    for name in names {
        let free = (1..)
            .map(|number| match number {
                1 => name.clone(),
                _ => format!("{name} ({number})"),
            })
            .find(|name| !taken.contains(name))
            .unwrap_or(name);
        taken.push(free.clone());
        added.push(free);
    }
    added
}

/// The cells that are added to the row of the answer with this number; empty ones where it has no
/// text to read.
pub(super) fn added_cells(labels: &[String], answers: &Answers, index: usize) -> Vec<String> {
    let (word_pieces, cut) = answers.lengths.get(index).copied().unwrap_or((0, 0));
    if word_pieces <= WORD_PIECES_OF_NOTHING {
        return vec![String::new(); labels.len() + 2];
    }
    let given = answers.given.row(index).iter().zip(labels);
    let given: Vec<&str> = given
        .filter(|(given, _)| **given)
        .map(|(_, label)| label.as_str())
        .collect();
    let scores = answers.scores.row(index).iter();
    let mut cells = vec![given.join(LABEL_SEPARATOR)];
    cells.extend(scores.map(|score| format!("{score:.6}")));
    cells.push(cut.to_string());
    cells
}
