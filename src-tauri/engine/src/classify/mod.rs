//! Giving labels to articles with a trained model: one in a form, or all of a table.

mod batch;
mod partial;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::checksum::hexadecimal;
use crate::dataset::Document;
use crate::devices::{self, Chosen, Computing, DeviceChoice, OpenedDevice};
use crate::labels::{LabelMatrix, ScoreMatrix};
use crate::library::model::{FolderStamp, ModelError, TrainedModel};
use crate::model::backend::{Backend, BackendError, thread_pool};
use crate::model::inference::{predict_logits, probability};
use crate::text::tokenizer::{Encoded, Tokenizer};
use crate::training::recipe::PrecisionChoice;

pub use batch::{ClassifiedFile, OutputError, check_output, classify_into, discard_partial};
pub use table::{ClassifiedTable, TableError, classify_table};

/// A trained model in memory, ready to classify.
pub struct Classifier {
    model: TrainedModel,
    backend: Box<dyn Backend>,
    /// What computes, and why it is no card where that was left to the program.
    chosen: Chosen,
    /// Threads that take texts apart.
    pool: ThreadPool,
    parameters: Vec<f32>,
    stamp: FolderStamp,
}

/// Why articles could not be classified.
#[derive(Debug, thiserror::Error)]
pub enum ClassifyError {
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model could not be computed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// What a model says of one label of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LabelAnswer {
    /// The label.
    pub label: String,
    /// The probability that the model gives it, in [0, 1]; not calibrated.
    pub score: f64,
    /// The label's threshold.
    pub threshold: f64,
    /// Whether the score reaches the threshold.
    pub given: bool,
}

/// What a model says of one article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
// The protocol has an `Answer` of its own.
#[ts(rename = "ArticleAnswer")]
pub struct Answer {
    /// Each label, in the model's order.
    pub labels: Vec<LabelAnswer>,
    /// Word pieces of the text.
    pub word_pieces: usize,
    /// How many of them were not read.
    pub cut: usize,
}

/// What a model says of many articles, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The probabilities, shape (articles, labels).
    pub scores: ScoreMatrix,
    /// Which labels are given, shape (articles, labels).
    pub given: LabelMatrix,
    /// Word pieces of each text, and how many of them were not read.
    pub lengths: Vec<(usize, usize)>,
}

impl Classifier {
    /// Loads a model's weights, in the precision that it was evaluated in; in the fastest that the device has where
    /// nothing is known of that.
    ///
    /// # Errors
    /// When the weights are damaged, or the device cannot be used.
    pub fn load(model: TrainedModel, computing: Computing) -> Result<Self, ClassifyError> {
        let stamp = FolderStamp::of(&model.folder);
        let parameters = model.load_parameters()?;
        let known = model
            .manifest
            .as_ref()
            .map(|manifest| manifest.recipe.precision);
        let precision = known.unwrap_or(PrecisionChoice::Auto);
        let (labels, threads) = (model.labels.len(), computing.threads);
        let prepare = |device: &OpenedDevice| -> Result<Box<dyn Backend>, BackendError> {
            let mut backend = device.backend(model.config.clone(), labels, precision, threads)?;
            backend.prepare(&parameters)?;
            Ok(backend)
        };
        let chosen = devices::open(computing.device)?;
        let chosen = chosen.fit_for(computing.device, &model.config, precision);
        let (chosen, backend) = match prepare(&chosen.device) {
            // A training may have the card for itself at this moment.
            Err(error) if computing.device == DeviceChoice::Auto && error.is_of_a_full_card() => {
                let chosen = Chosen::on_processor(error);
                let backend = prepare(&chosen.device)?;
                (chosen, backend)
            }
            prepared => (chosen, prepared?),
        };
        Ok(Self {
            model,
            backend,
            chosen,
            pool: thread_pool(threads)?,
            parameters,
            stamp,
        })
    }

    /// The model in use.
    pub fn model(&self) -> &TrainedModel {
        &self.model
    }

