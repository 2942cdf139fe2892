//! What a training needs, read from disk: articles, word pieces, split, base model.

use std::path::Path;

use super::{JobContext, JobError, JobEvent, TrainingRequest};
use crate::dataset::{
    ColumnRoles, Dataset, DatasetError, DatasetProfile, Document, LabelColumns, LabelsNeeded,
    ReadingChoices, RoleChoices, Table, TableSource, assign_roles, match_labels, read_table,
};
use crate::labels::LabelMatrix;
use crate::library::base::BaseModel;
use crate::library::model::{BaseOrigin, Columns};
use crate::model::backend::thread_pool;
use crate::split::{Split, SplitChoice, SplitMaterial, find_leaks, split_rows};
use crate::text::batch::TokenIds;
use crate::text::tokenizer::Encoded;

/// Articles with everything that is known of them before training.
pub(super) struct Material {
    pub(super) dataset: Dataset,
    pub(super) test_source: Option<TableSource>,
    pub(super) columns: Columns,
    pub(super) split: Split,
    pub(super) sequences: Vec<TokenIds>,
    pub(super) profile: DatasetProfile,
    pub(super) parameters: Vec<f32>,
    pub(super) base: BaseOrigin,
}

/// The articles of both tables, the test table's last.
struct Articles {
    dataset: Dataset,
    parts: Vec<String>,
    test_source: Option<TableSource>,
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
    let articles = read_articles(request)?;
    context.observer.on(JobEvent::TableRead {
        source: articles.dataset.source.clone(),
        columns: articles.columns.clone(),
        labels: articles.dataset.labels.clone(),
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
        test_source: articles.test_source,
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
    let parts = part_cells(&table, &request.split)?;
    let parts = parts.into_iter().map(str::to_owned).collect();
    let dataset = Dataset::take_from_table(&mut table, &roles, &request.roles)?;
    let mut articles = Articles {
        parts,
        test_source: None,
        own_test_rows: 0,
        columns: column_names(&table, &roles),
        dataset,
    };
    if let Some(path) = &request.test_table {
        let labels = &articles.dataset.labels;
        let (reading, roles) = (&request.reading, &request.roles);
        let test = TestArticles::read(path, reading, roles, &articles.columns, labels)?;
        let dataset = &mut articles.dataset;
        dataset.targets = test.targets_below(&dataset.targets);
        articles.own_test_rows = test.documents.len();
        articles.test_source = Some(test.source);
        dataset.documents.extend(test.documents);
    }
    Ok(articles)
}

/// The articles of a test table of its own.
pub(crate) struct TestArticles {
    pub(crate) source: TableSource,
    pub(crate) documents: Vec<Document>,
    targets: Option<LabelMatrix>,
}

impl TestArticles {
    /// Reads them with the `labels` of the table to learn from, whose `columns` are looked for
    /// where the roles do not say which they are.
    pub(crate) fn read(
        path: &Path,
        reading: &ReadingChoices,
        roles: &RoleChoices,
        columns: &Columns,
        labels: &[String],
    ) -> Result<Self, JobError> {
        let table = read_table(path, reading)?;
        let choices = columns.fill_in(roles.clone(), &table);
        let roles = assign_roles(&table, &choices, LabelsNeeded::Required)?;
        columns.check_roles(&table, &choices, &roles)?;
        let test = match_labels(&table, &roles, labels)?;
        if let Some(label) = test.known.unknown_labels.keys().next() {
            return Err(DatasetError::LabelNotLearned {
                path: path.into(),
                label: label.clone(),
            }
            .into());
        }
        Ok(Self {
            source: table.source,
            documents: test.documents,
            targets: test.known.targets,
        })
    }

    /// Their labels below those of the table to learn from.
    pub(crate) fn targets_below(&self, above: &LabelMatrix) -> LabelMatrix {
        let below = self.targets.as_ref().map_or(&[][..], LabelMatrix::values);
        LabelMatrix::new(above.labels(), [above.values(), below].concat())
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
    Ok(split_rows(material, &request.split)?)
}

/// The cells of the column that says the part of each row; none where the split asks for no
/// column.
pub(crate) fn part_cells<'a>(
    table: &'a Table,
    split: &SplitChoice,
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
    Ok(table.rows.iter().map(|row| row[place].as_str()).collect())
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
