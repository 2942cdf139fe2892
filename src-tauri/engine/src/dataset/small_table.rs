//! Small tables for the tests of what is found and put right in tables.

use super::{ColumnRoles, LabelColumns, Table, TableSource};

/// A table of titles, abstracts and labels.
pub(super) fn table(rows: &[[&str; 3]]) -> Table {
    Table {
        source: TableSource {
            path: "table.csv".into(),
            sha256: String::new(),
            bytes: 0,
            encoding: None,
            separator: None,
            sheet: None,
            has_byte_order_mark: false,
            rows: rows.len(),
            blank_rows: 0,
        },
        sheets: Vec::new(),
        headers: ["title", "abstract", "labels"].map(str::to_owned).into(),
        rows: rows
            .iter()
            .map(|row| row.map(str::to_owned).into())
            .collect(),
        lines: (2..).take(rows.len()).collect(),
    }
}

/// What its columns are; labels are separated by `|`.
pub(super) fn roles() -> ColumnRoles {
    ColumnRoles {
        title: Some(0),
        abstract_text: Some(1),
        labels: LabelColumns::Set {
            column: 2,
            separator: "|".into(),
        },
        id: None,
    }
}
