//! How long the texts are in word pieces, as a histogram with the place where they are cut.

use super::axis::{Scale, Ticks, round_up};
use super::chart_table::{Cell, ChartTable};
use super::font::{self, Weight};
use super::picture::{Anchor, Picture};
use super::sheet::{BELOW_HEADER, LABEL, MARGIN, Sheet, TICK, centred};
use super::{Chart, ChartStyle, Language, numbers};
use crate::dataset::LengthHistogram;

const SIZE: (f64, f64) = (720.0, 380.0);
/// The most bars that are drawn.
const MOST_BARS: usize = 48;
/// Share of the texts that the axis has to show; what is longer stands in a bar of its own
/// where it would take more than a third of the axis.
const SHOWN: f64 = 0.99;

/// Texts between two lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bar {
    /// Word pieces that the texts have more than.
    above: usize,
    /// Word pieces that the texts have at most.
    most: usize,
    texts: usize,
}

/// What is drawn.
struct Bars {
    /// Bars of the same width.
    bars: Vec<Bar>,
    /// Texts that are longer than all of these.
    longer: Option<Bar>,
}

impl Bars {
    fn new(lengths: &LengthHistogram) -> Self {
        let width = lengths.bin_width.max(1);
        let mut shown = lengths.counts.len();
        let texts: usize = lengths.counts.iter().sum();
        let enough = (texts as f64 * SHOWN).ceil() as usize;
        let mut counted = 0;
        let needed = lengths.counts.iter().position(|&bin| {
            counted += bin;
            counted >= enough
        });
        let needed = needed.map_or(shown, |last| last + 1);
        // The cut belongs on the axis, unless the texts come nowhere near it.
        let cut = lengths.cut.div_ceil(width);
        let cut = if cut <= 2 * shown { cut + 1 } else { 0 };
        let needed = needed.max(cut);
        let cuts_off = 2 * shown > 3 * needed;
        if cuts_off || shown < cut {
            shown = needed;
        }
        let merged = shown.div_ceil(MOST_BARS).max(1);
        let shown = shown.div_ceil(merged) * merged;
        let bin = |index: usize| lengths.counts.get(index).copied().unwrap_or(0);
        let bars = (0..shown).step_by(merged).map(|first| Bar {
            above: first * width,
            most: (first + merged) * width,
            texts: (first..first + merged).map(bin).sum(),
        });
        let longer = lengths.counts.iter().skip(shown).sum();
        Self {
            bars: bars.collect(),
            longer: (longer > 0).then(|| Bar {
                above: shown * width,
                most: lengths.counts.len() * width,
                texts: longer,
            }),
        }
    }
}

pub(super) fn draw(lengths: &LengthHistogram, style: ChartStyle) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = Chart::TokenLengths.title(language);
    let texts: usize = lengths.counts.iter().sum();
    let subtitle = subtitle(lengths, texts, language);
    if texts == 0 {
        return Sheet::nothing(style, title, &subtitle, phrases.no_texts);
    }
    let found = Bars::new(lengths);
    let mut sheet = Sheet::new(style, SIZE, title, &subtitle);
    let highest = found.bars.iter().chain(&found.longer).map(|bar| bar.texts);
    let highest = highest.max().unwrap_or(0) as f64;
    let most = round_up(highest, 5, 1.0);
    let ticks = Ticks::new(0.0, most, 5, 1.0);
    let widest = numbers::count(most as usize, language);
    let left = MARGIN + font::width(&widest, TICK, Weight::Regular) + 10.0;
    let right = f64::from(sheet.picture.width) - MARGIN;
    let (top, bottom) = (BELOW_HEADER + 16.0, SIZE.1 - MARGIN - 34.0);
    let up = Scale {
        numbers: (0.0, most),
        pixels: (bottom, top),
    };
    let last = found.bars.last().map_or(1, |bar| bar.most);
    let beyond = if found.longer.is_some() { 70.0 } else { 0.0 };
    let across = Scale {
        numbers: (0.0, last as f64),
        pixels: (left, right - beyond),
    };
    let grid = sheet.palette.grid;
    for &tick in &ticks.numbers {
        let y = up.at(tick);
        sheet.picture.line((left, y), (right, y), 1.0, grid);
        let text = numbers::count(tick as usize, language);
        let style = sheet.tick(Anchor::End);
        sheet
            .picture
            .text(&text, (left - 10.0, centred(y, TICK)), style);
    }
    bars(&mut sheet, &found, lengths.cut, across, up);
    axis(&mut sheet, &found, across, (right, bottom));
    cut(&mut sheet, lengths.cut, across, (top, bottom));
    sheet.picture
}

/// "571 texts, 312 word pieces on average. Cut at 256: 12% of the texts, 4% of the word pieces".
fn subtitle(lengths: &LengthHistogram, texts: usize, language: Language) -> String {
    let phrases = language.phrases();
    let counted = language.counted(texts, phrases.texts);
    if texts == 0 {
        return counted;
    }
    let mean = (lengths.word_pieces as f64 / texts as f64).round() as usize;
    let mean = numbers::count(mean, language);
    let cut = numbers::count(lengths.cut, language);
    let what = if lengths.texts_cut == 0 {
        phrases.nothing_cut.into()
    } else {
        format!(
            "{} {}, {} {}",
            numbers::percent(lengths.texts_cut, texts, language),
            phrases.of_the_texts,
            numbers::percent(lengths.word_pieces_cut, lengths.word_pieces, language),
            phrases.of_the_word_pieces
        )
    };
    format!(
        "{counted}, {mean} {} {} · {} {cut}: {what}",
        phrases.word_pieces, phrases.on_average, phrases.cut_at
    )
}

