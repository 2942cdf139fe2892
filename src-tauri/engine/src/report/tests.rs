//! Reports of the tiny model.

use super::*;
use crate::charts::{Language, Theme};
use crate::dataset::CorrectionEffects;
use crate::library::tiny;

fn style(language: Language) -> ChartStyle {
    ChartStyle {
        theme: Theme::Light,
        language,
    }
}

#[test]
fn a_report_has_its_text_and_three_files_a_chart_which_it_links() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = tiny::manifest("one");
    let figures = write_report(
        folder.path(),
        &manifest,
        &tiny::record(),
        style(Language::English),
    );
    let figures = figures.unwrap();
    assert_eq!(figures.len(), Chart::ALL.len());
    let text = std::fs::read_to_string(folder.path().join(REPORT_FILE)).unwrap();
    for figure in &figures {
        for path in [&figure.svg, &figure.png, &figure.table] {
            assert!(std::fs::metadata(folder.path().join(path)).unwrap().len() > 0);
            assert!(
                text.contains(&format!("({})", path.display())),
                "{}",
                path.display()
            );
        }
    }
    // Both rows have "heart", which the model gives once; nothing is wrong with what it gives.
    assert!(
        text.contains("| heart | 2 | 1 | 1 | 0 | 1.000 | 0.500 | 0.667 |"),
        "{text}"
    );
    assert!(text.contains("optimistic"));
    assert!(text.contains("Not a medical device"));
}

#[test]
fn a_spanish_report_is_spanish_with_decimal_commas() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = tiny::manifest("uno");
    write_report(
        folder.path(),
        &manifest,
        &tiny::record(),
        style(Language::Spanish),
    )
    .unwrap();
    let text = std::fs::read_to_string(folder.path().join(REPORT_FILE)).unwrap();
    assert!(
        text.contains("| heart | 2 | 1 | 1 | 0 | 1,000 | 0,500 | 0,667 |"),
        "{text}"
    );
    assert!(text.contains("No es un producto sanitario"));
    assert!(!text.contains("{"), "a phrase was not filled in: {text}");
}

#[test]
fn a_report_says_what_was_corrected() {
    let mut manifest = tiny::manifest("one");
    manifest.corrections.duplicates = true;
    let renamed = ("Onco_1".to_owned(), "oncological".to_owned());
    manifest.corrections.renamed_labels = [renamed].into();
    manifest.effects = CorrectionEffects {
        rows: 7,
        used: 4,
        duplicates: 3,
        renamed_labels: [("Onco_1".to_owned(), 2)].into(),
        ..CorrectionEffects::default()
    };
    for (language, sentences) in [
        (
            Language::English,
            [
                "4 of 7 rows are used; left out: 3 that repeated an earlier row",
                "Onco\\_1 → oncological (2 rows)",
            ],
        ),
        (
            Language::Spanish,
            [
                "se usan 4 de 7 filas; omitidas: 3 que repetían una fila anterior",
                "Onco\\_1 → oncological (2 filas)",
            ],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_report(folder.path(), &manifest, &tiny::record(), style(language)).unwrap();
        let text = std::fs::read_to_string(folder.path().join(REPORT_FILE)).unwrap();
        for sentence in sentences {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
    }
}

#[test]
fn labels_and_names_with_markup_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = tiny::manifest("<script>x|y</script>");
    manifest.notes = "line\n# not a heading".into();
    write_report(
        folder.path(),
        &manifest,
        &tiny::record(),
        style(Language::English),
    )
    .unwrap();
    let text = std::fs::read_to_string(folder.path().join(REPORT_FILE)).unwrap();
    assert!(text.contains("&lt;script&gt;x\\|y"), "{text}");
    assert!(!text.contains("<script>") && !text.contains("\n# not"));
}
