//! What this machine has: processor, memory, and space on the disk.

use std::path::Path;

pub use cuda::{CardUse, card_use};
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, MemoryRefreshKind, ProcessRefreshKind,
    ProcessesToUpdate, RefreshKind, System,
};

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What programs can have without pushing others out.
    pub available: u64,
}

/// The memory of this machine; nothing where the system does not say.
pub fn memory() -> Option<Memory> {
    let asked = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(asked);
    let memory = Memory {
        total: system.total_memory(),
        available: system.available_memory(),
    };
    (memory.total > 0).then_some(memory)
}

/// Bytes of memory that this process occupies; nothing where the system does not say.
pub fn occupied_memory() -> Option<u64> {
    Some(process_use()?.memory_bytes)
}

/// What this process used so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessUse {
    /// Bytes of memory that it occupies now.
    pub memory_bytes: u64,
    /// Seconds of processor time that all its threads took together since it began.
    pub processor_seconds: f64,
}

/// What this process used so far; nothing where the system does not say.
pub fn process_use() -> Option<ProcessUse> {
    let this = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[this]),
        false,
        ProcessRefreshKind::nothing().with_memory().with_cpu(),
    );
    let process = system.process(this)?;
    Some(ProcessUse {
        memory_bytes: process.memory(),
        processor_seconds: process.accumulated_cpu_time() as f64 / 1000.0,
    })
}

/// Threads that the processors run at the same time.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Threads that compute where the user did not choose: one for each core, because two on the same
/// core take turns with what multiplies in it, and where there are more than two cores one less,
/// which the window and other programs keep.
pub fn computing_threads() -> usize {
    let cores = System::physical_core_count().unwrap_or(usize::MAX);
    leaving_one(cores.min(processors()))
}

fn leaving_one(cores: usize) -> usize {
    match cores {
        0..=2 => cores.max(1),
        _ => cores - 1,
    }
}

/// Bytes that are free on the disk of `folder`, which need not exist yet; nothing where the system
/// does not say.
pub fn disk_available(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let existing = folder.ancestors().find_map(|one| one.canonicalize().ok())?;
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage());
    let holding = disks
        .list()
        .iter()
        .filter(|disk| existing.starts_with(comparable(disk.mount_point())));
    let nearest = holding.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(nearest.available_space())
}

/// A mount point in the form that canonical paths have on this system.
#[cfg(windows)]
fn comparable(mount_point: &Path) -> std::path::PathBuf {
    let canonical = mount_point.canonicalize();
    canonical.unwrap_or_else(|_| mount_point.into())
}

/// A mount point in the form that canonical paths have on this system.
#[cfg(not(windows))]
fn comparable(mount_point: &Path) -> &Path {
    mount_point
}

/// The processor's name; nothing where the system does not say.
pub fn processor_name() -> Option<String> {
    let asked = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(asked);
    let name = system.cpus().first()?.brand().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Operating system and processor architecture, as manifests name them.
pub fn system_name() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_left_to_others_where_there_are_more_than_two() {
        let chosen = [0, 1, 2, 3, 4, 16].map(leaving_one);
        assert_eq!(chosen, [1, 1, 2, 2, 3, 15]);
        assert!((1..=processors()).contains(&computing_threads()));
    }

    #[test]
    fn a_machine_has_no_more_free_memory_than_memory() {
        let memory = memory().unwrap();
        assert!(memory.available > 0 && memory.available <= memory.total);
    }

    #[test]
    fn a_process_occupies_at_least_what_it_filled_and_no_more_than_there_is() {
        // Other tests give memory back meanwhile, so a difference to the time before says nothing.
        let filled = vec![1_u8; 64 << 20];
        let occupied = occupied_memory().unwrap();
        let all = memory().unwrap().total;
        let seen = std::hint::black_box(&filled).len() as u64;
        assert!((seen..all).contains(&occupied), "{occupied} of {all}");
    }

    #[test]
    fn a_process_that_computes_takes_processor_time() {
        let before = process_use().unwrap().processor_seconds;
        let began = std::time::Instant::now();
        let mut sum = 0_u64;
        while began.elapsed().as_millis() < 300 {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 7);
        }
        let after = process_use().unwrap().processor_seconds;
        assert!(after >= before + 0.05, "{before} {after} {sum}");
    }

    #[test]
    fn the_disk_of_a_folder_that_does_not_exist_yet_is_that_of_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        assert!(disk_available(&folder.path().join("not/yet")).is_some());
    }
}
