//! Why a table cannot be used.

use crate::failure_details;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use ts_rs::TS;

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum DatasetError {
    /// There is no such file.
    #[error("there is no file {}. Check the name and the folder", path.display())]
    #[serde(rename = "missingTable")]
    MissingFile {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// A folder was given.
    #[error("{} is a folder. Choose a CSV, TSV or XLSX file in it", path.display())]
    #[serde(rename = "tableIsFolder")]
    Directory {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The system does not let the file be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableTable")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file holds nothing.
    #[error("{} is empty. Save the table again", path.display())]
    #[serde(rename = "emptyTable")]
    Empty {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// There is a header and no row below it.
    #[error("{} has column names and no rows. Save the table again, with its articles", path.display())]
    #[serde(rename = "tableWithoutRows")]
    HeaderOnly {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The file is of another kind.
    #[error("{} is {format}, not a table. Save the table as CSV or XLSX", path.display())]
    #[serde(rename = "notATable")]
    OtherFormat {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What it is.
        format: OtherFormat,
    },
    /// The file is not text.
    #[error("{} is not a table: what stands in line {line} is not text. Save it as CSV or XLSX", path.display())]
    #[serde(rename = "tableIsBinary")]
    Binary {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// 1-based line.
        line: usize,
    },
    /// Bytes that the encoding does not have.
    #[error("{}, line {line}: what stands there{} is not {encoding}. Choose another encoding", path.display(), byte.map(|byte| format!(" (byte {byte:#04x})")).unwrap_or_default())]
    #[serde(rename = "undecodableText")]
    Undecodable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// The byte, where it is one.
        byte: Option<u8>,
        /// The encoding asked for.
        encoding: &'static str,
    },
    /// A row has another number of cells than the header.
    #[error("{}, line {line}: {found} cells instead of {expected}. A cell that holds the separator or a line break needs quotation marks around it; or choose another separator", path.display())]
    RaggedRow {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// The workbook cannot be read.
    #[error("cannot read the workbook {}: {message}. Save it again as XLSX or as CSV", path.display())]
    #[serde(rename = "unreadableWorkbook")]
    Workbook {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// There is no column of the name that was given.
    #[error("{} has no column \"{name}\". Its columns are: {columns}", path.display())]
    UnknownColumn {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The name.
        name: String,
        /// The columns there are.
        columns: String,
    },
    /// No column looks like titles or abstracts.
    #[error("{} has no column that looks like titles or abstracts. Say which they are. Its columns are: {columns}", path.display())]
    MissingTextColumn {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The columns there are.
        columns: String,
    },
    /// No column looks like labels.
    #[error("{} has no column that looks like labels. Say which it is. Its columns are: {columns}", path.display())]
    MissingLabelColumn {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The columns there are.
        columns: String,
    },
    /// Several columns look like labels.
    #[error("{}: more than one column looks like labels ({candidates}). Say which it is", path.display())]
    AmbiguousLabelColumn {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The columns that do.
        candidates: String,
    },
    /// A column of 0 and 1 holds something else.
    #[error("{}, line {line}, column \"{column}\": \"{value}\" is neither 0 nor 1. Correct it, or give one column that names the labels", path.display())]
    NotAnIndicator {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// No row has a label.
    #[error("no row of {} has a label in {columns}. Choose the column that holds the labels", path.display())]
    #[serde(rename = "tableWithoutLabels")]
    NoLabels {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Where labels were looked for.
        columns: String,
    },
    /// There are more labels than anybody tells apart: the column holds something else.
    #[error("{} has {found} different labels in {columns}, and at most {most} can be learned. Choose the column that holds the labels, or what separates them in a cell", path.display())]
    TooManyLabels {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Where the labels are.
        columns: String,
        /// Different labels.
        found: usize,
        /// The most there may be.
        most: usize,
    },
    /// There is one label only.
    #[error("{} has one label only, \"{label}\", and telling labels apart needs two. If a cell holds several labels, say what separates them", path.display())]
    OneLabelOnly {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The label.
        label: String,
    },
    /// A label is missing from the order that was given.
    #[error("{}, line {line}: the label \"{label}\" is not in the order of labels that was given. Add it, or correct the cell", path.display())]
    LabelNotInOrder {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// The label.
        label: String,
    },
    /// The test table has a label that the other table lacks.
    #[error("{} has the label \"{label}\", which stands nowhere in the table to learn from. Correct it there, or leave those rows out", path.display())]
    LabelNotLearned {
        /// The test table.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The label.
        label: String,
    },
    /// A label stands twice in the order that was given.
    #[error(
        "the label \"{label}\" stands twice in the order of labels that was given. Name each label once"
    )]
    LabelTwice {
        /// The label.
        label: String,
    },
    /// No column plays a role that a model learned from.
    #[error("the model read {role} when it learned, and no column of {} looks like that. Name the column, or say that there is none with an empty name. Its columns are: {columns}", path.display())]
    MissingRole {
        /// The table.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What it would hold.
        role: TextRole,
        /// The columns there are.
        columns: String,
    },
}

/// A kind of file that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OtherFormat {
    /// A PDF.
    Pdf,
    /// What Office wrote before 2007.
    OldOffice,
    /// A rich text.
    Rtf,
    /// A picture.
    Picture,
    /// A gzip file.
    Compressed,
}

impl Display for OtherFormat {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pdf => "a PDF",
            Self::OldOffice => "an old Office file (XLS or DOC)",
            Self::Rtf => "an RTF text",
            Self::Picture => "a picture",
            Self::Compressed => "a compressed file",
        })
    }
}

/// What a column of texts holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TextRole {
    /// The titles of articles.
    Titles,
    /// Their abstracts.
    Abstracts,
}

impl Display for TextRole {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Titles => "titles",
            Self::Abstracts => "abstracts",
        })
    }
}
