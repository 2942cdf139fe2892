//! Somebody with an NVIDIA card, whose driver is an emulated one.

use std::time::Duration;

use serde_json::Value;

use crate::emulation::emulated_driver;
use crate::window::{Window, program};

#[test]
fn a_card_is_found_tested_and_chosen_in_the_settings() {
    let Some(driver) = emulated_driver() else {
        return;
    };
    let folder = driver.parent().expect("it lies in a folder");
    let window = Window::open_as("cards", &program(), &[("LD_LIBRARY_PATH", folder)]);
    window.press("EN");
    window.press("Understood");
    window.control('7');
    window.see("The best there is");
    window.press("Find and test the cards");
    window.see_within("Passes its test", Duration::from_secs(120));
    window.see("NVIDIA driver 550.54.14, with CUDA 12.4.");
    window.press("Card 0: Emulated card");
    let path = window.home().join("settings.json");
    let chosen = || {
        let text = std::fs::read_to_string(&path).ok()?;
        let settings: Value = serde_json::from_str(&text).ok()?;
        Some(settings["device"] == "cuda:0")
    };
    for _ in 0..100 {
        if chosen() == Some(true) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(chosen(), Some(true));
    window.see("Card 0");
}
