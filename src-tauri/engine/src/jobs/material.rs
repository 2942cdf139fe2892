//! What a training needs, read from disk: articles, word pieces, split, base model.

use std::path::Path;

use super::{JobContext, JobError, JobEvent, TrainingRequest};
use crate::dataset::{
    ColumnRoles, CorrectionEffects, Corrections, Dataset, DatasetError, DatasetProfile, Document,
    KnownLabels, LabelColumns, LabelsNeeded, ReadArticles, ReadingChoices, RoleChoices, Table,
    TableSource, assign_roles, read_table,
};
use crate::labels::LabelMatrix;
use crate::library::base::BaseModel;
use crate::library::model::{BaseOrigin, Columns};
use crate::model::backend::thread_pool;
use crate::split::{Split, SplitChoice, SplitError, SplitMaterial, find_leaks, split_rows};
use crate::text::batch::TokenIds;
use crate::text::tokenizer::Encoded;

/// Articles with everything that is known of them before training.
pub(super) struct Material {
    pub(super) dataset: Dataset,
    pub(super) effects: CorrectionEffects,
    pub(super) test_source: Option<TableSource>,
    pub(super) test_effects: Option<CorrectionEffects>,
    pub(super) columns: Columns,
    pub(super) split: Split,
    pub(super) sequences: Vec<TokenIds>,
    pub(super) profile: DatasetProfile,
    pub(super) parameters: Vec<f32>,
    pub(super) base: BaseOrigin,
}

/// The articles of both tables, the test table's last: their rows are counted on from those of
/// the other table.
struct Articles {
    dataset: Dataset,
    effects: CorrectionEffects,
    parts: Vec<String>,
    test_source: Option<TableSource>,
    test_effects: Option<CorrectionEffects>,
    own_test_rows: usize,
    columns: Columns,
}

/// Reads, checks and encodes everything. The base model's weights are read meanwhile.
pub(super) fn gather(
    request: &TrainingRequest,
    base: &BaseModel,
    threads: usize,
    context: &mut JobContext<'_>,
) -> Result<Material, JobError> {
    let pool = thread_pool(threads)?;
    let articles = pool.install(|| read_articles(request))?;
    context.observer.on(JobEvent::TableRead {
        source: articles.dataset.source.clone(),
        columns: articles.columns.clone(),
        labels: articles.dataset.labels.clone(),
        effects: Box::new(articles.effects.clone()),
    });
    let split = split_articles(request, &articles)?;
    let titles = titles(&articles.dataset.documents);
    let leaks = find_leaks(&split, &titles).len();
    let texts: Vec<String> = articles
        .dataset
        .documents
        .iter()
        .map(Document::text)
        .collect();
    let labels = articles.dataset.labels.len();
    let length = request.recipe.max_length;
    let encode = || base.tokenizer().encode_all(&texts, length);
    let load = || base.load_parameters(labels, request.recipe.seed);
    let (encoded, (loaded, sha256)) =
        pool.install(|| rayon::join(encode, || (load(), base.fingerprint())));
    let (parameters, report) = loaded?;
    let profile = DatasetProfile::new(
        &articles.dataset.labels,
        &articles.dataset.targets,
        &encoded,
        length,
    );
    context.observer.on(JobEvent::Prepared {
        run: request.name.clone(),
        choice: request.split.clone(),
        training_rows: split.training.len(),
        validation_rows: split.validation.len(),
        test_rows: split.test.len(),
        leaks,
        texts_cut: profile.lengths.texts_cut,
        share_cut: profile.lengths.word_pieces_cut as f64
            / profile.lengths.word_pieces.max(1) as f64,
        initialised: report.initialised.clone(),
        threads,
    });
    Ok(Material {
        split,
        sequences: encoded.into_iter().map(|Encoded { ids, .. }| ids).collect(),
        profile,
        parameters,
        base: BaseOrigin {
            name: base.name().into(),
            sha256: sha256?,
            initialised: report.initialised,
        },
        dataset: articles.dataset,
        effects: articles.effects,
        test_source: articles.test_source,
        test_effects: articles.test_effects,
        columns: articles.columns,
    })
}

pub(crate) fn titles(documents: &[Document]) -> Vec<&str> {
    documents
        .iter()
        .map(|document| document.title.as_str())
        .collect()
}

fn read_articles(request: &TrainingRequest) -> Result<Articles, JobError> {
    let mut table = read_table(&request.table, &request.reading)?;
    let roles = assign_roles(&table, &request.roles, LabelsNeeded::Required)?;
    let (dataset, effects) =
        Dataset::corrected(&mut table, &roles, &request.roles, &request.corrections)?;
    let parts = part_cells(&table, &request.split, &dataset.rows)?;
    let mut articles = Articles {
        parts: parts.into_iter().map(str::to_owned).collect(),
        effects,
        test_source: None,
        test_effects: None,
        own_test_rows: 0,
        columns: column_names(&table, &roles),
        dataset,
    };
    if let Some(path) = &request.test_table {
        let like = LikeTable {
            reading: &request.reading,
            roles: &request.roles,
            columns: &articles.columns,
            labels: &articles.dataset.labels,
            corrections: &request.corrections,
        };
        let test = TestArticles::read(path, like)?;
        let dataset = &mut articles.dataset;
        dataset.targets = test.targets_below(&dataset.targets);
        let places = 0..test.documents.len();
        let rows = places.map(|place| test.row_below(&dataset.source, place));
        dataset.rows.extend(rows);
        articles.own_test_rows = test.documents.len();
        articles.test_source = Some(test.source);
        articles.test_effects = Some(test.effects);
        dataset.documents.extend(test.documents);
    }
    Ok(articles)
}

