//! Tables as they are in a file: names of columns, and rows of cells.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::checksum::hexadecimal;

use crate::dataset::encoding::{Decoded, TextEncoding, decode, line_at};
use crate::dataset::error::{DatasetError, OtherFormat};

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
    let owned = || path.to_path_buf();
    if path.is_dir() {
        return Err(DatasetError::Directory { path: owned() });
    }
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => DatasetError::MissingFile { path: owned() },
        _ => DatasetError::Unreadable {
            path: owned(),
            source,
        },
    })?;
    if bytes.is_empty() {
        return Err(DatasetError::Empty { path: owned() });
    }
    if let Some(format) = other_format(&bytes) {
        return Err(DatasetError::OtherFormat {
            path: owned(),
            format,
        });
    }
    let mut source = TableSource {
        path: owned(),
        sha256: hexadecimal(&Sha256::digest(&bytes)),
        bytes: bytes.len() as u64,
        encoding: None,
        separator: None,
        sheet: None,
        has_byte_order_mark: false,
        rows: 0,
        blank_rows: 0,
    };
    let Cells {
        sheets,
        headers,
        rows,
        lines,
    } = if bytes.starts_with(b"PK\x03\x04") {
        read_workbook(bytes, choices, &mut source)?
    } else {
        read_text(&bytes, choices, &mut source)?
    };
    if headers.iter().all(|name| name.trim().is_empty()) {
        return Err(DatasetError::Empty { path: owned() });
    }
    if rows.is_empty() {
        return Err(DatasetError::HeaderOnly { path: owned() });
    }
    source.rows = rows.len();
    Ok(Table {
        source,
        sheets,
        headers,
        rows,
        lines,
    })
}

/// What a file is by its first bytes, when it is often taken for a table and is none.
fn other_format(bytes: &[u8]) -> Option<OtherFormat> {
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

/// What is read of a file.
#[derive(Default)]
struct Cells {
    sheets: Vec<String>,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    lines: Vec<u64>,
}

fn read_text(
    bytes: &[u8],
    choices: &ReadingChoices,
    source: &mut TableSource,
) -> Result<Cells, DatasetError> {
    let Decoded {
        text,
        encoding,
        has_byte_order_mark,
    } = decode(bytes, choices.encoding, &source.path)?;
    source.has_byte_order_mark = has_byte_order_mark;
    if text.trim().is_empty() {
        return Err(DatasetError::Empty {
            path: source.path.clone(),
        });
    }
    // Excel takes, and some programs write, a first line that names the separator.
    let (named, text) = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().len() == 5 && first.starts_with("sep=") => {
            (first.chars().nth(4), rest)
        }
        _ => (None, &*text),
    };
    let lines_before = usize::from(named.is_some());
    let separator = choices
        .separator
        .or(named)
        .unwrap_or_else(|| detect_separator(text));
    (source.encoding, source.separator) = (Some(encoding), Some(separator));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(separator).unwrap_or(b','))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut place = Lines::new(text, lines_before);
    let mut read = Cells::default();
    for record in reader.records() {
        let record = record.map_err(|error| DatasetError::Unreadable {
            path: source.path.clone(),
            source: error.into(),
        })?;
        let line = place.line_of(&record);
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if read.headers.is_empty() {
            read.headers = cells.iter().map(|name| name.trim().to_owned()).collect();
            continue;
        }
        // Spreadsheets leave such rows below a table.
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            source.blank_rows += 1;
            continue;
        }
        if cells.len() != read.headers.len() {
            return Err(DatasetError::RaggedRow {
                path: source.path.clone(),
                line,
                expected: read.headers.len(),
                found: cells.len(),
            });
        }
        read.rows.push(cells);
        read.lines.push(line);
    }
    Ok(read)
}

/// Tells the lines of records. The reader counts line feeds alone, and a record of it begins right
/// after the end of the one before, which in files with two characters there is too early.
struct Lines<'a> {
    text: &'a str,
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, before: usize) -> Self {
        Self {
            text,
            counted: 0,
            line: 1 + before,
        }
    }

    /// The line, from 1, in which a record begins; records come in their order.
    fn line_of(&mut self, record: &csv::StringRecord) -> u64 {
        let start = record
            .position()
            .map_or(0, |position| position.byte() as usize);
        let rest = self.text.get(start..).unwrap_or_default();
        let start = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let between = self.text.get(self.counted..start).unwrap_or_default();
        self.line += line_at(between) - 1;
        self.counted = start;
        self.line as u64
    }
}

/// The separator that cuts the first records into the same number of cells, and into most of
/// them; `,` for a table of one column.
fn detect_separator(text: &str) -> char {
    let mut end = text.len().min(1 << 16);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let width = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(&text.as_bytes()[..end]);
        let widths: Vec<usize> = reader
            .records()
            .flatten()
            .take(50)
            .map(|record| record.len())
            .collect();
        let first = widths.first().copied().unwrap_or(0);
        // The last record may be cut by the end of the sample.
        let checked = &widths[..widths.len().saturating_sub(1).max(1).min(widths.len())];
        let same = checked.iter().filter(|&&width| width == first).count();
        if first > 1 && same * 10 >= checked.len() * 9 {
            first
        } else {
            0
        }
    };
    let mut best = (0, b',');
    for separator in [b';', b'\t', b',', b'|'] {
        let width = width(separator);
        if width > best.0 {
            best = (width, separator);
        }
    }
    char::from(best.1)
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

fn read_workbook(
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
