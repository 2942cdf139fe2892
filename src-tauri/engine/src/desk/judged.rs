//! The articles behind the counts of a model's evaluation.

use super::{Desk, DeskError};
use crate::evaluation::{ArticleCell, Evaluation};
use crate::library::model::{Manifest, TableArticle};
use crate::protocol::{Article, JudgedArticle, JudgedArticles};

/// The articles that a model was evaluated on.
pub(super) struct JudgedTable {
    /// The checksums of the files that they are from.
    identity: Vec<String>,
    articles: Vec<TableArticle>,
}

impl Desk {
    pub(super) fn list_judged(
        &mut self,
        model: &str,
        label: usize,
        cell: ArticleCell,
        offset: usize,
        limit: usize,
    ) -> Result<JudgedArticles, DeskError> {
        let opened = self.kept_model(model)?;
        let (manifest, record) = opened.manifest_and_record()?;
        let evaluation = record.evaluation();
        if label >= evaluation.labels.len() {
            return Err(DeskError::NoSuchLabel {
                number: label,
                labels: evaluation.labels.len(),
            });
        }
        let articles = self.judged_articles(manifest)?;
        let places = evaluation.articles_in(label, cell);
        let page = places.iter().skip(offset).take(limit);
        Ok(JudgedArticles {
            total: places.len(),
            articles: page
                .map(|&place| judged(evaluation, place, articles.unwrap_or(&[])))
                .collect(),
            table_is_there: articles.is_some(),
        })
    }

    /// The articles of a model's tables; none where the tables are no longer what they were. Those
    /// that were read last are kept for the next page.
    fn judged_articles(
        &mut self,
        manifest: &Manifest,
    ) -> Result<Option<&[TableArticle]>, DeskError> {
        if !manifest.tables_are_there() {
            return Ok(None);
        }
        let identity = manifest.tables_identity();
        let kept = self.judged.take();
        let judged = match kept.filter(|kept| kept.identity == identity) {
            Some(kept) => kept,
            None => JudgedTable {
                identity: identity.into_iter().map(str::to_owned).collect(),
                articles: manifest.read_articles()?,
            },
        };
        Ok(Some(&self.judged.insert(judged).articles))
    }
}

fn judged(evaluation: &Evaluation, place: usize, articles: &[TableArticle]) -> JudgedArticle {
    let row = evaluation.rows.get(place).copied().unwrap_or_default();
    let scores = evaluation.scores.row(place);
    let names = |has: &mut dyn Iterator<Item = bool>| {
        let labels = evaluation.labels.iter().zip(has);
        let chosen = labels.filter(|(_, has)| *has);
        chosen.map(|(label, _)| label.clone()).collect()
    };
    let reached = scores.iter().zip(&evaluation.thresholds);
    let article = articles.get(row);
    let document = article.map(|article| article.document.clone());
    let document = document.unwrap_or_default();
    JudgedArticle {
        article: Article {
            row,
            line: article.map(|article| article.line),
            id: document.id,
            title: document.title,
            abstract_text: document.abstract_text,
            labels: names(&mut evaluation.targets.row(place).iter().copied()),
        },
        given: names(&mut reached.map(|(score, threshold)| score >= threshold)),
        scores: scores.to_vec(),
    }
}
