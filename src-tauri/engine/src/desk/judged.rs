//! The articles behind the counts of a model's evaluation.

use std::path::{Path, PathBuf};

use super::{Desk, DeskError};
use crate::evaluation::{ArticleCell, Evaluation};
use crate::files::FileStamp;
use crate::library::model::{MANIFEST_FILE, Manifest, RECORD_FILE, TableArticle, TrainedModel};
use crate::protocol::{Article, JudgedArticle, JudgedArticles};

/// The evaluation of a model with its articles, kept for the next page.
pub(super) struct JudgedModel {
    /// The files that it is from, as they were when it was read.
    files: Vec<(PathBuf, Option<FileStamp>)>,
    evaluation: Evaluation,
    /// The articles; none where the tables are no longer what they were.
    articles: Option<Vec<TableArticle>>,
}

impl JudgedModel {
    /// Reads the model in `folder`.
    fn read(folder: &Path) -> Result<Self, DeskError> {
        let mut files = stamps([RECORD_FILE, MANIFEST_FILE].map(|name| folder.join(name)));
        let opened = TrainedModel::open(folder)?;
        let (manifest, record) = opened.manifest_and_record()?;
        files.extend(stamps(table_paths(manifest)));
        let articles = if manifest.tables_are_there() {
            Some(manifest.read_articles()?)
        } else {
            None
        };
        Ok(Self {
            files,
            evaluation: record.into_evaluation(),
            articles,
        })
    }

    /// Whether it is of the model in `folder`, and nothing of it changed since.
    fn is_current(&self, folder: &Path) -> bool {
        let is_of = |(path, _): &(PathBuf, _)| path.parent() == Some(folder);
        self.files.first().is_some_and(is_of)
            && self
                .files
                .iter()
                .all(|(path, stamp)| FileStamp::of(path) == *stamp)
    }
}

fn table_paths(manifest: &Manifest) -> impl Iterator<Item = PathBuf> {
    let tables = std::iter::once(&manifest.table).chain(&manifest.test_table);
    tables.map(|source| source.path.clone())
}

fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> Vec<(PathBuf, Option<FileStamp>)> {
    let stamp = |path: PathBuf| {
        let stamp = FileStamp::of(&path);
        (path, stamp)
    };
    paths.into_iter().map(stamp).collect()
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
        let folder = self.home.models().kept(model)?;
        let kept = self.judged.take().filter(|kept| kept.is_current(&folder));
        let judged = match kept {
            Some(kept) => kept,
            None => JudgedModel::read(&folder)?,
        };
        let JudgedModel {
            evaluation,
            articles,
            ..
        } = self.judged.insert(judged);
        if label >= evaluation.labels.len() {
            return Err(DeskError::NoSuchLabel {
                number: label,
                labels: evaluation.labels.len(),
            });
        }
        let places = evaluation.articles_in(label, cell);
        let page = places.iter().skip(offset).take(limit);
        let texts = articles.as_deref().unwrap_or(&[]);
        Ok(JudgedArticles {
            total: places.len(),
            articles: page
                .map(|&place| judged_article(evaluation, place, texts))
                .collect(),
            table_is_there: articles.is_some(),
        })
    }
}

fn judged_article(
    evaluation: &Evaluation,
    place: usize,
    articles: &[TableArticle],
) -> JudgedArticle {
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
