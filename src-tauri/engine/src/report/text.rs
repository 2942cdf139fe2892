//! The report's text.

use std::fmt::Write;

use super::Figure;
use super::corrections::corrections;
use super::phrases::{Phrases, phrases};
use crate::charts::Language;
use crate::evaluation::{EvaluatedPart, Evaluation, Interval};
use crate::library::model::{Manifest, ModelRecord};
use crate::training::End;
use crate::training::recipe::ThresholdChoice;

const NOT_AVAILABLE: &str = "n/a";

/// A text that grows by lines. Writing to it cannot fail.
struct Page {
    text: String,
    language: Language,
    phrases: &'static Phrases,
}

/// The whole report in Markdown. Labels and names are escaped, so that they stay text.
pub(super) fn markdown(
    manifest: &Manifest,
    record: &ModelRecord,
    figures: &[Figure],
    language: Language,
) -> String {
    let phrases = phrases(language);
    let mut page = Page {
        text: String::new(),
        language,
        phrases,
    };
    page.line(&format!(
        "# {} {}",
        phrases.report_of,
        escaped(&manifest.name)
    ));
    page.line(&format!("> {}", phrases.use_note));
    page.summary(record.evaluation());
    page.labels(record.evaluation());
    page.figures(figures);
    page.data(manifest, record);
    page.model(manifest);
    page.methods(manifest);
    page.line(&format!("## {}", phrases.limits));
    let limits: Vec<String> = phrases
        .limit_lines
        .iter()
        .map(|line| format!("- {line}"))
        .collect();
    page.line(&limits.join("\n"));
    page.text
}

impl Page {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    /// A number with this many digits after the point, or the comma in Spanish.
    fn number(&self, value: f64, digits: usize) -> String {
        let text = format!("{value:.digits$}");
        match self.language {
            Language::English => text,
            Language::Spanish => text.replace('.', ","),
        }
    }

    /// A setting with as many digits as it has.
    fn plain(&self, value: f64) -> String {
        match self.language {
            Language::English => value.to_string(),
            Language::Spanish => value.to_string().replace('.', ","),
        }
    }

    fn rate(&self, value: Option<f64>) -> String {
        value.map_or_else(|| NOT_AVAILABLE.into(), |value| self.number(value, 3))
    }

    fn interval(&self, interval: Option<Interval>) -> String {
        interval.map_or_else(
            || NOT_AVAILABLE.into(),
            |one| format!("{} – {}", self.number(one.low, 3), self.number(one.high, 3)),
        )
    }

    fn table(&mut self, headers: &[&str], rows: &[Vec<String>]) {
        let mut text = format!("| {} |\n|", headers.join(" | "));
        for column in 0..headers.len() {
            text.push_str(if column == 0 { " --- |" } else { " ---: |" });
        }
        for row in rows {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n| {} |", row.join(" | "));
        }
        self.line(&text);
    }

    fn summary(&mut self, evaluation: &Evaluation) {
        let phrases = self.phrases;
        let metrics = &evaluation.metrics;
        self.line(&format!("## {}", phrases.in_short));
        let rows = evaluation.targets.rows().to_string();
        let mut sentence = match evaluation.part {
            EvaluatedPart::Validation => phrases.on_validation,
            EvaluatedPart::Test | EvaluatedPart::OtherTable => phrases.on_test,
        }
        .replace("{rows}", &rows);
        if let (Some(precision), Some(recall)) = (metrics.micro.precision, metrics.micro.recall) {
            let filled = phrases
                .of_hundred
                .replace("{precision}", &format!("{:.0}", precision * 100.0))
                .replace("{recall}", &format!("{:.0}", recall * 100.0));
            sentence = format!("{sentence} {filled}");
        }
        self.line(&sentence);
        self.averages(evaluation);
        let baseline = evaluation
            .baseline
            .as_ref()
            .and_then(|one| one.metrics.micro.f1);
        if let (Some(ours), Some(baseline)) = (metrics.micro.f1, baseline) {
            let phrase = if ours > baseline {
                phrases.beats_baseline
            } else {
                phrases.loses_to_baseline
            };
            let difference = self.number((ours - baseline).abs(), 3);
            self.line(&phrase.replace("{difference}", &difference));
        }
    }

