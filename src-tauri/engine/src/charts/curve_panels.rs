//! One curve a label from 0 to 1 in both directions, as the precision-recall and ROC charts share
//! it.

use super::axis::Scale;
use super::chart_table::{Cell, ChartTable};
use super::curves::CurvePoint;
use super::evaluated;
use super::font::{self, Weight};
use super::numbers;
use super::panels::{self, Panels};
use super::picture::{Anchor, Direction, Picture, Point};
use super::sheet::{BELOW_KEY, LABEL, MARGIN, Sheet, Swatch, TICK, beyond_first_line, centred};
use super::thinning::thin;
use super::{Chart, ChartStyle, Language};
use crate::evaluation::Evaluation;

/// Room left of each row of panels for ticks and the axis's name.
const SIDE: f64 = 50.0;
/// Height of a panel above its plot: the label's name and the curve's area.
const HEAD: f64 = 24.0;
/// Height of a panel below its plot: ticks.
const FOOT: f64 = 18.0;
/// Height below the lowest panels: the axis's name.
const NAME: f64 = 18.0;

/// The curve of a label.
pub(super) struct Curve<'a> {
    pub(super) label: &'a str,
    /// All its points, from left to right; none where it is not defined.
    pub(super) points: Vec<CurvePoint>,
    /// The line through them, from left to right.
    pub(super) line: Vec<Point>,
    /// What a scoring without knowledge gives, as a line.
    pub(super) chance: Option<[Point; 2]>,
    pub(super) area: Option<f64>,
    /// Where the model is at its threshold.
    pub(super) operating: Option<Point>,
    pub(super) threshold: f64,
}

/// What both charts are called and named after.
pub(super) struct Words {
    pub(super) chart: Chart,
    pub(super) across: &'static str,
    pub(super) up: &'static str,
    /// Short and long.
    pub(super) area: [&'static str; 2],
    pub(super) undefined: &'static str,
}

/// How a plot lies in its panel.
struct Plot {
    across: Scale,
    up: Scale,
}

pub(super) fn draw(
    evaluation: &Evaluation,
    curves: &[Curve<'_>],
    words: &Words,
    style: ChartStyle,
) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = words.chart.title(language);
    let subtitle = evaluated::subtitle(evaluation, language);
    if curves.is_empty() {
        return Sheet::nothing(style, title, &subtitle, phrases.no_labels);
    }
    let origin = (MARGIN + SIDE, BELOW_KEY);
    let side = match panels::columns(curves.len()) {
        1 => 420.0,
        2 => 300.0,
        3 => 230.0,
        _ => 216.0,
    };
    let names = curves.iter().map(|curve| curve.label);
    let head = HEAD + beyond_first_line(names, side - area_width(words));
    let panels = Panels::new(
        curves.len(),
        origin,
        (24.0, 24.0),
        (side, head + side + FOOT),
    );
    let size = panels.sheet();
    let mut sheet = Sheet::new(style, (size.0, size.1 + NAME), title, &subtitle);
    sheet.key(&[
        (Swatch::Dot, sheet.palette.second, phrases.at_threshold),
        (Swatch::Dashes, sheet.palette.quiet, phrases.by_chance),
    ]);
    for (index, curve) in curves.iter().enumerate() {
        let corner = panels.corner(index);
        let plot = Plot::new((corner.0, corner.1 + head), side);
        plot.head(&mut sheet, curve, words);
        let is_defined = !curve.points.is_empty();
        plot.grid(&mut sheet, is_defined, panels.is_first_in_row(index));
        plot.curve(&mut sheet, curve, words);
        let (bottom, top) = plot.up.pixels;
        let (left, right) = plot.across.pixels;
        let mut name = sheet.tick(Anchor::Middle);
        if panels.is_last_in_column(index) {
            let place = ((left + right) / 2.0, bottom + FOOT + NAME - 2.0);
            sheet.picture.text(words.across, place, name);
        }
        if panels.is_first_in_row(index) {
            name.direction = Direction::Up;
            let place = (MARGIN + TICK, (top + bottom) / 2.0);
            let text = font::fit(words.up, TICK, Weight::Regular, bottom - top);
            sheet.picture.text(&text, place, name);
        }
    }
    sheet.picture
}

fn number_width(number: &str) -> f64 {
    font::width(number, LABEL, Weight::SemiBold)
}

/// What the curve's area takes beside the label's name, space included.
fn area_width(words: &Words) -> f64 {
    number_width("0.00") + font::width(words.area[0], TICK, Weight::Regular) + 15.0
}

impl Plot {
    /// A square plot with its top left corner at `corner`.
    fn new((left, top): Point, side: f64) -> Self {
        Self {
            across: Scale {
                numbers: (0.0, 1.0),
                pixels: (left, left + side),
            },
            up: Scale {
                numbers: (0.0, 1.0),
                pixels: (top + side, top),
            },
        }
    }

