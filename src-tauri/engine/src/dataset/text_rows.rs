//! The rows of a text file, one after the other: a file of any length takes little memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::encoding::{Control, MOST_CONTROLS, TextEncoding};
use super::error::DatasetError;
use crate::checksum::hexadecimal;

/// Bytes that are read of a file at a time.
const BYTES_A_READ: usize = 1 << 16;
/// Bytes at the beginning of a text that its separator is told by.
const SAMPLE_BYTES: usize = 1 << 16;
/// Bytes at the beginning of a file that tell what it is.
const FIRST_BYTES: usize = 1 << 12;
/// No malformed character is longer.
const LONGEST_CHARACTER: usize = 8;

/// A file as it is, before it is taken for anything.
pub(super) struct Scan {
    /// Its beginning.
    pub(super) first: Vec<u8>,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub(super) sha256: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Whether all of it is UTF-8.
    pub(super) is_utf8: bool,
}

impl Scan {
    pub(super) fn of(path: &Path) -> Result<Self, DatasetError> {
        let mut file = open(path)?;
        let mut hash = Sha256::new();
        let mut scan = Self {
            first: Vec::new(),
            sha256: String::new(),
            bytes: 0,
            is_utf8: true,
        };
        // Behind what may be the beginning of a character.
        let mut buffer = vec![0; BYTES_A_READ];
        let mut begun = 0;
        loop {
            let read = file
                .read(&mut buffer[begun..])
                .map_err(|source| unreadable(path, source))?;
            let bytes = &buffer[begun..begun + read];
            hash.update(bytes);
            scan.bytes += read as u64;
            let wanted = FIRST_BYTES - scan.first.len();
            scan.first.extend_from_slice(&bytes[..wanted.min(read)]);
            if scan.is_utf8 {
                match std::str::from_utf8(&buffer[..begun + read]) {
                    Ok(_) => begun = 0,
                    Err(error) => {
                        scan.is_utf8 = error.error_len().is_none() && read > 0;
                        let whole = error.valid_up_to();
                        buffer.copy_within(whole..begun + read, 0);
                        begun = if scan.is_utf8 {
                            begun + read - whole
                        } else {
                            0
                        };
                    }
                }
            }
            if read == 0 {
                break;
            }
        }
        scan.sha256 = hexadecimal(&hash.finalize());
        Ok(scan)
    }
}

fn open(path: &Path) -> Result<File, DatasetError> {
    File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DatasetError::MissingFile { path: path.into() },
        _ => unreadable(path, source),
    })
}

fn unreadable(path: &Path, source: io::Error) -> DatasetError {
    DatasetError::Unreadable {
        path: path.into(),
        source,
    }
}

/// The records of a text file below the names of its columns, without those that are blank.
pub(super) struct TextRows {
    path: PathBuf,
    reader: csv::Reader<DecodedText>,
    record: csv::StringRecord,
    /// Bytes of the text before the first record.
    before: u64,
    /// The names of the columns; none in a file without any record.
    pub(super) headers: Vec<String>,
    /// The character between two columns.
    pub(super) separator: char,
    /// Blank rows so far.
    pub(super) blank_rows: usize,
}

impl TextRows {
    /// The rows of a file in this encoding, which begins with a mark of so many bytes. The
    /// separator is detected where none is given.
    pub(super) fn open(
        path: &Path,
        encoding: TextEncoding,
        mark_bytes: usize,
        separator: Option<char>,
    ) -> Result<Self, DatasetError> {
        let mut file = open(path)?;
        let mut mark = vec![0; mark_bytes];
        file.read_exact(&mut mark)
            .map_err(|source| unreadable(path, source))?;
        let mut text = DecodedText::new(file, encoding, path);
        let sample = text.peek(SAMPLE_BYTES)?;
        // Excel takes, and some programs write, a first line that names the separator.
        let named = match sample.split_once('\n') {
            Some((first, _)) if first.trim_end().len() == 5 && first.starts_with("sep=") => {
                Some((first.chars().nth(4), first.len() + 1))
            }
            _ => None,
        };
        let before = named.map_or(0, |(_, bytes)| bytes);
        let separator = separator
            .or(named.and_then(|(separator, _)| separator))
            .unwrap_or_else(|| detect_separator(&sample[before..]));
        text.skip(before);
        let reader = csv::ReaderBuilder::new()
            .delimiter(u8::try_from(separator).unwrap_or(b','))
            .flexible(true)
            .has_headers(false)
            .from_reader(text);
        let mut rows = Self {
            path: path.into(),
            reader,
            record: csv::StringRecord::new(),
            before: before as u64,
            headers: Vec::new(),
            separator,
            blank_rows: 0,
        };
        if let Some((_, names)) = rows.record()? {
            rows.headers = names.iter().map(|name| name.trim().to_owned()).collect();
        }
        Ok(rows)
    }