    fn averages(&mut self, evaluation: &Evaluation) {
        let (phrases, ours) = (self.phrases, &evaluation.metrics);
        let baseline = evaluation.baseline.as_ref().map(|one| &one.metrics);
        let intervals = &evaluation.intervals;
        let rows = [
            (
                "macro-F1",
                ours.macro_average.f1,
                intervals.macro_f1,
                baseline.map(|one| one.macro_average.f1),
            ),
            (
                "micro-F1",
                ours.micro.f1,
                intervals.micro_f1,
                baseline.map(|one| one.micro.f1),
            ),
            (
                phrases.weighted,
                ours.weighted.f1,
                intervals.weighted_f1,
                baseline.map(|one| one.weighted.f1),
            ),
            (
                phrases.samples,
                ours.samples.f1,
                intervals.samples_f1,
                baseline.map(|one| one.samples.f1),
            ),
            (
                phrases.exact_match,
                Some(ours.subset_accuracy),
                intervals.subset_accuracy,
                baseline.map(|one| Some(one.subset_accuracy)),
            ),
            (
                phrases.hamming,
                Some(ours.hamming_loss),
                intervals.hamming_loss,
                baseline.map(|one| Some(one.hamming_loss)),
            ),
        ]
        .map(|(name, value, interval, baseline)| {
            vec![
                name.into(),
                self.rate(value),
                self.interval(Some(interval)),
                self.rate(baseline.flatten()),
            ]
        });
        let headers = [
            phrases.metric,
            phrases.this_model,
            phrases.interval,
            phrases.baseline,
        ];
        self.table(&headers, &rows);
    }

