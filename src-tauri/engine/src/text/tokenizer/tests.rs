use std::path::Path;

use serde::Deserialize;

use super::*;

/// Longer than any text here, so that nothing is cut.
const ALL: usize = 1 << 30;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn uncased() -> Tokenizer {
    Tokenizer::from_folder(&root().join("base/compact")).unwrap()
}

fn cased() -> Tokenizer {
    Tokenizer::from_folder(&root().join("tests/fixtures/tokenizer/cased")).unwrap()
}

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
}

fn rows(name: &str) -> Vec<Row> {
    let path = root().join("tests/fixtures/tokenizer").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn uncased_and_cased_ids_equal_those_of_transformers() {
    for (tokenizer, name) in [(uncased(), "uncased.json"), (cased(), "cased.json")] {
        let rows = rows(name);
        let longest = rows.iter().map(|row| row.ids.len()).max().unwrap();
        assert!(rows.len() > 10 && longest > 400);
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        let encoded = tokenizer.encode_all(&texts, ALL);
        for (row, encoded) in rows.iter().zip(encoded) {
            assert_eq!(encoded.ids, row.ids, "{name}: {:?}", row.text);
            assert_eq!((encoded.word_pieces, encoded.cut), (row.ids.len(), 0));
        }
    }
}

#[test]
fn a_text_of_400_word_pieces_is_cut_before_its_separator() {
    let text = "stroke ".repeat(398);
    let encoded = uncased().encode(&text, 128);
    assert_eq!((encoded.word_pieces, encoded.cut), (400, 272));
    assert_eq!(encoded.ids.len(), 128);
    assert_eq!((encoded.ids[0], encoded.ids[127]), (101, 102));
    assert_eq!(uncased().encode(&text, 400).cut, 0);
}

#[test]
fn a_zero_length_document_is_its_two_special_tokens() {
    for max_length in [0, 1, 2, 512] {
        let encoded = uncased().encode("", max_length);
        assert_eq!(encoded.ids, [101, 102]);
        assert_eq!((encoded.word_pieces, encoded.cut), (2, 0));
    }
}

/// Words of the fixtures in a scrambled order, with separators that invite wrong cuts.
fn long_text(bytes: usize) -> String {
    let rows = rows("uncased.json");
    let words: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.text.split(' '))
        .filter(|word| !word.is_empty())
        .collect();
    let separators = [
        " ", "\n", "\t", ",", ".", "", "\u{a0}", "\u{b}", "\u{301}", "[", "]",
    ];
    let mut text = String::new();
    let mut state = 1_u64;
    while text.len() < bytes {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let number = (state >> 33) as usize;
        text.push_str(words[number % words.len()]);
        text.push_str(separators[(number / words.len()) % separators.len()]);
        if number.is_multiple_of(500) {
            text.push_str(&"Ab1".repeat(number % 20_000));
        }
    }
    text
}

#[test]
fn a_long_text_in_chunks_has_the_ids_of_the_whole() {
    let text = long_text(300_000);
    for tokenizer in [uncased(), cased()] {
        let whole = tokenizer.inner.encode_fast(text.as_str(), true).unwrap();
        let chunks = tokenizer.chunks.as_ref().unwrap();
        for bytes in [1, 7, 100, 5000] {
            let parts = chunks.split(&text, bytes);
            assert_eq!(parts.concat(), text);
            let mut ids = vec![tokenizer.class_id];
            for part in parts {
                ids.extend(tokenizer.word_pieces(&chunks.shorten_long_words(part)));
            }
            ids.push(tokenizer.separator_id);
            assert!(ids == whole.get_ids(), "chunks of {bytes} bytes");
        }
        let encoded = tokenizer.encode(&text, 512);
        assert_eq!(encoded.ids[..511], whole.get_ids()[..511]);
        assert_eq!(encoded.word_pieces, whole.len());
        assert_eq!(encoded.cut, whole.len() - 512);
    }
}

