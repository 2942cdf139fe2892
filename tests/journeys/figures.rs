//! How fast the window is, as BENCHMARKS.md tells it. `make bench-window` runs it with the released
//! program; nothing is asserted of times.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::processes;
use crate::trained::real_table;
use crate::window::Window;

/// Answers that are timed.
const ANSWERS: usize = 20;

/// Milliseconds from the drop of a table until words can be read.
const DROP_UNTIL_WORDS: &str = "const [path, words, done] = arguments; \
    const began = performance.now(); \
    window.__TAURI_INTERNALS__.invoke('plugin:event|emit', \
        { event: 'test-drop', payload: { paths: [path] } }); \
    const look = () => document.body.innerText.includes(words) \
        ? done(performance.now() - began) : setTimeout(look, 5); look();";

/// Milliseconds from the press of the form's button until it can be pressed again.
const PRESS_UNTIL_ANSWER: &str = "const done = arguments[0]; \
    const button = document.querySelector('form button[type=submit]'); \
    const began = performance.now(); button.click(); \
    const look = () => button.getAttribute('aria-busy') === 'true' \
        ? setTimeout(look, 2) : done(performance.now() - began); setTimeout(look, 2);";

/// Notes how long the page stands still, and how long a key takes to be drawn.
const WATCH: &str = "window.watched = { stall: 0, keys: [] }; let last = performance.now(); \
    setInterval(() => { const now = performance.now(); \
        window.watched.stall = Math.max(window.watched.stall, now - last - 10); last = now; }, 10); \
    document.addEventListener('input', () => { const began = performance.now(); \
        requestAnimationFrame(() => setTimeout(() => \
            window.watched.keys.push(performance.now() - began))); }, true);";

#[test]
#[ignore = "it measures for people to read: make bench-window"]
fn the_window_is_measured() {
    for start in ["first", "second"] {
        let began = Instant::now();
        let window = Window::open("figures");
        window.find_called("EN");
        let what = format!("{start} start, with WebDriver's, until the window can be used, ms");
        report(&what, began.elapsed().as_secs_f64() * 1000.0);
    }

    let window = Window::open("figures");
    window.press("EN");
    window.press("Understood");
    let arguments = vec![json!(real_table()), json!("Show rows")];
    let findings = window.run_until_called(DROP_UNTIL_WORDS, arguments);
    report(
        "from the drop of the table to its findings, ms",
        number(&findings),
    );

    // A model to classify with, and then a run beside it.
    train(&window, "Fast", "First");
    window.see_within("“First” is ready", Duration::from_secs(1800));
    window.press("Train another");
    train(&window, "Recommended", "Second");
    window.see_within("articles/s", Duration::from_secs(600));
    thread::sleep(Duration::from_secs(20));
    let memory = processes::window_megabytes(&window.home());
    report("memory of the window while a run trains, MB", memory);
    typing(&window);
    answers(&window, "while a run trains");
    window.press("Train");
    window.press("Stop…");
    window.press_beginning("Discard");
    window.see("was stopped");
    answers(&window, "alone");
}

fn train(window: &Window, recipe: &str, name: &str) {
    window.press("Train");
    window.press_beginning(recipe);
    window.write("Name of the model", name);
    window.press_last("Train");
}

/// Types into the form while a run trains.
fn typing(window: &Window) {
    window.press("Classify");
    window.run(WATCH, Vec::new());
    let text = fs::read_to_string(real_table()).unwrap();
    let letters = text.chars().filter(|letter| letter.is_ascii_alphabetic());
    for piece in letters.take(300).collect::<Vec<_>>().chunks(20) {
        window.add("Abstract", &piece.iter().collect::<String>());
    }
    thread::sleep(Duration::from_secs(2));
    let watched = window.run("return window.watched;", Vec::new());
    let keys = watched["keys"].as_array().unwrap();
    let mut keys: Vec<f64> = keys.iter().map(number).collect();
    tell("from a key to its picture while a run trains", &mut keys);
    report(
        "the longest that the page stood still meanwhile, ms",
        number(&watched["stall"]),
    );
}

/// Classifies titles in the form.
fn answers(window: &Window, state: &str) {
    window.press("Classify");
    let answer = |count: usize| {
        window.write(
            "Title",
            &format!("Aspirin after myocardial infarction {count}"),
        );
        number(&window.run_until_called(PRESS_UNTIL_ANSWER, Vec::new()))
    };
    // The first one opens the model.
    report(&format!("the first answer, {state}, ms"), answer(0));
    let mut times: Vec<f64> = (1..=ANSWERS).map(answer).collect();
    tell(
        &format!("from the press to the answer, {state}"),
        &mut times,
    );
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn tell(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let count = times.len();
    report(&format!("{what}, median of {count}, ms"), times[count / 2]);
    report(&format!("{what}, worst of {count}, ms"), times[count - 1]);
}

#[expect(clippy::print_stdout, reason = "they are what this is run for")]
fn report(what: &str, value: f64) {
    println!("{value:10.1}  {what}");
}
