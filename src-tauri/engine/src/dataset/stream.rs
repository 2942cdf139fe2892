//! Tables whose rows are read when they are needed, so that a table of any length takes little
//! memory.

use std::path::Path;

use super::encoding::{TextEncoding, detect, mark_bytes};
use super::error::DatasetError;
use super::table::{Cells, ReadingChoices, Table, TableSource, other_format, read_workbook};
use super::text_rows::{Scan, TextRows};

/// Rows that are kept in memory: enough to tell by them which column is what.
const ROWS_KEPT: usize = 10_000;

/// A table, of which the first rows are in memory and the others in its file. It was read through
/// once, so that what is wrong with it is known.
#[derive(Debug)]
pub struct TableStream {
    kept: Table,
    /// How the rest of the rows are read; nothing where all are kept.
    rest: Option<Reading>,
}

/// How a text file is read.
#[derive(Debug, Clone, Copy)]
struct Reading {
    encoding: TextEncoding,
    mark_bytes: usize,
    separator: char,
}

impl TableStream {
    /// Reads a CSV, TSV or XLSX file through.
    ///
    /// # Errors
    /// When it cannot be read, or is no table.
    pub fn open(path: &Path, choices: &ReadingChoices) -> Result<Self, DatasetError> {
        Self::open_keeping(path, choices, ROWS_KEPT)
    }

    /// As [`Self::open`], with so many rows in memory. A workbook is there as a whole.
    pub(super) fn open_keeping(
        path: &Path,
        choices: &ReadingChoices,
        rows_kept: usize,
    ) -> Result<Self, DatasetError> {
        if path.is_dir() {
            return Err(DatasetError::Directory { path: path.into() });
        }
        // Opened, a pipe would wait for ever or be empty the second time.
        if std::fs::metadata(path).is_ok_and(|data| !data.is_file()) {
            return Err(DatasetError::Unreadable {
                path: path.into(),
                source: std::io::Error::other(
                    "it is a pipe or a device, and tables are read more than once. Write it to a file first",
                ),
            });
        }
        let scan = Scan::of(path)?;
        if scan.bytes == 0 {
            return Err(DatasetError::Empty { path: path.into() });
        }
        if let Some(format) = other_format(&scan.first) {
            let path = path.into();
            return Err(DatasetError::OtherFormat { path, format });
        }
        let mut source = TableSource {
            path: path.into(),
            sha256: scan.sha256,
            bytes: scan.bytes,
            encoding: None,
            separator: None,
            sheet: None,
            has_byte_order_mark: false,
            rows: 0,
            blank_rows: 0,
        };
        let (cells, rest) = if scan.first.starts_with(b"PK\x03\x04") {
            let bytes = std::fs::read(path).map_err(|source| DatasetError::Unreadable {
                path: path.into(),
                source,
            })?;
            let cells = read_workbook(bytes, choices, &mut source)?;
            source.rows = cells.rows.len();
            (cells, None)
        } else {
            let encoding = choices
                .encoding
                .unwrap_or_else(|| detect(&scan.first, || scan.is_utf8));
            let mark_bytes = mark_bytes(&scan.first, encoding);
            let mut rows = TextRows::open(path, encoding, mark_bytes, choices.separator)?;
            let reading = Reading {
                encoding,
                mark_bytes,
                separator: rows.separator,
            };
            let mut cells = Cells {
                headers: rows.headers.clone(),
                ..Cells::default()
            };
            for row in &mut rows {
                let (line, row) = row?;
                source.rows += 1;
                if cells.rows.len() < rows_kept {
                    cells.rows.push(row);
                    cells.lines.push(line);
                }
            }
            source.blank_rows = rows.blank_rows;
            source.has_byte_order_mark = mark_bytes > 0;
            (source.encoding, source.separator) = (Some(encoding), Some(reading.separator));
            let rest = (source.rows > cells.rows.len()).then_some(reading);
            (cells, rest)
        };
        if cells.headers.iter().all(|name| name.trim().is_empty()) {
            return Err(DatasetError::Empty { path: path.into() });
        }
        if cells.rows.is_empty() {
            return Err(DatasetError::HeaderOnly { path: path.into() });
        }
        let kept = Table {
            source,
            sheets: cells.sheets,
            headers: cells.headers,
            rows: cells.rows,
            lines: cells.lines,
        };
        Ok(Self { kept, rest })
    }

    /// The table with the rows that are in memory: the first ones, or all of them.
    pub fn beginning(&self) -> &Table {
        &self.kept
    }

    /// Rows below the names of the columns.
    pub fn rows(&self) -> usize {
        self.kept.source.rows
    }

    /// The rows that are in memory as a table of its own.
    pub(super) fn into_beginning(self) -> Table {
        self.kept
    }

    /// The rows from number `first` on as tables of at most `rows` rows each.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub(crate) fn parts(&self, first: usize, rows: usize) -> Result<Parts<'_>, DatasetError> {
        let file = match self.rest {
            None => None,
            Some(reading) => {
                let mut file = rows_of(&self.kept, reading)?;
                for row in (&mut file).take(first) {
                    row?;
                }
                Some(file)
            }
        };
        Ok(Parts {
            kept: &self.kept,
            file,
            next: first,
            rows: rows.max(1),
        })
    }
}

impl From<Table> for TableStream {
    fn from(table: Table) -> Self {
        Self {
            kept: table,
            rest: None,
        }
    }
}

/// The rows of a table in its file, which still has to be as long as it was.
fn rows_of(table: &Table, reading: Reading) -> Result<TextRows, DatasetError> {
    let TableSource { path, bytes, .. } = &table.source;
    let now = std::fs::metadata(path).map(|data| data.len());
    if now.as_ref().is_ok_and(|now| now != bytes) {
        return Err(changed(path));
    }
    let separator = Some(reading.separator);
    TextRows::open(path, reading.encoding, reading.mark_bytes, separator)
}

fn changed(path: &Path) -> DatasetError {
    DatasetError::Unreadable {
        path: path.into(),
        source: std::io::Error::other("it was changed while it was being read"),
    }
}

/// The rows of a table in parts, each a table of its own.
pub(crate) struct Parts<'a> {
    kept: &'a Table,
    /// The rows that come next; nothing where all are in memory.
    file: Option<TextRows>,
    next: usize,
    rows: usize,
}

impl Iterator for Parts<'_> {
    type Item = Result<Table, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let own = self.next..(self.next + self.rows).min(self.kept.source.rows);
        if own.is_empty() {
            return None;
        }
        let mut part = Table {
            source: self.kept.source.clone(),
            sheets: Vec::new(),
            headers: self.kept.headers.clone(),
            rows: Vec::new(),
            lines: Vec::new(),
        };
        match &mut self.file {
            None => {
                part.rows.extend_from_slice(&self.kept.rows[own.clone()]);
                part.lines.extend_from_slice(&self.kept.lines[own.clone()]);
            }
            Some(file) => {
                for row in file.take(own.len()) {
                    match row {
                        Ok((line, row)) => {
                            part.rows.push(row);
                            part.lines.push(line);
                        }
                        Err(error) => return Some(Err(error)),
                    }
                }
                if part.rows.len() < own.len() {
                    return Some(Err(changed(&self.kept.source.path)));
                }
            }
        }
        self.next = own.end;
        Some(Ok(part))
    }
}