#[test]
fn a_10_mb_document_is_counted_to_its_end() {
    let count = 10_000_000 / 7;
    let encoded = uncased().encode(&"stroke ".repeat(count), 512);
    assert_eq!(encoded.word_pieces, count + 2);
    assert_eq!(encoded.ids.len(), 512);
}

#[test]
fn a_10_mb_document_of_one_word_is_one_unknown_word_piece() {
    let encoded = uncased().encode(&"q".repeat(10_000_000), 512);
    assert_eq!(encoded.ids, [101, 100, 102]);
}

#[test]
fn a_saved_tokenizer_gives_the_same_ids() {
    for tokenizer in [uncased(), cased()] {
        let folder = tempfile::tempdir().unwrap();
        tokenizer.save(folder.path(), 128).unwrap();
        let again = Tokenizer::from_folder(folder.path()).unwrap();
        // And from vocab.txt with the settings alone.
        std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
        let from_vocabulary = Tokenizer::from_folder(folder.path()).unwrap();
        for row in rows("uncased.json") {
            let expected = tokenizer.encode(&row.text, ALL);
            assert_eq!(again.encode(&row.text, ALL), expected, "{:?}", row.text);
            assert_eq!(
                from_vocabulary.encode(&row.text, ALL),
                expected,
                "{:?}",
                row.text
            );
        }
    }
}

#[test]
fn the_vocabulary_has_the_size_that_the_model_expects() {
    assert_eq!(uncased().vocabulary_size(), 30_522);
    assert_eq!(uncased().word_piece(101).as_deref(), Some("[CLS]"));
}

#[test]
fn a_folder_without_a_tokenizer_is_refused_with_the_names_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let error = Tokenizer::from_folder(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("neither tokenizer.json nor vocab.txt"),
        "{error}"
    );
}

#[test]
fn a_damaged_tokenizer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), "{\"version\":").unwrap();
    let error = Tokenizer::from_folder(folder.path()).unwrap_err();
    assert!(matches!(error, TokenizerError::Malformed { .. }), "{error}");
}

#[test]
fn a_vocabulary_without_the_special_tokens_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vocab.txt"), "[UNK]\n[CLS]\nheart\n").unwrap();
    let error = Tokenizer::from_folder(folder.path()).unwrap_err();
    assert!(error.to_string().contains("no word piece [SEP]"), "{error}");
}

#[test]
fn a_cut_text_with_accents_is_read_until_the_end_of_a_word() {
    let text = "  Ictus y corazón: ¿señal? stroke heart.";
    for tokenizer in [uncased(), cased()] {
        let whole = tokenizer.encode(text, ALL).word_pieces;
        assert_eq!(tokenizer.read_until(text, whole), None);
        let until = tokenizer.read_until(text, whole - 1).unwrap();
        let read: String = text.chars().take(until).collect();
        assert_eq!(read, "  Ictus y corazón: ¿señal? stroke heart");
        assert_eq!(tokenizer.read_until(text, 2), Some(0));
    }
}

#[test]
fn a_long_text_is_read_until_where_its_beginning_has_as_many_word_pieces() {
    let text = long_text(100_000);
    for tokenizer in [uncased(), cased()] {
        for max_length in [3, 512, 2_000] {
            let until = tokenizer.read_until(&text, max_length).unwrap();
            let read: String = text.chars().take(until).collect();
            let whole = tokenizer
                .inner
                .encode_char_offsets(text.as_str(), false)
                .unwrap();
            assert_eq!(whole.get_offsets()[max_length - 3].1, until, "{max_length}");
            assert!(read.len() < text.len());
        }
    }
}

#[test]
fn a_word_of_10_mb_is_passed_over_in_one_piece() {
    let text = format!("{} stroke stroke", "q".repeat(10_000_000));
    assert_eq!(uncased().read_until(&text, 3), Some(10_000_000));
    assert_eq!(uncased().read_until(&text, 4), Some(10_000_007));
}
