//! What was put right in the tables before a model learned from them, in words.

use super::phrases::Phrases;
use super::text::escaped;
use crate::dataset::{CorrectionEffects, Corrections};
use crate::library::model::Manifest;

/// A line for each table and for each kind of change to the labels; nothing where nothing was
/// asked for.
pub(super) fn corrections(manifest: &Manifest, phrases: &Phrases) -> Vec<String> {
    let asked = &manifest.corrections;
    if asked.is_nothing() {
        return Vec::new();
    }
    let mut lines = vec![used(phrases.corrected, &manifest.effects, phrases)];
    if let Some(effects) = &manifest.test_effects {
        lines.push(used(phrases.corrected_test, effects, phrases));
    }
    lines.extend(renamed(asked, &manifest.effects, phrases));
    lines.extend(dropped(&manifest.effects, phrases));
    lines.push(phrases.file_unchanged.into());
    lines
}

/// How many rows of a table are used, and why the others are not.
fn used(table: &str, effects: &CorrectionEffects, phrases: &Phrases) -> String {
    let reasons = [
        (effects.empty, phrases.left_out_empty),
        (effects.unlabelled, phrases.left_out_unlabelled),
        (effects.contradictions, phrases.left_out_contradictions),
        (effects.joined, phrases.left_out_joined),
        (effects.duplicates, phrases.left_out_duplicates),
        (effects.near_duplicates, phrases.left_out_near_duplicates),
    ];
    let reasons = reasons.iter().filter(|(rows, _)| *rows > 0);
    let reasons: Vec<String> = reasons
        .map(|(rows, reason)| format!("{rows} {reason}"))
        .collect();
    let used = phrases
        .rows_used
        .replace("{used}", &effects.used.to_string())
        .replace("{rows}", &effects.rows.to_string());
    match reasons.as_slice() {
        [] => format!("{table}: {used}"),
        reasons => format!(
            "{table}: {used}; {}: {}",
            phrases.left_out,
            reasons.join(", ")
        ),
    }
}

fn renamed(asked: &Corrections, effects: &CorrectionEffects, phrases: &Phrases) -> Option<String> {
    let of = |label: &String| effects.renamed_labels.get(label).copied().unwrap_or(0);
    let renamed = asked.renamed_labels.iter().map(|(label, name)| {
        let (rows, label, name) = (of(label), escaped(label), escaped(name));
        format!("{label} → {name} ({rows} {})", phrases.rows)
    });
    let renamed: Vec<String> = renamed.collect();
    (!renamed.is_empty()).then(|| format!("{}: {}", phrases.labels_renamed, renamed.join(", ")))
}

fn dropped(effects: &CorrectionEffects, phrases: &Phrases) -> Option<String> {
    let dropped = effects.dropped_labels.iter();
    let dropped =
        dropped.map(|(label, rows)| format!("{} ({rows} {})", escaped(label), phrases.rows));
    let dropped: Vec<String> = dropped.collect();
    (!dropped.is_empty()).then(|| format!("{}: {}", phrases.labels_dropped, dropped.join(", ")))
}
