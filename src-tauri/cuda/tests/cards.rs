//! What a machine without a usable card is told, and one whose card fails: each in a process of its own, whose
//! driver is an emulated one with the fault in question.

use std::process::Command;

use cuda::{CudaError, Device, Driver};

use crate::emulation::emulated_driver;
use crate::host::device;

/// What a process does that was started by [`said_of`].
#[test]
#[ignore = "only in a process of its own, with an emulated driver"]
fn in_a_process_of_its_own() {
    let use_it = || -> Result<(), CudaError> {
        let driver = Driver::load()?;
        let number =
            std::env::var("ETIQUETA_TEST_NUMBER").map_or(0, |number| number.parse().unwrap());
        let device = Device::open(driver, number)?;
        cuda::check(&device)?;
        let used = cuda::card_use().unwrap();
        println!("used: {} {:?}", used.memory_bytes, used.busy);
        Ok(())
    };
    // SAFETY: loading the driver only starts it.
    let found = ["libcuda.so", "libcuda.so.1"]
        .map(|name| unsafe { libloading::Library::new(name) }.is_ok());
    println!("a driver is there: {}", found.contains(&true));
    match use_it() {
        Ok(()) => println!("told: it works"),
        Err(error) => println!("told: {error}"),
    }
}

/// What such a process says, in surroundings that are set.
fn said_in_its_own(set: impl FnOnce(&mut Command)) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "cards::in_a_process_of_its_own",
        "--ignored",
        "--nocapture",
    ]);
    set(&mut command);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// What follows `key` in what a process says that uses the card of a machine with these settings of the emulated driver.
fn said_of(key: &str, settings: &[(&str, &str)]) -> Option<String> {
    let folder = emulated_driver()?.parent().unwrap();
    let said = said_in_its_own(|command| {
        command
            .env("LD_LIBRARY_PATH", folder)
            .envs(settings.iter().copied());
    });
    let line = said.lines().find_map(|line| line.split_once(key));
    Some(line.unwrap_or_else(|| panic!("{said}")).1.to_owned())
}

#[track_caller]
fn assert_told(settings: &[(&str, &str)], parts: &[&str]) {
    let Some(told) = said_of("told: ", settings) else {
        return;
    };
    for part in parts {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_card_that_works_passes_its_self_test() {
    let Some(device) = device() else { return };
    cuda::check(&device).unwrap();
    assert_told(&[], &["it works"]);
}

#[test]
fn a_card_that_works_tells_how_busy_it_is() {
    let Some(used) = said_of("used: ", &[]) else {
        return;
    };
    let (memory, busy) = used.split_once(' ').unwrap();
    // The self-test gave its memory back.
    assert_eq!(memory, "0");
    let busy: f64 = busy["Some(".len()..busy.len() - 1].parse().unwrap();
    assert!(busy > 0.0 && busy <= 1.0, "{busy}");
}

#[test]
fn a_machine_without_a_driver_is_told_so() {
    let said = said_in_its_own(|command| {
        command.env_remove("LD_LIBRARY_PATH");
    });
    if said.contains("a driver is there: true") {
        println!("skipped: this machine has an NVIDIA driver");
        return;
    }
    assert!(
        said.contains("told: this machine has no NVIDIA driver"),
        "{said}"
    );
}

#[test]
fn an_old_driver_an_old_card_and_no_card_are_told_apart() {
    assert_told(
        &[("EMULATED_DRIVER", "12020")],
        &["CUDA 12.2", "12.4 is needed", "version 550"],
    );
    assert_told(
        &[("EMULATED_COMPUTE", "75")],
        &["Emulated card is of compute 7.5", "8.0 is needed"],
    );
    assert_told(&[("EMULATED_CARDS", "0")], &["finds no card"]);
    assert_told(
        &[("ETIQUETA_TEST_NUMBER", "3")],
        &["no card number 3", "has 1"],
    );
}

#[test]
fn a_card_that_is_full_says_what_was_asked_and_what_is_free() {
    assert_told(
        &[("EMULATED_MEMORY", "50000")],
        &["not enough memory", "bytes were asked for"],
    );
    // Memory without pools is taken and given back one by one.
    assert_told(&[("EMULATED_POOLS", "0")], &["it works"]);
}

#[test]
fn a_card_that_is_lost_says_during_what() {
    assert_told(
        &[("EMULATED_LOSS", "2")],
        &["stopped working during", "unspecified launch failure"],
    );
}

#[test]
fn a_card_that_computes_wrongly_fails_its_self_test() {
    for kernel in [
        "multiply_forward",
        "multiply_input_gradient",
        "add_parts",
        "attention_32",
        "adamw",
    ] {
        assert_told(
            &[("EMULATED_FAULT", kernel)],
            &[&format!("wrong results in {kernel}")],
        );
    }
    for kernel in [
        "residual_norm_gradient_768_f32",
        "residual_norm_gradient_1024_bf16",
        "add_block_sums",
    ] {
        assert_told(
            &[("EMULATED_FAULT", kernel)],
            &["wrong results in the gradient of a normalisation"],
        );
    }
}