    fn labels(&mut self, evaluation: &Evaluation) {
        let phrases = self.phrases;
        self.line(&format!("## {}", phrases.labels));
        let labels = evaluation.metrics.per_label.iter().enumerate();
        let rows: Vec<Vec<String>> = labels
            .map(|(index, label)| {
                let counts = label.confusion;
                vec![
                    escaped(&label.label),
                    (counts.true_positives + counts.false_negatives).to_string(),
                    counts.true_positives.to_string(),
                    counts.false_negatives.to_string(),
                    counts.false_positives.to_string(),
                    self.rate(label.rates.precision),
                    self.rate(label.rates.recall),
                    self.rate(label.rates.f1),
                    self.interval(evaluation.intervals.label_f1.get(index).copied().flatten()),
                    self.rate(label.average_precision),
                    self.rate(evaluation.thresholds.get(index).copied()),
                ]
            })
            .collect();
        let undefined = rows.iter().flatten().any(|cell| cell == NOT_AVAILABLE);
        self.table(&phrases.label_headers, &rows);
        if undefined {
            self.line(phrases.undefined);
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.line(&format!("## {}", self.phrases.figures));
        for figure in figures {
            let title = figure.chart.title(self.language);
            // Links have forward slashes on every system.
            let link = |path: &std::path::Path| path.to_string_lossy().replace('\\', "/");
            self.line(&format!(
                "![{title}]({})\n\n[SVG]({}) · [PNG]({}) · [{}]({})",
                link(&figure.svg),
                link(&figure.svg),
                link(&figure.png),
                self.phrases.numbers,
                link(&figure.table),
            ));
        }
    }

    fn data(&mut self, manifest: &Manifest, record: &ModelRecord) {
        let phrases = self.phrases;
        let (sizes, profile) = (manifest.split_sizes, &record.profile);
        self.line(&format!("## {}", phrases.data));
        let mut lines = vec![format!(
            "{}: {} ({} {}), SHA-256 `{}`",
            phrases.table,
            escaped(&manifest.table_name().to_string_lossy()),
            manifest.table.rows,
            phrases.rows,
            manifest.table.sha256
        )];
        lines.extend(corrections(manifest, phrases));
        lines.push(format!(
            "{}: {} {}, {} {}, {} {}",
            phrases.split,
            sizes.training,
            phrases.learned,
            sizes.validation,
            phrases.validated,
            sizes.test,
            phrases.tested
        ));
        let counts: Vec<String> = profile
            .labels
            .iter()
            .zip(&profile.label_counts)
            .map(|(label, count)| format!("{} {count}", escaped(label)))
            .collect();
        lines.push(format!(
            "{}: {}",
            phrases.articles_of_label,
            counts.join(", ")
        ));
        let unlabelled = profile.labels_a_row.first().copied().unwrap_or(0);
        lines.push(format!("{}: {unlabelled}", phrases.unlabelled));
        let lengths = &profile.lengths;
        let share = 100.0 * lengths.word_pieces_cut as f64 / lengths.word_pieces.max(1) as f64;
        lines.push(
            phrases
                .lengths
                .replace("{cut}", &lengths.cut.to_string())
                .replace("{texts}", &lengths.texts_cut.to_string())
                .replace("{all}", &lengths.counts.iter().sum::<usize>().to_string())
                .replace("{share}", &self.number(share, 1)),
        );
        self.list(&lines);
    }

    fn list(&mut self, lines: &[String]) {
        let lines: Vec<String> = lines.iter().map(|line| format!("- {line}")).collect();
        self.line(&lines.join("\n"));
    }

    fn model(&mut self, manifest: &Manifest) {
        let phrases = self.phrases;
        self.line(&format!("## {}", phrases.model));
        let machine = &manifest.machine;
        let stopped = match machine.end {
            End::Stopped => format!("; {}", phrases.stopped),
            End::Finished | End::StoppedEarly => String::new(),
        };
        let device = machine.device.as_ref();
        let device = device.map_or_else(String::new, |name| format!("{name}, "));
        let mut lines = vec![
            format!(
                "{}: {}, SHA-256 `{}`",
                phrases.base,
                escaped(&manifest.base.name),
                manifest.base.sha256
            ),
            format!(
                "{}: {}, {} {}",
                phrases.recipe,
                escaped(&manifest.recipe.name),
                phrases.seed,
                manifest.recipe.seed
            ),
            format!(
                "{}: {}, {}{}, {:.0} s; {}{}",
                phrases.trained,
                manifest.created,
                escaped(&device),
                machine.system,
                machine.seconds,
                phrases
                    .kept_epoch
                    .replace("{epoch}", &self.number(machine.best_epoch, 2)),
                stopped
            ),
            format!("{}: {}", phrases.program, escaped(&manifest.program)),
        ];
        if !manifest.notes.is_empty() {
            lines.push(format!("{}: {}", phrases.notes, escaped(&manifest.notes)));
        }
        self.list(&lines);
    }

    fn methods(&mut self, manifest: &Manifest) {
        let (phrases, recipe) = (self.phrases, &manifest.recipe);
        self.line(&format!("## {}", phrases.methods));
        let thresholds = match recipe.thresholds {
            ThresholdChoice::Half => phrases.thresholds_half,
            ThresholdChoice::Validation => phrases.thresholds_validation,
        };
        let text = phrases
            .methods_text
            .replace("{base}", &escaped(&manifest.base.name))
            .replace("{length}", &recipe.max_length.to_string())
            .replace("{rate}", &self.plain(recipe.learning_rate))
            .replace("{decay}", &self.plain(recipe.weight_decay))
            .replace("{batch}", &recipe.batch_size.to_string())
            .replace("{epochs}", &recipe.epochs.to_string())
            .replace("{thresholds}", thresholds);
        self.line(&text);
    }
}

/// A text that Markdown and HTML take as it is, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
