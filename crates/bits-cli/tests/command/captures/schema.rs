//! What is printed is what the schemas of bits-capture say.

use std::fs;
use std::path::Path;

use bits_capture::http::Part;
use bits_packet::Deviation;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{captures, objects, run, sessions};
use crate::common::scratch;

/// The schema of that name, ready to check.
fn schema(name: &str) -> Validator {
    let read = |name: &str| -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bits-capture/schema");
        let text = fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let root = "file:///schema/";
    let registry = jsonschema::Registry::new()
        .add(format!("{root}session.schema.json"), read("session"))
        .unwrap()
        .prepare()
        .unwrap();
    let schema = read(name);
    assert_documented(&schema, name);
    assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
    jsonschema::options()
        .with_registry(&registry)
        .with_base_uri(format!("{root}{name}.schema.json"))
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .unwrap()
}

/// Checks that every key is explained and always there, and that there are no others.
fn assert_documented(schema: &Value, at: &str) {
    if let Some(properties) = schema["properties"].as_object() {
        for (key, property) in properties {
            let explains = ["description", "const"]
                .iter()
                .any(|word| property[word].is_string());
            assert!(explains, "{at}: {key} is not explained");
            let required = schema["required"].as_array().unwrap();
            assert!(required.contains(&json!(key)), "{at}: {key} may be lost");
        }
        // The keys of a session stand in two schemas, each of which says that there are no others.
        let is_closed = schema["additionalProperties"] == false
            || schema["unevaluatedProperties"] == false
            || at == "session/$defs/session";
        assert!(is_closed, "{at}: keys may be added");
    }
    for (key, part) in schema.as_object().into_iter().flatten() {
        assert_documented(part, &format!("{at}/{key}"));
    }
}

#[track_caller]
fn assert_valid(schema: &Validator, object: &Value) {
    let errors: Vec<_> = schema
        .iter_errors(object)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?} in {object:#}");
}

/// Checks that the schema knows all keys of an object, and wants all of them.
#[track_caller]
fn assert_knows_keys(schema: &Validator, object: &Value) {
    let keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
    for key in keys {
        let mut without = object.clone();
        without.as_object_mut().unwrap().remove(&key);
        assert!(!schema.is_valid(&without), "{key} may be lost");
    }
    let mut with_more = object.clone();
    with_more["more"] = json!(null);
    assert!(!schema.is_valid(&with_more), "a key may be added");
}

#[test]
fn sessions_are_what_their_schema_says() {
    let schema = schema("session");
    let mut count = 0;
    for capture in captures() {
        for flags in [&[][..], &["--hash"]] {
            let run = run(&[&["inspect", "--format", "json", &capture], flags].concat());
            for session in objects(&run.stdout) {
                assert_valid(&schema, &session);
                assert_knows_keys(&schema, &session);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_session_may_have_every_deviation_that_there_is() {
    let schema = schema("session");
    let mut session = sessions(&["basic.pcap"]).remove(0);
    session["deviations"] = Deviation::ALL.map(Deviation::name).into_iter().collect();
    assert_valid(&schema, &session);
}

#[test]
fn what_sessions_hold_is_held_to_the_schema_as_well() {
    let schema = schema("session");
    let run = run(&[
        "inspect",
        "--format",
        "json",
        "mc-bup-4.2.pcapng",
        "names.pcap",
    ]);
    let sessions = objects(&run.stdout);
    for (pointer, broken) in [
        ("/reply", json!({})),
        ("/reply/holes/0", json!([1])),
        ("/reply/holes/0", json!([1, 2, 3])),
        ("/reply/total_bytes", json!("1")),
        ("/ts", json!("2026-11-26 22:07:25")),
        ("/state", json!("done")),
        ("/duration", json!(-1)),
        ("/id.resp_p", json!(65_536)),
        ("/sha256", json!("abc")),
    ] {
        let mut session = sessions[0].clone();
        *session.pointer_mut(pointer).unwrap() = broken;
        assert!(!schema.is_valid(&session), "{pointer}");
    }
    let mut refused = sessions[1].clone();
    assert_eq!(refused["state"], "refused");
    refused["failures"][0]
        .as_object_mut()
        .unwrap()
        .remove("meaning");
    assert!(!schema.is_valid(&refused));
}

#[test]
fn packets_are_what_their_schema_says() {
    let schema = schema("packet");
    let mut count = 0;
    for capture in captures() {
        let run = run(&["inspect", "--packets", "--format", "json", &capture]);
        for packet in objects(&run.stdout) {
            assert_valid(&schema, &packet);
            assert_knows_keys(&schema, &packet);
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
}

#[test]
fn a_packet_may_have_a_range_of_a_file_of_unknown_length() {
    let schema = schema("packet");
    let run = run(&["inspect", "--packets", "--format", "json", "send.pcap"]);
    let mut packets = objects(&run.stdout).into_iter();
    let mut packet = packets.find(|it| it["packet"] == "Fragment").unwrap();
    let part = Part {
        first: 0,
        end: 5,
        total: None,
    };
    packet["content_range"] = json!(part.to_string());
    assert_valid(&schema, &packet);
}

#[test]
fn manifests_are_what_their_schema_says() {
    let schema = schema("manifest");
    let folder = scratch("schema-manifest");
    let mut types = Vec::new();
    for capture in captures().iter().map(String::as_str).chain(["README.md"]) {
        let output = folder.join(capture);
        run(&["extract", capture, "-o", output.to_str().unwrap()]);
        let manifest = fs::read_to_string(output.join("manifest.jsonl")).unwrap();
        for line in objects(&manifest) {
            assert_valid(&schema, &line);
            assert_knows_keys(&schema, &line);
            types.push(line["type"].as_str().unwrap().to_owned());
        }
    }
    let count = |name: &str| types.iter().filter(|it| *it == name).count();
    assert_eq!((count("run"), count("capture"), count("end")), (21, 21, 21));
    assert!(count("session") > 50, "{}", count("session"));
}
