use super::*;

#[test]
fn a_checksum_mismatch_is_refused_and_leaves_no_model() {
    let server = Server::start(Site {
        stated_sum: Some("0".repeat(64)),
        ..site()
    });
    let mut place = Place::new();
    let error = place.refused(&server);
    let HubError::ChecksumMismatch {
        file,
        expected,
        found,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(file, "model.safetensors");
    assert!(expected.starts_with("0000") && found.len() == 64 && found != expected);
    assert!(error.to_string().contains("get the model again"));
    assert!(!place.part().exists());
    assert!(
        !place
            .states()
            .iter()
            .any(|state| matches!(state, BaseState::Ready(_)))
    );
    assert_eq!(server.weight_ranges(), [None]);
}

#[test]
fn an_unknown_model_and_an_unreachable_hub_are_told_apart() {
    let server = Server::start(site());
    let mut place = Place::new();
    let unknown = HubRequest {
        hub_name: "etiqueta/no-such-bert".into(),
        ..request(&server)
    };
    let error = place.get_request(&unknown).unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::Hub(HubError::NotFound { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("no-such-bert"), "{error}");
    let free = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let unreachable = HubRequest {
        endpoint: format!("http://{free}"),
        ..request(&server)
    };
    let error = place.get_request(&unreachable).unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::Hub(HubError::NoConnection { .. })),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.contains(&free.to_string()) && message.contains("refused"),
        "{message}"
    );
    assert!(place.states().is_empty());
}

#[test]
fn a_model_with_conditions_is_not_permitted() {
    for refusal in [(401, "GatedRepo"), (403, "GatedRepo")] {
        let server = Server::start(Site {
            refusal: Some(refusal),
            ..site()
        });
        let mut place = Place::new();
        let error = place.refused(&server);
        assert!(matches!(error, HubError::NotPermitted { .. }), "{error}");
        assert!(error.to_string().contains("access token"), "{error}");
        assert!(place.states().is_empty());
    }
}

#[test]
fn another_architecture_is_refused_before_its_weights_are_downloaded() {
    let mut tiny = Tiny::default();
    tiny.config["model_type"] = json!("distilbert");
    let server = Server::start(Site::new(tiny.files()));
    let mut place = Place::new();
    let error = place.refused(&server);
    assert!(matches!(&error, HubError::NotBert { found, .. } if found == "distilbert"));
    assert!(server.weight_ranges().is_empty() && place.states().is_empty());
}

#[test]
fn a_model_without_the_files_that_are_needed_is_refused_at_once() {
    let refused = |change: &dyn Fn(&mut Site)| {
        let mut site = site();
        change(&mut site);
        let server = Server::start(site);
        let error = Place::new().refused(&server);
        assert_eq!(server.requests().len(), 1);
        error
    };
    let error = refused(&|site| {
        let weights = site.files.remove("model.safetensors").unwrap();
        site.files.insert("pytorch_model.bin".into(), weights);
    });
    assert!(
        matches!(&error, HubError::NoSafetensors { found, .. } if found == "pytorch_model.bin")
    );
    assert!(error.to_string().contains("save_pretrained"));
    for name in ["config.json", "vocab.txt", "model.safetensors"] {
        let error = refused(&|site| {
            site.files.remove(name).unwrap();
        });
        assert!(
            matches!(&error, HubError::MissingFile { .. }),
            "{name}: {error}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_model_whose_files_do_not_fit_is_refused_and_not_kept() {
    let mut tiny = Tiny::default();
    tiny.vocabulary.push("one-too-many".into());
    let server = Server::start(Site::new(tiny.files()));
    let mut place = Place::new();
    let error = place.get(&server).unwrap_err();
    assert!(
        matches!(
            error,
            BaseLibraryError::Model(BaseModelError::TokenizerMismatch { .. })
        ),
        "{error}"
    );
    assert!(place.states().is_empty());
}

#[test]
fn names_and_addresses_that_cannot_be_are_refused_without_a_request() {
    let server = Server::start(site());
    let mut place = Place::new();
    for name in [
        "",
        "a/b/c",
        "a b",
        "../x",
        "bert?blobs=false",
        "https://example.org/a/b",
    ] {
        let request = HubRequest {
            hub_name: name.into(),
            ..request(&server)
        };
        let error = place.get_request(&request).unwrap_err();
        assert!(
            matches!(error, BaseLibraryError::Hub(HubError::InvalidName { .. })),
            "{name}"
        );
    }
    for endpoint in ["huggingface", "http://"] {
        let request = HubRequest {
            endpoint: endpoint.into(),
            ..request(&server)
        };
        let error = place.get_request(&request).unwrap_err();
        assert!(
            matches!(
                error,
                BaseLibraryError::Hub(HubError::InvalidEndpoint { .. })
            ),
            "{error}"
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_taken_name_is_refused_before_anything_is_asked() {
    let server = Server::start(site());
    let mut place = Place::new();
    place.get(&server).unwrap();
    let asked = server.requests().len();
    let error = place.get(&server).unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::NameTaken { .. }),
        "{error}"
    );
    assert_eq!(server.requests().len(), asked);
    let renamed = HubRequest {
        name: Some("second".into()),
        ..request(&server)
    };
    assert_eq!(place.get_request(&renamed).unwrap().record.name, "second");
}
