//! Classifying: an article in the form, and a table with all that can come between.

use std::path::Path;
use std::time::Duration;

use crate::trained::{articles, put_model};
use crate::window::{TITLE, Window};

/// Rows enough to be interrupted.
const REPEATED: usize = 8;

#[test]
fn an_article_in_the_form_is_given_its_labels_in_both_languages() {
    let window = Window::open_prepared("form", put_model);
    for (language, screen, title, button, computed, whole) in [
        (
            "EN",
            "Classify",
            "Title",
            "Classify",
            "Computed in",
            "The model read the whole text.",
        ),
        (
            "ES",
            "Clasificar",
            "Título",
            "Clasificar",
            "Calculado en",
            "El modelo leyó el texto entero.",
        ),
    ] {
        window.press(language);
        window.press(screen);
        window.write(
            title,
            "Aspirin after myocardial infarction and arterial hypertension",
        );
        window.press_last(button);
        window.see(computed);
        window.see(whole);
        window.see("cardiovascular");
        window.photograph(&format!("form-{language}"));
        // The next language has to compute again.
        window.press_last(if language == "EN" { "Clear" } else { "Vaciar" });
    }
}

#[test]
fn a_table_is_paused_the_window_closed_and_the_table_goes_on_at_its_row() {
    let mut window = Window::open_prepared("table", put_model);
    let articles = articles();
    let mut lines = articles.clone();
    for _ in 1..REPEATED {
        lines.extend_from_slice(&articles[1..]);
    }
    let rows = lines.len() - 1;
    let table = window.file("many.csv", lines.join("\n"));
    let output = window.path("answers.csv");

    begin(&window, &table, &output);
    window.press("Pause");
    window.see("Paused");
    window.photograph("table-paused");
    window.press("Go on");
    window.see("rows a second");
    // Rows are written in hundreds: some have to be there before the window is closed.
    window.see_matching("(?:[3-9][0-9]{2}|1,[0-9]{3}) of 1,984 rows");
    window.display().close_window(TITLE);
    window.see("A task is running");
    window.photograph("table-close");
    window.press("Close anyway");
    window.wait_until_closed();

    window.start();
    begin(&window, &table, &output);
    window.see_within("rows classified in", Duration::from_secs(600));
    window.see("of them had been done before an interruption.");
    window.see("Agreement with the table’s labels");
    window.photograph("table-done");
    assert_eq!(rows_of(&output), rows);
}

fn begin(window: &Window, table: &Path, output: &Path) {
    window.press("EN");
    window.press("Classify");
    window.press("A table");
    window.drop_files(&[table]);
    window.see("1,984 rows");
    window.press("Where to save it…");
    window.display().write_into_dialog("Save File", output);
    window.see("answers.csv");
    window.press("Classify the table");
    window.see("Classifying the table");
}

fn rows_of(table: &Path) -> usize {
    let text = std::fs::read_to_string(table).unwrap();
    assert!(text.lines().next().unwrap().contains("predicted labels"));
    text.lines().count() - 1
}
