//! Where a long text can be cut without changing its word pieces.
//!
//! BERT's normaliser works character by character (its canonical decomposition reorders only
//! combining marks, which never stand across white space, punctuation or an ideograph), and its
//! splitter ends a word at each of these. So the word pieces of a text that is cut right after
//! one are those of its parts, as long as no special token lies across the cut.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;

/// The rules for cutting texts of one tokenizer.
#[derive(Debug, Clone)]
pub(super) struct Chunks {
    /// ASCII characters that stand in a special token, after which no text is cut.
    in_special_tokens: BTreeSet<char>,
    /// Whether ideographs are words of their own.
    ideographs: bool,
    /// Words of more characters than this are unknown, and so is what is left after shortening
    /// them to twice this.
    kept: usize,
}

impl Chunks {
    /// The rules for this tokenizer, or none if it is not known that cutting changes nothing.
    pub(super) fn new(tokenizer: &tokenizers::Tokenizer) -> Option<Self> {
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = tokenizer.get_normalizer() else {
            return None;
        };
        let Some(PreTokenizerWrapper::BertPreTokenizer(_)) = tokenizer.get_pre_tokenizer() else {
            return None;
        };
        let ModelWrapper::WordPiece(model) = tokenizer.get_model() else {
            return None;
        };
        let special = tokenizer.get_added_tokens_decoder();
        let longest = special.values().map(|token| token.content.len()).max();
        for token in special.values() {
            let plain = token.content.chars().all(|c| c.is_ascii_alphanumeric());
            let spaced = token.content.chars().any(char::is_whitespace);
            if token.normalized || token.single_word || plain || spaced {
                return None;
            }
        }
        let characters = special.values().flat_map(|token| token.content.chars());
        Some(Self {
            in_special_tokens: characters.collect(),
            ideographs: normalizer.handle_chinese_chars,
            kept: model.max_input_chars_per_word.max(longest.unwrap_or(0)) + 1,
        })
    }

    fn ends_a_word(&self, c: char) -> bool {
        match c {
            ' ' | '\t' | '\n' | '\r' => true,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => {
                self.ideographs && !self.in_special_tokens.contains(&c)
            }
            _ => c.is_ascii_punctuation() && !self.in_special_tokens.contains(&c),
        }
    }

    /// The parts of a text, each of at least `bytes` bytes but the last.
    pub(super) fn split<'a>(&self, text: &'a str, bytes: usize) -> Vec<&'a str> {
        let mut parts = Vec::with_capacity(text.len() / bytes.max(1) + 1);
        let mut rest = text;
        while rest.len() > bytes {
            let ends = rest.char_indices().find_map(|(at, c)| {
                let end = at + c.len_utf8();
                (end >= bytes && self.ends_a_word(c)).then_some(end)
            });
            let (part, after) = rest.split_at(ends.unwrap_or(rest.len()));
            parts.push(part);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        parts
    }

    /// Takes the middle out of runs of ASCII letters and digits that are so long that the word
    /// around them is unknown with the middle and without it.
    pub(super) fn shorten_long_words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.shorten_with_gaps(text).0
    }

    /// The same, with the places in the shortened text where something was taken out, and the
    /// bytes that were.
    pub(super) fn shorten_with_gaps<'a>(
        &self,
        text: &'a str,
    ) -> (Cow<'a, str>, Vec<(usize, usize)>) {
        let mut gaps = Vec::new();
        let mut shortened = String::new();
        let mut copied = 0;
        let mut start = None;
        for (at, byte) in text.bytes().chain([b' ']).enumerate() {
            if byte.is_ascii_alphanumeric() {
                start.get_or_insert(at);
            } else if let Some(start) = start.take()
                && at - start > 2 * self.kept
            {
                shortened.push_str(&text[copied..start + self.kept]);
                copied = at - self.kept;
                gaps.push((shortened.len(), copied - start - self.kept));
            }
        }
        if copied == 0 {
            return (Cow::Borrowed(text), gaps);
        }
        shortened.push_str(&text[copied..]);
        (Cow::Owned(shortened), gaps)
    }
}
