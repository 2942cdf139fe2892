//! Texts as word pieces, and word pieces as packed batches.

pub mod batch;
pub mod tokenizer;
