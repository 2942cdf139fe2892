//! `etiqueta worker`: answers the requests of a front, as JSON lines over standard input and
//! output ([`engine::protocol`]).

mod clock;
mod lines;
mod meter;
mod queue;

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use engine::desk::{Desk, DeskContext, DeskError};
use engine::protocol::{
    Answer, Failure, FromWorker, PROTOCOL_VERSION, Request, Stop, ToWorker, WorkerEvent,
};

use crate::arguments::Worker;
use crate::clock::now;
use crate::error::{CommandEnd, CommandError};
use crate::places;
use clock::WorkingClock;
use lines::Lines;
use meter::Meter;
use queue::Queue;

/// The program's name and version.
const PROGRAM: &str = concat!("etiqueta ", env!("CARGO_PKG_VERSION"));

/// What the thread that answers is told.
enum Message {
    /// A request with its number.
    Asked(u64, Box<Request>),
    /// Nothing more will be asked.
    Ended,
}

pub(crate) fn run(asked: &Worker) -> Result<CommandEnd, CommandError> {
    let lines = Arc::new(Lines::new(io::stdout()));
    let clock = Arc::new(WorkingClock::new());
    let queue = Queue::new(Arc::clone(&lines), Arc::clone(&clock));
    let (sender, messages) = channel();
    ctrlc::set_handler({
        let (queue, sender) = (queue.clone(), sender.clone());
        move || end(&queue, &sender)
    })?;
    let home = places::home()?;
    let computing = places::computing(asked.device, asked.threads)?;
    let mut desk = Desk::new(home, PROGRAM.into(), computing).with_hub(places::hub());
    lines.write(&FromWorker::Ready {
        protocol_version: PROTOCOL_VERSION,
        program: PROGRAM.into(),
    });
    thread::spawn({
        let (queue, lines) = (queue.clone(), Arc::clone(&lines));
        move || read(io::stdin().lock(), &queue, &lines, &sender)
    });
    while let Ok(Message::Asked(id, request)) = messages.recv() {
        let stop = queue.flag(id);
        let mut tell = |event: WorkerEvent| {
            if !lines.write(&FromWorker::Event { id, event }) {
                // Nobody listens any more: what can be gone on with later is.
                queue.stop_all(Stop::Suspend);
            }
        };
        let meter = request.is_job().then(|| {
            let lines = Arc::clone(&lines);
            Meter::start(move |resources| {
                let event = WorkerEvent::Used { resources };
                // Whoever no longer listens is noticed by the job itself.
                let _is_heard = lines.write(&FromWorker::Event { id, event });
            })
        });
        let answer = desk.answer(
            *request,
            &mut DeskContext {
                clock: &*clock,
                now: now(),
                stop: &stop,
                tell: &mut tell,
                checkpoint_seconds: asked.checkpoint_seconds,
            },
        );
        // Before the last line of the request.
        drop(meter);
        queue.remove(id);
        // Another process can use the card again.
        let is_over = match &answer {
            Ok(Answer::ListDevices(devices)) => devices.has_lost_card(),
            Ok(_) => false,
            Err(error) => error.is_of_a_lost_card(),
        };
        lines.write(&match answer {
            Ok(answer) => FromWorker::Answered {
                id,
                answer: Box::new(answer),
            },
            Err(error) => FromWorker::Failed {
                id,
                failure: Failure::of(&error),
            },
        });
        if is_over {
            break;
        }
    }
    Ok(CommandEnd::Done)
}

/// Suspends what is in progress and ends the worker.
fn end(queue: &Queue, sender: &Sender<Message>) {
    queue.stop_all(Stop::Suspend);
    // The thread that answers may have ended already.
    let _ = sender.send(Message::Ended);
}

/// Reads lines until there are no more.
fn read(
    mut input: impl BufRead,
    queue: &Queue,
    lines: &Lines<impl Write>,
    sender: &Sender<Message>,
) {
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
        }
        match serde_json::from_slice(&line) {
            Ok(ToWorker::Ask { id, request }) => {
                queue.add(id);
                if sender.send(Message::Asked(id, request)).is_err() {
                    break;
                }
            }
            Ok(ToWorker::Pause { id }) => queue.with(id, |flag| flag.pause()),
            Ok(ToWorker::Resume { id }) => queue.with(id, |flag| flag.resume()),
            Ok(ToWorker::Stop { id, how }) => queue.with(id, |flag| flag.raise_to(how)),
            Err(error) => {
                let message = error.to_string();
                lines.write(&FromWorker::NotUnderstood {
                    failure: Failure::of(&DeskError::NotARequest { message }),
                });
            }
        }
    }
    end(queue, sender);
}
