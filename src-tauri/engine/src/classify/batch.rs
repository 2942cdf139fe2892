//! Classifying a table into a file, so that an interrupted session can go on where it stood.

use crate::failure_details;
use serde::Serialize;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use super::partial::{BatchIdentity, FORMAT_VERSION, KeptChunk, PartialFile};
use super::rows::RowForm;
use super::table::{ClassifiedTable, TableError, TableWork};
use super::{Answers, Classifier};
use crate::dataset::{ColumnRoles, Table, TableStream};
use crate::files::WriteError;

/// Formats of workbooks, which answers are not written in.
const WORKBOOKS: [&str; 4] = ["xlsx", "xlsm", "xls", "ods"];

/// Why answers cannot go to a file.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum OutputError {
    /// They would overwrite what they were read from.
    #[error("{} is the table itself. Choose another file for the answers", path.display())]
    #[serde(rename = "outputIsInput")]
    IsInput {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// A folder has that name.
    #[error("{} is a folder. Choose a name for the file with the answers in it", path.display())]
    #[serde(rename = "outputIsFolder")]
    IsFolder {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// They are written as text.
    #[error("{} would have to be a workbook, and answers are written as CSV or TSV, which spreadsheet programs open. Choose a name that ends with .csv or .tsv", path.display())]
    #[serde(rename = "outputIsWorkbook")]
    IsWorkbook {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// Another session writes to it.
    #[error("answers are being written to {} at this moment. Wait for them, or choose another file", path.display())]
    #[serde(rename = "outputIsBusy")]
    IsBusy {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
}

/// A table that was classified into a file.
#[derive(Debug, Clone)]
pub struct ClassifiedFile {
    /// The table.
    pub classified: ClassifiedTable,
    /// Rows that an interrupted session had done before.
    pub resumed_from: usize,
}

/// Makes sure that the answers for the table in `input` can be written to `output`.
///
/// # Errors
/// When that is the table itself or a folder, or would have to be a workbook.
pub fn check_output(input: &Path, output: &Path) -> Result<(), OutputError> {
    let extension = output.extension().and_then(|extension| extension.to_str());
    if extension.is_some_and(|one| WORKBOOKS.contains(&one.to_lowercase().as_str())) {
        return Err(OutputError::IsWorkbook {
            path: output.into(),
        });
    }
    if output.is_dir() {
        return Err(OutputError::IsFolder {
            path: output.into(),
        });
    }
    let Ok(input) = std::fs::canonicalize(input) else {
        return Ok(());
    };
    let written = [
        output.into(),
        PartialFile::path(output),
        PartialFile::journal_path(output),
    ];
    let same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|path| path == input);
    if written.iter().any(same) {
        return Err(OutputError::IsInput {
            path: output.into(),
        });
    }
    Ok(())
}

/// Classifies the rows of a table and writes them to `output`: the same rows and columns in the same
/// order, and more columns; in UTF-8, separated by tabs where the file's name ends with `.tsv` or
/// `.tab`, else as they came. A byte order mark says that it is UTF-8 where the table came with one
/// or in another encoding: spreadsheet programs would take it for what it was before.
///
/// Complete rows are kept beside it, in a table whose name ends with `.partial` before its
/// extension: asked again with the same model, table and output, the work goes on at the row where
/// it stood. `progress` hears how many rows are done, those of earlier sessions first, and stops
/// the work by giving `false`; then the result is `None`, and the rows that are done stay (see
/// [`discard_partial`]).
///
/// # Errors
/// When a cell of labels cannot be understood, the model could not be computed, or the file
/// cannot be written.
pub fn classify_into(
    classifier: &mut Classifier,
    table: &TableStream,
    roles: &ColumnRoles,
    output: &Path,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<ClassifiedFile>, TableError> {
    let Table {
        source, headers, ..
    } = table.beginning();
    check_output(&source.path, output)?;
    let mut work = TableWork::new(classifier, table, roles)?;
    let form = RowForm::new(source, output);
    let mut head = Vec::new();
    let unwritable = |source| WriteError::new(output, source);
    form.write_head(headers, &work.added, &mut head)
        .map_err(unwritable)?;
    let identity = identity(classifier, &work);
    let (mut partial, kept) = PartialFile::open(output, &identity, &head)?;
    for chunk in kept {
        work.scores.extend(chunk.scores);
        work.lengths.extend(chunk.lengths);
    }
    let resumed_from = work.done();
    if !progress(resumed_from) {
        return Ok(None);
    }
    let labels = work.labels.clone();
    let mut keep = |chunk: &Table, answers: &Answers| {
        let mut rows = Vec::new();
        form.write_rows(&chunk.rows, &labels, answers, &mut rows)
            .map_err(unwritable)?;
        Ok(partial.append(&rows, KeptChunk::new(answers))?)
    };
    if !work.go_on(classifier, &mut keep, progress)? {
        return Ok(None);
    }
    let classified = work.finish()?;
    partial.finish(output)?;
    Ok(Some(ClassifiedFile {
        classified,
        resumed_from,
    }))
}

/// Deletes the rows that an interrupted session left beside `output`.
///
/// # Errors
/// When they cannot be deleted.
pub fn discard_partial(output: &Path) -> Result<(), WriteError> {
    PartialFile::discard(output)
}

/// What has to be the same for a session to go on.
fn identity(classifier: &Classifier, work: &TableWork<'_>) -> BatchIdentity {
    let model = classifier.model();
    let source = &work.table.beginning().source;
    BatchIdentity {
        format_version: FORMAT_VERSION,
        weights: classifier.weights_sha256(),
        labels: work.labels.clone(),
        thresholds: work.thresholds.clone(),
        max_length: model.max_length,
        table: source.sha256.clone(),
        encoding: source.encoding,
        separator: source.separator,
        sheet: source.sheet.clone(),
        rows: work.table.rows(),
        roles: work.roles.clone(),
    }
}
