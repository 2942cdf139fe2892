//! A training whose worker dies in the middle goes on where it was saved.

use std::time::Duration;

use crate::processes;
use crate::window::{Window, project};

#[test]
fn a_training_whose_worker_is_killed_is_resumed_and_done() {
    let window = Window::open("crash");
    window.press("EN");
    window.press("Understood");
    window.drop_files(&[&project().join("samples/abstracts-en.csv")]);
    window.press("Go on to Train");
    window.press_beginning("Fast");
    window.write("Name of the model", "Survivor");
    window.press_last("Train");
    // The first evaluation comes after an epoch, and so after updates worth keeping.
    window.see_within("First evaluation done.", Duration::from_secs(600));
    processes::kill_busiest_worker(&window.home());
    window.see("“Survivor” broke off");
    window.see("The last saved point is still there");
    window.photograph("crash-error");
    window.press("Resume the training");
    window.see_within("“Survivor” is ready", Duration::from_secs(1200));
    window.photograph("crash-done");
}
