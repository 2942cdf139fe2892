//! How the open table would be split.

use std::collections::BTreeMap;
use std::path::Path;

use super::OpenTable;
use crate::desk::DeskError;
use crate::jobs::{JobError, TestArticles, part_cells, titles};
use crate::labels::LabelMatrix;
use crate::library::model::Columns;
use crate::protocol::{PartCounts, SplitOverview};
use crate::split::{SplitChoice, SplitMaterial, find_leaks, split_rows};

/// Splits the rows as a training would.
pub(super) fn preview(
    open: &OpenTable,
    choice: &SplitChoice,
    test_table: Option<&Path>,
) -> Result<SplitOverview, DeskError> {
    let dataset = open.learnable()?;
    let nothing = Columns::default();
    let columns = open.columns.as_ref().unwrap_or(&nothing);
    let read =
        |path| TestArticles::read(path, &open.reading, &open.choices, columns, &dataset.labels);
    let test = test_table.map(read).transpose()?;
    let parts = part_cells(&open.table, choice)?;
    let mut all_titles = titles(&dataset.documents);
    let own_test = test.as_ref().map_or(&[][..], |test| &test.documents);
    all_titles.extend(titles(own_test));
    let joined;
    let targets = match &test {
        Some(test) => {
            joined = test.targets_below(&dataset.targets);
            &joined
        }
        None => &dataset.targets,
    };
    let material = SplitMaterial {
        targets,
        titles: &all_titles,
        parts: &parts,
        own_test_rows: own_test.len(),
    };
    let split = split_rows(material, choice).map_err(JobError::from)?;
    let [training, validation, test] =
        [&split.training, &split.validation, &split.test].map(|rows| count(targets, rows));
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (part, name) in [
        (&training, "training"),
        (&validation, "validation"),
        (&test, "test"),
    ] {
        // Some splits have no test part at all.
        for (label, rows) in dataset.labels.iter().zip(&part.labels) {
            if part.rows > 0 && *rows == 0 {
                missing.entry(label.clone()).or_default().push(name.into());
            }
        }
    }
    Ok(SplitOverview {
        split: choice.clone(),
        leaks: find_leaks(&split, &all_titles),
        training,
        validation,
        test,
        missing,
    })
}

fn count(targets: &LabelMatrix, rows: &[usize]) -> PartCounts {
    PartCounts {
        rows: rows.len(),
        labels: targets.select(rows).label_counts(),
    }
}
