//! Every screen by keyboard, and without a fault that axe-core finds.

use serde_json::{Value, json};

use crate::trained::put_model;
use crate::window::{Window, project};

#[test]
fn every_screen_is_reached_by_keyboard_and_has_no_fault_of_accessibility() {
    let window = Window::open_prepared("keyboard", put_model);
    window.press("EN");
    window.press("Understood");
    window.drop_files(&[&project().join("samples/abstracts-en.csv")]);
    window.see("248 rows");
    for theme in ["light", "dark"] {
        window.run(
            "document.documentElement.dataset.theme = arguments[0];",
            vec![json!(theme)],
        );
        for (number, screen) in (1..).zip([
            "Home", "Data", "Train", "Evaluate", "Classify", "Models", "Settings",
        ]) {
            let digit = char::from_digit(number, 10).unwrap();
            window.control(digit);
            window.see_current(screen);
            let faults = faults(&window);
            window.photograph(&format!("screen-{theme}-{screen}"));
            assert_eq!(faults, Vec::<String>::new(), "{screen}, {theme}");
        }
    }
    window.keys("?");
    window.see("Keyboard shortcuts");
    window.see("The main action of the screen");
    window.photograph("shortcuts");
}

/// What axe-core complains of, a line each.
fn faults(window: &Window) -> Vec<String> {
    let axe = project().join("ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).unwrap();
    // The page lets no text be run as a script, but for what WebDriver brings.
    window.run(&axe, Vec::new());
    let found = window.run_until_called(
        "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] })\
         .then((found) => done(found.violations.map((fault) => \
         fault.id + ': ' + fault.nodes.map((node) => node.target + ' ' + node.html).join(' | '))));",
        Vec::new(),
    );
    let lines = found.as_array().unwrap().iter().filter_map(Value::as_str);
    lines.map(String::from).collect()
}
