//! From the name of a model to the name of its folder.

use unicode_normalization::UnicodeNormalization;

use super::BaseLibraryError;
use crate::files::is_device_name;

/// File systems allow 255 bytes; the rest is for what temporary names add.
const LONGEST: usize = 120;

/// The folder name of a model: letters and digits of any script, `.`, `_` and `-` stay, anything
/// else becomes `-`. It is legal on Windows, Linux and macOS.
///
/// # Errors
/// When nothing of the name is left.
pub(super) fn folder_name(name: &str) -> Result<String, BaseLibraryError> {
    let legal = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
    // macOS takes composed and decomposed accents for the same, the others do not.
    let mut folder = String::new();
    for letter in name.trim().nfc() {
        let letter = if legal(letter) { letter } else { '-' };
        if folder.len() + letter.len_utf8() > LONGEST {
            break;
        }
        folder.push(letter);
    }
    // A leading dot hides a folder, a trailing one is dropped by Windows.
    let folder = folder.trim_start_matches('.').trim_end_matches('.');
    if !folder.contains(char::is_alphanumeric) {
        return Err(BaseLibraryError::InvalidName { name: name.into() });
    }
    if is_device_name(folder) {
        return Ok(format!("_{folder}"));
    }
    Ok(folder.into())
}

/// Whether two names are the same to a person and to a file system that ignores case.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders_that_every_system_allows() {
        for (name, folder) in [
            ("bert-base-uncased", "bert-base-uncased"),
            ("google-bert/bert-base", "google-bert-bert-base"),
            ("Modelo clínico: 2ª versión?", "Modelo-clínico--2ª-versión-"),
            ("cli\u{301}nico", "cl\u{ed}nico"),
            (" ..\\..\\secret. ", "-..-secret"),
            ("con", "_con"),
            ("LPT1.bert", "_LPT1.bert"),
            ("computer", "computer"),
        ] {
            assert_eq!(folder_name(name).unwrap(), folder, "{name}");
        }
        let long = "ñ".repeat(500);
        assert_eq!(folder_name(&long).unwrap(), "ñ".repeat(60));
    }

    #[test]
    fn a_name_without_a_letter_is_refused() {
        for name in ["", "  ", "../..", "---", "/"] {
            let error = folder_name(name).unwrap_err();
            assert!(matches!(error, BaseLibraryError::InvalidName { .. }));
        }
    }
}
