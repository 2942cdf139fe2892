//! One worker process and its lines.

use std::process::Stdio;
use std::time::Duration;

use engine::protocol::{Answer, FromWorker, PROTOCOL_VERSION, Request, ToWorker};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::WorkerCommand;
use super::log::Log;
use crate::error::ShellError;

/// A local worker that says nothing for so long will not.
const LONGEST_START: Duration = Duration::from_secs(60);
/// What a worker gets to end by itself once it has nothing more to do.
const LONGEST_END: Duration = Duration::from_secs(5);
/// What the error output gets to arrive once the output ended.
const LONGEST_LOG: Duration = Duration::from_secs(1);
/// No line of the protocol is longer: charts and pages of articles are far below.
const LONGEST_LINE: usize = 256 << 20;
/// Characters of a line that is not understood.
const SHOWN_CHARACTERS: usize = 200;

/// A worker that was started. It is killed when this is dropped.
pub struct WorkerProcess {
    child: Child,
    /// Nothing once the worker was told that no more comes.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The line that is being read. It is kept here, so that reading can be broken off and go on.
    piece: Vec<u8>,
    log: Log,
    log_reader: Option<JoinHandle<()>>,
    is_ready: bool,
}

impl WorkerProcess {
    /// Starts a worker. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is no such program or it cannot be started.
    pub fn start(command: &WorkerCommand) -> Result<Self, ShellError> {
        let missing = |source| ShellError::WorkerMissing {
            path: command.program.clone(),
            source,
        };
        let mut process = Command::new(&command.program);
        process
            .args(&command.arguments)
            .envs(
                command
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: an interrupt from the keyboard is the shell's to handle, and what a
        // command like `sh -c` starts is ended with it.
        #[cfg(unix)]
        process.process_group(0);
        #[cfg(windows)]
        process.creation_flags(if command.gives_way {
            CREATE_NO_WINDOW | BELOW_NORMAL_PRIORITY_CLASS
        } else {
            CREATE_NO_WINDOW
        });
        let mut child = process.spawn().map_err(missing)?;
        #[cfg(unix)]
        if command.gives_way {
            give_way(&child);
        }
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(missing(std::io::ErrorKind::BrokenPipe.into()));
        };
        let log = Log::default();
        Ok(Self {
            input: child.stdin.take(),
            output: BufReader::with_capacity(1 << 16, output),
            piece: Vec::new(),
            log_reader: Some(tokio::spawn(log.clone().follow(errors))),
            log,
            child,
            is_ready: false,
        })
    }

    /// The next line. What was read is kept when this is broken off. The first line is
    /// [`FromWorker::Ready`] of this version of the protocol.
    ///
    /// # Errors
    /// When the worker ends, says something else, or is of another version.
    pub async fn next(&mut self) -> Result<FromWorker, ShellError> {
        let line = self.read_line().await?;
        let nonsense = || ShellError::WorkerNonsense {
            line: String::from_utf8_lossy(&line)
                .chars()
                .take(SHOWN_CHARACTERS)
                .collect(),
        };
        let line: FromWorker = serde_json::from_slice(&line).map_err(|_| nonsense())?;
        match &line {
            FromWorker::Ready {
                protocol_version,
                program,
            } if !self.is_ready => {
                if *protocol_version != PROTOCOL_VERSION {
                    return Err(ShellError::WorkerTooOld {
                        program: program.clone(),
                        found: *protocol_version,
                    });
                }
                self.is_ready = true;
            }
            _ if !self.is_ready => return Err(nonsense()),
            _ => {}
        }
        Ok(line)
    }

    /// Says a line.
    ///
    /// # Errors
    /// When the worker has ended.
    pub async fn say(&mut self, line: &ToWorker) -> Result<(), ShellError> {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        let said = match &mut self.input {
            Some(input) => input.write_all(&text).await.is_ok(),
            None => false,
        };
        if said {
            Ok(())
        } else {
            Err(self.crashed().await)
        }
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the system to end the worker, which may tidy up first.
    pub fn terminate(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::TERM);
        #[cfg(not(unix))]
        self.kill();
    }

    /// Ends the worker at once.
    pub fn kill(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
        // On Unix this finds the process ended already, which is no fault.
        let _ended = self.child.start_kill();
    }

    /// Lets a worker that has nothing more to do end by itself, for a few seconds.
    pub async fn end(mut self) {
        self.input = None;
        if timeout(LONGEST_END, self.child.wait()).await.is_err() {
            self.kill();
        }
    }

