//! Base models that are worth proposing: the compact one that comes with the program, and those
//! of the Hub that suit abstracts.

use std::path::Path;

use serde::Serialize;

use super::BaseModelError;
use crate::checksum;

/// The name of the compact model in every library.
pub const COMPACT: &str = "compact";
/// What the compact model is called where it is from.
pub const COMPACT_HUB_NAME: &str = "sentence-transformers/all-MiniLM-L6-v2";
/// The licence of the compact model.
pub const COMPACT_LICENCE: &str = "apache-2.0";

/// The files of the compact model and their SHA-256, as in `scripts/compact.sha256`.
pub const COMPACT_CHECKSUMS: [(&str, &str); 4] = [
    (
        "config.json",
        "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    ),
    (
        "model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    (
        "tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
    (
        "vocab.txt",
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    ),
];

/// Checks the files of the compact model in `folder` against [`COMPACT_CHECKSUMS`].
///
/// # Errors
/// When a file cannot be read or has other content.
pub(super) fn verify_compact(folder: &Path) -> Result<(), BaseModelError> {
    for (name, expected) in COMPACT_CHECKSUMS {
        let path = folder.join(name);
        let found = match checksum::of_file(&path) {
            Ok(found) => found,
            Err(source) => return Err(BaseModelError::Unreadable { path, source }),
        };
        if found != expected {
            return Err(BaseModelError::ChecksumMismatch {
                path,
                expected: expected.into(),
                found,
            });
        }
    }
    Ok(())
}

/// The language that a model was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
    /// About a hundred languages, English and Spanish among them.
    Multilingual,
}

/// The kind of texts that a model was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// Encyclopaedia, books and other general texts.
    General,
    /// Papers of all sciences, most of them biomedical.
    Science,
    /// Abstracts and articles of PubMed.
    Biomedicine,
}

/// A model of the Hub that can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    /// Its name on the Hub.
    pub hub_name: &'static str,
    /// What it is commonly called.
    pub title: &'static str,
    /// The language of its texts.
    pub language: Language,
    /// The kind of its texts.
    pub field: Field,
    /// Whether it tells capital letters from small ones.
    pub cased: bool,
    /// About how many megabytes (10^6 bytes) a download has.
    pub megabytes: u32,
    /// Its licence as its authors state it.
    pub licence: &'static str,
    /// Whether the Hub has it as `model.safetensors`, the only format that can be downloaded;
    /// none when that is not known, and then the download says so before it begins.
    pub safetensors: Option<bool>,
}

/// Models of the Hub for abstracts in English and Spanish. Sizes are rounded, and the Hub states
/// the checksums itself.
pub const SUGGESTIONS: [Suggestion; 7] = [
    Suggestion {
        hub_name: "google-bert/bert-base-uncased",
        title: "BERT base uncased",
        language: Language::English,
        field: Field::General,
        cased: false,
        megabytes: 440,
        licence: "apache-2.0",
        safetensors: Some(true),
    },
    Suggestion {
        hub_name: "google-bert/bert-base-cased",
        title: "BERT base cased",
        language: Language::English,
        field: Field::General,
        cased: true,
        megabytes: 436,
        licence: "apache-2.0",
        safetensors: Some(true),
    },
    Suggestion {
        hub_name: "google-bert/bert-base-multilingual-cased",
        title: "Multilingual BERT",
        language: Language::Multilingual,
        field: Field::General,
        cased: true,
        megabytes: 714,
        licence: "apache-2.0",
        safetensors: Some(true),
    },
    Suggestion {
        hub_name: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
        title: "BiomedBERT (PubMedBERT), abstracts",
        language: Language::English,
        field: Field::Biomedicine,
        cased: false,
        megabytes: 440,
        licence: "mit",
        safetensors: None,
    },
    Suggestion {
        hub_name: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
        title: "BiomedBERT (PubMedBERT), abstracts and articles",
        language: Language::English,
        field: Field::Biomedicine,
        cased: false,
        megabytes: 440,
        licence: "mit",
        safetensors: None,
    },
    Suggestion {
        hub_name: "allenai/scibert_scivocab_uncased",
        title: "SciBERT uncased",
        language: Language::English,
        field: Field::Science,
        cased: false,
        megabytes: 442,
        licence: "apache-2.0",
        safetensors: None,
    },
    Suggestion {
        hub_name: "dccuchile/bert-base-spanish-wwm-cased",
        title: "BETO cased",
        language: Language::Spanish,
        field: Field::General,
        cased: true,
        megabytes: 440,
        // The authors ask for CC BY 4.0 and warn that the texts it was trained on may have other
        // terms for commercial use.
        licence: "cc-by-4.0",
        safetensors: None,
    },
];
