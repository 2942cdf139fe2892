//! The processes of one window, told from others by their data folder.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// A process.
struct Process {
    pid: i32,
    arguments: Vec<String>,
    /// Variables as `NAME=value`.
    surroundings: Vec<String>,
    /// Time that it computed, in the system's ticks.
    ticks: u64,
}

/// Kills the worker that has computed the most, as a lack of memory would.
pub(crate) fn kill_busiest_worker(home: &Path) {
    let workers = of(home).into_iter().filter(Process::is_worker);
    let busiest = workers.max_by_key(|process| process.ticks).unwrap();
    kill_process(Pid::from_raw(busiest.pid).unwrap(), Signal::KILL).unwrap();
}

/// Whether the program or one of its workers runs. The driver, which has the same variables, does
/// in any case.
pub(crate) fn any_runs(home: &Path) -> bool {
    let is_program = |process: &Process| {
        let program = process.arguments.first().map(String::as_str);
        program.is_some_and(|name| name.contains("etiqueta"))
    };
    of(home).iter().any(is_program)
}

/// The variables that the program of the window was started with, as `NAME=value`.
pub(crate) fn surroundings_of_window(home: &Path) -> Vec<String> {
    let window = of(home).into_iter().find(|process| {
        let program = process.arguments.first().map(String::as_str);
        program.is_some_and(|name| name.ends_with("etiqueta-desktop"))
    });
    window.unwrap().surroundings
}

/// Memory of the window and its page, without workers: the proportional share of each process, in
/// MB.
pub(crate) fn window_megabytes(home: &Path) -> f64 {
    let drawing = of(home).into_iter().filter(Process::draws);
    let kilobytes = drawing.filter_map(|process| {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", process.pid)).ok()?;
        let line = text.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    kilobytes.sum::<f64>() / 1024.0
}

impl Process {
    fn is_worker(&self) -> bool {
        self.arguments.iter().any(|word| word == "worker")
    }

    fn draws(&self) -> bool {
        let program = self
            .arguments
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        let is_driver = program.contains("WebDriver");
        !is_driver && (program.contains("etiqueta-desktop") || program.contains("WebKit"))
    }

    fn read(pid: i32, home: &str) -> Option<Self> {
        let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).ok();
        let words = |bytes: Vec<u8>| {
            let words = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec);
            words
                .filter_map(|word| String::from_utf8(word).ok())
                .collect::<Vec<_>>()
        };
        let surroundings = words(read("environ")?);
        if !surroundings.iter().any(|variable| variable == home) {
            return None;
        }
        // proc_pid_stat(5): the second field, a name in brackets, can hold spaces; user time is
        // the 14th.
        let statistics = String::from_utf8(read("stat")?).ok()?;
        let after_name = statistics.rsplit(')').next()?;
        Some(Self {
            pid,
            arguments: words(read("cmdline")?),
            surroundings,
            ticks: after_name.split_whitespace().nth(11)?.parse().ok()?,
        })
    }
}

fn of(home: &Path) -> Vec<Process> {
    let home = format!("ETIQUETA_HOME={}", home.display());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Process::read(pid, &home)).collect()
}
