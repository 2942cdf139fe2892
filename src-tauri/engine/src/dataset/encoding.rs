//! Bytes to text.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::error::DatasetError;

/// How the characters of a text file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

    fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16LittleEndian => encoding_rs::UTF_16LE,
            Self::Utf16BigEndian => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

/// Decodes a file: by the encoding asked for, else by its byte order mark, else as UTF-8, else as
/// UTF-16 where every other byte is 0, else as Windows-1252.
pub(super) fn decode(
    bytes: &[u8],
    asked: Option<TextEncoding>,
    path: &Path,
) -> Result<(String, TextEncoding), DatasetError> {
    let encoding = asked.unwrap_or_else(|| detect(bytes));
    let (text, _) = encoding.codec().decode_with_bom_removal(bytes);
    if text.contains('\u{fffd}')
        && let Some(error) = first_undecodable(bytes, encoding, path)
    {
        return Err(error);
    }
    if let Some(position) = text.find(|character: char| {
        character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{80}'..='\u{9f}')
    }) {
        return Err(DatasetError::Binary {
            path: path.into(),
            offset: position,
        });
    }
    Ok((text.into_owned(), encoding))
}

fn detect(bytes: &[u8]) -> TextEncoding {
    if let Some((codec, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return match codec.name() {
            "UTF-16LE" => TextEncoding::Utf16LittleEndian,
            "UTF-16BE" => TextEncoding::Utf16BigEndian,
            _ => TextEncoding::Utf8,
        };
    }
    let start = &bytes[..bytes.len().min(4_096) & !1];
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
    } else if std::str::from_utf8(bytes).is_ok() {
        TextEncoding::Utf8
    } else {
        TextEncoding::Windows1252
    }
}

fn first_undecodable(bytes: &[u8], encoding: TextEncoding, path: &Path) -> Option<DatasetError> {
    if encoding != TextEncoding::Utf8 {
        return None;
    }
    let offset = std::str::from_utf8(bytes).err()?.valid_up_to();
    Some(DatasetError::Undecodable {
        path: path.into(),
        line: 1 + bytes[..offset]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count(),
        byte: bytes.get(offset).copied().unwrap_or_default(),
        encoding: encoding.name(),
    })
}