    /// The next record, with the line, from 1, in which it begins.
    fn record(&mut self) -> Result<Option<(u64, Vec<String>)>, DatasetError> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                let failure = self.reader.get_mut().failure.take();
                return Err(failure.unwrap_or_else(|| unreadable(&self.path, error.into())));
            }
        }
        let place = self.record.position().map_or(0, csv::Position::byte);
        let line = self.reader.get_mut().lines.line_of(self.before + place);
        Ok(Some((
            line,
            self.record.iter().map(str::to_owned).collect(),
        )))
    }

    /// The next row with the line, from 1, in which it begins.
    fn row(&mut self) -> Result<Option<(u64, Vec<String>)>, DatasetError> {
        while let Some((line, cells)) = self.record()? {
            // Spreadsheets leave such rows below a table.
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                self.blank_rows += 1;
                continue;
            }
            if cells.len() != self.headers.len() {
                return Err(DatasetError::RaggedRow {
                    path: self.path.clone(),
                    line,
                    expected: self.headers.len(),
                    found: cells.len(),
                });
            }
            return Ok(Some((line, cells)));
        }
        Ok(None)
    }
}

impl Iterator for TextRows {
    type Item = Result<(u64, Vec<String>), DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

/// The text of a file in UTF-8, decoded as it is read.
struct DecodedText {
    path: PathBuf,
    file: File,
    encoding: TextEncoding,
    decoder: encoding_rs::Decoder,
    /// Bytes of the file: the last ones of those before, and those that are decoded.
    input: Vec<u8>,
    /// Decoded text, of which so many bytes were taken.
    text: String,
    taken: usize,
    has_ended: bool,
    lines: LineEnds,
    controls: usize,
    /// The line of the first control character.
    first_control: Option<usize>,
    /// Why the text ends before the file does. The reader of records passes on an error of another
    /// kind.
    failure: Option<DatasetError>,
}

impl DecodedText {
    fn new(file: File, encoding: TextEncoding, path: &Path) -> Self {
        Self {
            path: path.into(),
            file,
            encoding,
            decoder: encoding.codec().new_decoder_without_bom_handling(),
            input: Vec::new(),
            text: String::new(),
            taken: 0,
            has_ended: false,
            lines: LineEnds::default(),
            controls: 0,
            first_control: None,
            failure: None,
        }
    }

    /// The text from here on, as far as it is decoded: so many bytes unless it ends before.
    fn peek(&mut self, bytes: usize) -> Result<&str, DatasetError> {
        while self.text.len() - self.taken < bytes && !self.has_ended {
            self.decode_more()?;
        }
        Ok(&self.text[self.taken..])
    }

