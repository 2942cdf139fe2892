//! Evaluating: a run's best weights on its own parts, and a model on a table handed in later.

use super::material::Material;
use super::{JobContext, JobError, JobEvent};
use crate::classify::{ClassifiedTable, Classifier, classify_table};
use crate::dataset::{ColumnRoles, Document, TableStream};
use crate::evaluation::{
    EvaluatedPart, Evaluation, EvaluationError, INTERVAL_SEED, LinearBaseline, ThresholdGoal,
    Thresholds, ValidationScores, train_baseline,
};
use crate::labels::ScoreMatrix;
use crate::library::model::ModelRecord;
use crate::model::backend::Backend;
use crate::model::inference::{predict_logits, probability};
use crate::training::recipe::ThresholdChoice;
use crate::training::{End, Outcome};

/// Evaluates the best weights of a run on its validation and test parts, beside the linear
/// baseline, with thresholds that only the validation part chose. A run that finished can be asked
/// to stop here too, and then there is nothing; one that was stopped before is evaluated.
pub(super) fn evaluate_run(
    choice: ThresholdChoice,
    material: &Material,
    outcome: &Outcome,
    backend: &mut dyn Backend,
    context: &mut JobContext<'_>,
) -> Result<Option<ModelRecord>, JobError> {
    let split = &material.split;
    let labels = &material.dataset.labels;
    backend.prepare(&outcome.parameters)?;
    let mut scores = |rows: &[usize]| score(rows, material, outcome, backend, context);
    let Some(on_validation) = scores(&split.validation)? else {
        return Ok(None);
    };
    let Some(on_test) = scores(&split.test)? else {
        return Ok(None);
    };
    let thresholds = match choice {
        ThresholdChoice::Half => vec![0.5; labels.len()],
        ThresholdChoice::Validation => {
            let targets = &material.dataset.targets;
            let validation = ValidationScores::new(split, targets, &on_validation)?;
            Thresholds::choose(&validation, ThresholdGoal::BestF1)?.values()
        }
    };
    let baseline = learn_baseline(material, context)?;
    // What is kept names rows as the files have them, and not as corrections left them.
    let kept_split = split.numbered(&material.dataset.rows);
    let evaluation = |part, rows: &[usize], kept: &[usize], scores| {
        let texts = texts(&material.dataset.documents, rows);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Evaluation::new(
            part,
            kept.to_vec(),
            labels.clone(),
            thresholds.clone(),
            material.dataset.targets.select(rows),
            scores,
            baseline.as_ref().map(|baseline| baseline.judge(&texts)),
            INTERVAL_SEED,
        )
    };
    let validation = evaluation(
        EvaluatedPart::Validation,
        &split.validation,
        &kept_split.validation,
        on_validation,
    )?;
    let test = match split.test.as_slice() {
        [] => None,
        rows => {
            let kept = &kept_split.test;
            Some(evaluation(EvaluatedPart::Test, rows, kept, on_test)?)
        }
    };
    Ok(Some(ModelRecord {
        history: outcome.history.clone(),
        profile: material.profile.clone(),
        split: kept_split,
        validation,
        test,
    }))
}

/// The probabilities of these rows, shape (rows, labels).
fn score(
    rows: &[usize],
    material: &Material,
    outcome: &Outcome,
    backend: &mut dyn Backend,
    context: &mut JobContext<'_>,
) -> Result<Option<ScoreMatrix>, JobError> {
    let sequences: Vec<&[u32]> = rows
        .iter()
        .map(|&row| material.sequences[row].as_slice())
        .collect();
    let total = rows.len();
    // The flag of a run that was stopped is up already.
    let stops = outcome.end != End::Stopped;
    let logits = predict_logits(backend, &outcome.parameters, &sequences, &mut |done| {
        context.observer.on(JobEvent::Evaluating { done, total });
        !(stops && context.stop.is_raised())
    })?;
    let labels = material.dataset.labels.len();
    Ok(
        logits
            .map(|logits| ScoreMatrix::new(labels, logits.into_iter().map(probability).collect())),
    )
}

fn texts(documents: &[Document], rows: &[usize]) -> Vec<String> {
    rows.iter().map(|&row| documents[row].text()).collect()
}

/// The baseline of the training rows; none where no word stands in two of their texts.
fn learn_baseline(
    material: &Material,
    context: &mut JobContext<'_>,
) -> Result<Option<LinearBaseline>, JobError> {
    let began = context.clock.seconds();
    let rows = &material.split.training;
    let texts = texts(&material.dataset.documents, rows);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let baseline = match train_baseline(&texts, &material.dataset.targets.select(rows)) {
        Err(EvaluationError::NoSharedWords { .. }) => return Ok(None),
        other => other?,
    };
    context.observer.on(JobEvent::BaselineTrained {
        features: baseline.features(),
        seconds: context.clock.seconds() - began,
    });
    Ok(Some(baseline))
}

/// Classifies a labelled table and compares. `progress` hears how many rows are done, and stops
/// the work by giving `false`; then the result is `None`.
///
/// # Errors
/// When the table has none of the model's labels, or the model could not be computed.
pub fn evaluate_table(
    classifier: &mut Classifier,
    table: &TableStream,
    roles: &ColumnRoles,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<(ClassifiedTable, Evaluation)>, JobError> {
    let Some(mut classified) = classify_table(classifier, table, roles, progress)? else {
        return Ok(None);
    };
    match classified.evaluation.take() {
        Some(evaluation) => Ok(Some((classified, evaluation))),
        None => Err(JobError::NothingToEvaluate {
            path: table.beginning().source.path.clone(),
            known: classifier.model().labels.join(", "),
        }),
    }
}
