//! Every screen by keyboard, without a fault that axe-core finds, and with text half as large
//! again.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::trained::put_model;
use crate::window::{TITLE, Window, project};

const SCREENS: [&str; 7] = [
    "Home", "Data", "Train", "Evaluate", "Classify", "Models", "Settings",
];

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
        for screen in SCREENS {
            go_to(&window, screen);
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

#[test]
fn nothing_is_cut_off_when_the_text_is_half_as_large_again() {
    let window = Window::open_prepared("large-text", put_model);
    window.press("EN");
    window.press("Understood");
    window.drop_files(&[&project().join("samples/abstracts-en.csv")]);
    window.see("248 rows");
    go_to(&window, "Settings");
    window.add("Size of the text", &char::from(Key::End).to_string());
    window.see("150%");
    for (width, height) in [(1280, 800), (900, 600)] {
        window.display().resize_window(TITLE, width, height);
        for screen in SCREENS {
            go_to(&window, screen);
            window.photograph(&format!("large-{width}-{screen}"));
            let cut_off = window.run(CUT_OFF, Vec::new());
            assert_eq!(cut_off, json!([]), "{screen} at {width} by {height}");
        }
    }
}

/// What is wider than the place it is shown in, and cannot be scrolled to.
const CUT_OFF: &str = "
    const shows = (element) => element.getClientRects().length > 0
        && !element.closest('.heard, .skip');
    const isCut = (element) => element.scrollWidth > element.clientWidth + 1
        && ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
        && getComputedStyle(element).textOverflow !== 'ellipsis';
    const isBeyond = (element) => element.matches('button, input, select, h1, h2, h3, p')
        && !element.closest('[tabindex=\"0\"]')
        && element.getBoundingClientRect().right > innerWidth + 1;
    return [...document.querySelectorAll('body, body *')]
        .filter((element) => shows(element) && (isCut(element) || isBeyond(element)))
        .map((element) => element.outerHTML.slice(0, 200));
";

fn go_to(window: &Window, screen: &str) {
    let number = SCREENS.iter().position(|name| *name == screen).unwrap() + 1;
    let digit = char::from_digit(number.try_into().unwrap(), 10).unwrap();
    window.control(digit);
    window.see_current(screen);
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
