//! Tables as they are in a file: names of columns, and rows of cells.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::encoding::TextEncoding;
use super::error::{DatasetError, OtherFormat};
use super::stream::TableStream;

/// What the user says about a file's format; the rest is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadingChoices {
    /// Encoding of a text file.
    pub encoding: Option<TextEncoding>,
    /// Character between two columns of a text file.
    pub separator: Option<char>,
    /// Sheet of a workbook; the first when absent.
    pub sheet: Option<String>,
}

/// Where a table is from and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableSource {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Encoding of a text file.
    pub encoding: Option<TextEncoding>,
    /// Separator of a text file.
    pub separator: Option<char>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Whether a text file begins with a byte order mark.
    pub has_byte_order_mark: bool,
    /// Rows below the names of the columns.
    pub rows: usize,
    /// Rows without anything in them, which are left out.
    pub blank_rows: usize,
}

/// A table: as many cells in every row as there are names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is from.
    pub source: TableSource,
    /// Names of the sheets of a workbook; empty for a text file.
    pub sheets: Vec<String>,
    /// Names of the columns.
    pub headers: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// The line of the file where each row begins, from 1; in a workbook its row.
    pub lines: Vec<u64>,
}

impl Table {
    /// The names of the columns in one line, for messages.
    pub fn column_list(&self) -> String {
        self.headers.join(", ")
    }
}

/// Reads a CSV, TSV or XLSX file.
///
/// # Errors
/// When it cannot be read, or is no table.
pub fn read_table(path: &Path, choices: &ReadingChoices) -> Result<Table, DatasetError> {
    Ok(TableStream::open_keeping(path, choices, usize::MAX)?.into_beginning())
}

/// What a file is by its first bytes, when it is often taken for a table and is none.
pub(super) fn other_format(bytes: &[u8]) -> Option<OtherFormat> {
    let known: [(&[u8], OtherFormat); 5] = [
        (b"%PDF", OtherFormat::Pdf),
        (b"\xd0\xcf\x11\xe0", OtherFormat::OldOffice),
        (b"{\\rtf", OtherFormat::Rtf),
        (b"\x89PNG", OtherFormat::Picture),
        (b"\x1f\x8b", OtherFormat::Compressed),
    ];
    let found = known
        .into_iter()
        .find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, format)| format)
}

/// What is read of a workbook.
#[derive(Default)]
pub(super) struct Cells {
    pub(super) sheets: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) lines: Vec<u64>,
}

/// A date as "2026-11-25", with the time where there is one.
fn iso_moment(moment: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
    }
}

pub(super) fn read_workbook(
    bytes: Vec<u8>,
    choices: &ReadingChoices,
    source: &mut TableSource,
) -> Result<Cells, DatasetError> {
    let failed = |message: String| DatasetError::Workbook {
        path: source.path.clone(),
        message,
    };
    let mut workbook = calamine::Xlsx::new(std::io::Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| failed(error.to_string()))?;
    let names = workbook.sheet_names();
    let sheet = match &choices.sheet {
        Some(name) if names.contains(name) => name.clone(),
        Some(name) => {
            return Err(failed(format!(
                "it has no sheet \"{name}\" (it has: {})",
                names.join(", ")
            )));
        }
        None => names
            .first()
            .cloned()
            .ok_or_else(|| failed("it has no sheet".into()))?,
    };
    let range = workbook
        .worksheet_range(&sheet)
        .map_err(|error| failed(error.to_string()))?;
    source.sheet = Some(sheet);
    let first_line = u64::from(range.start().map_or(0, |start| start.0)) + 1;
    let cell = |data: &Data| match data {
        Data::Empty => String::new(),
        Data::DateTime(moment) if moment.is_datetime() => iso_moment(moment),
        other => other.to_string(),
    };
    let mut all = range
        .rows()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>());
    let mut read = Cells {
        sheets: names,
        headers: all.next().unwrap_or_default(),
        ..Cells::default()
    };
    for (index, row) in all.enumerate() {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            source.blank_rows += 1;
            continue;
        }
        read.rows.push(row);
        read.lines.push(first_line + 1 + index as u64);
    }
    Ok(read)
}
