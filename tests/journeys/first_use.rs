//! The acceptance of the product: from a table that is dropped on the window to a report, by a
//! person who has never seen the program, in both languages.

use std::time::Duration;

use crate::window::{Window, project};

/// What the person reads and presses.
struct Words {
    language: &'static str,
    table: &'static str,
    understood: &'static str,
    rows: &'static str,
    go_on: &'static str,
    recommended: &'static str,
    train: &'static str,
    name: &'static str,
    validated: &'static str,
    is_ready: &'static str,
    on_test: &'static str,
    see_results: &'static str,
    of_hundred: &'static str,
    labels: &'static str,
    a_count: &'static str,
    true_labels: &'static str,
    report: &'static str,
    write_report: &'static str,
    written: &'static str,
    classify_screen: &'static str,
    title_field: &'static str,
    abstract_field: &'static str,
    classify: &'static str,
    computed: &'static str,
    article: [&'static str; 2],
    answer: &'static str,
    report_says: &'static str,
}

const ENGLISH: Words = Words {
    language: "EN",
    table: "samples/abstracts-en.csv",
    understood: "Understood",
    rows: "248 rows",
    go_on: "Go on to Train",
    recommended: "Recommended",
    train: "Train",
    name: "Name of the model",
    validated: "best:",
    is_ready: "“First model” is ready",
    on_test: "On the test, with articles that it had not seen:",
    see_results: "See the results",
    of_hundred: "Of 100 labels it gives",
    labels: "Labels",
    a_count: "articles, beginning where the model is surest",
    true_labels: "Labels of the table",
    report: "Report",
    write_report: "Choose a folder and write the report…",
    written: "Report written",
    classify_screen: "Classify",
    title_field: "Title",
    abstract_field: "Abstract",
    classify: "Classify",
    computed: "on this computer",
    article: [
        "Anticoagulation after a first ischaemic stroke with atrial fibrillation",
        "We followed adults with atrial fibrillation after a first ischaemic stroke. Heart rate, \
         blood pressure and cerebral infarction on imaging were recorded for a year.",
    ],
    answer: "cardiovascular",
    report_says: "## Data",
};

const SPANISH: Words = Words {
    language: "ES",
    table: "samples/resumenes-es.csv",
    understood: "Entendido",
    rows: "62 filas",
    go_on: "Continuar a Entrenar",
    recommended: "Recomendado",
    train: "Entrenar",
    name: "Nombre del modelo",
    validated: "mejor:",
    is_ready: "«First model» está listo",
    on_test: "En la prueba",
    see_results: "Ver resultados",
    of_hundred: "De cada 100 etiquetas que asigna",
    labels: "Etiquetas",
    a_count: "empezando por aquellos en los que el modelo está más seguro",
    true_labels: "Etiquetas de la tabla",
    report: "Informe",
    write_report: "Elegir carpeta y escribir el informe…",
    written: "Informe escrito",
    classify_screen: "Clasificar",
    title_field: "Título",
    abstract_field: "Resumen",
    classify: "Clasificar",
    computed: "en este equipo",
    article: [
        "Fibrilación auricular tras un ictus isquémico",
        "Seguimos durante un año a adultos con fibrilación auricular después de un primer ictus \
         isquémico, con registro de la presión arterial y de la imagen cerebral.",
    ],
    answer: "cardiovascular",
    report_says: "## Datos",
};

#[test]
fn a_table_becomes_a_model_an_evaluation_an_answer_and_a_report_in_english() {
    first_use(&ENGLISH);
}

#[test]
fn a_table_becomes_a_model_an_evaluation_an_answer_and_a_report_in_spanish() {
    first_use(&SPANISH);
}

fn first_use(words: &Words) {
    let window = Window::open(words.language);
    let step = |name: &str| window.photograph(&format!("{}-{name}", words.language));
    window.press(words.language);
    step("1-first-start");
    window.press(words.understood);

    window.drop_files(&[&project().join(words.table)]);
    window.see(words.rows);
    step("2-table");
    window.press(words.go_on);

    window.press_beginning(words.recommended);
    window.write(words.name, "First model");
    step("3-recipe");
    window.press_last(words.train);
    window.see_within(words.validated, Duration::from_secs(600));
    step("4-training");
    window.see_within(words.is_ready, Duration::from_secs(1200));
    window.see(words.on_test);
    step("5-trained");

    window.press(words.see_results);
    window.see(words.of_hundred);
    step("6-overview");
    window.press_last(words.labels);
    window.press_path("//table//button[@aria-pressed]");
    window.see(words.a_count);
    window.see(words.true_labels);
    step("7-articles-behind-a-count");

    window.press(words.report);
    window.press(words.write_report);
    let report = window.path("report");
    window.display().write_into_dialog("Save File", &report);
    window.see(words.written);
    step("8-report");
    let text = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(
        text.contains("First model") && text.contains(words.report_says),
        "{text}"
    );
    for chart in [
        "charts/label-f1.svg",
        "charts/label-f1.png",
        "tables/label-f1.csv",
    ] {
        assert!(
            report.join(chart).metadata().unwrap().len() > 100,
            "{chart}"
        );
    }

    window.press(words.classify_screen);
    window.write(words.title_field, words.article[0]);
    window.write(words.abstract_field, words.article[1]);
    window.press_last(words.classify);
    window.see(words.computed);
    window.see(words.answer);
    step("9-answer");
}
