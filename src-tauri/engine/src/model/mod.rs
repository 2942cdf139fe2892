//! BERT for multi-label classification: its shape, its parameters in one flat buffer, and its
//! forward and backward passes.

pub mod backend;
pub mod bert;
pub mod card;
pub mod config;
pub mod inference;
pub mod learner;
pub mod parameters;
pub mod reference;
pub mod weights;
