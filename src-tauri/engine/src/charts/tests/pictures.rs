//! SVG and PNG as files.

use super::*;

/// Width, height and pixels.
fn decoded(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(bytes).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    pixels.truncate(frame.buffer_size());
    (frame.width, frame.height, pixels)
}

#[test]
fn every_chart_is_well_formed_and_the_same_at_every_drawing() {
    for labels in [0, 1, 3, 40] {
        let numbers = Numbers::new(samples::names(labels), 30);
        for data in numbers.charts() {
            for style in STYLES {
                let svg = draw_svg(&data, style).unwrap();
                assert_eq!(svg, draw_svg(&data, style).unwrap());
                let elements = svg::read(&svg);
                let title = data.chart().title(style.language);
                assert!(elements[0].attribute("aria-label").starts_with(title));
                assert_eq!(svg::texts(&elements)[0], title);
                assert!(!svg.contains("NaN"));
            }
        }
    }
}

#[test]
fn a_picture_has_the_size_that_was_asked_for_and_shows_something() {
    let numbers = Numbers::new(samples::names(3), 40);
    for data in numbers.charts() {
        let svg = svg::read(&draw_svg(&data, ENGLISH).unwrap());
        for scale in [1, 2] {
            let bytes = draw_png(&data, ENGLISH, scale).unwrap();
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
            assert_eq!(bytes, draw_png(&data, ENGLISH, scale).unwrap());
            let (width, height, pixels) = decoded(&bytes);
            assert_eq!(f64::from(width), svg[0].number("width") * f64::from(scale));
            assert_eq!(
                f64::from(height),
                svg[0].number("height") * f64::from(scale)
            );
            let white = pixels.chunks(3).filter(|pixel| pixel == &[255; 3]).count();
            let share = white as f64 / (width * height) as f64;
            assert!(
                (0.3..0.99).contains(&share),
                "{}: {share}",
                data.chart().name()
            );
        }
    }
}

#[test]
fn a_bitmap_holds_a_bar_where_the_svg_has_it_in_the_same_colour() {
    let profile = samples::profile_of(samples::names(3), 200);
    let data = ChartData::LabelCounts(&profile);
    let svg = svg::read(&draw_svg(&data, ENGLISH).unwrap());
    let (width, _, pixels) = decoded(&draw_png(&data, ENGLISH, 1).unwrap());
    let bar = svg::in_colour(&svg, "rect", "#0072B2").next().unwrap();
    let [x, y, across, down] = ["x", "y", "width", "height"].map(|name| bar.number(name) / 10.0);
    let pixel = |x: f64, y: f64| {
        let index = (y as usize * width as usize + x as usize) * 3;
        pixels[index..index + 3].to_vec()
    };
    let colour = [0x00, 0x72, 0xb2];
    assert_eq!(pixel(x + 1.5, y + 1.5), colour);
    assert_eq!(pixel(x + across - 1.5, y + down - 1.5), colour);
    assert_eq!(pixel(x + across + 1.5, y + down / 2.0), [255; 3]);
    assert_eq!(pixel(x + across / 2.0, y + down + 1.5), [255; 3]);
}

#[test]
fn labels_with_the_signs_of_xml_stay_text() {
    let names = ["<b>&\"'", "</text><script>", "a\u{0}b\nc\u{fffe}", ""];
    let names: Vec<String> = names.map(String::from).into();
    let numbers = Numbers::new(names, 30);
    for data in numbers.charts() {
        for style in STYLES {
            let text = draw_svg(&data, style).unwrap();
            let elements = svg::read(&text);
            assert!(elements.iter().all(|element| element.name != "script"));
            draw_png(&data, style, 1).unwrap();
        }
    }
    let data = ChartData::LabelCounts(&numbers.profile);
    let elements = svg::read(&draw_svg(&data, ENGLISH).unwrap());
    for name in ["<b>&\"'", "</text><script>", "a b c\u{fffd}"] {
        assert!(svg::texts(&elements).contains(&name), "{name}");
    }
}

#[test]
fn evaluations_without_labels_or_rows_are_drawn_nonetheless() {
    for labels in [0, 1, 4] {
        let numbers = Numbers::new(samples::names(labels), 0);
        for data in numbers.charts() {
            for style in STYLES {
                svg::read(&draw_svg(&data, style).unwrap());
                draw_png(&data, style, 1).unwrap();
                table(&data, style.language).unwrap();
            }
        }
    }
    let nothing = LengthHistogram::default();
    draw_png(&ChartData::TokenLengths(&nothing), ENGLISH, 1).unwrap();
}

#[test]
fn a_scale_that_cannot_be_drawn_is_refused_with_what_can() {
    let history = samples::history(2, 1.0);
    let data = ChartData::TrainingLoss(&history);
    for scale in [0, 9, u32::MAX] {
        let error = draw_png(&data, ENGLISH, scale).unwrap_err();
        assert!(error.to_string().contains("from 1 to 8"), "{error}");
    }
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    let evaluation = samples::evaluation(400, 3);
    let error = draw_png(&ChartData::Roc(&evaluation), ENGLISH, 8).unwrap_err();
    assert!(
        matches!(error, ChartError::TooLarge { chart: "roc", .. }),
        "{error}"
    );
    draw_png(&ChartData::Roc(&evaluation), ENGLISH, 1).unwrap();
}

#[test]
fn numbers_that_do_not_belong_together_are_named() {
    let mut numbers = Numbers::new(samples::names(3), 20);
    numbers.evaluation.thresholds.pop();
    numbers.profile.together[1].pop();
    let error = draw_svg(&ChartData::Roc(&numbers.evaluation), ENGLISH).unwrap_err();
    let words = "cannot draw roc: there are 3 labels, but 2 thresholds";
    assert!(error.to_string().starts_with(words), "{error}");
    let error = table(
        &ChartData::CoOccurrence(&numbers.profile),
        Language::English,
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("2 columns of counts of pairs"),
        "{error}"
    );
}
