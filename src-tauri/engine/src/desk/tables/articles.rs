//! Pages of the open table's articles.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::OpenTable;
use crate::dataset::{Finding, normalise};
use crate::protocol::{Article, ArticleFilter, ArticlePage};

/// Articles of a page at most.
const MOST_ARTICLES: usize = 500;

/// The rows that a filter selects, kept so that its next page needs no second search.
pub(super) struct Selection {
    filter: ArticleFilter,
    rows: Vec<usize>,
}

impl OpenTable {
    /// Some of the articles that a filter selects, in the order of the table; those that nearly
    /// repeat another one come after it.
    pub(super) fn page(
        &mut self,
        filter: &ArticleFilter,
        offset: usize,
        limit: usize,
    ) -> ArticlePage {
        let kept = self.selection.take();
        let selection = kept.filter(|selection| selection.filter == *filter);
        let selection = selection.unwrap_or_else(|| Selection {
            filter: filter.clone(),
            rows: self.select(filter),
        });
        let rows = selection.rows.iter().skip(offset);
        let rows = rows.take(limit.min(MOST_ARTICLES));
        let page = ArticlePage {
            total: selection.rows.len(),
            articles: rows.map(|&row| self.article(row)).collect(),
        };
        self.selection = Some(selection);
        page
    }

    fn select(&self, filter: &ArticleFilter) -> Vec<usize> {
        let mut rows = match filter.finding {
            None => (0..self.dataset.documents.len()).collect(),
            Some(place) => {
                let finding = self.findings.get(place);
                finding.map_or_else(Vec::new, |finding| self.rows_of(finding))
            }
        };
        if let Some(label) = &filter.label {
            let place = self.dataset.labels.iter().position(|name| name == label);
            rows.retain(|&row| place.is_some_and(|place| self.dataset.targets.row(row)[place]));
        }
        let search = normalise(&filter.search);
        let words: Vec<&str> = search.split_whitespace().collect();
        if words.is_empty() {
            return rows;
        }
        let holds = |row: &usize| {
            let text = self.searched(*row);
            words.iter().all(|word| text.contains(word))
        };
        rows.into_par_iter().filter(holds).collect()
    }

    /// All rows that a finding is about.
    fn rows_of(&self, finding: &Finding) -> Vec<usize> {
        match finding {
            Finding::NearDuplicate { rows, earlier } => {
                let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
                for (&row, &earlier) in rows.iter().zip(earlier) {
                    groups.entry(earlier).or_default().push(row);
                }
                // A row that others resemble may resemble another one itself; it is listed once.
                let resembles: std::collections::BTreeSet<&usize> = rows.iter().collect();
                let group = |(earlier, rows): (usize, Vec<usize>)| {
                    let first = (!resembles.contains(&earlier)).then_some(earlier);
                    first.into_iter().chain(rows)
                };
                groups.into_iter().flat_map(group).collect()
            }
            other => other.rows().to_vec(),
        }
    }

    /// What is searched of a row.
    fn searched(&self, row: usize) -> String {
        let document = &self.dataset.documents[row];
        let mut text = format!(
            "{} {} {}",
            document.title,
            document.abstract_text,
            document.id.as_deref().unwrap_or_default()
        );
        for label in self.labels_of(row) {
            text.push(' ');
            text.push_str(label);
        }
        normalise(&text)
    }

    fn labels_of(&self, row: usize) -> impl Iterator<Item = &String> {
        let has = self.dataset.targets.row(row).iter();
        let labels = has.zip(&self.dataset.labels);
        labels.filter(|(has, _)| **has).map(|(_, label)| label)
    }

    /// An article by its place in the dataset.
    pub(super) fn article(&self, place: usize) -> Article {
        let document = &self.dataset.documents[place];
        let row = self.dataset.rows.get(place).copied().unwrap_or(place);
        Article {
            row,
            line: self.table.lines.get(row).copied(),
            id: document.id.clone(),
            title: document.title.clone(),
            abstract_text: document.abstract_text.clone(),
            labels: self.labels_of(place).cloned().collect(),
        }
    }
}
