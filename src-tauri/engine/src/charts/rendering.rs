//! Pictures to SVG and PNG, by the two backends of plotters.

use std::error::Error;

use plotters::backend::{BitMapBackend, DrawingBackend, RGBPixel, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, ShapeStyle};

use super::error::ChartError;
use super::font::{self, FAMILY, Weight};
use super::picture::{Anchor, Direction, Mark, Picture, Point, TextStyle};

/// Plotters places things in whole units: an SVG is drawn in tenths of a pixel.
const SVG_UNITS: f64 = 10.0;

/// Units of plotters' font size that an SVG of it has an em of.
const SVG_FONT_SIZE: f64 = 1.24;

/// The largest scale of a PNG.
const MOST_SCALE: u32 = 8;

/// The most pixels of a PNG, 192 MB of them while it is drawn.
const MOST_PIXELS: u64 = 64_000_000;

/// PNGs are drawn this many times as large and averaged, because plotters places everything
/// at whole pixels; less where more pixels than [`MOST_PIXELS`] would be drawn.
const OVERSAMPLING: u32 = 4;

/// Pixels a metre of a PNG at scale 1: 96 an inch.
const PIXELS_A_METRE: u32 = 3780;

/// The two kinds of picture differ in how text is drawn and lines are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Svg,
    Bitmap,
}

/// The picture as SVG.
///
/// # Errors
/// When plotters fails.
pub(super) fn svg(picture: &Picture, chart: &'static str) -> Result<String, ChartError> {
    let units = |pixels: u32| pixels * SVG_UNITS as u32;
    let mut drawn = String::new();
    {
        let size = (units(picture.width), units(picture.height));
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(picture, &area, SVG_UNITS, Kind::Svg).map_err(|source| failed(chart, source))?;
    }
    // Plotters' root element has no size but its units, and no words for a screen reader. What
    // all marks have in common is said there once. In the text of a mark quotation marks are
    // escaped, so that only attributes are found here.
    let marks = drawn.split_once('\n').map_or("", |(_root, marks)| marks);
    let family = escaped(FAMILY);
    let marks = marks
        .replace(&format!(" font-family=\"{family}\""), "")
        .replace(" font-weight=\"bold\"", " font-weight=\"600\"")
        .replace(" opacity=\"1\"", "");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" stroke-linejoin=\"round\" \
         font-family=\"{family}\" font-variant=\"tabular-nums\">\n{marks}",
        picture.width,
        picture.height,
        units(picture.width),
        units(picture.height),
        escaped(&picture.description),
    ))
}

/// The picture as PNG of `scale` pixels a logical pixel.
///
/// # Errors
/// When the scale is 0 or too large, and when plotters or the encoder fails.
pub(super) fn png(
    picture: &Picture,
    chart: &'static str,
    scale: u32,
) -> Result<Vec<u8>, ChartError> {
    if scale == 0 || scale > MOST_SCALE {
        return Err(ChartError::Scale {
            chart,
            scale,
            most: MOST_SCALE,
        });
    }
    let (width, height) = (picture.width * scale, picture.height * scale);
    let pixels = u64::from(width) * u64::from(height);
    let fits = |factor: &u32| pixels * u64::from(factor * factor) <= MOST_PIXELS;
    let Some(factor) = (1..=OVERSAMPLING).rev().find(fits) else {
        return Err(ChartError::TooLarge {
            chart,
            width: width.into(),
            height: height.into(),
        });
    };
    let size = (width * factor, height * factor);
    let mut drawn = vec![0; size.0 as usize * size.1 as usize * 3];
    {
        let backend = BitMapBackend::<RGBPixel>::with_buffer_and_format(&mut drawn, size)
            .map_err(|source| failed(chart, source.into()))?;
        let area = backend.into_drawing_area();
        draw(picture, &area, f64::from(scale * factor), Kind::Bitmap)
            .map_err(|source| failed(chart, source))?;
    }
    let pixels = average(&drawn, size.0 as usize, factor as usize);
    encode(&pixels, (width, height), scale).map_err(|source| ChartError::Encoding { chart, source })
}

fn failed(chart: &'static str, source: Box<dyn Error + Send + Sync>) -> ChartError {
    ChartError::Drawing { chart, source }
}

/// The means of squares of `factor` pixels. `row` is the pixels of a row of `drawn`.
fn average(drawn: &[u8], row: usize, factor: usize) -> Vec<u8> {
    if factor == 1 {
        return drawn.into();
    }
    let cells = factor * factor;
    let mut averaged = Vec::with_capacity(drawn.len() / cells);
    let mut sums = vec![0_usize; row / factor * 3];
    for rows in drawn.chunks_exact(row * 3 * factor) {
        sums.fill(0);
        for one in rows.chunks_exact(row * 3) {
            for (square, sum) in one.chunks_exact(factor * 3).zip(sums.chunks_exact_mut(3)) {
                for pixel in square.chunks_exact(3) {
                    for (value, sum) in pixel.iter().zip(sum.iter_mut()) {
                        *sum += usize::from(*value);
                    }
                }
            }
        }
        averaged.extend(sums.iter().map(|sum| ((sum + cells / 2) / cells) as u8));
    }
    averaged
}

