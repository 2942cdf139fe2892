//! What is put right in a table as options, and what that did in words.

use clap::{Args, ValueEnum};
use engine::dataset::{Correction, CorrectionEffects, Corrections, Fix};

use crate::settings::SettingError;

/// What is put right before anything else. The file itself is never changed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Corrections (the file itself is never changed)")]
pub(crate) struct CorrectionChoices {
    /// What is put right, separated by commas; `inspect` says what would help.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) fix: Vec<FixName>,
    /// Gives a label another name, and merges it with the label that has it already; several times
    /// for several labels.
    #[arg(long, value_name = "LABEL=NAME", value_parser = parse_merge)]
    pub(crate) merge_label: Vec<(String, String)>,
    /// Takes a label from all articles, by its name after merging; several times for several.
    #[arg(long, value_name = "LABEL")]
    pub(crate) drop_label: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixName {
    /// Leaves out rows with neither title nor abstract.
    Empty,
    /// Leaves out rows with the text and the labels of an earlier one.
    Duplicates,
    /// Leaves out rows that nearly repeat an earlier one.
    NearDuplicates,
    /// Leaves out rows without a label.
    Unlabelled,
    /// Of rows with the same text and different labels, keeps the first with all their labels.
    ContradictionsJoin,
    /// Leaves out all rows with the same text and different labels.
    ContradictionsLeaveOut,
}

impl CorrectionChoices {
    /// What is put right. Of two ways with contradictions the last one counts.
    pub(crate) fn corrections(&self) -> Corrections {
        let mut corrections = Corrections::default();
        for fix in &self.fix {
            corrections.add(match fix {
                FixName::Empty => Correction::LeaveOutEmpty,
                FixName::Duplicates => Correction::LeaveOutDuplicates,
                FixName::NearDuplicates => Correction::LeaveOutNearDuplicates,
                FixName::Unlabelled => Correction::LeaveOutUnlabelled,
                FixName::ContradictionsJoin => Correction::JoinContradictions,
                FixName::ContradictionsLeaveOut => Correction::LeaveOutContradictions,
            });
        }
        for (label, name) in &self.merge_label {
            corrections.add(Correction::MergeLabels {
                labels: vec![label.clone()],
                name: name.clone(),
            });
        }
        for label in &self.drop_label {
            let label = label.trim().to_owned();
            corrections.add(Correction::DropLabel { label });
        }
        corrections
    }
}

/// A label and its new name. The last "=" parts them: a name with one is rarer than a label.
fn parse_merge(text: &str) -> Result<(String, String), SettingError> {
    let (label, name) = text.rsplit_once('=').ok_or(SettingError::Merge)?;
    let (label, name) = (label.trim(), name.trim());
    if label.is_empty() || name.is_empty() {
        return Err(SettingError::Merge);
    }
    Ok((label.into(), name.into()))
}

/// What corrections did, in lines; nothing where none were asked for.
pub(crate) fn effects_in_words(
    corrections: &Corrections,
    effects: &CorrectionEffects,
) -> Option<String> {
    if corrections.is_nothing() {
        return None;
    }
    let CorrectionEffects { rows, used, .. } = effects;
    let mut lines = vec![format!("{used} of {rows} rows are used")];
    for (rows, what) in [
        (effects.empty, "without title and abstract"),
        (effects.unlabelled, "without a label"),
        (
            effects.contradictions,
            "with the same text and different labels",
        ),
        (
            effects.joined,
            "whose labels an earlier row with the same text got",
        ),
        (effects.duplicates, "that repeated an earlier one"),
        (
            effects.near_duplicates,
            "that nearly repeated an earlier one",
        ),
    ] {
        if rows > 0 {
            lines.push(format!("  left out: {} {what}", rows_in_words(rows)));
        }
    }
    for (label, rows) in &effects.renamed_labels {
        let name = corrections.renamed_labels.get(label);
        let name = name.map_or("", String::as_str);
        lines.push(format!(
            "  \"{label}\" is now \"{name}\": {}",
            rows_in_words(*rows)
        ));
    }
    for (label, rows) in &effects.dropped_labels {
        lines.push(format!("  dropped \"{label}\": {}", rows_in_words(*rows)));
    }
    Some(lines.join("\n"))
}

fn rows_in_words(rows: usize) -> String {
    match rows {
        1 => "1 row".into(),
        more => format!("{more} rows"),
    }
}

/// The option that puts a finding right, with what it would do.
pub(crate) fn fix_in_words(fix: &Fix) -> String {
    let quoted = |text: &str| format!("\"{text}\"");
    let option = match &fix.correction {
        Correction::LeaveOutEmpty => "--fix empty".into(),
        Correction::LeaveOutDuplicates => "--fix duplicates".into(),
        Correction::LeaveOutNearDuplicates => "--fix near-duplicates".into(),
        Correction::LeaveOutUnlabelled => "--fix unlabelled".into(),
        Correction::LeaveOutContradictions => "--fix contradictions-leave-out".into(),
        Correction::JoinContradictions => "--fix contradictions-join".into(),
        Correction::MergeLabels { labels, name } => {
            let others = labels.iter().filter(|label| *label != name);
            let merges =
                others.map(|label| format!("--merge-label {}", quoted(&format!("{label}={name}"))));
            merges.collect::<Vec<_>>().join(" ")
        }
        Correction::DropLabel { label } => format!("--drop-label {}", quoted(label)),
    };
    let mut effects = Vec::new();
    if fix.leaves_out > 0 {
        effects.push(format!("leaves out {}", rows_in_words(fix.leaves_out)));
    }
    if fix.changes > 0 {
        effects.push(format!(
            "changes the labels of {}",
            rows_in_words(fix.changes)
        ));
    }
    match effects.as_slice() {
        [] => option,
        effects => format!("{option} ({})", effects.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_is_a_label_and_a_name() {
        let parsed = parse_merge(" Onco =oncological").unwrap();
        assert_eq!(parsed, ("Onco".to_owned(), "oncological".to_owned()));
        assert!(parse_merge("Onco").is_err() && parse_merge("Onco= ").is_err());
    }

    #[test]
    fn options_become_corrections() {
        let choices = CorrectionChoices {
            fix: vec![FixName::Empty, FixName::ContradictionsJoin],
            merge_label: vec![("Onco".into(), "oncological".into())],
            drop_label: vec!["X".into()],
        };
        let corrections = choices.corrections();
        assert!(corrections.empty && !corrections.duplicates);
        assert_eq!(corrections.renamed_labels["Onco"], "oncological");
        assert!(corrections.dropped_labels.contains("X"));
    }
}
