//! Charts against the numbers that they are drawn from.

mod layout;
mod marks;
mod pictures;
mod samples;
mod svg;
mod tables;

use super::*;

const ENGLISH: ChartStyle = ChartStyle {
    theme: Theme::Light,
    language: Language::English,
};

const STYLES: [ChartStyle; 4] = [
    ENGLISH,
    ChartStyle {
        theme: Theme::Dark,
        language: Language::English,
    },
    ChartStyle {
        theme: Theme::Light,
        language: Language::Spanish,
    },
    ChartStyle {
        theme: Theme::Dark,
        language: Language::Spanish,
    },
];

/// What all charts are drawn from.
struct Numbers {
    history: TrainingHistory,
    evaluation: Evaluation,
    profile: DatasetProfile,
}

impl Numbers {
    fn new(labels: Vec<String>, rows: usize) -> Self {
        Self {
            history: samples::history(labels.len() as u32, 3.0),
            evaluation: samples::evaluation_of(labels.clone(), rows, labels.len() == 7),
            profile: samples::profile_of(labels, rows * 5),
        }
    }

    fn charts(&self) -> [ChartData<'_>; 9] {
        Chart::ALL.map(|chart| match chart {
            Chart::TrainingLoss => ChartData::TrainingLoss(&self.history),
            Chart::TrainingF1 => ChartData::TrainingF1(&self.history),
            Chart::LabelF1 => ChartData::LabelF1(&self.evaluation),
            Chart::Confusion => ChartData::Confusion(&self.evaluation),
            Chart::PrecisionRecall => ChartData::PrecisionRecall(&self.evaluation),
            Chart::Roc => ChartData::Roc(&self.evaluation),
            Chart::LabelCounts => ChartData::LabelCounts(&self.profile),
            Chart::CoOccurrence => ChartData::CoOccurrence(&self.profile),
            Chart::TokenLengths => ChartData::TokenLengths(&self.profile.lengths),
        })
    }
}

#[test]
fn every_chart_has_a_name_of_its_own_that_can_be_a_file_name() {
    let mut names = Chart::ALL.map(Chart::name).to_vec();
    for name in &names {
        let allowed = |letter: char| letter.is_ascii_lowercase() || "-1".contains(letter);
        assert!(name.chars().all(allowed), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Chart::ALL.len());
    assert_eq!(
        serde_json::to_string(&Chart::PrecisionRecall).unwrap(),
        "\"precision-recall\""
    );
    let style = serde_json::to_string(&STYLES[3]).unwrap();
    assert_eq!(style, r#"{"theme":"dark","language":"es"}"#);
}

#[test]
#[ignore = "writes pictures to look at"]
fn every_chart_is_written_to_a_temporary_folder() {
    let folder = std::env::temp_dir().join("etiqueta-charts");
    std::fs::create_dir_all(&folder).unwrap();
    for labels in [1, 2, 4, 7, 40] {
        let numbers = Numbers::new(samples::names(labels), 571);
        for data in numbers.charts() {
            for style in [STYLES[0], STYLES[3]] {
                let stem = format!("{}-{labels}-{:?}", data.chart().name(), style.theme);
                let scale = if labels > 20 { 1 } else { 2 };
                let png = draw_png(&data, style, scale).unwrap();
                std::fs::write(folder.join(format!("{stem}.png")), png).unwrap();
                let svg = draw_svg(&data, style).unwrap();
                std::fs::write(folder.join(format!("{stem}.svg")), svg).unwrap();
            }
        }
    }
    println!("the charts are in {}", folder.display());
}
