//! The command that starts a worker.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// The variable that names a worker's program.
pub const WORKER_VARIABLE: &str = "ETIQUETA_WORKER";
/// The program of the terminal, which is a worker when it gets this argument.
const PROGRAM: &str = if cfg!(windows) {
    "etiqueta.exe"
} else {
    "etiqueta"
};
const WORKER_ARGUMENT: &str = "worker";

/// The command that starts a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program: a path, or a name that the system looks up.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables of its environment besides those of this program.
    pub environment: Vec<(&'static str, OsString)>,
    /// Whether the worker runs on this machine and so has to be there at once.
    pub is_local: bool,
    /// Whether the system lets other programs go before the worker.
    pub gives_way: bool,
}

impl WorkerCommand {
    /// The command of the settings, else `variable`, the value of [`WORKER_VARIABLE`], else the
    /// program beside this one, which is in `program_folder`.
    pub fn find(
        settings: &Settings,
        variable: Option<&Path>,
        program_folder: Option<&Path>,
    ) -> Self {
        if let Some((program, arguments)) = settings.worker_command.split_first() {
            return Self {
                program: program.into(),
                arguments: arguments.iter().map(OsString::from).collect(),
                environment: Vec::new(),
                is_local: false,
                gives_way: false,
            };
        }
        let program = match (variable, program_folder) {
            (Some(program), _) => program.into(),
            (None, Some(folder)) => folder.join(PROGRAM),
            (None, None) => PROGRAM.into(),
        };
        Self {
            program,
            arguments: vec![WORKER_ARGUMENT.into()],
            environment: Vec::new(),
            is_local: true,
            gives_way: false,
        }
    }

    /// The command with a variable in its environment.
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((variable, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_the_settings_goes_before_the_variable_and_the_program_beside_this_one() {
        let mut settings = Settings::default();
        let beside = WorkerCommand::find(&settings, None, Some(Path::new("/opt")));
        assert_eq!(beside.program, Path::new("/opt").join(PROGRAM));
        assert_eq!(beside.arguments, [WORKER_ARGUMENT]);
        let variable = Some(Path::new("/home/etiqueta"));
        let named = WorkerCommand::find(&settings, variable, Some(Path::new("/opt")));
        assert_eq!(named.program, Path::new("/home/etiqueta"));
        settings.worker_command = ["ssh", "server", "etiqueta", "worker"]
            .map(String::from)
            .into();
        let set = WorkerCommand::find(&settings, variable, Some(Path::new("/opt")));
        assert_eq!(set.program, Path::new("ssh"));
        assert_eq!(set.arguments, ["server", "etiqueta", "worker"]);
        assert!(!set.is_local);
    }
}
