//! The whole journey with the cable pulled: in a network of its own that leads nowhere, and with
//! every socket written down.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::window::{PROGRAM_VARIABLE, Window, program, project};

/// The journey that is run in there, and which of its sockets are written down.
const JOURNEY: &str =
    "first_use::a_table_becomes_a_model_an_evaluation_an_answer_and_a_report_in_spanish";

#[test]
fn the_whole_journey_needs_no_network_and_tries_to_reach_none() {
    let folder = tempfile::tempdir().unwrap();
    let traced = traced(folder.path());
    // Loopback alone, for WebDriver.
    let inside = "ip link set lo up && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--", "sh", "-c", inside, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([JOURNEY, "--exact", "--nocapture"])
        .env(PROGRAM_VARIABLE, &traced)
        .env("ETIQUETA_COMPACT", project().join("base/compact"))
        .output()
        .expect("unshare is missing: scripts/install-prerequisites.sh window installs it");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    assert!(said.contains("1 passed"), "{said}");
    let sockets = sockets(folder.path());
    assert!(sockets.traced > 10, "nothing was written down");
    assert_eq!(sockets.suspicious, Vec::<String>::new());
}

#[test]
fn a_connection_that_a_worker_tries_to_make_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let traced = traced(folder.path());
    let worker = program().with_file_name("etiqueta");
    let curious = script(
        &folder.path().join("curious"),
        &format!(
            "python3 -c 'import socket; socket.socket().connect_ex((\"127.0.0.1\", 9))'\n\
             exec {} \"$@\"",
            worker.display()
        ),
    );
    let window = Window::open_as("curious", &traced, &[("ETIQUETA_WORKER", &curious)]);
    window.press("EN");
    window.press("Models");
    window.see("There is no model yet");
    drop(window);
    let sockets = sockets(folder.path());
    assert!(
        sockets
            .suspicious
            .iter()
            .any(|call| call.contains("htons(9)")),
        "{:?}",
        sockets.suspicious
    );
}

/// The program under `strace`, which writes down what it and its processes do with sockets.
fn traced(folder: &Path) -> PathBuf {
    script(
        &folder.join("traced"),
        &format!(
            "echo \"$WEBKIT_INSPECTOR_SERVER\" >{folder}/driver.$$\n\
             exec strace --follow-forks --seccomp-bpf --quiet=all \
             --trace=socket,bind,connect,sendto,sendmsg --output={folder}/trace.$$ {program} \"$@\"",
            folder = folder.display(),
            program = program().display()
        ),
    )
}

fn script(path: &Path, commands: &str) -> PathBuf {
    fs::write(path, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.into()
}

/// What was written down.
struct Sockets {
    /// Calls in all.
    traced: usize,
    /// Those that have to do with a network, but for the way to WebDriver.
    suspicious: Vec<String>,
}

fn sockets(folder: &Path) -> Sockets {
    let files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let beginning = |name: &str| -> String {
        let named = files.iter().filter(|path| {
            let file = path.file_name().unwrap().to_string_lossy();
            file.starts_with(name)
        });
        named
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    };
    // The program connects to its driver, which says where: 127.0.0.1:PORT.
    let drivers = beginning("driver.");
    let ports: Vec<String> = drivers
        .lines()
        .filter_map(|address| Some(format!("htons({})", address.rsplit_once(':')?.1)))
        .collect();
    let is_driver = |call: &str| {
        call.contains("inet_addr(\"127.0.0.1\")") && ports.iter().any(|port| call.contains(port))
    };
    let trace = beginning("trace.");
    let of_networks = trace.lines().filter(|call| call.contains("AF_INET"));
    let (made, used): (Vec<&str>, Vec<&str>) =
        of_networks.partition(|call| call.contains("socket("));
    let (to_driver, elsewhere): (Vec<&str>, Vec<&str>) =
        used.into_iter().partition(|call| is_driver(call));
    // Each socket of the driver is made once; any more were made for something else.
    let more = made.into_iter().skip(to_driver.len());
    Sockets {
        traced: trace.lines().count(),
        suspicious: elsewhere
            .into_iter()
            .chain(more)
            .map(String::from)
            .collect(),
    }
}
