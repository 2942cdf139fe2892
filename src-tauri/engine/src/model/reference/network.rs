//! BERT with pooler and head (Devlin et al. 2019) over a padded batch.

use candle_core::{Result, Tensor};

use super::masks::Masks;
use super::operations::{activate, dense, normalize, softmax};
use super::padding::PaddedBatch;
use super::weights::Weights;
use crate::model::backend::DropoutSite;
use crate::model::config::BertConfig;

/// One pass of one model over one batch. Values of tokens have the shape
/// (sequences * width, hidden).
pub(super) struct Network<'a> {
    pub(super) config: &'a BertConfig,
    pub(super) weights: &'a Weights<'a>,
    pub(super) batch: &'a PaddedBatch,
    pub(super) masks: &'a Masks<'a>,
}

impl Network<'_> {
    /// The logits, shape (sequences, labels).
    pub(super) fn logits(&self) -> Result<Tensor> {
        let mut hidden = self.embeddings()?;
        for layer in 0..self.config.layers {
            hidden = self.layer(layer, &hidden)?;
        }
        if self.config.layers == 0 {
            hidden = self.first_tokens(&hidden)?;
        }
        let (weight, bias) = self.weights.pair("bert.pooler.dense")?;
        let pooled = dense(&hidden, weight, bias)?.tanh()?; // (sequences, hidden)
        let rate = self.config.hidden_dropout;
        let pooled = self
            .masks
            .drop_sequences(&pooled, DropoutSite::Classifier, rate)?;
        let (weight, bias) = self.weights.pair("classifier")?;
        dense(&pooled, weight, bias)
    }

    fn norm(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        let (scale, shift) = self.weights.pair(name)?;
        normalize(x, scale, shift, f64::from(self.config.layer_norm_epsilon))
    }

    /// The row of `[CLS]` of each sequence, shape (sequences, hidden).
    fn first_tokens(&self, x: &Tensor) -> Result<Tensor> {
        x.index_select(&self.batch.first_rows, 0)
    }

    fn embeddings(&self) -> Result<Tensor> {
        let table = |name: &str| {
            self.weights
                .get(&format!("bert.embeddings.{name}_embeddings.weight"))
        };
        let (sequences, width) = (self.batch.sequences, self.batch.width);
        let shape = (sequences, width, self.config.hidden_size);
        let words = table("word")?
            .index_select(&self.batch.ids, 0)?
            .reshape(shape)?;
        let positions = table("position")?.narrow(0, 0, width)?; // (width, hidden)
        let types = table("token_type")?.narrow(0, 0, 1)?; // (1, hidden)
        let sum = words.broadcast_add(&positions)?.broadcast_add(&types)?;
        let rows = sum.reshape((sequences * width, self.config.hidden_size))?;
        let normed = self.norm(&rows, "bert.embeddings.LayerNorm")?;
        self.masks
            .drop_tokens(&normed, DropoutSite::Embeddings, self.config.hidden_dropout)
    }

    /// One encoder layer. The last one continues after attention with `[CLS]` alone, the only
    /// row that the pooler reads: the shape becomes (sequences, hidden).
    fn layer(&self, layer: usize, input: &Tensor) -> Result<Tensor> {
        let name = format!("bert.encoder.layer.{layer}");
        let last = layer + 1 == self.config.layers;
        let context = self.attention(layer, input)?;
        let (context, input) = if last {
            (self.first_tokens(&context)?, self.first_tokens(input)?)
        } else {
            (context, input.clone())
        };
        let drop = |x: &Tensor, site| {
            let rate = self.config.hidden_dropout;
            if last {
                self.masks.drop_sequences(x, site, rate)
            } else {
                self.masks.drop_tokens(x, site, rate)
            }
        };
        let (weight, bias) = self
            .weights
            .pair(&format!("{name}.attention.output.dense"))?;
        let attended = drop(
            &dense(&context, weight, bias)?,
            DropoutSite::AttentionOutput(layer),
        )?;
        let attended = self.norm(
            &(attended + input)?,
            &format!("{name}.attention.output.LayerNorm"),
        )?;
        let (weight, bias) = self.weights.pair(&format!("{name}.intermediate.dense"))?;
        let inner = activate(&dense(&attended, weight, bias)?, self.config.activation)?;
        let (weight, bias) = self.weights.pair(&format!("{name}.output.dense"))?;
        let output = drop(&dense(&inner, weight, bias)?, DropoutSite::Output(layer))?;
        self.norm(&(output + attended)?, &format!("{name}.output.LayerNorm"))
    }

    /// Multi-head self-attention (Vaswani et al. 2017), before its output layer.
    fn attention(&self, layer: usize, input: &Tensor) -> Result<Tensor> {
        let (sequences, width) = (self.batch.sequences, self.batch.width);
        let (heads, head_size) = (self.config.heads, self.config.head_size());
        let project = |which: &str| {
            let name = format!("bert.encoder.layer.{layer}.attention.self.{which}");
            let (weight, bias) = self.weights.pair(&name)?;
            dense(input, weight, bias)?
                .reshape((sequences, width, heads, head_size))?
                .transpose(1, 2)?
                .contiguous() // (sequences, heads, width, head size)
        };
        let (query, key, value) = (project("query")?, project("key")?, project("value")?);
        let scores = (query.matmul(&key.t()?)? / (head_size as f64).sqrt())?;
        let probabilities = softmax(&scores.broadcast_add(&self.batch.mask)?)?;
        let rate = self.config.attention_dropout;
        let kept = self.masks.drop_attention(&probabilities, layer, rate)?;
        kept.matmul(&value)?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((sequences * width, self.config.hidden_size))
    }
}
