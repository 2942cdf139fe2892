//! Pictures of every screen, in both languages, themes and sizes, with real data in them where
//! the project's data folder is beside it. `make screenshots` runs it; people look at them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::trained::{real_table, train};
use crate::window::{TITLE, Window, project};

struct Words {
    language: &'static str,
    settings: &'static str,
    light: &'static str,
    dark: &'static str,
    rows: &'static str,
    tabs: [&'static str; 4],
    classify: &'static str,
    title: &'static str,
    abstract_text: &'static str,
    computed: &'static str,
    table: &'static str,
    history: &'static str,
}

const LANGUAGES: [Words; 2] = [
    Words {
        language: "ES",
        settings: "Ajustes",
        light: "Claro",
        dark: "Oscuro",
        rows: "filas",
        tabs: ["Etiquetas", "Curvas", "Umbrales", "Informe"],
        classify: "Clasificar",
        title: "Título",
        abstract_text: "Resumen",
        computed: "Calculado en",
        table: "Una tabla",
        history: "Historial",
    },
    Words {
        language: "EN",
        settings: "Settings",
        light: "Light",
        dark: "Dark",
        rows: "rows",
        tabs: ["Labels", "Curves", "Thresholds", "Report"],
        classify: "Classify",
        title: "Title",
        abstract_text: "Abstract",
        computed: "Computed in",
        table: "A table",
        history: "History",
    },
];

const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];

#[test]
#[ignore = "it makes pictures for people to look at: make screenshots"]
fn every_screen_is_photographed_in_both_languages_themes_and_sizes() {
    let window = Window::open_prepared("screenshots", |home| {
        train(home, &real_table(), "topics-2026", 2);
    });
    let folder = project().join("target/screenshots");
    let _none_before = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();

    // What a first start shows, before anything was read away.
    for words in &LANGUAGES {
        window.press(words.language);
        photograph(&window, &folder, words, "first-start", "light", SIZES[0]);
    }
    window.press("Understood");
    window.drop_files(&[&real_table()]);
    window.see("rows");
    window.press("That is right");

    for words in &LANGUAGES {
        window.press(words.language);
        for (theme, name) in [("light", words.light), ("dark", words.dark)] {
            window.press(words.settings);
            window.press(name);
            for size in SIZES {
                window.display().resize_window(TITLE, size.0, size.1);
                let picture = |name: &str| photograph(&window, &folder, words, name, theme, size);
                window.control('1');
                window.see(words.language);
                picture("1-home");
                window.control('2');
                window.see(words.rows);
                picture("2-data");
                scroll_to_end(&window);
                picture("2-data-end");
                window.control('3');
                picture("3-train");
                window.control('4');
                picture("4-evaluate");
                for (number, tab) in (1..).zip(words.tabs) {
                    window.press_last(tab);
                    if number == 1 {
                        window.press_path("(//table//button[@aria-pressed])[3]");
                    }
                    std::thread::sleep(Duration::from_millis(700));
                    picture(&format!("4-evaluate-{number}"));
                }
                window.control('5');
                window.write(words.title, "Aspirin after myocardial infarction");
                window.write(
                    words.abstract_text,
                    "Patients with acute myocardial infarction and chronic renal failure were \
                     given aspirin. Mortality, stroke and bleeding were recorded for two years.",
                );
                window.press_last(words.classify);
                window.see(words.computed);
                picture("5-classify");
                window.press(words.table);
                picture("5-classify-table");
                window.press(words.history);
                picture("5-classify-history");
                window.control('6');
                std::thread::sleep(Duration::from_millis(500));
                picture("6-models");
                window.control('7');
                picture("7-settings");
            }
        }
    }
    window
        .display()
        .resize_window(TITLE, SIZES[0].0, SIZES[0].1);
    assert!(fs::read_dir(&folder).unwrap().count() > 100);
}

fn scroll_to_end(window: &Window) {
    window.run(
        "for (const part of document.querySelectorAll('main, main *')) \
         if (part.scrollHeight > part.clientHeight + 40) part.scrollTop = 1e6;",
        Vec::new(),
    );
}

fn photograph(
    window: &Window,
    folder: &Path,
    words: &Words,
    name: &str,
    theme: &str,
    (width, _): (u32, u32),
) {
    std::thread::sleep(Duration::from_millis(400));
    let language = words.language.to_lowercase();
    let path = folder.join(format!("{name}-{language}-{theme}-{width}.png"));
    window.display().photograph_window(TITLE, &path);
}
