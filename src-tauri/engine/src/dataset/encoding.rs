//! Bytes to text.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::error::DatasetError;

/// How the characters of a text file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TextEncoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16LittleEndian,
    /// UTF-16, high byte first.
    Utf16BigEndian,
    /// Windows-1252, which Excel in Western Europe saves CSV in.
    Windows1252,
}

impl TextEncoding {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16LittleEndian => "UTF-16 LE",
            Self::Utf16BigEndian => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        }
    }

    pub(super) fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16LittleEndian => encoding_rs::UTF_16LE,
            Self::Utf16BigEndian => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

/// Control characters that a file may have before it is taken for something else than text: odd
/// ones come with text that was copied from elsewhere; a zero or many of them don't.
pub(super) const MOST_CONTROLS: usize = 8;

/// A control character that text has no use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Zero,
    Other,
}

impl Control {
    /// What a byte of UTF-8 is, if it is one.
    #[inline]
    pub(super) fn of(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Zero),
            b'\t' | b'\n' | b'\r' => None,
            1..0x20 | 0x7f => Some(Self::Other),
            _ => None,
        }
    }
}

/// Decodes a file: by the encoding asked for, else by its byte order mark, else as UTF-8, else as
/// UTF-16 where every other byte is 0, else as Windows-1252.
fn decode<'a>(
    bytes: &'a [u8],
    asked: Option<TextEncoding>,
    path: &Path,
) -> Result<Cow<'a, str>, DatasetError> {
    let encoding = asked.unwrap_or_else(|| detect(bytes, || std::str::from_utf8(bytes).is_ok()));
    let content = &bytes[mark_bytes(bytes, encoding)..];
    let codec = encoding.codec();
    let decoded = codec.decode_without_bom_handling_and_without_replacement(content);
    let Some(text) = decoded else {
        return Err(undecodable(content, encoding, path));
    };
    let controls = || text.bytes().filter_map(Control::of);
    if let Some(position) = text.bytes().position(|byte| Control::of(byte).is_some())
        && (controls().count() > MOST_CONTROLS || controls().any(|one| one == Control::Zero))
    {
        return Err(DatasetError::Binary {
            path: path.into(),
            line: line_at(&text[..position]),
        });
    }
    Ok(text)
}

/// Bytes of the byte order mark that a file of this encoding begins with.
pub(super) fn mark_bytes(first: &[u8], encoding: TextEncoding) -> usize {
    match encoding_rs::Encoding::for_bom(first) {
        Some((codec, bytes)) if codec == encoding.codec() => bytes,
        _ => 0,
    }
}

/// The text of a file that is no table.
///
/// # Errors
/// When it cannot be read, or is no text.
pub fn read_text_file(path: &Path, asked: Option<TextEncoding>) -> Result<String, DatasetError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => DatasetError::MissingFile { path: path.into() },
        std::io::ErrorKind::IsADirectory => DatasetError::Directory { path: path.into() },
        _ => DatasetError::Unreadable {
            path: path.into(),
            source,
        },
    })?;
    Ok(decode(&bytes, asked, path)?.into_owned())
}

/// The number, from 1, of the line that comes after this much text.
fn line_at(before: &str) -> usize {
    let bytes = before.as_bytes();
    let ends = bytes.iter().enumerate().filter(|&(place, &byte)| {
        byte == b'\n' || (byte == b'\r' && bytes.get(place + 1) != Some(&b'\n'))
    });
    1 + ends.count()
}

/// The encoding of a file, by its beginning and by whether all of it is UTF-8.
pub(super) fn detect(first: &[u8], is_utf8: impl FnOnce() -> bool) -> TextEncoding {
    if let Some((codec, _)) = encoding_rs::Encoding::for_bom(first) {
        return match codec.name() {
            "UTF-16LE" => TextEncoding::Utf16LittleEndian,
            "UTF-16BE" => TextEncoding::Utf16BigEndian,
            _ => TextEncoding::Utf8,
        };
    }
    let start = &first[..first.len().min(4_096) & !1];
    let zeros = |offset: usize| {
        start
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let half = start.len() / 2;
    if half > 0 && zeros(1) * 10 > half * 7 {
        TextEncoding::Utf16LittleEndian
    } else if half > 0 && zeros(0) * 10 > half * 7 {
        TextEncoding::Utf16BigEndian
    } else if is_utf8() {
        TextEncoding::Utf8
    } else {
        TextEncoding::Windows1252
    }
}

fn undecodable(bytes: &[u8], encoding: TextEncoding, path: &Path) -> DatasetError {
    let mut decoder = encoding.codec().new_decoder_without_bom_handling();
    let mut text = String::with_capacity(2 * bytes.len() + 16);
    // What comes before the first character that cannot be.
    let _ = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    let byte = match encoding {
        TextEncoding::Utf8 => bytes.get(text.len()).copied(),
        _ => None,
    };
    DatasetError::Undecodable {
        path: path.into(),
        line: line_at(&text),
        byte,
        encoding: encoding.name(),
    }
}