    /// What computes, and why no card does where that was left to the program.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Whether the model's folder still holds what was loaded.
    pub fn is_current(&self) -> bool {
        FolderStamp::of(&self.model.folder) == self.stamp
    }

    /// SHA-256 of the weights in memory, in hexadecimal digits.
    pub(crate) fn weights_sha256(&self) -> String {
        hexadecimal(&Sha256::digest(bytemuck::cast_slice::<f32, u8>(
            &self.parameters,
        )))
    }

    /// Where the model stops reading an article's text ([`Document::text`]), in Unicode scalar
    /// values; nothing where it reads everything.
    pub fn read_until(&self, document: &Document) -> Option<usize> {
        let tokenizer = &self.model.tokenizer;
        tokenizer.read_until(&document.text(), self.model.max_length)
    }

    /// Classifies one article.
    ///
    /// # Errors
    /// When the model could not be computed.
    pub fn classify(&mut self, document: &Document) -> Result<Answer, ClassifyError> {
        let encoded = self
            .model
            .tokenizer
            .encode(&document.text(), self.model.max_length);
        let backend = &mut *self.backend;
        let logits = predict_logits(backend, &self.parameters, &[&encoded.ids], &mut |_| true)?;
        let scores = logits.unwrap_or_default().into_iter().map(probability);
        let labels = self.model.labels.iter().zip(&self.model.thresholds);
        Ok(Answer {
            labels: labels
                .zip(scores)
                .map(|((label, &threshold), score)| LabelAnswer {
                    label: label.clone(),
                    score,
                    threshold,
                    given: score >= threshold,
                })
                .collect(),
            word_pieces: encoded.word_pieces,
            cut: encoded.cut,
        })
    }

    /// Classifies many articles. `progress` hears how many are done, and stops the work by
    /// giving `false`; then the result is `None`.
    ///
    /// # Errors
    /// When the model could not be computed.
    pub fn classify_all(
        &mut self,
        documents: &[Document],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Answers>, ClassifyError> {
        let (encoder, mut scorer) = self.halves();
        scorer.answer(&encoder.encode(documents), progress)
    }

    /// What takes texts apart, and what answers: each can work while the other does.
    fn halves(&mut self) -> (Encoder<'_>, Scorer<'_>) {
        let Self {
            model,
            backend,
            pool,
            parameters,
            ..
        } = self;
        let encoder = Encoder {
            tokenizer: &model.tokenizer,
            max_length: model.max_length,
            pool,
        };
        let scorer = Scorer {
            backend: &mut **backend,
            parameters,
            thresholds: &model.thresholds,
        };
        (encoder, scorer)
    }
}

/// What takes texts apart for a model.
struct Encoder<'a> {
    tokenizer: &'a Tokenizer,
    max_length: usize,
    pool: &'a ThreadPool,
}

impl Encoder<'_> {
    fn encode(&self, documents: &[Document]) -> Vec<Encoded> {
        let texts: Vec<String> = documents.iter().map(Document::text).collect();
        let encode = || self.tokenizer.encode_all(&texts, self.max_length);
        self.pool.install(encode)
    }
}

/// What answers with a model's weights.
struct Scorer<'a> {
    backend: &'a mut dyn Backend,
    parameters: &'a [f32],
    thresholds: &'a [f64],
}

impl Scorer<'_> {
    /// What the model says of texts; nothing where `progress` stopped it.
    fn answer(
        &mut self,
        encoded: &[Encoded],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Answers>, ClassifyError> {
        let sequences: Vec<&[u32]> = encoded.iter().map(|text| text.ids.as_slice()).collect();
        let logits = predict_logits(self.backend, self.parameters, &sequences, progress)?;
        let Some(logits) = logits else {
            return Ok(None);
        };
        let scores = logits.into_iter().map(probability).collect();
        let scores = ScoreMatrix::new(self.thresholds.len(), scores);
        Ok(Some(Answers {
            given: scores.at_thresholds(self.thresholds),
            scores,
            lengths: encoded
                .iter()
                .map(|text| (text.word_pieces, text.cut))
                .collect(),
        }))
    }
}
