//! Standard output: results for people, or JSON lines for programs, and nothing else. What is said
//! on the way goes to standard error.

use std::io::{self, StdoutLock, Write};

use serde::Serialize;

use crate::error::CommandError;

/// Where results go.
pub(crate) struct Output {
    json: bool,
    /// Whether the reader went away.
    closed: bool,
}

/// The last line of a command that failed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    event: &'static str,
    message: String,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            closed: false,
        }
    }

    /// Whether programs read the output.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), CommandError> {
        if self.json {
            return Ok(());
        }
        self.write(|stdout| writeln!(stdout, "{text}"))
    }

    /// A line for programs.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) -> Result<(), CommandError> {
        if !self.json {
            return Ok(());
        }
        self.write(|stdout| {
            serde_json::to_writer(&mut *stdout, value)?;
            writeln!(stdout)?;
            stdout.flush()
        })
    }

    /// Writes, until the reader goes away as `head` does; what is done then still counts.
    fn write(
        &mut self,
        write: impl FnOnce(&mut StdoutLock<'_>) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        if self.closed {
            return Ok(());
        }
        match write(&mut io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// A table for people: words to the left, numbers to the right.
    pub(crate) fn table(
        &mut self,
        headers: &[&str],
        rows: &[Vec<String>],
    ) -> Result<(), CommandError> {
        for line in aligned(headers, rows) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// Says why the command failed.
    pub(crate) fn failed(&mut self, error: &CommandError) {
        let message = error.to_string();
        // There is nowhere left to say that standard error or output are closed.
        let _ = writeln!(io::stderr().lock(), "error: {message}");
        if let Some(hint) = error.hint() {
            let _ = writeln!(io::stderr().lock(), "hint: {hint}");
        }
        let _ = self.json(&Failure {
            event: "failed",
            message,
        });
    }
}

/// A remark on the way, for people.
pub(crate) fn remark(text: &str) {
    // A closed standard error is no reason to end a run.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn aligned(headers: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(headers[column].chars().count())
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let is_number: Vec<bool> = (0..headers.len())
        .map(|column| {
            let mut cells = rows.iter().filter_map(|row| row.get(column));
            cells.all(|cell| {
                cell.starts_with(|first: char| first.is_ascii_digit() || first == '-')
                    || cell.is_empty()
                    || cell == NOT_AVAILABLE
            }) && !rows.is_empty()
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let space = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            let gap = if column == 0 { "" } else { "  " };
            line.push_str(gap);
            if is_number[column] {
                line.push_str(&space);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&space);
            }
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(headers.to_vec())];
    lines.extend(
        rows.iter()
            .map(|row| line(row.iter().map(String::as_str).collect())),
    );
    lines
}

/// What stands where a number is not defined.
pub(crate) const NOT_AVAILABLE: &str = "n/a";

/// A rate with four digits, or that it is not defined.
pub(crate) fn rate(value: Option<f64>) -> String {
    value.map_or_else(|| NOT_AVAILABLE.into(), |value| format!("{value:.4}"))
}

/// A size on disk.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A time in words that a person reads at a glance.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = [
            vec!["a".to_owned(), "7".to_owned()],
            vec!["bcd".to_owned(), "120".to_owned()],
        ];
        assert_eq!(
            aligned(&["label", "rows"], &rows),
            ["label  rows", "a         7", "bcd     120"]
        );
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(
            [size(900), size(91_300_000), size(1_240_000_000)],
            ["0.9 kB", "91 MB", "1.2 GB"]
        );
        assert_eq!(
            [duration(12.4), duration(75.0), duration(7_300.0)],
            ["12 s", "1 min 15 s", "2 h 01 min"]
        );
    }
}