fn bars(sheet: &mut Sheet, found: &Bars, cut: usize, across: Scale, up: Scale) {
    let (read, left_out) = (sheet.palette.first, sheet.palette.neutral);
    let bottom = up.pixels.0;
    let colour = |bar: &Bar| if bar.above >= cut { left_out } else { read };
    for bar in found.bars.iter().filter(|bar| bar.texts > 0) {
        let (left, right) = (across.at(bar.above as f64), across.at(bar.most as f64));
        let height = (bottom - up.at(bar.texts as f64)).max(1.0);
        let corner = (left + 1.0, bottom - height);
        let size = ((right - left - 2.0).max(1.0), height);
        sheet.picture.rectangle(corner, size, colour(bar));
    }
    if let Some(bar) = &found.longer {
        let height = (bottom - up.at(bar.texts as f64)).max(1.0);
        let corner = (across.pixels.1 + 26.0, bottom - height);
        sheet.picture.rectangle(corner, (34.0, height), colour(bar));
    }
}

/// The axis at the bottom, with what the bar of longer texts begins at.
fn axis(sheet: &mut Sheet, found: &Bars, across: Scale, (right, bottom): (f64, f64)) {
    let (phrases, colour) = (sheet.language.phrases(), sheet.palette.axis);
    let (left, end) = across.pixels;
    let style = sheet.tick(Anchor::Middle);
    sheet
        .picture
        .line((left, bottom), (end, bottom), 1.0, colour);
    for &tick in &Ticks::new(0.0, across.numbers.1, 10, 1.0).numbers {
        let x = across.at(tick);
        sheet
            .picture
            .line((x, bottom), (x, bottom + 4.0), 1.0, colour);
        let text = numbers::count(tick as usize, sheet.language);
        sheet.picture.text(&text, (x, bottom + 17.0), style);
    }
    if let Some(bar) = &found.longer {
        let from = (end + 18.0, bottom);
        sheet.picture.line(from, (right, bottom), 1.0, colour);
        let text = format!("> {}", numbers::count(bar.above, sheet.language));
        sheet
            .picture
            .text(&text, (end + 43.0, bottom + 17.0), style);
    }
    let middle = (left + end) / 2.0;
    sheet
        .picture
        .text(phrases.word_pieces, (middle, SIZE.1 - MARGIN), style);
}

/// The line where texts are cut.
fn cut(sheet: &mut Sheet, cut: usize, across: Scale, (top, bottom): (f64, f64)) {
    if cut as f64 > across.numbers.1 {
        return;
    }
    let x = across.at(cut as f64);
    let colour = sheet.palette.text;
    sheet
        .picture
        .line((x, top - 16.0), (x, bottom), 1.5, colour);
    let phrases = sheet.language.phrases();
    let text = format!("{} {}", phrases.cut_at, numbers::count(cut, sheet.language));
    let width = font::width(&text, LABEL, Weight::SemiBold);
    let fits = x + 8.0 + width <= f64::from(sheet.picture.width) - MARGIN;
    let (anchor, x) = if fits {
        (Anchor::Start, x + 8.0)
    } else {
        (Anchor::End, x - 8.0)
    };
    let style = sheet.heading(anchor);
    sheet.picture.text(&text, (x, top - 7.0), style);
}

/// One row a bin, as they were counted.
pub(super) fn table(lengths: &LengthHistogram, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let rows = lengths.counts.iter().enumerate().map(|(bin, &texts)| {
        let (from, to) = (bin * lengths.bin_width + 1, (bin + 1) * lengths.bin_width);
        vec![Cell::Count(from), to.into(), texts.into()]
    });
    ChartTable::new(
        &[phrases.from, phrases.to, phrases.texts[1]],
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(counts: Vec<usize>, cut: usize) -> LengthHistogram {
        LengthHistogram {
            bin_width: 32,
            counts,
            cut,
            ..LengthHistogram::default()
        }
    }

    #[test]
    fn every_text_is_in_one_bar() {
        for bins in [1, 3, 48, 49, 100, 5000] {
            let lengths = lengths((0..bins).map(|bin| bin % 7).collect(), 256);
            let found = Bars::new(&lengths);
            let texts: usize = found
                .bars
                .iter()
                .chain(&found.longer)
                .map(|bar| bar.texts)
                .sum();
            assert_eq!(texts, lengths.counts.iter().sum::<usize>(), "{bins}");
            assert!(found.bars.len() <= MOST_BARS + 1, "{bins}");
        }
    }

    #[test]
    fn one_text_as_long_as_a_book_does_not_press_all_others_together() {
        let mut counts = vec![40; 12];
        counts.resize(3000, 0);
        counts[2999] = 1;
        let found = Bars::new(&lengths(counts, 256));
        assert!(found.bars.last().unwrap().most <= 20 * 32);
        assert_eq!(found.longer.map(|bar| bar.texts), Some(1));
    }

    #[test]
    fn the_cut_is_on_the_axis_where_texts_come_near_it() {
        assert_eq!(
            Bars::new(&lengths(vec![5; 10], 512))
                .bars
                .last()
                .unwrap()
                .most,
            17 * 32
        );
        assert_eq!(
            Bars::new(&lengths(vec![5; 2], 512))
                .bars
                .last()
                .unwrap()
                .most,
            2 * 32
        );
    }
}
