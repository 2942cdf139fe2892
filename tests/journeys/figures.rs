//! How fast the window is, as BENCHMARKS.md tells it. `make bench-window` runs it on the released
//! program; nothing is asserted of times.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::processes;
use crate::window::{Window, project};

/// Answers that are timed.
const ANSWERS: usize = 20;

/// Milliseconds from a script's call until words can be read.
const UNTIL_WORDS: &str = "const [act, words, done] = [arguments[0], arguments[1], arguments[2]]; \
    const began = performance.now(); (0, eval)(act); \
    const look = () => document.body.innerText.includes(words) \
        ? done(performance.now() - began) : setTimeout(look, 5); look();";

/// Notes how long the page stands still, and how long a key takes to be drawn.
const WATCH: &str = "window.watched = { stall: 0, keys: [] }; let last = performance.now(); \
    setInterval(() => { const now = performance.now(); \
        window.watched.stall = Math.max(window.watched.stall, now - last - 10); last = now; }, 10); \
    document.addEventListener('input', (event) => { const began = event.timeStamp; \
        requestAnimationFrame(() => window.watched.keys.push(performance.now() - began)); }, true);";

#[test]
#[ignore = "it measures for people to read: make bench-window"]
fn the_window_is_measured() {
    let shared = project().join("../shared/data/medical-abstracts.csv");
    let table = match shared.exists() {
        true => shared,
        false => project().join("samples/abstracts-en.csv"),
    };
    for start in ["first start", "second start"] {
        let began = Instant::now();
        let window = Window::open("figures");
        window.find_called("Settings");
        report(&format!("{start} to a window that can be used, WebDriver's start included, s"), began.elapsed().as_secs_f64());
    }

    let window = Window::open("figures");
    window.press("EN");
    window.press("Understood");
    let act = format!(
        "window.__TAURI_INTERNALS__.invoke('plugin:event|emit', \
         {{ event: 'test-drop', payload: {{ paths: [{}] }} }})",
        json!(table)
    );
    let findings = window.run_until_called(UNTIL_WORDS, vec![json!(act), json!("Show rows")]);
    report("from the drop of the table to its findings, ms", findings.as_f64().unwrap());

    window.press("Go on to Train");
    window.press_beginning("Fast");
    window.write("Name of the model", "measured");
    window.press_last("Train");
    window.see_within("is ready", Duration::from_secs(1800));
    window.press("Train another");
    window.press_beginning("Recommended");
    window.write("Name of the model", "measured twice");
    window.press_last("Train");
    window.see_within("articles/s", Duration::from_secs(600));
    thread::sleep(Duration::from_secs(20));
    let home = window.home();
    report("memory of the window while a run trains, MB", processes::window_megabytes(&home));

    window.press("Classify");
    window.run(WATCH, Vec::new());
    let text = fs::read_to_string(&table).unwrap().chars().filter(|c| c.is_alphabetic() || *c == ' ').take(300).collect::<String>();
    window.write("Abstract", &text);
    let watched = window.run("return window.watched;", Vec::new());
    let mut keys: Vec<f64> = watched["keys"].as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect();
    keys.sort_by(f64::total_cmp);
    report("keys", keys.len() as f64);
    report("from a key to its picture while a run trains, median ms", keys[keys.len() / 2]);
    report("from a key to its picture while a run trains, worst ms", keys[keys.len() - 1]);
    report("the longest that the page stood still, ms", watched["stall"].as_f64().unwrap());

    for (state, label) in [("while a run trains", true), ("alone", false)] {
        if !label {
            window.press("Train");
            window.press("Stop…");
            window.press_beginning("Discard");
            window.press_last("Discard");
            window.see("was stopped");
            window.press("Classify");
        }
        let mut times: Vec<f64> = (0..ANSWERS)
            .map(|number| {
                window.write("Title", &format!("Aspirin after myocardial infarction {number}"));
                let act = "const b = [...document.querySelectorAll('form button[type=submit]')][0]; b.click();";
                window.run("document.querySelectorAll('[data-answer]').forEach((a) => a.remove());", Vec::new());
                let time = window.run_until_called(
                    "const done = arguments[1]; const began = performance.now(); (0, eval)(arguments[0]); \
                     const look = () => { const b = document.querySelector('form button[type=submit]'); \
                         b.getAttribute('aria-busy') === 'true' ? setTimeout(look, 2) : done(performance.now() - began); }; \
                     setTimeout(look, 2);",
                    vec![json!(act)],
                );
                time.as_f64().unwrap()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        report(&format!("from the press to the answer, {state}, median ms"), times[ANSWERS / 2]);
        report(&format!("from the press to the answer, {state}, worst ms"), times[ANSWERS - 1]);
    }
}

#[expect(clippy::print_stdout, reason = "they are what this is run for")]
fn report(what: &str, value: f64) {
    println!("{value:10.1}  {what}");
}
