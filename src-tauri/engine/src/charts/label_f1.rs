//! F1 of each label with its bootstrap interval, as a forest plot, and the baseline's beside it.

use super::axis::Scale;
use super::chart_table::{Cell, ChartTable};
use super::font::{self, Weight};
use super::picture::{Anchor, Picture};
use super::sheet::{BELOW_KEY, LABEL, MARGIN, Sheet, Swatch, TICK, centred};
use super::{Chart, ChartStyle, Language, evaluated, numbers};
use crate::evaluation::{Evaluation, Interval};

const ROW: f64 = 26.0;
const PLOT: f64 = 300.0;
/// The most that a label's name takes.
const MOST_NAME: f64 = 300.0;
/// Space between two columns.
const GAP: f64 = 24.0;

/// What a row of the chart shows.
struct Row<'a> {
    name: &'a str,
    /// Whether it is a mean of the labels.
    is_average: bool,
    f1: Option<f64>,
    /// Only where F1 is defined.
    interval: Option<Interval>,
    baseline: Option<f64>,
    articles: Option<usize>,
}

/// Places of the columns.
struct Columns {
    names: f64,
    plot: Scale,
    /// Right edges.
    value: f64,
    interval: f64,
    articles: f64,
}

/// The averages, and the labels from the best to the worst.
fn rows<'a>(evaluation: &'a Evaluation, language: Language) -> Vec<Row<'a>> {
    let phrases = language.phrases();
    let (metrics, intervals) = (&evaluation.metrics, &evaluation.intervals);
    let baseline = evaluation
        .baseline
        .as_ref()
        .map(|baseline| &baseline.metrics);
    let averages = [
        Row {
            name: phrases.macro_average,
            is_average: true,
            f1: metrics.macro_average.f1,
            interval: metrics.macro_average.f1.and(Some(intervals.macro_f1)),
            baseline: baseline.and_then(|metrics| metrics.macro_average.f1),
            articles: None,
        },
        Row {
            name: phrases.micro_average,
            is_average: true,
            f1: metrics.micro.f1,
            interval: metrics.micro.f1.and(Some(intervals.micro_f1)),
            baseline: baseline.and_then(|metrics| metrics.micro.f1),
            articles: None,
        },
    ];
    let labels = evaluation.labels.iter().zip(&metrics.per_label).enumerate();
    let labels = labels.map(|(index, (name, label))| Row {
        name,
        is_average: false,
        f1: label.rates.f1,
        interval: label.rates.f1.and(intervals.label_f1[index]),
        baseline: baseline
            .and_then(|metrics| metrics.per_label.get(index))
            .and_then(|label| label.rates.f1),
        articles: Some(label.confusion.true_positives + label.confusion.false_negatives),
    });
    let mut labels: Vec<Row<'a>> = labels.collect();
    let height = |row: &Row| row.f1.unwrap_or(f64::NEG_INFINITY);
    labels.sort_by(|one, other| height(other).total_cmp(&height(one)));
    averages.into_iter().chain(labels).collect()
}

