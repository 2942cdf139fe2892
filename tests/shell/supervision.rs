//! Jobs whose workers answer, hang, flood, die and talk nonsense.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::protocol::{Answer, JobSnapshot, JobState, Request, Stop};
use etiqueta_desktop::error::ShellError;
use etiqueta_desktop::jobs::{JobListener, Jobs, Patience};
use etiqueta_desktop::workers::WorkerCommand;
use tokio::time::{sleep, timeout};

use crate::surroundings::fake_command;

/// What a slow machine may need to start Python.
const LONGEST: Duration = Duration::from_secs(60);

/// Short enough for a test; the measures come in the same order.
const PATIENCE: Patience = Patience {
    stop: Duration::from_millis(400),
    suspend: Duration::from_millis(600),
    keep: Duration::from_millis(800),
    terminate: Duration::from_millis(400),
};

#[derive(Default)]
struct Listener {
    ended: Mutex<Vec<JobSnapshot>>,
    awake: Arc<()>,
}

impl JobListener for Listener {
    fn began(&self, _job: &JobSnapshot) -> Box<dyn Send> {
        Box::new(Arc::clone(&self.awake))
    }

    fn ended(&self, job: &JobSnapshot) {
        self.ended.lock().unwrap().push(job.clone());
    }
}

struct Bench {
    jobs: Jobs,
    listener: Arc<Listener>,
    home: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let listener = Arc::new(Listener::default());
        Self {
            jobs: Jobs::new(PATIENCE, Arc::<Listener>::clone(&listener)),
            listener,
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn start(&self, worker: &str, request: Request) -> u64 {
        let command = fake_command(worker, self.home.path());
        self.jobs.start(&command, request).unwrap()
    }

    fn now(&self, id: u64) -> JobSnapshot {
        let list = self.jobs.list();
        list.into_iter().find(|job| job.id == id).unwrap()
    }

    async fn until(&self, id: u64, holds: impl Fn(&JobSnapshot) -> bool) -> JobSnapshot {
        let wait = async {
            while !holds(&self.now(id)) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let last = timeout(LONGEST, wait).await;
        assert!(last.is_ok(), "it never came to that: {:?}", self.now(id));
        self.now(id)
    }

    async fn end(&self, id: u64) -> JobSnapshot {
        self.until(id, |job| job.state.is_over()).await
    }
}

fn resume_run() -> Request {
    Request::ResumeRun {
        run: "one".into(),
        device: None,
    }
}

fn get_base() -> Request {
    Request::GetBase {
        name: "beto".into(),
    }
}

fn has_progress(job: &JobSnapshot) -> bool {
    job.progress.is_some()
}

#[tokio::test]
async fn a_job_ends_with_its_answer_and_its_end_is_told() {
    let bench = Bench::new();
    let id = bench.start("answers", get_base());
    let job = bench.end(id).await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!(job.answer, Some(Answer::GetBase(Some("beto".into()))));
    assert_eq!(job.progress.unwrap().total, 2);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.listener.ended.lock().unwrap().len(), 1);
    assert_eq!(
        Arc::strong_count(&bench.listener.awake),
        1,
        "the computer may sleep again"
    );
}

#[tokio::test]
async fn a_job_is_paused_and_goes_on() {
    let bench = Bench::new();
    let id = bench.start("answers", resume_run());
    bench.until(id, has_progress).await;
    assert_eq!(
        Arc::strong_count(&bench.listener.awake),
        2,
        "the computer stays awake"
    );
    bench.jobs.pause(id).unwrap();
    bench.until(id, |job| job.state == JobState::Paused).await;
    bench.jobs.resume(id).unwrap();
    // This worker ends with nothing when it goes on.
    assert_eq!(bench.end(id).await.state, JobState::Stopped);
}

#[tokio::test]
async fn only_one_training_goes_on_and_a_job_that_goes_on_is_not_forgotten() {
    let bench = Bench::new();
    let id = bench.start("answers", resume_run());
    let command = fake_command("answers", bench.home.path());
    let second = bench.jobs.start(&command, resume_run());
    assert!(matches!(second, Err(ShellError::TrainingInProgress)));
    let download = bench.start("answers", get_base());
    let forgotten = bench.jobs.forget(id);
    assert!(matches!(forgotten, Err(ShellError::JobNotOver { .. })));
    bench.until(id, has_progress).await;
    bench.jobs.stop(id, Stop::Suspend).unwrap();
    bench.end(id).await;
    bench.end(download).await;
    bench.jobs.forget(id).unwrap();
    assert!(matches!(
        bench.jobs.pause(id),
        Err(ShellError::UnknownJob { .. })
    ));
    assert_eq!(bench.jobs.list().len(), 1);
}

#[tokio::test]
async fn a_worker_that_hears_no_stop_is_terminated() {
    let bench = Bench::new();
    let id = bench.start("hangs --mild", get_base());
    bench.until(id, has_progress).await;
    let asked = Instant::now();
    bench.jobs.stop(id, Stop::Suspend).unwrap();
    bench.until(id, |job| job.state == JobState::Stopping).await;
    assert_eq!(bench.end(id).await.state, JobState::Stopped);
    assert!(asked.elapsed() >= PATIENCE.stop, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_worker_that_hears_nothing_is_killed_and_its_run_deleted_when_that_was_asked() {
    let bench = Bench::new();
    let id = bench.start("hangs", resume_run());
    bench.until(id, has_progress).await;
    let asked = Instant::now();
    bench.jobs.stop(id, Stop::Discard).unwrap();
    let job = bench.end(id).await;
    assert!(asked.elapsed() >= PATIENCE.stop + PATIENCE.terminate);
    assert_eq!((job.state, job.failure), (JobState::Stopped, None));
    let discarded = std::fs::read_to_string(bench.home.path().join("discarded")).unwrap();
    assert_eq!(discarded, "one");
}

#[tokio::test]
async fn a_training_that_could_not_keep_its_model_says_so_and_can_be_resumed() {
    let bench = Bench::new();
    let id = bench.start("hangs", resume_run());
    bench.until(id, has_progress).await;
    let asked = Instant::now();
    bench.jobs.stop(id, Stop::Keep).unwrap();
    let job = bench.end(id).await;
    assert!(asked.elapsed() >= PATIENCE.keep + PATIENCE.terminate);
    assert_eq!(job.state, JobState::Failed);
    let failure = job.failure.unwrap();
    assert_eq!(failure.code, "workerCrashed");
    assert_eq!(failure.details["run"], "one");
}

#[tokio::test]
async fn a_worker_that_never_became_ready_is_stopped_at_once() {
    let bench = Bench::new();
    let command = fake_command("hangs", bench.home.path());
    let mut silent = command;
    silent.arguments = vec!["-c".into(), "import time; time.sleep(60)".into()];
    let id = bench.jobs.start(&silent, resume_run()).unwrap();
    bench.jobs.stop(id, Stop::Keep).unwrap();
    let asked = Instant::now();
    assert_eq!(bench.end(id).await.state, JobState::Stopped);
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_flood_of_events_reaches_the_page_five_times_a_second_and_with_its_last() {
    let bench = Bench::new();
    let id = bench.start("floods", get_base());
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let began = Instant::now();
    let send = move |job: JobSnapshot| {
        kept.lock().unwrap().push((began.elapsed(), job));
        true
    };
    bench.jobs.watch(id, send).unwrap();
    bench.end(id).await;
    let seconds = began.elapsed().as_secs_f64();
    sleep(Duration::from_millis(500)).await;
    let told = told.lock().unwrap();
    let (_, last) = told.last().unwrap();
    assert_eq!(last.state, JobState::Finished);
    assert_eq!(last.progress.unwrap().done, 200_000);
    assert!(
        told.len() as f64 <= 5.0 * seconds + 3.0,
        "{} in {seconds} s",
        told.len()
    );
    println!(
        "{:?}, {} snapshots in {seconds:.1} s",
        last.answer,
        told.len()
    );
    for pair in told.windows(2) {
        let gap = pair[1].0 - pair[0].0;
        assert!(gap >= Duration::from_millis(195), "{gap:?}");
    }
}

#[tokio::test]
async fn a_page_that_watches_a_job_that_is_over_gets_its_one_last_snapshot() {
    let bench = Bench::new();
    let id = bench.start("answers", get_base());
    bench.end(id).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    bench
        .jobs
        .watch(id, move |job| told.send(job).is_ok())
        .unwrap();
    let job = timeout(LONGEST, heard.recv()).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Finished);
    assert!(timeout(LONGEST, heard.recv()).await.unwrap().is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn a_job_lets_other_programs_go_first_where_that_is_wanted() {
    let bench = Bench::new();
    for (gives_way, niceness) in [(false, "0"), (true, "10")] {
        let command = WorkerCommand {
            gives_way,
            ..fake_command("answers", bench.home.path())
        };
        let name = "niceness".to_owned();
        let id = bench.jobs.start(&command, Request::GetBase { name });
        let answer = bench.end(id.unwrap()).await.answer;
        assert_eq!(answer, Some(Answer::GetBase(Some(niceness.into()))));
    }
}

#[tokio::test]
async fn a_worker_that_dies_is_told_with_its_last_lines_and_the_run_to_resume() {
    let bench = Bench::new();
    let id = bench.start("dies", resume_run());
    let job = bench.end(id).await;
    assert_eq!(job.state, JobState::Failed);
    let failure = job.failure.unwrap();
    assert_eq!(failure.code, "workerCrashed");
    assert_eq!(failure.details["run"], "one");
    let log = failure.details["log"].as_str().unwrap();
    assert!(log.contains("out of memory"), "{log}");
    assert!(
        log.contains("line 99") && !log.contains("line 10\n"),
        "{log}"
    );
    assert!(log.ends_with("101"), "how it ended is the last line: {log}");
}

#[tokio::test]
async fn what_is_no_training_leaves_no_run_to_resume() {
    let bench = Bench::new();
    let id = bench.start("dies --early", get_base());
    let failure = bench.end(id).await.failure.unwrap();
    assert!(failure.details["run"].is_null());
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_told_with_what_it_said() {
    let bench = Bench::new();
    let id = bench.start("nonsense", get_base());
    let failure = bench.end(id).await.failure.unwrap();
    assert_eq!(failure.code, "workerNonsense");
    let line = failure.details["line"].as_str().unwrap();
    assert!(line.starts_with("Welcome to server42!"), "{line}");
}

#[tokio::test]
async fn a_worker_of_another_version_is_not_asked() {
    let bench = Bench::new();
    let id = bench.start("newer", get_base());
    let failure = bench.end(id).await.failure.unwrap();
    assert_eq!(failure.code, "workerTooOld");
    assert_eq!(failure.details["found"], 2);
}

#[tokio::test]
async fn a_worker_that_is_missing_is_named() {
    let bench = Bench::new();
    let mut command = fake_command("answers", bench.home.path());
    command.program = "/nowhere/etiqueta".into();
    let error = bench.jobs.start(&command, get_base()).unwrap_err();
    let ShellError::WorkerMissing { path, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(path, Path::new("/nowhere/etiqueta"));
    assert!(bench.jobs.list().is_empty());
}

#[tokio::test]
async fn all_jobs_are_suspended_when_the_window_closes() {
    let bench = Bench::new();
    let training = bench.start("answers", resume_run());
    let download = bench.start("hangs", get_base());
    bench.until(training, has_progress).await;
    bench.until(download, has_progress).await;
    assert!(bench.jobs.are_running());
    assert!(bench.jobs.suspend(LONGEST).await);
    assert!(!bench.jobs.are_running());
    assert_eq!(bench.now(training).state, JobState::Stopped);
    assert_eq!(bench.now(download).state, JobState::Stopped);
}
