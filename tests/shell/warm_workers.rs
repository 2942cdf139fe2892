//! Workers that stay.

use engine::dataset::Document;
use engine::protocol::{Answer, MachineSummary, Request};
use etiqueta_desktop::error::ShellError;
use etiqueta_desktop::workers::WarmWorkers;

use crate::surroundings::fake_command;

fn machine(answer: Answer) -> MachineSummary {
    match answer {
        Answer::DescribeMachine(machine) => machine,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_worker_stays_for_the_next_request() {
    let home = tempfile::tempdir().unwrap();
    let (workers, command) = (WarmWorkers::default(), fake_command("answers", home.path()));
    let first = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    let failed = workers
        .ask(&command, Request::ListLibrary)
        .await
        .unwrap_err();
    assert!(matches!(&failed, ShellError::Worker(failure) if failure.code == "modelMissing"));
    let second = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    assert_eq!((first.threads, second.threads), (1, 2), "its second answer");
    assert_eq!(first.processors, second.processors, "the same process");
    workers.end().await;
}

#[tokio::test]
async fn a_worker_that_died_is_started_again() {
    let home = tempfile::tempdir().unwrap();
    let command = fake_command("answers --die-after 1", home.path());
    let workers = WarmWorkers::default();
    let first = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    // What the system needs to notice the end of the process.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let second = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    assert_ne!(first.processors, second.processors, "another process");
}

#[tokio::test]
async fn another_command_gets_another_worker() {
    let home = tempfile::tempdir().unwrap();
    let command = fake_command("answers", home.path());
    let workers = WarmWorkers::default();
    let first = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    let command = command.with("ETIQUETA_THREADS", "2");
    let second = machine(
        workers
            .ask(&command, Request::DescribeMachine)
            .await
            .unwrap(),
    );
    assert_ne!(first.processors, second.processors);
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_is_told_and_the_next_request_gets_a_new_one() {
    let home = tempfile::tempdir().unwrap();
    let workers = WarmWorkers::default();
    let dying = fake_command("dies", home.path());
    let error = workers
        .ask(&dying, Request::DescribeMachine)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ShellError::WorkerCrashed { log, run: None } if log.contains("memory"))
    );
    let sound = fake_command("answers", home.path());
    workers.ask(&sound, Request::DescribeMachine).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_holds_a_card_ends_before_a_job_and_another_one_stays() {
    let home = tempfile::tempdir().unwrap();
    let (workers, command) = (WarmWorkers::default(), fake_command("answers", home.path()));
    for (device, stays) in [("cuda:0", false), ("cpu", true)] {
        let process = async || {
            let document = Document {
                id: None,
                title: device.into(),
                abstract_text: String::new(),
            };
            let model = "one".into();
            let request = Request::Classify { model, document };
            match workers.ask(&command, request).await.unwrap() {
                Answer::Classify(classified) => classified.seconds,
                other => panic!("{other:?}"),
            }
        };
        let first = process().await;
        workers.free_card().await;
        assert_eq!(process().await == first, stays, "{device}");
    }
    workers.end().await;
}
