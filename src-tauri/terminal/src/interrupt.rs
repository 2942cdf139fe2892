//! Ctrl-C and its like: the first asks the job to stop and to keep what it has, the second ends
//! the program.

use engine::training::stop::StopFlag;

use crate::error::CommandError;
use crate::output::remark;

/// What shells expect of a program that was ended by Ctrl-C: 128 + SIGINT.
const ENDED_BY_INTERRUPT: i32 = 130;

/// A flag that Ctrl-C raises (and, on Unix, termination and hang-up; on Windows, the closing of
/// the console).
pub(crate) fn stop_on_interrupt() -> Result<StopFlag, CommandError> {
    let flag = StopFlag::default();
    let raised = flag.clone();
    ctrlc::set_handler(move || {
        if raised.is_raised() {
            std::process::exit(ENDED_BY_INTERRUPT);
        }
        raised.raise();
        remark("Stopping: what there is will be kept. Press Ctrl-C again to end at once.");
    })?;
    Ok(flag)
}
