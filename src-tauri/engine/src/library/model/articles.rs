//! The articles that a model was trained and evaluated on, read from its table again.

use super::Manifest;
use crate::checksum;
use crate::dataset::{
    DatasetError, Document, LabelsNeeded, ReadingChoices, RoleChoices, TableSource, assign_roles,
    documents, read_table,
};

/// An article of a table, with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableArticle {
    /// The article.
    pub document: Document,
    /// The line of the file where it begins, from 1; in a workbook its row.
    pub line: u64,
}

impl Manifest {
    /// Whether the tables are still where they were, byte for byte. Reads them.
    pub fn tables_are_there(&self) -> bool {
        self.sources().all(is_there)
    }

    /// The articles of the table, and after them those of the test table, if it has one: by the
    /// row numbers of its evaluations.
    ///
    /// # Errors
    /// When a table is no longer what it was.
    pub fn read_articles(&self) -> Result<Vec<TableArticle>, DatasetError> {
        let mut articles = Vec::new();
        for source in self.sources() {
            let reading = ReadingChoices {
                encoding: source.encoding,
                separator: source.separator,
                sheet: source.sheet.clone(),
            };
            let table = read_table(&source.path, &reading)?;
            // A role that no column had must not be guessed; an empty name says so.
            let columns = self.columns.clone();
            let choices = RoleChoices {
                title: Some(columns.title.unwrap_or_default()),
                abstract_text: Some(columns.abstract_text.unwrap_or_default()),
                id: Some(columns.id.unwrap_or_default()),
                labels: columns.labels,
                label_separator: columns.label_separator,
                label_order: None,
            };
            let roles = assign_roles(&table, &choices, LabelsNeeded::Optional)?;
            let lines = table.lines.iter().copied();
            let placed = documents(&table, &roles).into_iter().zip(lines);
            articles.extend(placed.map(|(document, line)| TableArticle { document, line }));
        }
        Ok(articles)
    }

    fn sources(&self) -> impl Iterator<Item = &TableSource> {
        std::iter::once(&self.table).chain(&self.test_table)
    }
}

fn is_there(source: &TableSource) -> bool {
    // A file of another size need not be read.
    let size = std::fs::metadata(&source.path).map(|data| data.len());
    size.is_ok_and(|bytes| bytes == source.bytes)
        && checksum::of_file(&source.path).is_ok_and(|sha256| sha256 == source.sha256)
}
