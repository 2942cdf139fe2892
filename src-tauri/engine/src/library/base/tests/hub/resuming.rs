use super::*;

#[test]
fn a_broken_connection_is_resumed_without_starting_over() {
    let server = Server::start(Site {
        breaks: vec![BREAK, 5_000],
        ..site()
    });
    let mut place = Place::new();
    place.get(&server).unwrap();
    assert_eq!(
        server.weight_ranges(),
        [None, from(BREAK), from(BREAK + 5_000)]
    );
    assert_eq!(place.events.resumed(), [BREAK as u64, BREAK as u64 + 5_000]);
    let model = place.library.find("tiny-bert").unwrap();
    assert_eq!(std::fs::read(model.weights_path()).unwrap(), weights());
}

#[test]
fn a_download_goes_on_where_an_earlier_one_broke_off() {
    let server = Server::start(Site {
        breaks: [vec![BREAK], vec![0; 9]].concat(),
        ..site()
    });
    let mut place = Place::new();
    let HubError::Interrupted {
        file,
        bytes,
        total_bytes,
        ..
    } = place.refused(&server)
    else {
        panic!();
    };
    assert_eq!((file.as_str(), bytes), ("model.safetensors", BREAK as u64));
    assert_eq!(total_bytes, weights().len() as u64);
    let [
        BaseState::Unfinished {
            hub_name, bytes, ..
        },
    ] = &place.states()[..]
    else {
        panic!("{:?}", place.states());
    };
    assert!(hub_name == MODEL && *bytes > BREAK as u64);
    let error = place.library.find("tiny-bert").unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::Unfinished { .. }),
        "{error}"
    );
    drop(server);
    let server = Server::start(site());
    place.get(&server).unwrap();
    assert_eq!(server.weight_ranges(), [from(BREAK)]);
    let small = |path: &str| path.ends_with("config.json") || path.ends_with("vocab.txt");
    assert!(!server.requests().iter().any(|request| small(&request.path)));
    assert!(matches!(place.states()[..], [BaseState::Ready(_)]));
}

#[test]
fn an_unfinished_download_can_be_removed() {
    let server = Server::start(Site {
        breaks: vec![0; 9],
        ..site()
    });
    let mut place = Place::new();
    place.refused(&server);
    place.library.remove("tiny-bert").unwrap();
    assert!(place.states().is_empty());
    assert_eq!(
        std::fs::read_dir(place.library.folder()).unwrap().count(),
        0
    );
}

#[test]
fn a_new_commit_throws_away_what_is_there_of_the_old_one() {
    let server = Server::start(Site {
        breaks: [vec![BREAK], vec![0; 9]].concat(),
        ..site()
    });
    let mut place = Place::new();
    place.refused(&server);
    drop(server);
    let server = Server::start(Site {
        commit: "fedcba9876543210fedcba9876543210fedcba98",
        ..site()
    });
    place.get(&server).unwrap();
    assert_eq!(server.weight_ranges(), [None]);
    assert!(place.events.all.iter().any(|event| matches!(event,
        DownloadEvent::Found { commit, .. } if commit.starts_with("fedcba"))));
}

#[test]
fn a_damaged_beginning_is_downloaded_anew() {
    let server = Server::start(Site {
        breaks: [vec![BREAK], vec![0; 9]].concat(),
        ..site()
    });
    let mut place = Place::new();
    place.refused(&server);
    drop(server);
    std::fs::write(place.part(), vec![7; BREAK]).unwrap();
    let server = Server::start(site());
    place.get(&server).unwrap();
    assert_eq!(server.weight_ranges(), [from(BREAK), None]);
    assert_eq!(place.events.restarted(), 1);
}

#[test]
fn a_server_that_knows_no_ranges_sends_the_whole_file_again() {
    let server = Server::start(Site {
        breaks: vec![BREAK],
        knows_ranges: false,
        ..site()
    });
    let mut place = Place::new();
    place.get(&server).unwrap();
    assert_eq!(server.weight_ranges(), [None, from(BREAK), None]);
    assert_eq!(place.events.restarted(), 1);
    let model = place.library.find("tiny-bert").unwrap();
    assert_eq!(std::fs::read(model.weights_path()).unwrap(), weights());
}

#[test]
fn a_stop_leaves_no_half_model_in_the_list() {
    let server = Server::start(Site {
        silent_after: Some(BREAK),
        ..site()
    });
    let mut place = Place::new();
    // Small files are told of when they are whole: then the weights begin.
    place.events.stop_at = Some((place.stop.clone(), 200));
    let error = place.refused(&server);
    assert!(matches!(error, HubError::Stopped), "{error}");
    assert!(place.library.find("tiny-bert").is_err());
    let states = place.states();
    assert!(
        matches!(states[..], [BaseState::Unfinished { .. }]),
        "{states:?}"
    );
    drop(server);
    let server = Server::start(site());
    (place.stop, place.events.stop_at) = (StopFlag::default(), None);
    place.get(&server).unwrap();
    assert!(matches!(place.states()[..], [BaseState::Ready(_)]));
}

#[test]
fn a_silent_server_is_given_up() {
    let server = Server::start(Site {
        silent_after: Some(BREAK),
        ..site()
    });
    let mut place = Place::new();
    let impatient = HubRequest {
        patience: Duration::from_millis(300),
        ..request(&server)
    };
    let error = place.get_request(&impatient).unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::Hub(HubError::Silent { .. })),
        "{error}"
    );
    assert_eq!(std::fs::metadata(place.part()).unwrap().len(), BREAK as u64);
}

#[test]
fn two_downloads_of_a_model_do_not_mix() {
    let slow = Server::start(Site {
        silent_after: Some(BREAK),
        ..site()
    });
    let mut place = Place::new();
    let library = place.library.clone();
    let stop = place.stop.clone();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.get(&slow));
        while slow.weight_ranges().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let second = library.get(
            &request(&slow),
            &mut Events::default(),
            &StopFlag::default(),
        );
        let error = second.unwrap_err();
        assert!(
            matches!(
                error,
                BaseLibraryError::Hub(HubError::AlreadyRunning { .. })
            ),
            "{error}"
        );
        stop.raise();
        let error = first.join().unwrap().unwrap_err();
        assert!(
            matches!(error, BaseLibraryError::Hub(HubError::Stopped)),
            "{error}"
        );
    });
}
