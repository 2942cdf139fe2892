use super::*;

#[test]
fn a_model_of_the_hub_is_downloaded_checked_and_opens() {
    let mut files = Tiny::default().files();
    files.insert("README.md".into(), b"# A card".to_vec());
    files.insert("pytorch_model.bin".into(), vec![0; 99]);
    let server = Server::start(Site::new(files));
    let mut place = Place::new();
    let added = place.get(&server).unwrap();
    assert_eq!(added.verified, ["model.safetensors"]);
    assert!(added.self_test.passed());
    assert_eq!(added.record.hub_name.as_deref(), Some(MODEL));
    assert_eq!(added.record.licence.as_deref(), Some("mit"));
    for name in ["tiny-bert", MODEL] {
        let model = place.library.find(name).unwrap();
        assert_eq!(model.name(), "tiny-bert");
        assert_eq!(model.record(), Some(&added.record));
        assert_eq!(std::fs::read(model.weights_path()).unwrap(), weights());
    }
    let model = place.library.find("tiny-bert").unwrap();
    let mut names: Vec<_> = std::fs::read_dir(model.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "README.md",
        "base.json",
        "config.json",
        "model.safetensors",
        "vocab.txt",
    ];
    assert_eq!(names, expected);
    assert!(matches!(place.states()[..], [BaseState::Ready(_)]));
}

#[test]
fn progress_is_told_by_file_and_in_all() {
    let server = Server::start(site());
    let mut place = Place::new();
    place.get(&server).unwrap();
    let total: u64 = Tiny::default()
        .files()
        .values()
        .map(|file| file.len() as u64)
        .sum();
    let events = &place.events.all;
    let DownloadEvent::Found {
        files,
        total_bytes,
        hub_name,
        ..
    } = &events[0]
    else {
        panic!("{events:?}");
    };
    assert_eq!((*files, *total_bytes, hub_name.as_str()), (3, total, MODEL));
    assert_eq!(events.last(), Some(&DownloadEvent::Tested));
    let mut advanced = Vec::new();
    for event in events {
        if let DownloadEvent::Advanced {
            bytes,
            total_bytes,
            file_bytes,
            file_total_bytes,
            ..
        } = event
        {
            assert!(file_bytes <= file_total_bytes && *total_bytes == total);
            advanced.push(*bytes);
        }
    }
    assert!(
        advanced.is_sorted() && advanced.last() == Some(&total),
        "{advanced:?}"
    );
    let checked: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            DownloadEvent::Checked { file, checksum } => Some((file.as_str(), *checksum)),
            _ => None,
        })
        .collect();
    let expected = [
        ("config.json", false),
        ("vocab.txt", false),
        ("model.safetensors", true),
    ];
    assert_eq!(checked, expected);
    let json = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(
        (&json["event"], &json["totalBytes"]),
        (&json!("found"), &json!(total))
    );
}

#[test]
fn an_old_name_and_an_address_lead_to_the_model() {
    let server = Server::start(site());
    for asked in [
        OLD_NAME.to_owned(),
        format!("{}/{MODEL}/", server.endpoint()),
    ] {
        let mut place = Place::new();
        let request = HubRequest {
            hub_name: asked.clone(),
            ..request(&server)
        };
        let added = place.get_request(&request).unwrap();
        assert_eq!(added.record.hub_name.as_deref(), Some(MODEL), "{asked}");
        assert_eq!(added.verified, ["model.safetensors"], "{asked}");
    }
}

#[test]
fn a_token_is_sent_only_when_it_is_handed_in() {
    let server = Server::start(site());
    Place::new().get(&server).unwrap();
    let tokens = |server: &Server| {
        let requests = server.requests();
        assert!(!requests.is_empty());
        requests
            .iter()
            .filter(|request| request.authorization.is_some())
            .count()
    };
    assert_eq!(tokens(&server), 0);
    let private = HubRequest {
        token: Some("secret-token".into()),
        ..request(&server)
    };
    Place::new().get_request(&private).unwrap();
    assert!(tokens(&server) > 0);
    assert!(!format!("{private:?}").contains("secret-token"));
}

#[test]
fn asynchronous_code_can_download_too() {
    let server = Server::start(site());
    let mut place = Place::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async { place.get(&server) }).unwrap();
}

#[test]
fn every_suggestion_has_a_name_that_can_be_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let library = BaseLibrary::new(place.path(), None);
    for suggestion in SUGGESTIONS {
        assert!(!suggestion.licence.is_empty() && suggestion.megabytes > 50);
        let request = HubRequest::new(suggestion.hub_name);
        assert_eq!(request.endpoint, DEFAULT_ENDPOINT);
        // Nothing listens there, and the name is checked before.
        let request = HubRequest {
            endpoint: "not an address".into(),
            ..request
        };
        let error = library
            .get(&request, &mut Events::default(), &StopFlag::default())
            .unwrap_err();
        assert!(
            matches!(
                error,
                BaseLibraryError::Hub(HubError::InvalidEndpoint { .. })
            ),
            "{error}"
        );
    }
}
