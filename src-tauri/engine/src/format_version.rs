//! Files of ours that carry the version of their format.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a file of ours cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    /// It is not the JSON that was expected.
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
    /// It has a newer format than is known here.
    #[error("format {found}")]
    Newer {
        /// Its format.
        found: u32,
    },
}

/// Any format of any of the files: all have this in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyFormat {
    #[serde(default)]
    format_version: u64,
}

/// Reads JSON that states its `formatVersion`, of which the newest known here is `known`. The
/// version is looked at first: a newer format may have other fields.
///
/// # Errors
/// When the format is newer, or the text is not what was expected.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, known: u32) -> Result<T, FormatError> {
    let AnyFormat { format_version } = serde_json::from_str(text)?;
    if format_version > u64::from(known) {
        let found = u32::try_from(format_version).unwrap_or(u32::MAX);
        return Err(FormatError::Newer { found });
    }
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Noted {
        note: String,
    }

    #[test]
    fn a_newer_format_is_recognised_before_its_fields_are_read() {
        let error = parse::<Noted>(r#"{"formatVersion": 3, "other": 1}"#, 2).unwrap_err();
        assert!(matches!(error, FormatError::Newer { found: 3 }), "{error}");
    }

    #[test]
    fn a_known_format_is_read_and_a_wrong_field_is_named() {
        let noted: Noted = parse(r#"{"formatVersion": 2, "note": "a"}"#, 2).unwrap();
        assert_eq!(noted.note, "a");
        let error = parse::<Noted>(r#"{"formatVersion": 2}"#, 2).unwrap_err();
        assert!(error.to_string().contains("note"), "{error}");
    }
}
