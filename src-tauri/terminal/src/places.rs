//! Where things are on this machine.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use engine::devices::{Computing, DeviceChoice};
use engine::library::base::hub::{DEFAULT_ENDPOINT, HubAccess};
use engine::library::{
    APPLICATION, COMPACT_VARIABLE, DEVICE_VARIABLE, HOME_VARIABLE, Home, THREADS_VARIABLE,
    data_folder,
};

use crate::error::CommandError;

/// Takes the place of the Hub's address, as for other programs.
const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
/// The access token for models that are not public, as for other programs.
const TOKEN_VARIABLE: &str = "HF_TOKEN";
/// Where the compact base model may be, from a folder above the program.
const COMPACT_PLACES: [&str; 3] = [
    "base/compact",
    "share/etiqueta/base/compact",
    "lib/etiqueta/base/compact",
];
/// Folders above the program that are looked into.
const FOLDERS_ABOVE: usize = 4;

/// The Hub that base models come from, and as whom: as the environment says, as for other
/// programs.
pub(crate) fn hub() -> HubAccess {
    let set = |variable| {
        let value = std::env::var(variable).ok();
        value.filter(|value| !value.is_empty())
    };
    HubAccess {
        endpoint: set(ENDPOINT_VARIABLE).unwrap_or_else(|| DEFAULT_ENDPOINT.into()),
        token: set(TOKEN_VARIABLE),
    }
}

/// The data folder: `ETIQUETA_HOME`, or the platform's (`~/.local/share/etiqueta`,
/// `~/Library/Application Support/etiqueta`, `%APPDATA%\etiqueta\data`).
pub(crate) fn home() -> Result<Home, CommandError> {
    let usual = || {
        let folders = ProjectDirs::from("", "", APPLICATION)?;
        Some(folders.data_dir().to_path_buf())
    };
    let folder = data_folder(std::env::var_os(HOME_VARIABLE), usual).ok_or(CommandError::NoHome)?;
    Ok(Home {
        folder,
        compact: compact(),
    })
}

/// The program's own compact base model: beside an installed program, or in the project's folder
/// while it is being developed.
fn compact() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(COMPACT_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Some(folder.into());
    }
    let program = std::env::current_exe().ok()?;
    let found = program
        .ancestors()
        .skip(1)
        .take(FOLDERS_ABOVE)
        .flat_map(|folder| COMPACT_PLACES.map(|place| folder.join(place)))
        .find(|folder| is_model(folder));
    #[cfg(debug_assertions)]
    let found = found.or_else(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact");
        is_model(&folder).then_some(folder)
    });
    found
}

fn is_model(folder: &Path) -> bool {
    folder.join("config.json").exists()
}

/// The threads that are asked for, by an option or by `ETIQUETA_THREADS`, or as many as the
/// machine gives to computing.
fn threads(asked: Option<usize>) -> Result<usize, CommandError> {
    let said = || std::env::var(THREADS_VARIABLE).ok()?.parse().ok();
    match asked.or_else(said) {
        Some(0) => Err(CommandError::NoThreads),
        Some(threads) => Ok(threads),
        None => Ok(engine::machine::computing_threads()),
    }
}

/// What computes: what is asked for by options or by `ETIQUETA_DEVICE` and `ETIQUETA_THREADS`, or what the machine has.
pub(crate) fn computing(
    device: Option<DeviceChoice>,
    threads: Option<usize>,
) -> Result<Computing, CommandError> {
    let device = match (device, std::env::var(DEVICE_VARIABLE)) {
        (Some(device), _) => device,
        (None, Ok(said)) if !said.is_empty() => said.parse()?,
        (None, _) => DeviceChoice::Auto,
    };
    Ok(Computing {
        device,
        threads: self::threads(threads)?,
    })
}

/// A path that stays right when the program is started from another folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}
