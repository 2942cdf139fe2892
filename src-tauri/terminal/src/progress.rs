//! Progress of jobs: bars for people at a terminal, lines where nobody watches, JSON for programs.

use std::time::Duration;

use engine::dataset::CorrectionEffects;
use engine::devices::DeviceSummary;
use engine::failure::Failure;
use engine::jobs::{JobEvent, JobObserver};
use engine::training::events::{Step, TrainingEvent, Validation};
use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::{columns_in_words, source_in_words};
use crate::output::{self, Output, duration};

/// Redrawing more often only costs time.
const REDRAWS_A_SECOND: u8 = 5;
/// Without a terminal, a line is written whenever this share of the updates is done.
const SHARE_A_LINE: f64 = 0.1;

/// A bar on standard error.
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar over `total` things, or none where programs read the output.
    pub(crate) fn new(total: u64, what: &str, shown: bool) -> Self {
        let bar = if shown {
            let target = indicatif::ProgressDrawTarget::stderr_with_hz(REDRAWS_A_SECOND);
            ProgressBar::with_draw_target(Some(total), target)
        } else {
            ProgressBar::hidden()
        };
        let template = format!("{what} {{bar:30}} {{percent:>3}} % {{msg}}");
        // The template is a constant but for the word, so that the default is never taken.
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar }
    }

    /// `done` of all things are done.
    pub(crate) fn set(&self, done: u64, message: String) {
        self.bar.set_position(done);
        self.bar.set_message(message);
    }

    /// Rows done, with their rate and the remaining time.
    pub(crate) fn set_rows(&self, done: u64) {
        let message = format!(
            "{:.0} articles/s, {} left",
            self.bar.per_sec(),
            duration(self.bar.eta().as_secs_f64())
        );
        self.set(done, message);
    }

    /// Bytes done, with their rate and the remaining time.
    pub(crate) fn set_bytes(&self, done: u64, what: &str) {
        let message = format!(
            "{what}, {}/s, {} left",
            output::size(self.bar.per_sec() as u64),
            duration(self.bar.eta().as_secs_f64())
        );
        self.set(done, message);
    }

    /// A line above the bar.
    pub(crate) fn say(&self, text: &str) {
        self.bar.suspend(|| output::remark(text));
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows a training.
pub(crate) struct TrainingProgress<'a> {
    output: &'a mut Output,
    bar: Option<Bar>,
    is_watched: bool,
    next_line: f64,
}

impl<'a> TrainingProgress<'a> {
    pub(crate) fn new(output: &'a mut Output) -> Self {
        let is_watched = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self {
            output,
            bar: None,
            is_watched,
            next_line: 0.0,
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.say(text),
            None => output::remark(text),
        }
    }

    fn begin(&mut self, total: u64, what: &str) {
        self.end();
        self.bar = Some(Bar::new(total, what, self.is_watched));
        self.next_line = 0.0;
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.clear();
        }
    }

    fn show(&mut self, event: &JobEvent) {
        match event {
            JobEvent::TableRead {
                source,
                columns,
                labels,
                effects,
            } => {
                self.say(&source_in_words(source));
                self.say(&columns_in_words(columns));
                if effects.used < effects.rows {
                    let CorrectionEffects { rows, used, .. } = effects.as_ref();
                    self.say(&format!("Corrected: {used} of {rows} rows are used"));
                }
                self.say(&format!("Labels: {}", labels.join(", ")));
            }
            JobEvent::DeviceChosen {
                device,
                passed_over,
            } => self.show_device(device, passed_over.as_ref()),
            JobEvent::Prepared { .. } => self.show_preparation(event),
            JobEvent::Training { training } => self.show_training(training),
            JobEvent::Evaluating { done, total } => {
                if *done == *total {
                    self.end();
                }
            }
            JobEvent::BaselineTrained { features, seconds } => self.say(&format!(
                "Trained the linear baseline on {features} words and word pairs in {}",
                duration(*seconds)
            )),
            JobEvent::Saved { model } => self.say(&format!("Saved the model {model}")),
        }
    }

    fn show_device(&mut self, device: &DeviceSummary, passed_over: Option<&Failure>) {
        if let Some(failure) = passed_over {
            self.say(&format!("No card computes: {}", failure.message));
        }
        let name = device.name.as_deref().unwrap_or("the processor");
        self.say(&format!("Device: {name} ({})", device.device));
    }

    fn show_preparation(&self, event: &JobEvent) {
        let JobEvent::Prepared {
            training_rows,
            validation_rows,
            test_rows,
            leaks,
            texts_cut,
            share_cut,
            initialised,
            threads,
            ..
        } = event
        else {
            return;
        };
        self.say(&format!(
            "Split: {training_rows} to learn from, {validation_rows} to validate on, {test_rows} to test on; {threads} threads"
        ));
        if *texts_cut > 0 {
            self.say(&format!(
                "{texts_cut} texts are longer than what is read of them ({:.0} % of all word pieces are left out)",
                share_cut * 100.0
            ));
        }
        if *leaks > 0 {
            self.say(&format!(
                "Warning: {leaks} articles of validation and test have a title that stands among those learned from, so the numbers will be too good"
            ));
        }
        let made: Vec<&str> = initialised
            .iter()
            .filter(|name| !name.starts_with("classifier"))
            .map(String::as_str)
            .collect();
        if !made.is_empty() {
            self.say(&format!(
                "The base model lacks {}: newly initialised",
                made.join(", ")
            ));
        }
    }

    fn show_training(&mut self, event: &TrainingEvent) {
        match event {
            TrainingEvent::Started {
                total_steps,
                resumed_from,
                ..
            } => {
                if *resumed_from > 0 {
                    self.say(&format!(
                        "Resumed after update {resumed_from} of {total_steps}"
                    ));
                }
                self.begin(*total_steps, "Training");
            }
            TrainingEvent::Stepped(step) => self.show_step(step),
            TrainingEvent::Validated { validation, .. } => self.say(&in_words(validation)),
            TrainingEvent::CheckpointWritten { .. } => {}
        }
    }

    fn show_step(&mut self, step: &Step) {
        let text = format!(
            "epoch {:.2}, loss {:.3}, {:.1} articles/s, {} left",
            step.epoch,
            step.loss,
            step.sequences_per_second,
            duration(step.remaining_seconds)
        );
        let done = step.step as f64 / step.total_steps as f64;
        if self.is_watched {
            if let Some(bar) = &self.bar {
                bar.set(step.step, text);
            }
        } else if done >= self.next_line {
            self.next_line = done + SHARE_A_LINE;
            output::remark(&format!("{:3.0} %  {text}", done * 100.0));
        }
    }
}

fn in_words(validation: &Validation) -> String {
    format!(
        "epoch {:.2}: loss {:.4} (training {:.4}), micro-F1 {:.4}, macro-F1 {:.4}{}",
        validation.epoch,
        validation.loss,
        validation.training_loss,
        validation.micro_f1,
        validation.macro_f1,
        if validation.is_best {
            ", the best so far"
        } else {
            ""
        }
    )
}

impl JobObserver for TrainingProgress<'_> {
    fn on(&mut self, event: JobEvent) {
        if self.output.is_json() {
            // A reader that went away must not end a run of hours: the run is kept.
            let _ = self.output.json(&event);
        } else {
            self.show(&event);
        }
    }
}

impl Drop for TrainingProgress<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
