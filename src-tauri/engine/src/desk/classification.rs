//! Articles and tables that a model classifies or is evaluated on.

#[cfg(test)]
mod tests;

use std::path::Path;

use super::{Desk, DeskContext, DeskError};
use crate::classify::{ClassifiedFile, Classifier, check_output, classify_into, discard_partial};
use crate::dataset::{ColumnRoles, Document, RoleChoices, Table, TableStream, read_text_file};
use crate::jobs::{self, JobError, column_names};
use crate::model::backend::BackendError;
use crate::protocol::{
    BatchRequest, BatchSummary, ClassifiedDocument, EvaluatedTable, EvaluationRequest, Progress,
    ProgressUnit, Stop,
};
use crate::training::events::Clock;

/// Bytes of a text file that is read into the form.
const MOST_TEXT_BYTES: u64 = 10 << 20;

/// Seconds after which a card that had no room is asked again.
const SECONDS_OF_A_FULL_CARD: f64 = 60.0;

/// A model that stays in memory for the next article.
pub(super) struct Warm {
    pub(super) name: String,
    classifier: Classifier,
    /// When, in seconds of the desk's clock.
    loaded_at: f64,
}

impl Warm {
    /// Whether it is the model of this name as it is on the disk, on the device that it belongs on.
    fn fits(&self, name: &str, now: f64) -> bool {
        let passed_over = self.classifier.chosen().passed_over.as_ref();
        let was_full = passed_over.is_some_and(BackendError::is_of_a_full_card);
        self.name == name
            && self.classifier.is_current()
            && !(was_full && now - self.loaded_at >= SECONDS_OF_A_FULL_CARD)
    }
}

impl Desk {
    pub(super) fn classify(
        &mut self,
        model: &str,
        document: &Document,
        context: &DeskContext<'_>,
    ) -> Result<ClassifiedDocument, DeskError> {
        if document.text().is_empty() {
            return Err(DeskError::NothingToClassify);
        }
        let began = context.clock.seconds();
        let classifier = self.warm(model, context.clock)?;
        let answer = classifier.classify(document).map_err(JobError::from)?;
        let read_until = match answer.cut {
            0 => None,
            _ => classifier.read_until(document),
        };
        Ok(ClassifiedDocument {
            answer,
            read_until,
            seconds: context.clock.seconds() - began,
            device: classifier.chosen().into(),
        })
    }

    pub(super) fn read_text(&self, path: &Path) -> Result<String, DeskError> {
        // What is no file is named by the reading below.
        let bytes = std::fs::metadata(path).map_or(0, |data| data.len());
        if bytes > MOST_TEXT_BYTES {
            return Err(DeskError::TextTooLong {
                path: path.into(),
                bytes,
                most: MOST_TEXT_BYTES,
            });
        }
        let text = read_text_file(path, None).map_err(JobError::from)?;
        Ok(text.trim().into())
    }

    pub(super) fn classify_table(
        &mut self,
        batch: &BatchRequest,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<BatchSummary>, DeskError> {
        let began = context.clock.seconds();
        check_output(&batch.table, &batch.output).map_err(JobError::from)?;
        let table = TableStream::open(&batch.table, &batch.reading).map_err(JobError::from)?;
        let classifier = self.warm(&batch.model, context.clock)?;
        context.tell_device(classifier);
        let roles = roles_like(classifier, table.beginning(), &batch.roles)?;
        let mut progress = row_progress(table.rows(), context);
        let result = classify_into(classifier, &table, &roles, &batch.output, &mut progress);
        drop(progress);
        let Some(ClassifiedFile {
            classified,
            resumed_from,
        }) = result.map_err(JobError::from)?
        else {
            if context.stop.asked() == Some(Stop::Discard) {
                discard_partial(&batch.output).map_err(JobError::from)?;
            }
            return Ok(None);
        };
        let lengths = classified.answers.lengths.iter();
        Ok(Some(BatchSummary {
            output: batch.output.clone(),
            rows: table.rows(),
            resumed_from,
            columns: column_names(table.beginning(), &roles),
            given: classified.given_counts(),
            without_label: classified.without_label(),
            without_text: classified.without_text(),
            texts_cut: lengths.filter(|(_, cut)| *cut > 0).count(),
            evaluation: classified.evaluation.as_ref().map(Into::into),
            added: classified.added,
            unknown_labels: classified.unknown_labels,
            left_out: classified.left_out,
            seconds: context.clock.seconds() - began,
        }))
    }

    pub(super) fn evaluate_table(
        &mut self,
        evaluation: &EvaluationRequest,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<EvaluatedTable>, DeskError> {
        let table = TableStream::open(&evaluation.table, &evaluation.reading);
        let table = table.map_err(JobError::from)?;
        let classifier = self.warm(&evaluation.model, context.clock)?;
        context.tell_device(classifier);
        let roles = roles_like(classifier, table.beginning(), &evaluation.roles)?;
        let mut progress = row_progress(table.rows(), context);
        let evaluated = jobs::evaluate_table(classifier, &table, &roles, &mut progress)?;
        Ok(evaluated.map(|(classified, evaluation)| EvaluatedTable {
            evaluation: (&evaluation).into(),
            unknown_labels: classified.unknown_labels,
            left_out: classified.left_out,
        }))
    }

    /// The model of this name in memory, read anew where what is there does not fit any more.
    fn warm(&mut self, name: &str, clock: &dyn Clock) -> Result<&mut Classifier, DeskError> {
        let now = clock.seconds();
        // One that does not fit is dropped before the other is read.
        let warm = self.classifier.take().filter(|warm| warm.fits(name, now));
        let warm = match warm {
            Some(warm) => warm,
            None => {
                let model = self.kept_model(name)?;
                let classifier = Classifier::load(model, self.computing);
                Warm {
                    name: name.into(),
                    classifier: classifier.map_err(JobError::from)?,
                    loaded_at: now,
                }
            }
        };
        Ok(&mut self.classifier.insert(warm).classifier)
    }
}

fn roles_like(
    classifier: &Classifier,
    table: &Table,
    asked: &RoleChoices,
) -> Result<ColumnRoles, DeskError> {
    let roles = classifier.model().assign_roles(table, asked);
    Ok(roles.map_err(JobError::from)?)
}

/// Tells how many of `total` rows are done, and whether to go on. What is done at the first call
/// was so before.
fn row_progress(total: usize, context: &mut DeskContext<'_>) -> impl FnMut(usize) -> bool {
    let began = context.clock.seconds();
    let mut before = None;
    move |done| {
        let before = *before.get_or_insert(done);
        let seconds = context.clock.seconds() - began;
        context.progressed(Progress::measured(
            done as u64,
            total as u64,
            ProgressUnit::Rows,
            before as u64,
            seconds,
        ));
        !context.stop.is_raised()
    }
}
