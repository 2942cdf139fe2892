//! Base models: the Hub is a server of the tests on this machine.

use super::*;
use crate::library::base::tests::fixture::Tiny;
use crate::library::base::tests::server::{MODEL, Server, Site};
use crate::protocol::Stop;

fn with_hub(server: &Server) -> Place {
    let mut place = Place::new();
    let home = place.desk.home.clone();
    place.desk = Desk::new(home, "test 1".into(), Computing::on_processor(1)).with_hub(HubAccess {
        endpoint: server.endpoint(),
        token: None,
    });
    place
}

#[test]
fn a_base_model_is_fetched_with_progress_in_bytes_and_deleted() {
    let server = Server::start(Site::new(Tiny::default().files()));
    let mut place = with_hub(&server);
    let get = Request::GetBase { name: MODEL.into() };
    let name = value!(place.ask(get), GetBase).unwrap();
    assert_eq!(name, "tiny-bert");
    let Some(WorkerEvent::Progressed { progress }) = place.events.last() else {
        panic!("{:?}", place.events);
    };
    assert!(progress.done == progress.total && progress.total > 10_000);
    let delete = Request::DeleteBase { name };
    assert!(value!(place.ask(delete), DeleteBase) > 10_000);
    assert!(place.desk.home.base_models().list().unwrap().is_empty());
}

#[test]
fn a_download_that_was_discarded_leaves_nothing() {
    let server = Server::start(Site::new(Tiny::default().files()));
    let mut place = with_hub(&server);
    place.stop.raise_to(Stop::Discard);
    let get = Request::GetBase { name: MODEL.into() };
    assert_eq!(value!(place.ask(get), GetBase), None);
    assert!(place.desk.home.base_models().list().unwrap().is_empty());
}

#[test]
fn a_base_model_is_added_from_a_folder_under_its_name() {
    let mut place = Place::new();
    tiny::write_base(&place.path("elsewhere/modelo clínico"));
    let add = Request::AddBase {
        path: place.path("elsewhere/modelo clínico"),
        name: None,
    };
    assert_eq!(value!(place.ask(add), AddBase), "modelo clínico");
}