    /// The label's name at the left, the curve's area at the right.
    fn head(&self, sheet: &mut Sheet, curve: &Curve<'_>, words: &Words) {
        let (left, right) = self.across.pixels;
        let baseline = self.up.pixels.1 - 11.0;
        let number = numbers::decimal(curve.area, 2, sheet.language);
        let value = sheet.heading(Anchor::End);
        sheet.picture.text(&number, (right, baseline), value);
        let short = sheet.tick(Anchor::End);
        let place = (right - number_width(&number) - 5.0, baseline);
        sheet.picture.text(words.area[0], place, short);
        let width = right - left - area_width(words);
        sheet.name(curve.label, (left, baseline), width);
    }

    /// Grid lines, where there is something to read off, and ticks.
    fn grid(&self, sheet: &mut Sheet, is_defined: bool, with_ticks_up: bool) {
        let (left, right) = self.across.pixels;
        let (bottom, top) = self.up.pixels;
        let (grid, axis) = (sheet.palette.grid, sheet.palette.axis);
        for step in 0..=4 {
            let number = f64::from(step) / 4.0;
            let (x, y) = (self.across.at(number), self.up.at(number));
            if is_defined {
                sheet.picture.line((x, top), (x, bottom), 1.0, grid);
                sheet.picture.line((left, y), (right, y), 1.0, grid);
            }
            if step % 2 == 1 {
                continue;
            }
            let places = usize::from(step == 2);
            let text = numbers::decimal(Some(number), places, sheet.language);
            let style = sheet.tick(Anchor::Middle);
            sheet.picture.text(&text, (x, bottom + 15.0), style);
            if with_ticks_up {
                let style = sheet.tick(Anchor::End);
                sheet
                    .picture
                    .text(&text, (left - 8.0, centred(y, TICK)), style);
            }
        }
        sheet
            .picture
            .line((left, bottom), (right, bottom), 1.0, axis);
        sheet.picture.line((left, top), (left, bottom), 1.0, axis);
    }

    fn curve(&self, sheet: &mut Sheet, curve: &Curve<'_>, words: &Words) {
        let place = |point: Point| (self.across.at(point.0), self.up.at(point.1));
        if curve.points.is_empty() {
            self.nothing(sheet, words);
        }
        if let Some([from, to]) = curve.chance {
            let colour = sheet.palette.quiet;
            sheet.picture.dashes(place(from), place(to), 1.0, colour);
        }
        let line: Vec<Point> = curve.line.iter().copied().map(place).collect();
        let (first, second) = (sheet.palette.first, sheet.palette.second);
        sheet.picture.path(thin(&line), 2.0, first);
        if let Some(operating) = curve.operating {
            let background = sheet.palette.background;
            sheet.picture.circle(place(operating), 6.5, background);
            sheet.picture.circle(place(operating), 5.0, second);
        }
    }

    /// Says why there is no curve, in as many lines as it takes.
    fn nothing(&self, sheet: &mut Sheet, words: &Words) {
        let (left, right) = self.across.pixels;
        let not_available = numbers::not_available(sheet.language);
        let text = format!("{not_available}: {}", words.undefined);
        let lines = font::wrap(&text, TICK, Weight::Regular, right - left - 24.0, 6);
        let (bottom, top) = self.up.pixels;
        let height = 16.0;
        let first = (top + bottom) / 2.0 - height * (lines.len() as f64 - 1.0) / 2.0;
        for (index, line) in lines.iter().enumerate() {
            let y = centred(first + height * index as f64, TICK);
            let style = sheet.tick(Anchor::Middle);
            sheet.picture.text(line, ((left + right) / 2.0, y), style);
        }
    }
}

/// One row a point: first where the model is at its threshold, then the curve.
pub(super) fn table(curves: &[Curve<'_>], words: &Words, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let mut rows = Vec::new();
    for curve in curves {
        let mut add = |kind: &str, threshold: Option<f64>, point: Option<Point>| {
            rows.push(vec![
                Cell::from(curve.label),
                curve.area.into(),
                kind.into(),
                threshold.into(),
                point.map(|point| point.0).into(),
                point.map(|point| point.1).into(),
            ]);
        };
        add(phrases.at_threshold, Some(curve.threshold), curve.operating);
        for point in &curve.points {
            let place = Some((point.across, point.up));
            add(phrases.on_curve, point.threshold, place);
        }
    }
    ChartTable::new(
        &[
            phrases.label,
            words.area[1],
            phrases.point,
            phrases.threshold,
            words.across,
            words.up,
        ],
        rows,
    )
}
