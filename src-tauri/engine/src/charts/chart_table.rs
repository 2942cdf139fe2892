//! Charts as tables.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The numbers of a chart, to be shown or written as CSV beside the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChartTable {
    /// The columns' names, in the language that was asked for.
    pub headers: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell: in JSON a string, a number or null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Cell {
    /// Words.
    Text(String),
    /// How many.
    Count(usize),
    /// Any other number, unrounded.
    Number(f64),
    /// Not defined.
    Missing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        if number.is_finite() {
            Self::Number(number)
        } else {
            Self::Missing
        }
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::from)
    }
}

impl ChartTable {
    pub(super) fn new(headers: &[&str], rows: Vec<Vec<Cell>>) -> Self {
        Self {
            headers: headers.iter().map(|&header| header.into()).collect(),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_strings_numbers_and_null() {
        let cells: Vec<Cell> = vec!["a".into(), 2_usize.into(), 0.5.into(), f64::NAN.into()];
        let json = serde_json::to_string(&cells).unwrap();
        assert_eq!(json, r#"["a",2,0.5,null]"#);
        assert_eq!(serde_json::from_str::<Vec<Cell>>(&json).unwrap(), cells);
    }
}
