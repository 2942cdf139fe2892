//! How the open table would be split.

use std::collections::BTreeMap;
use std::path::Path;

use super::OpenTable;
use crate::desk::DeskError;
use crate::jobs::{LikeTable, TestArticles, part_cells, split_corrected, titles};
use crate::labels::LabelMatrix;
use crate::library::model::Columns;
use crate::protocol::{Article, PartCounts, SplitLeak, SplitOverview};
use crate::split::{Leak, SplitChoice, SplitMaterial, find_leaks};

/// Leaks that are listed.
const LEAKS_LISTED: usize = 50;

/// Splits the rows as a training would.
pub(super) fn preview(
    open: &OpenTable,
    choice: &SplitChoice,
    test_table: Option<&Path>,
) -> Result<SplitOverview, DeskError> {
    let dataset = open.learnable()?;
    let nothing = Columns::default();
    let columns = open.columns.as_ref().unwrap_or(&nothing);
    let like = LikeTable {
        reading: &open.reading,
        roles: &open.choices,
        columns,
        labels: &dataset.labels,
        corrections: &open.corrections,
    };
    let read = |path| TestArticles::read(path, like);
    let own_test = test_table.map(read).transpose()?;
    let parts = part_cells(&open.table, choice, &dataset.rows)?;
    let mut all_titles = titles(&dataset.documents);
    let test_documents = own_test.as_ref().map_or(&[][..], |test| &test.documents);
    all_titles.extend(titles(test_documents));
    let joined;
    let targets = match &own_test {
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
        own_test_rows: test_documents.len(),
    };
    let split = split_corrected(material, choice, &dataset.rows)?;
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
    let leaks = find_leaks(&split, &all_titles);
    let listed = leaks.iter().take(LEAKS_LISTED);
    Ok(SplitOverview {
        split: choice.clone(),
        leaks: leaks.len(),
        leaked: listed
            .map(|leak| leaked(open, own_test.as_ref(), targets, leak))
            .collect(),
        training,
        validation,
        test,
        missing,
    })
}

fn leaked(
    open: &OpenTable,
    own_test: Option<&TestArticles>,
    targets: &LabelMatrix,
    leak: &Leak,
) -> SplitLeak {
    let first = open.dataset.documents.len();
    let of_own_test = own_test.zip(leak.row.checked_sub(first));
    let article = match of_own_test {
        None => open.article(leak.row),
        Some((test, place)) => {
            let document = test.documents[place].clone();
            let labels = open.dataset.labels.iter().zip(targets.row(leak.row));
            let labels = labels.filter(|(_, has)| **has);
            Article {
                row: test.row_below(&open.table.source, place),
                line: test.lines.get(place).copied(),
                id: document.id,
                title: document.title,
                abstract_text: document.abstract_text,
                labels: labels.map(|(label, _)| label.clone()).collect(),
            }
        }
    };
    SplitLeak {
        part: leak.part,
        is_of_own_test: of_own_test.is_some(),
        article,
        learned: open.article(leak.learned),
    }
}

fn count(targets: &LabelMatrix, rows: &[usize]) -> PartCounts {
    PartCounts {
        rows: rows.len(),
        labels: targets.select(rows).label_counts(),
    }
}