    /// Sends a signal to the worker and what it started.
    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        use rustix::process::{Pid, kill_process_group};
        // There is no number once the process was waited for: it may be another one's by then.
        let number = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = number.and_then(Pid::from_raw) {
            let _ended_before = kill_process_group(group, signal);
        }
    }

    async fn read_line(&mut self) -> Result<Vec<u8>, ShellError> {
        // A worker that talks without end must not keep the others from their turn.
        tokio::task::consume_budget().await;
        loop {
            let bytes = match self.output.fill_buf().await {
                Ok(bytes) if !bytes.is_empty() => bytes,
                _ => return Err(self.crashed().await),
            };
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.piece.extend_from_slice(&bytes[..taken]);
            self.output.consume(taken);
            if end.is_some() || self.piece.len() > LONGEST_LINE {
                return Ok(std::mem::take(&mut self.piece));
            }
        }
    }

    /// The error of a worker that ended, with what it said last.
    async fn crashed(&mut self) -> ShellError {
        if let Some(reader) = self.log_reader.take() {
            // What the worker started may keep its error output open.
            let _complete = timeout(LONGEST_LOG, reader).await;
        }
        let mut log = self.log.text();
        // Its output ends a moment before it does.
        if let Ok(Ok(status)) = timeout(LONGEST_LOG, self.child.wait()).await {
            if !log.is_empty() {
                log.push('\n');
            }
            log.push_str(&status.to_string());
        }
        ShellError::WorkerCrashed { log, run: None }
    }
}

/// A worker without a window of its own.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;
/// A worker that runs when programs of usual priority leave it time.
#[cfg(windows)]
const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x0000_4000;
/// The same as Unix counts it, from -20 to 19 for those that go last.
#[cfg(unix)]
const NICENESS: i32 = 10;

/// Lets other programs go before a worker and what it started.
#[cfg(unix)]
fn give_way(child: &Child) {
    use rustix::process::{Pid, setpriority_pgrp};
    // The whole group, because the priority of a process is that of its first thread alone.
    let number = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(group) = number.and_then(Pid::from_raw) {
        // One that keeps its priority works all the same.
        let _kept = setpriority_pgrp(Some(group), NICENESS);
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        if self.is_alive() {
            self.kill();
        }
    }
}

/// A worker that answers requests one after the other.
pub struct ReadyWorker {
    process: WorkerProcess,
    next: u64,
}

impl ReadyWorker {
    /// Starts a worker and waits until it can be asked.
    ///
    /// # Errors
    /// When it cannot be started, or says anything else first.
    pub async fn start(command: &WorkerCommand) -> Result<Self, ShellError> {
        let mut process = WorkerProcess::start(command)?;
        // A worker elsewhere may wait for its machine for hours.
        if command.is_local {
            match timeout(LONGEST_START, process.next()).await {
                Ok(ready) => ready?,
                Err(_) => return Err(process.crashed().await),
            };
        } else {
            process.next().await?;
        }
        Ok(Self { process, next: 1 })
    }

    /// Whether it can be asked.
    pub fn is_alive(&mut self) -> bool {
        self.process.is_alive()
    }

    /// Asks something and waits for the answer.
    ///
    /// # Errors
    /// When the worker cannot do it, or dies.
    pub async fn ask(&mut self, request: &Request) -> Result<Answer, ShellError> {
        let id = self.next;
        self.next += 1;
        let request = Box::new(request.clone());
        self.process.say(&ToWorker::Ask { id, request }).await?;
        loop {
            match self.process.next().await? {
                FromWorker::Answered { id: of, answer } if of == id => return Ok(*answer),
                FromWorker::Failed { id: of, failure } if of == id => {
                    return Err(ShellError::Worker(failure));
                }
                FromWorker::NotUnderstood { failure } => return Err(ShellError::Worker(failure)),
                // Events of a short request, and answers to one that nobody waits for any more.
                _ => {}
            }
        }
    }

    /// Lets it end by itself.
    pub async fn end(self) {
        self.process.end().await;
    }
}

/// Starts a worker for one short request.
///
/// # Errors
/// As [`ReadyWorker::start`] and [`ReadyWorker::ask`].
pub async fn ask_once(command: &WorkerCommand, request: &Request) -> Result<Answer, ShellError> {
    let mut worker = ReadyWorker::start(command).await?;
    let answer = worker.ask(request).await;
    worker.end().await;
    answer
}