/// How the table to learn from was read, which its test table follows.
#[derive(Clone, Copy)]
pub(crate) struct LikeTable<'a> {
    /// How the file is read.
    pub(crate) reading: &'a ReadingChoices,
    /// What was said about the columns.
    pub(crate) roles: &'a RoleChoices,
    /// The columns that were found, which are looked for where nothing was said.
    pub(crate) columns: &'a Columns,
    /// The labels to learn.
    pub(crate) labels: &'a [String],
    /// What is put right. Repetitions are looked for within each table.
    pub(crate) corrections: &'a Corrections,
}

/// The articles of a test table of its own.
pub(crate) struct TestArticles {
    pub(crate) source: TableSource,
    pub(crate) documents: Vec<Document>,
    /// The line of the file where each article begins.
    pub(crate) lines: Vec<u64>,
    pub(crate) effects: CorrectionEffects,
    rows: Vec<usize>,
    targets: LabelMatrix,
}

impl TestArticles {
    /// Reads and corrects them as the table to learn from. Computes in the current rayon pool.
    pub(crate) fn read(path: &Path, like: LikeTable<'_>) -> Result<Self, JobError> {
        let mut table = read_table(path, like.reading)?;
        let choices = like.columns.fill_in(like.roles.clone(), &table);
        let roles = assign_roles(&table, &choices, LabelsNeeded::Required)?;
        like.columns.check_roles(&table, &choices, &roles)?;
        let articles = ReadArticles::take_from_table(&mut table, &roles)?;
        let (articles, effects) = like.corrections.apply(articles);
        let known = KnownLabels::among(&articles.labels, like.labels, true);
        if let Some(label) = known.unknown_labels.keys().next() {
            return Err(DatasetError::LabelNotLearned {
                path: path.into(),
                label: label.clone(),
            }
            .into());
        }
        let lines = articles.rows.iter().filter_map(|&row| table.lines.get(row));
        Ok(Self {
            lines: lines.copied().collect(),
            source: table.source,
            documents: articles.documents,
            effects,
            rows: articles.rows,
            targets: known.targets.unwrap_or_default(),
        })
    }

    /// Their labels below those of the table to learn from.
    pub(crate) fn targets_below(&self, above: &LabelMatrix) -> LabelMatrix {
        LabelMatrix::new(
            above.labels(),
            [above.values(), self.targets.values()].concat(),
        )
    }

    /// The row of one of them, counted on from those of the table to learn from.
    pub(crate) fn row_below(&self, above: &TableSource, place: usize) -> usize {
        above.rows + self.rows.get(place).copied().unwrap_or(place)
    }
}

fn split_articles(request: &TrainingRequest, articles: &Articles) -> Result<Split, JobError> {
    let parts: Vec<&str> = articles.parts.iter().map(String::as_str).collect();
    let material = SplitMaterial {
        targets: &articles.dataset.targets,
        titles: &titles(&articles.dataset.documents),
        parts: &parts,
        own_test_rows: articles.own_test_rows,
    };
    split_corrected(material, &request.split, &articles.dataset.rows)
}

/// Splits the articles of a corrected table, which stand in these `rows` of it.
pub(crate) fn split_corrected(
    material: SplitMaterial<'_>,
    choice: &SplitChoice,
    rows: &[usize],
) -> Result<Split, JobError> {
    let split = split_rows(material, choice);
    Ok(split.map_err(|error| match error {
        // Its user looks the row up in the file.
        SplitError::UnknownPart { row, value } => SplitError::UnknownPart {
            row: rows.get(row - 1).map_or(row, |row| row + 1),
            value,
        },
        other => other,
    })?)
}

/// The cells of the column that says the part of each of these `rows`; none where the split asks
/// for no column.
pub(crate) fn part_cells<'a>(
    table: &'a Table,
    split: &SplitChoice,
    rows: &[usize],
) -> Result<Vec<&'a str>, JobError> {
    let SplitChoice::Column { name } = split else {
        return Ok(Vec::new());
    };
    let place = table.headers.iter().position(|header| header == name);
    let place = place.ok_or_else(|| DatasetError::UnknownColumn {
        path: table.source.path.clone(),
        name: name.into(),
        columns: table.column_list(),
    })?;
    let cell = |&row: &usize| table.rows.get(row).map(|row| row[place].as_str());
    Ok(rows.iter().filter_map(cell).collect())
}

/// The roles by the names of their columns.
pub fn column_names(table: &Table, roles: &ColumnRoles) -> Columns {
    let name = |column: usize| table.headers[column].clone();
    let (labels, label_separator) = match &roles.labels {
        LabelColumns::None => (Vec::new(), None),
        LabelColumns::Set { column, separator } => (vec![name(*column)], Some(separator.clone())),
        LabelColumns::Indicators { columns } => {
            (columns.iter().map(|&column| name(column)).collect(), None)
        }
    };
    Columns {
        title: roles.title.map(name),
        abstract_text: roles.abstract_text.map(name),
        id: roles.id.map(name),
        labels,
        label_separator,
    }
}