    fn skip(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// Decodes what is read of the file at a time.
    fn decode_more(&mut self) -> Result<(), DatasetError> {
        let kept = self.input.len().min(LONGEST_CHARACTER);
        let start = self.input.len() - kept;
        self.input.drain(..start);
        self.input.resize(kept + BYTES_A_READ, 0);
        let read = self
            .file
            .read(&mut self.input[kept..])
            .map_err(|source| unreadable(&self.path, source))?;
        self.input.truncate(kept + read);
        self.has_ended = read == 0;
        let bytes = &self.input[kept..];
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(read);
        self.text.reserve(room.unwrap_or(4 * read + 16));
        let start = self.text.len();
        let (result, consumed) = self.decoder.decode_to_string_without_replacement(
            bytes,
            &mut self.text,
            self.has_ended,
        );
        self.look_at(start)?;
        if self.has_ended {
            self.lines.end();
        }
        if let encoding_rs::DecoderResult::Malformed(length, after) = result {
            let place = (kept + consumed).checked_sub(usize::from(length + after));
            let byte = place.and_then(|place| self.input.get(place)).copied();
            return Err(DatasetError::Undecodable {
                path: self.path.clone(),
                line: self.lines.lines_so_far(),
                byte: byte.filter(|_| self.encoding == TextEncoding::Utf8),
                encoding: self.encoding.name(),
            });
        }
        Ok(())
    }

    /// Notes the lines of the text from `start` on, and whether it is text at all.
    fn look_at(&mut self, start: usize) -> Result<(), DatasetError> {
        for &byte in &self.text.as_bytes()[start..] {
            self.lines.pass(byte);
            let Some(control) = Control::of(byte) else {
                continue;
            };
            self.controls += 1;
            let line = *self.first_control.get_or_insert(self.lines.lines_so_far());
            if control == Control::Zero || self.controls > MOST_CONTROLS {
                return Err(DatasetError::Binary {
                    path: self.path.clone(),
                    line,
                });
            }
        }
        Ok(())
    }
}

impl Read for DecodedText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() && !self.has_ended {
            self.text.clear();
            self.taken = 0;
            if let Err(failure) = self.decode_more() {
                self.failure = Some(failure);
                return Err(io::Error::other("the text ends here"));
            }
        }
        let ready = &self.text.as_bytes()[self.taken..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// Where the lines of a text end, from the last record on.
#[derive(Default)]
struct LineEnds {
    /// Bytes that were passed.
    passed: u64,
    /// Whether the last one was a carriage return, to which a line feed may belong.
    after_return: bool,
    /// First and last byte of each end.
    ends: VecDeque<(u64, u64)>,
    /// Ends before those.
    counted: usize,
}

impl LineEnds {
    fn pass(&mut self, byte: u8) {
        let place = self.passed;
        self.passed += 1;
        if self.after_return {
            self.after_return = false;
            if byte == b'\n' {
                self.ends.push_back((place - 1, place));
                return;
            }
            self.ends.push_back((place - 1, place - 1));
        }
        match byte {
            b'\n' => self.ends.push_back((place, place)),
            b'\r' => self.after_return = true,
            _ => {}
        }
    }

    /// Nothing comes any more.
    fn end(&mut self) {
        if self.after_return {
            self.after_return = false;
            self.ends.push_back((self.passed - 1, self.passed - 1));
        }
    }

    /// The line, from 1, of what comes next.
    fn lines_so_far(&self) -> usize {
        1 + self.counted + self.ends.len() + usize::from(self.after_return)
    }

    /// The line, from 1, in which a record begins, that begins at this byte or after the line ends
    /// there: the reader has a record begin right after the one before, which in files with two
    /// characters at the end of a line is too early. Records come in their order.
    fn line_of(&mut self, start: u64) -> u64 {
        let mut start = start;
        while let Some(&(first, last)) = self.ends.front() {
            if last >= start && first > start {
                break;
            }
            start = start.max(last + 1);
            self.ends.pop_front();
            self.counted += 1;
        }
        1 + self.counted as u64
    }
}

/// The separator that cuts the first records into the same number of cells, and into most of
/// them; for a table of one column one that its texts do not hold, and are unlikely to.
fn detect_separator(sample: &str) -> char {
    let widths = |separator: u8| -> Vec<usize> {
        let reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(sample.as_bytes());
        let records = reader.into_records().flatten().take(50);
        let mut widths: Vec<usize> = records.map(|record| record.len()).collect();
        // The last record may be cut by the end of the sample.
        if widths.len() > 1 {
            widths.pop();
        }
        widths
    };
    let width = |separator: u8| {
        let widths = widths(separator);
        let first = widths.first().copied().unwrap_or(0);
        let same = widths.iter().filter(|&&width| width == first).count();
        if first > 1 && same * 10 >= widths.len() * 9 {
            first
        } else {
            0
        }
    };
    let mut best = (0, None);
    for separator in [b';', b'\t', b',', b'|'] {
        let width = width(separator);
        if width > best.0 {
            best = (width, Some(separator));
        }
    }
    let is_nowhere = |&separator: &u8| widths(separator).iter().all(|&width| width == 1);
    let of_one_column = || [b'\t', b'|', b';', b','].into_iter().find(is_nowhere);
    char::from(best.1.or_else(of_one_column).unwrap_or(b','))
}
