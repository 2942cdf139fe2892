//! How many articles have each label, as bars from the most to the least.

use super::axis::Scale;
use super::chart_table::{Cell, ChartTable};
use super::error::ChartError;
use super::font::{self, Weight};
use super::picture::{Anchor, Picture};
use super::sheet::{BELOW_HEADER, LABEL, MARGIN, Sheet, centred};
use super::{Chart, ChartStyle, Language, numbers};
use crate::dataset::DatasetProfile;

const ROW: f64 = 28.0;
const BAR: f64 = 16.0;
/// The longest bar.
const LONGEST: f64 = 380.0;
const MOST_NAME: f64 = 300.0;
const GAP: f64 = 14.0;

/// A bar.
struct Row<'a> {
    name: &'a str,
    articles: usize,
    /// Whether it counts the articles without a label.
    is_rest: bool,
}

/// Places of the columns.
struct Columns {
    bars: Scale,
    /// Right edges.
    counts: f64,
    shares: f64,
}

/// Makes sure that there is one of everything a label.
///
/// # Errors
/// When that is not so.
pub(super) fn check(profile: &DatasetProfile, chart: &'static str) -> Result<(), ChartError> {
    let labels = profile.labels.len();
    let pairs = profile.together.iter().map(Vec::len);
    let counts = [
        ("counts of articles", profile.label_counts.len()),
        ("rows of counts of pairs", profile.together.len()),
    ];
    let columns = pairs.map(|columns| ("columns of counts of pairs", columns));
    let mut counts = counts.into_iter().chain(columns);
    match counts.find(|&(_, found)| found != labels) {
        None => Ok(()),
        Some((what, found)) => Err(ChartError::Inconsistent {
            chart,
            what,
            expected: labels,
            found,
        }),
    }
}

/// Numbers of the labels, from the most frequent to the rarest.
pub(super) fn by_frequency(profile: &DatasetProfile) -> Vec<usize> {
    let mut labels: Vec<usize> = (0..profile.labels.len()).collect();
    labels.sort_by_key(|&label| std::cmp::Reverse(profile.label_counts[label]));
    labels
}

fn rows<'a>(profile: &'a DatasetProfile, language: Language) -> Vec<Row<'a>> {
    let labels = by_frequency(profile).into_iter().map(|label| Row {
        name: &profile.labels[label],
        articles: profile.label_counts[label],
        is_rest: false,
    });
    let rest = profile.labels_a_row.first().copied().unwrap_or(0);
    let rest = (rest > 0).then(|| Row {
        name: language.phrases().without_labels,
        articles: rest,
        is_rest: true,
    });
    labels.chain(rest).collect()
}

pub(super) fn draw(profile: &DatasetProfile, style: ChartStyle) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = Chart::LabelCounts.title(language);
    let articles: usize = profile.labels_a_row.iter().sum();
    let subtitle = format!(
        "{}, {}",
        language.counted(articles, phrases.articles),
        language.counted(profile.labels.len(), phrases.labels)
    );
    if profile.labels.is_empty() {
        return Sheet::nothing(style, title, &subtitle, phrases.no_labels);
    }
    let rows = rows(profile, language);
    let columns = Columns::new(&rows, language);
    let bottom = BELOW_HEADER + ROW * rows.len() as f64;
    let size = (columns.shares + MARGIN, bottom + MARGIN);
    let mut sheet = Sheet::new(style, size, title, &subtitle);
    for (index, row) in rows.iter().enumerate() {
        let middle = BELOW_HEADER + ROW * (index as f64 + 0.5);
        columns.row(&mut sheet, row, middle, articles);
    }
    let (left, axis) = (columns.bars.pixels.0, sheet.palette.axis);
    sheet
        .picture
        .line((left, BELOW_HEADER), (left, bottom), 1.0, axis);
    sheet.picture
}

impl Columns {
    fn new(rows: &[Row<'_>], language: Language) -> Self {
        let names = rows
            .iter()
            .map(|row| font::width(row.name, LABEL, Weight::Regular));
        let left = MARGIN + names.fold(0.0, f64::max).min(MOST_NAME) + GAP;
        let most = rows.iter().map(|row| row.articles).max().unwrap_or(0);
        let count = numbers::count(most, language);
        let counts = left + LONGEST + GAP + font::width(&count, LABEL, Weight::SemiBold);
        Self {
            bars: Scale {
                numbers: (0.0, most.max(1) as f64),
                pixels: (left, left + LONGEST),
            },
            counts,
            shares: counts + GAP + font::width(">99 %", LABEL, Weight::Regular),
        }
    }

    /// A bar with its words; its share is that of `all` articles.
    fn row(&self, sheet: &mut Sheet, row: &Row<'_>, middle: f64, all: usize) {
        let language = sheet.language;
        let (left, baseline) = (self.bars.pixels.0, centred(middle, LABEL));
        let colour = if row.is_rest {
            sheet.palette.neutral
        } else {
            sheet.palette.first
        };
        if row.articles > 0 {
            // One article among thousands can still be seen.
            let length = (self.bars.at(row.articles as f64) - left).max(1.0);
            let corner = (left, middle - BAR / 2.0);
            sheet.picture.rectangle(corner, (length, BAR), colour);
        }
        let mut quiet = sheet.label(Anchor::End);
        quiet.colour = sheet.palette.quiet;
        let style = if row.is_rest {
            quiet
        } else {
            sheet.label(Anchor::End)
        };
        let name = font::fit(row.name, LABEL, style.weight, MOST_NAME);
        sheet.picture.text(&name, (left - 10.0, baseline), style);
        let count = numbers::count(row.articles, language);
        let strong = sheet.heading(Anchor::End);
        sheet.picture.text(&count, (self.counts, baseline), strong);
        let share = numbers::percent(row.articles, all, language);
        sheet.picture.text(&share, (self.shares, baseline), quiet);
    }
}

/// One row a label from the most frequent to the rarest, and one for articles without any.
pub(super) fn table(profile: &DatasetProfile, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let articles: usize = profile.labels_a_row.iter().sum();
    let rows = rows(profile, language).into_iter().map(|row| {
        let share = (articles > 0).then(|| row.articles as f64 / articles as f64);
        vec![Cell::from(row.name), row.articles.into(), share.into()]
    });
    ChartTable::new(
        &[phrases.label, phrases.articles_column, phrases.share],
        rows.collect(),
    )
}
