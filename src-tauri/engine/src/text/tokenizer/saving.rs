//! Writing a tokenizer as transformers' `AutoTokenizer` opens it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::NormalizerWrapper;

use super::TokenizerError;
use crate::files::write_atomically;

pub(super) fn write_folder(
    inner: &tokenizers::Tokenizer,
    folder: &Path,
    max_length: usize,
) -> Result<(), TokenizerError> {
    let path = folder.join("tokenizer.json");
    let text = inner
        .to_string(false)
        .map_err(|error| TokenizerError::Malformed {
            path: path.clone(),
            message: error.to_string(),
        })?;
    write_atomically(&path, |file| file.write_all(text.as_bytes()))?;
    let tokens = special_tokens(inner);
    write_json(
        &folder.join("special_tokens_map.json"),
        &Value::Object(tokens.clone()),
    )?;
    let mut settings = tokens;
    if let Some(NormalizerWrapper::BertNormalizer(normalizer)) = inner.get_normalizer() {
        settings.insert("do_lower_case".into(), json!(normalizer.lowercase));
        settings.insert("strip_accents".into(), json!(normalizer.strip_accents));
        let ideographs = json!(normalizer.handle_chinese_chars);
        settings.insert("tokenize_chinese_chars".into(), ideographs);
    }
    settings.insert("model_max_length".into(), json!(max_length));
    settings.insert("tokenizer_class".into(), json!("BertTokenizer"));
    write_json(&folder.join("tokenizer_config.json"), &settings.into())?;
    write_vocabulary(inner, &folder.join("vocab.txt"))
}

fn write_json(path: &Path, value: &Value) -> Result<(), TokenizerError> {
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })?;
    Ok(())
}

/// The special tokens that this vocabulary has, by their role in transformers.
fn special_tokens(inner: &tokenizers::Tokenizer) -> serde_json::Map<String, Value> {
    let unknown = match inner.get_model() {
        ModelWrapper::WordPiece(model) => model.unk_token.clone(),
        _ => "[UNK]".into(),
    };
    let empty = inner.encode_fast("", true).ok();
    let ends = empty.map(|encoding| encoding.get_tokens().to_vec());
    let (class, separator) = match ends.as_deref() {
        Some([class, separator]) => (class.clone(), separator.clone()),
        _ => ("[CLS]".into(), "[SEP]".into()),
    };
    [
        ("cls_token", class),
        ("mask_token", "[MASK]".into()),
        ("pad_token", "[PAD]".into()),
        ("sep_token", separator),
        ("unk_token", unknown),
    ]
    .into_iter()
    .filter(|(_, name)| inner.token_to_id(name).is_some())
    .map(|(role, name)| (role.to_owned(), Value::String(name)))
    .collect()
}

/// One word piece a line in the order of their ids. A vocabulary with gaps has no such file;
/// `tokenizer.json` holds it anyway.
fn write_vocabulary(inner: &tokenizers::Tokenizer, path: &Path) -> Result<(), TokenizerError> {
    let by_id: BTreeMap<u32, String> = inner
        .get_vocab(true)
        .into_iter()
        .map(|(word_piece, id)| (id, word_piece))
        .collect();
    let whole = by_id.keys().copied().eq(0..by_id.len() as u32);
    if whole {
        write_atomically(path, |file| {
            by_id
                .values()
                .try_for_each(|word_piece| writeln!(file, "{word_piece}"))
        })?;
    }
    Ok(())
}
