//! What the page may do, which nobody is to loosen by accident.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use etiqueta_desktop::COMMANDS;
use serde_json::Value;

fn configuration() -> Value {
    read("tauri.conf.json")
}

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_page_runs_no_script_but_its_own_and_reaches_no_other_place() {
    let configuration = configuration();
    let security = &configuration["app"]["security"];
    let policy = &security["csp"];
    for (directive, sources) in [
        ("default-src", "'self'"),
        ("script-src", "'self'"),
        ("style-src", "'self' 'unsafe-inline'"),
        ("img-src", "'self' data:"),
        ("font-src", "'self'"),
        ("connect-src", "ipc: http://ipc.localhost"),
        ("object-src", "'none'"),
        ("frame-src", "'none'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
    ] {
        assert_eq!(policy[directive], sources, "{directive}");
    }
    assert_eq!(policy.as_object().unwrap().len(), 10);
    assert!(
        !security["devCsp"]["script-src"]
            .as_str()
            .unwrap()
            .contains("unsafe")
    );
    assert_eq!(security["freezePrototype"], true);
    assert_eq!(security["assetProtocol"]["enable"], false);
    assert_eq!(
        security["dangerousDisableAssetCspModification"],
        serde_json::json!(["style-src"]),
        "scripts keep the hashes and nonces that Tauri gives them"
    );
    assert_eq!(configuration["app"]["withGlobalTauri"], Value::Null);
}

#[test]
fn the_page_may_listen_to_events_and_call_the_programs_commands_and_nothing_else() {
    let configuration = configuration();
    let capabilities = &configuration["app"]["security"]["capabilities"];
    let [capability] = capabilities.as_array().unwrap().as_slice() else {
        panic!("one capability");
    };
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert_eq!(capability["remote"], Value::Null, "no page from elsewhere");
    let granted = capability["permissions"].as_array().unwrap().iter();
    let granted: BTreeSet<String> = granted.map(|name| name.as_str().unwrap().into()).collect();
    let own = COMMANDS
        .iter()
        .map(|name| format!("allow-{}", name.replace('_', "-")));
    let events = ["core:event:allow-listen", "core:event:allow-unlisten"].map(String::from);
    assert_eq!(granted, own.chain(events).collect());
    assert!(
        !Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("capabilities")
            .exists(),
        "a folder of capabilities would add to this one"
    );
}

#[test]
fn the_release_adds_the_worker_and_the_base_model_and_keeps_the_samples() {
    let (base, release) = (configuration(), read("tauri.release.conf.json"));
    assert_eq!(base["bundle"]["externalBin"], Value::Null);
    let added = &release["bundle"];
    assert!(
        added["externalBin"][0]
            .as_str()
            .unwrap()
            .ends_with("/etiqueta")
    );
    let resources = added["resources"].as_object().unwrap();
    for (from, to) in base["bundle"]["resources"].as_object().unwrap() {
        assert_eq!(
            resources.get(from),
            Some(to),
            "a list in an overlay replaces the one below"
        );
    }
    assert!(resources.contains_key("base/compact/"));
    assert_eq!(release["app"], Value::Null, "the release loosens nothing");
}

#[test]
fn the_launcher_hands_files_over() {
    let configuration = configuration();
    for package in ["deb", "rpm"] {
        let template = &configuration["bundle"]["linux"][package]["desktopTemplate"];
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(template.as_str().unwrap());
        let launcher = fs::read_to_string(path).unwrap();
        assert!(launcher.contains("Exec={{exec}} %F"), "{package}");
        assert!(launcher.contains("MimeType={{mime_type}}"), "{package}");
    }
}
