//! Reading the tokenizer of a Hugging Face folder.

use std::path::Path;

use serde::Deserialize;
use tokenizers::models::ModelWrapper;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, NormalizerWrapper};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, decoders};

use super::chunks::Chunks;
use super::{Tokenizer, TokenizerError};

/// The settings of `tokenizer_config.json` that decide over ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    unk_token: Option<TokenSetting>,
    cls_token: Option<TokenSetting>,
    sep_token: Option<TokenSetting>,
    pad_token: Option<TokenSetting>,
    mask_token: Option<TokenSetting>,
}

/// transformers writes special tokens as texts and as objects.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TokenSetting {
    Text(String),
    Object { content: String },
}

/// The name of a special token, or BERT's own.
fn token_name(setting: Option<&TokenSetting>, default: &str) -> String {
    match setting {
        Some(TokenSetting::Text(name) | TokenSetting::Object { content: name }) => name.clone(),
        None => default.into(),
    }
}

pub(super) fn read_folder(folder: &Path) -> Result<Tokenizer, TokenizerError> {
    let settings_path = folder.join("tokenizer_config.json");
    let settings = match read_if_there(&settings_path)? {
        Some(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| malformed(&settings_path, &error.to_string()))?,
        None => Settings::default(),
    };
    let path = folder.join("tokenizer.json");
    if let Some(bytes) = read_if_there(&path)? {
        let mut inner = tokenizers::Tokenizer::from_bytes(&bytes)
            .map_err(|error| malformed(&path, &error.to_string()))?;
        apply_case(&mut inner, &settings, &path)?;
        return finish(inner, &settings, &path);
    }
    let path = folder.join("vocab.txt");
    let Some(bytes) = read_if_there(&path)? else {
        return Err(TokenizerError::Missing {
            folder: folder.into(),
        });
    };
    let inner = from_vocabulary(&bytes, &settings, &path)?;
    finish(inner, &settings, &path)
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, TokenizerError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TokenizerError::Unreadable {
            path: path.into(),
            source,
        }),
    }
}

fn malformed(path: &Path, message: &str) -> TokenizerError {
    TokenizerError::Malformed {
        path: path.into(),
        message: message.into(),
    }
}

/// `do_lower_case` of the settings goes before the normaliser of `tokenizer.json`, as in
/// transformers' `BertTokenizerFast`.
fn apply_case(
    inner: &mut tokenizers::Tokenizer,
    settings: &Settings,
    path: &Path,
) -> Result<(), TokenizerError> {
    let Some(NormalizerWrapper::BertNormalizer(mut normalizer)) = inner.get_normalizer().cloned()
    else {
        return Ok(());
    };
    normalizer.lowercase = settings.do_lower_case.unwrap_or(normalizer.lowercase);
    inner
        .with_normalizer(Some(normalizer))
        .map_err(|error| malformed(path, &error.to_string()))?;
    Ok(())
}

/// BERT's tokenizer over a list of word pieces, one a line, the number of the line its id.
fn from_vocabulary(
    vocabulary: &[u8],
    settings: &Settings,
    path: &Path,
) -> Result<tokenizers::Tokenizer, TokenizerError> {
    let fail = |error: tokenizers::Error| malformed(path, &error.to_string());
    let model = WordPiece::builder()
        .vocab(WordPiece::read_bytes(vocabulary).map_err(fail)?)
        .unk_token(token_name(settings.unk_token.as_ref(), "[UNK]"))
        .build()
        .map_err(fail)?;
    let mut inner = tokenizers::Tokenizer::new(model);
    inner
        .with_normalizer(Some(BertNormalizer::new(
            true,
            settings.tokenize_chinese_chars.unwrap_or(true),
            settings.strip_accents,
            settings.do_lower_case.unwrap_or(true),
        )))
        .map_err(fail)?
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_decoder(Some(decoders::wordpiece::WordPiece::default()));
    let special = [
        token_name(settings.pad_token.as_ref(), "[PAD]"),
        token_name(settings.unk_token.as_ref(), "[UNK]"),
        token_name(settings.cls_token.as_ref(), "[CLS]"),
        token_name(settings.sep_token.as_ref(), "[SEP]"),
        token_name(settings.mask_token.as_ref(), "[MASK]"),
    ];
    let known: Vec<AddedToken> = special
        .into_iter()
        .filter(|name| inner.token_to_id(name).is_some())
        .map(|name| AddedToken::from(name, true))
        .collect();
    inner.add_special_tokens(known).map_err(fail)?;
    Ok(inner)
}

/// Checks that a tokenizer is BERT's, and makes it encode one text from end to end.
fn finish(
    mut inner: tokenizers::Tokenizer,
    settings: &Settings,
    path: &Path,
) -> Result<Tokenizer, TokenizerError> {
    let not_bert = |found: String, expected| TokenizerError::NotBert {
        path: path.into(),
        found,
        expected,
    };
    let unknown = match inner.get_model() {
        ModelWrapper::WordPiece(model) => model.unk_token.clone(),
        ModelWrapper::BPE(_) => return Err(not_bert("a BPE tokenizer".into(), "WordPiece")),
        ModelWrapper::WordLevel(_) => return Err(not_bert("a list of words".into(), "WordPiece")),
        ModelWrapper::Unigram(_) => {
            return Err(not_bert("a unigram tokenizer".into(), "WordPiece"));
        }
    };
    inner
        .with_truncation(None)
        .map_err(|error| malformed(path, &error.to_string()))?
        .with_padding(None);
    let class = token_name(settings.cls_token.as_ref(), "[CLS]");
    let separator = token_name(settings.sep_token.as_ref(), "[SEP]");
    let find = |name: &str| {
        let id = inner.token_to_id(name);
        id.ok_or_else(|| not_bert(format!("no word piece {name}"), "one"))
    };
    let (class_id, separator_id) = (find(&class)?, find(&separator)?);
    let unknown_id = find(&unknown)?;
    let empty = inner
        .encode_fast("", true)
        .map_err(|error| malformed(path, &error.to_string()))?;
    match *empty.get_ids() {
        [first, last] if first == class_id && last == separator_id => {}
        [] => {
            let template = template(&class, class_id, &separator, separator_id, path)?;
            inner.with_post_processor(Some(template));
        }
        _ => {
            let found = format!("an empty text as {:?}", empty.get_tokens());
            return Err(not_bert(found, "[CLS] [SEP]"));
        }
    }
    let chunks = Chunks::new(&inner);
    Ok(Tokenizer {
        inner,
        chunks,
        class_id,
        separator_id,
        unknown_id,
    })
}

/// `[CLS] text [SEP]`, and with a second text `[CLS] text [SEP] text [SEP]`.
fn template(
    class: &str,
    class_id: u32,
    separator: &str,
    separator_id: u32,
    path: &Path,
) -> Result<TemplateProcessing, TokenizerError> {
    let single = format!("{class}:0 $A:0 {separator}:0");
    let pair = format!("{class}:0 $A:0 {separator}:0 $B:1 {separator}:1");
    let mut builder = TemplateProcessing::builder();
    builder
        .try_single(single)
        .map_err(|message| malformed(path, &message))?
        .try_pair(pair)
        .map_err(|message| malformed(path, &message))?
        .special_tokens(vec![
            (class.to_owned(), class_id),
            (separator.to_owned(), separator_id),
        ])
        .build()
        .map_err(|error| malformed(path, &error.to_string()))
}