pub(super) fn draw(evaluation: &Evaluation, style: ChartStyle) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = Chart::LabelF1.title(language);
    let subtitle = evaluated::subtitle(evaluation, language);
    if evaluation.labels.is_empty() {
        return Sheet::nothing(style, title, &subtitle, phrases.no_labels);
    }
    let rows = rows(evaluation, language);
    let undefined = rows.iter().any(|row| row.f1.is_none());
    let names = rows
        .iter()
        .map(|row| font::width(row.name, LABEL, Weight::SemiBold));
    let names = names.fold(0.0, f64::max).min(MOST_NAME);
    let top = BELOW_KEY + 26.0;
    let bottom = top + ROW * rows.len() as f64 + 10.0;
    let note = if undefined { 26.0 } else { 0.0 };
    let columns = Columns::new(names, style);
    let size = (columns.articles + MARGIN, bottom + 18.0 + note + MARGIN);
    let mut sheet = Sheet::new(style, size, title, &subtitle);
    let (first, second) = (sheet.palette.first, sheet.palette.second);
    let with_interval = format!("{}, {}", phrases.model, lower_first(phrases.interval));
    let mut key = vec![(Swatch::Whisker, first, with_interval.as_str())];
    if evaluation.baseline.is_some() {
        key.push((Swatch::Tick, second, phrases.baseline));
    }
    sheet.key(&key);
    columns.head(&mut sheet, top - 8.0, bottom);
    for (index, row) in rows.iter().enumerate() {
        // The averages stand a little apart from the labels.
        let apart = if row.is_average { 0.0 } else { 10.0 };
        let middle = top + ROW * (index as f64 + 0.5) + apart;
        columns.row(&mut sheet, row, middle);
    }
    let (line, colour) = (top + 2.0 * ROW + 5.0, sheet.palette.axis);
    sheet
        .picture
        .line((MARGIN, line), (columns.articles, line), 1.0, colour);
    if undefined {
        let style = sheet.tick(Anchor::Start);
        let place = (MARGIN, bottom + 18.0 + note);
        sheet.picture.text(phrases.undefined_f1, place, style);
    }
    sheet.picture
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl Columns {
    fn new(names: f64, style: ChartStyle) -> Self {
        let phrases = style.language.phrases();
        let width = |text: &str| font::width(text, LABEL, Weight::Regular);
        let head = |text: &str| font::width(text, TICK, Weight::Regular);
        let plot = MARGIN + names + GAP;
        let value = plot + PLOT + GAP + width("0.00");
        let widest = width("[0.00, 0.00]").max(head(phrases.interval));
        let interval = value + GAP + widest;
        let articles = interval + GAP + width("00,000").max(head(phrases.articles_column));
        Self {
            names: MARGIN,
            plot: Scale {
                numbers: (0.0, 1.0),
                pixels: (plot, plot + PLOT),
            },
            value,
            interval,
            articles,
        }
    }

    /// The columns' names, the grid and its ticks.
    fn head(&self, sheet: &mut Sheet, top: f64, bottom: f64) {
        let (language, phrases) = (sheet.language, sheet.language.phrases());
        for step in 0..=4 {
            let number = f64::from(step) / 4.0;
            let x = self.plot.at(number);
            let colour = sheet.palette.grid;
            sheet.picture.line((x, top), (x, bottom), 1.0, colour);
            let text = numbers::decimal(Some(number), 2, language);
            let style = sheet.tick(Anchor::Middle);
            sheet.picture.text(&text, (x, bottom + 16.0), style);
        }
        let baseline = top - 4.0;
        let (left, right) = (sheet.tick(Anchor::Start), sheet.tick(Anchor::End));
        sheet
            .picture
            .text(phrases.label, (self.names, baseline), left);
        sheet.picture.text("F1", (self.value, baseline), right);
        sheet
            .picture
            .text(phrases.interval, (self.interval, baseline), right);
        sheet
            .picture
            .text(phrases.articles_column, (self.articles, baseline), right);
    }

    fn row(&self, sheet: &mut Sheet, row: &Row, middle: f64) {
        let (first, second) = (sheet.palette.first, sheet.palette.second);
        let background = sheet.palette.background;
        if let Some(interval) = row.interval {
            let ends = [interval.low, interval.high].map(|end| self.plot.at(end));
            let [low, high] = ends.map(|x| (x, middle));
            sheet.picture.line(low, high, 2.0, first);
            for x in ends {
                sheet
                    .picture
                    .line((x, middle - 4.0), (x, middle + 4.0), 1.5, first);
            }
        }
        if let Some(baseline) = row.baseline {
            let x = self.plot.at(baseline);
            sheet
                .picture
                .line((x, middle - 8.0), (x, middle + 8.0), 4.0, background);
            sheet
                .picture
                .line((x, middle - 7.0), (x, middle + 7.0), 2.0, second);
        }
        if let Some(f1) = row.f1 {
            let centre = (self.plot.at(f1), middle);
            if row.is_average {
                sheet.picture.diamond(centre, 7.0, background);
                sheet.picture.diamond(centre, 5.5, first);
            } else {
                sheet.picture.circle(centre, 5.5, background);
                sheet.picture.circle(centre, 4.25, first);
            }
        }
        self.words(sheet, row, centred(middle, LABEL));
    }

    fn words(&self, sheet: &mut Sheet, row: &Row, baseline: f64) {
        let language = sheet.language;
        let style = if row.is_average {
            sheet.heading(Anchor::Start)
        } else {
            sheet.label(Anchor::Start)
        };
        let name = font::fit(row.name, LABEL, style.weight, MOST_NAME);
        sheet.picture.text(&name, (self.names, baseline), style);
        let value = numbers::decimal(row.f1, 2, language);
        let strong = sheet.heading(Anchor::End);
        sheet.picture.text(&value, (self.value, baseline), strong);
        let mut quiet = sheet.label(Anchor::End);
        quiet.colour = sheet.palette.quiet;
        if let Some(interval) = row.interval {
            let text = numbers::interval(interval.low, interval.high, language);
            sheet.picture.text(&text, (self.interval, baseline), quiet);
        }
        if let Some(articles) = row.articles {
            let text = numbers::count(articles, language);
            sheet.picture.text(&text, (self.articles, baseline), quiet);
        }
    }
}

/// One row an average, and one a label from the best to the worst.
pub(super) fn table(evaluation: &Evaluation, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let rows = rows(evaluation, language).into_iter().map(|row| {
        vec![
            Cell::from(row.name),
            row.f1.into(),
            row.interval.map(|interval| interval.low).into(),
            row.interval.map(|interval| interval.high).into(),
            row.baseline.into(),
            row.articles.map_or(Cell::Missing, Cell::Count),
        ]
    });
    ChartTable::new(
        &[
            phrases.label,
            "F1",
            phrases.interval_low,
            phrases.interval_high,
            phrases.baseline_f1,
            phrases.articles_column,
        ],
        rows.collect(),
    )
}