fn encode(pixels: &[u8], size: (u32, u32), scale: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_A_METRE * scale,
        yppu: PIXELS_A_METRE * scale,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Draws on `area`, at `unit` of its units a logical pixel.
fn draw<DB: DrawingBackend>(
    picture: &Picture,
    area: &DrawingArea<DB, Shift>,
    unit: f64,
    kind: Kind,
) -> Result<(), Box<dyn Error + Send + Sync>>
where
    DB::ErrorType: 'static,
{
    draw_marks(picture, area, unit, kind).map_err(Into::into)
}

fn draw_marks<DB: DrawingBackend>(
    picture: &Picture,
    area: &DrawingArea<DB, Shift>,
    unit: f64,
    kind: Kind,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let place = |(x, y): Point| ((x * unit).round() as i32, (y * unit).round() as i32);
    area.fill(&picture.background)?;
    for mark in &picture.marks {
        match mark {
            Mark::Rectangle {
                corner,
                size,
                colour,
            } => {
                let (left, top) = place(*corner);
                let (right, bottom) = place((corner.0 + size.0, corner.1 + size.1));
                // The last row and column of a bitmap's rectangle belong to it; in SVG they
                // are its edge.
                let edge = i32::from(kind == Kind::Bitmap);
                let end = ((right - edge).max(left), (bottom - edge).max(top));
                area.draw(&Rectangle::new([(left, top), end], colour.filled()))?;
            }
            Mark::Path {
                points,
                width,
                colour,
            } => {
                let points: Vec<Point> = points.iter().map(|p| (p.0 * unit, p.1 * unit)).collect();
                match kind {
                    Kind::Svg => {
                        let width = (width * unit).round().max(1.0) as u32;
                        let points: Vec<_> = points.into_iter().map(whole).collect();
                        area.draw(&PathElement::new(points, colour.stroke_width(width)))?;
                    }
                    Kind::Bitmap => stroke(area, &points, width * unit, colour.filled())?,
                }
            }
            Mark::Polygon { points, colour } => {
                let points: Vec<_> = points.iter().copied().map(place).collect();
                area.draw(&Polygon::new(points, colour.filled()))?;
            }
            Mark::Circle {
                centre,
                radius,
                colour,
            } => {
                let radius = (radius * unit).round() as i32;
                area.draw(&Circle::new(place(*centre), radius, colour.filled()))?;
            }
            Mark::Text { text, at, style } => match kind {
                Kind::Svg => write_text(area, text, *at, *style, unit)?,
                Kind::Bitmap => paint_text(area, text, *at, *style, unit)?,
            },
        }
    }
    area.present()
}

fn whole((x, y): Point) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

/// A line in a bitmap, with round joins: each segment is a polygon, and each place where two
/// meet a circle. Plotters' own thick lines have spikes at sharp corners.
fn stroke<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    points: &[Point],
    width: f64,
    style: ShapeStyle,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let half = width / 2.0;
    for pair in points.windows(2) {
        let &[from, to] = pair else { continue };
        if from.0 == to.0 || from.1 == to.1 {
            let (left, right) = (from.0.min(to.0), from.0.max(to.0));
            let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
            let across = if from.0 == to.0 { half } else { 0.0 };
            let down = if from.1 == to.1 { half } else { 0.0 };
            let start = whole((left - across, top - down));
            let end = whole((right + across, bottom + down));
            let end = ((end.0 - 1).max(start.0), (end.1 - 1).max(start.1));
            area.draw(&Rectangle::new([start, end], style))?;
            continue;
        }
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let length = x.hypot(y);
        let (across, down) = (-y / length * half, x / length * half);
        let corners = vec![
            whole((from.0 + across, from.1 + down)),
            whole((to.0 + across, to.1 + down)),
            whole((to.0 - across, to.1 - down)),
            whole((from.0 - across, from.1 - down)),
        ];
        area.draw(&Polygon::new(corners, style))?;
    }
    let joins = points.get(1..points.len().saturating_sub(1)).unwrap_or(&[]);
    for &join in joins {
        area.draw(&Circle::new(whole(join), half.round() as i32, style))?;
    }
    Ok(())
}

/// Text as an element of the SVG. Its baseline is 0.76 em below the point that plotters is
/// handed.
fn write_text<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    text: &str,
    at: Point,
    style: TextStyle,
    unit: f64,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let em = style.size * unit;
    let horizontal = match style.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let (x, y) = (at.0 * unit, at.1 * unit);
    let (place, transform) = match style.direction {
        Direction::Across => ((x, y - em * 0.76), FontTransform::None),
        Direction::Up => ((x - em * 0.76, y), FontTransform::Rotate270),
    };
    // Plotters knows no semi-bold: it stands in for bold until all is drawn.
    let weight = match style.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::SemiBold => FontStyle::Bold,
    };
    let text_style = FontDesc::new(FontFamily::Name(FAMILY), em * SVG_FONT_SIZE, weight)
        .transform(transform)
        .color(&style.colour)
        .pos(Pos::new(horizontal, VPos::Top));
    area.draw(&Text::new(text, whole(place), text_style))
}

/// Text as pixels of a bitmap. Plotters' own text leaves out the space before each letter.
fn paint_text<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    text: &str,
    at: Point,
    style: TextStyle,
    unit: f64,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let em = style.size * unit;
    let width = font::width(text, em, style.weight);
    let before = match style.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let (x, y) = (at.0 * unit, at.1 * unit);
    let (left, top) = match style.direction {
        Direction::Across => whole((x - before, y)),
        Direction::Up => whole((x, y + before)),
    };
    let (across, down) = area.dim_in_pixel();
    let inside =
        |(x, y): (i32, i32)| (0..across as i32).contains(&x) && (0..down as i32).contains(&y);
    let mut outcome = Ok(());
    font::cover(text, em, style.weight, |right, below, covered| {
        let place = match style.direction {
            Direction::Across => (left + right, top + below),
            Direction::Up => (left + below, top - right),
        };
        if outcome.is_ok() && inside(place) {
            outcome = area.draw_pixel(place, &style.colour.mix(covered));
        }
    });
    outcome
}

/// Text as it stands in an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
