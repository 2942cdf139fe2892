//! Files that the program is opened with, a second start, and a page that is drawn anew.

use std::time::Duration;

use crate::window::{TITLE, Window, project};

#[test]
fn a_second_start_brings_its_table_to_the_window_of_the_first_and_ends() {
    let samples = project().join("samples");
    let window = Window::open_with("second-start", &samples.join("abstracts-en.csv"));
    window.press("EN");
    window.see("abstracts-en.csv");
    window.see("248 rows");

    window.display().focus_nothing();
    assert!(!window.display().is_focused(TITLE));
    window.start_again_with(&samples.join("resumenes-es.csv"));
    window.see("resumenes-es.csv");
    window.see("62 rows");
    assert!(window.display().is_focused(TITLE));
    window.photograph("second-start");
}

#[test]
fn a_training_is_followed_on_by_a_page_that_is_drawn_anew() {
    let window = Window::open("reload");
    window.press("EN");
    window.press("Understood");
    window.drop_files(&[&project().join("samples/abstracts-en.csv")]);
    window.press("Go on to Train");
    window.press_beginning("Fast");
    window.write("Name of the model", "Reloaded");
    window.press_last("Train");
    window.see_within("First evaluation done.", Duration::from_secs(600));

    window.run("window.isOld = true; location.reload();", Vec::new());
    window.wait_until("return window.isOld === undefined;");
    window.see("Training “Reloaded”");
    window.photograph("reload");
    // What had been told before is there, and what comes is told.
    window.see("best:");
    window.see_within("“Reloaded” is ready", Duration::from_secs(1200));
    window.press("See the results");
    window.see("Of 100 labels it gives");
}
