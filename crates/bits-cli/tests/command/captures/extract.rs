//! What is extracted, and what the manifest says of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use sha1::Sha1;

use super::{
    Expected, assert_printable, captures, has_data, objects, path, records, run, sessions, sha256,
};
use crate::common::{Run, bits, bits_in, scratch};

fn extract(output: &Path, arguments: &[&str]) -> Run {
    run(&[&["extract", "-o", output.to_str().unwrap()], arguments].concat())
}

/// The lines of a manifest of that type.
fn manifest(output: &Path, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(output.join("manifest.jsonl")).unwrap();
    assert_printable(&text);
    let mut lines = objects(&text);
    assert_eq!(lines[0]["type"], "run");
    assert_eq!(lines.last().unwrap()["type"], "end");
    lines.retain(|line| line["type"] == kind);
    lines
}

/// What is in a folder beside the manifest, in order.
fn files(output: &Path) -> Vec<String> {
    let entries = fs::read_dir(output).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "manifest.jsonl").collect();
    names.sort();
    names
}

#[test]
fn every_file_of_every_capture_comes_out() {
    let folder = scratch("extract-all");
    for capture in captures() {
        let output = folder.join(&capture);
        let run = extract(&output, &[&capture]);
        assert_printable(&run.stdout);
        assert_printable(&run.stderr);
        let sessions = manifest(&output, "session");
        let mut listed = Vec::new();
        for facts in sessions
            .iter()
            .chain(sessions.iter().map(|it| &it["reply"]))
        {
            let Some(name) = facts["extracted"].as_str() else {
                continue;
            };
            listed.push(name.to_owned());
            let bytes = fs::read(output.join(name)).unwrap();
            assert_eq!(name.ends_with(".partial"), facts["complete"] == false);
            if facts["complete"] == true {
                assert_eq!(facts["sha256"], sha256(&bytes));
                assert_eq!(facts["total_bytes"], bytes.len() as u64);
            } else {
                assert_eq!(facts["sha256"], json!(null));
                let total = facts["total_bytes"].as_u64().unwrap();
                let [hole_start, hole_end] = serde_json::from_value(
                    facts["holes"].as_array().unwrap().last().unwrap().clone(),
                )
                .unwrap();
                // Nothing is written behind the last byte that was seen.
                let end = if hole_end + 1 == total {
                    hole_start
                } else {
                    total
                };
                assert_eq!(bytes.len() as u64, end, "{capture}");
            }
            assert!(run.stdout.contains(name), "{}", run.stdout);
        }
        listed.sort();
        assert_eq!(files(&output), listed, "{capture}");
        for row in Expected::of(&capture) {
            let Some((size, sha256)) = &row.file else {
                continue;
            };
            let session = sessions.iter().find(|session| row.is(session)).unwrap();
            assert_eq!(session["sha256"], **sha256, "{capture}: {}", row.target);
            assert_eq!(session["total_bytes"], *size);
            assert_eq!(session["captures"], json!([capture]));
            assert!(run.stdout.contains(&**sha256));
        }
        let end = &manifest(&output, "end")[0];
        assert_eq!(end["files"], listed.len());
        assert_eq!(end["sessions"], sessions.len());
        let stored = fs::read(super::folder().join(&capture)).unwrap();
        let source = &manifest(&output, "capture")[0];
        assert_eq!(source["capture"], capture);
        assert_eq!(source["sha256"], sha256(&stored), "{capture}");
        assert_eq!(run.status, Some(i32::from(listed.is_empty())), "{capture}");
    }
}

#[test]
fn hashes_that_prove_little_are_told_where_they_are_asked_for() {
    // One comes in order, of the other a part is sent again.
    for (capture, tells) in [("basic.pcap", true), ("resumed.pcap.gz", false)] {
        let output = scratch(&format!("extract-legacy-{capture}"));
        extract(&output, &["--legacy-hashes", capture]);
        let session = &manifest(&output, "session")[0];
        let bytes = fs::read(output.join(session["extracted"].as_str().unwrap())).unwrap();
        let (md5, sha1) = (
            format!("{:x}", Md5::digest(&bytes)),
            format!("{:x}", Sha1::digest(&bytes)),
        );
        assert_eq!(session["md5"], md5, "{capture}");
        assert_eq!(session["sha1"], sha1, "{capture}");
        assert_eq!(session["sha256"], sha256(&bytes), "{capture}");

        let asked = ["--hash", "--legacy-hashes", capture];
        let found = &sessions(&asked)[0];
        assert_eq!(found["md5"] == md5, tells, "{capture}");
        assert_eq!(found["sha1"] == sha1, tells, "{capture}");
        let table = run(&[&["inspect"], &asked[..]].concat()).stdout;
        assert_eq!(table.contains(&md5) && table.contains(&sha1), tells);
        assert_eq!(sessions(&["--hash", capture])[0]["md5"], json!(null));
    }
}

#[test]
fn a_reply_is_extracted_as_well() {
    let output = scratch("extract-reply");
    let run = extract(&output, &["mc-bup-4.2.pcapng"]);
    assert_eq!(run.status, Some(0));
    let session = &manifest(&output, "session")[0];
    let (file, reply) = (&session["extracted"], &session["reply"]["extracted"]);
    assert_eq!(session["complete"], true);
    assert_eq!(session["reply"]["missing_bytes"], 263);
    let reply = reply.as_str().unwrap();
    assert_eq!(fs::metadata(output.join(reply)).unwrap().len(), 9_977);
    assert_eq!(files(&output), [file.as_str().unwrap(), reply]);
    assert_eq!(manifest(&output, "end")[0]["incomplete"], 1);
}

#[test]
fn names_that_hurt_stay_in_the_folder_and_can_be_used_anywhere() {
    let folder = scratch("extract-names");
    let output = folder.join("a/b/c/output");
    let run = extract(&output, &["ids.pcap", "names.pcap"]);
    assert_eq!(run.status, Some(0));
    let names = files(&output);
    assert_eq!(names.len(), 25);
    for name in &names {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        assert!(name.bytes().all(is_safe), "{name}");
        assert!(
            !name.starts_with(['.', '-']) && !name.ends_with('.'),
            "{name}"
        );
        assert!(name.len() <= 200, "{name}");
        let stem = name.split('.').next().unwrap().to_ascii_uppercase();
        assert!(!["CON", "NUL", "AUX", "PRN"].contains(&&*stem), "{name}");
    }
    // Where letter case makes no difference they are still as many.
    let mut lower: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    lower.sort();
    lower.dedup();
    assert_eq!(lower.len(), names.len());
    let mut beside = folder.clone();
    for only in ["a", "b", "c", "output"] {
        let entries = fs::read_dir(&beside).unwrap();
        assert_eq!(
            entries
                .map(|entry| entry.unwrap().file_name())
                .collect::<Vec<_>>(),
            [only]
        );
        beside.push(only);
    }
}

#[test]
fn a_file_with_holes_has_each_byte_where_it_belongs() {
    let folder = scratch("extract-holes");
    let whole = fs::read(super::folder().join("send.pcap")).unwrap();
    extract(&folder.join("whole"), &["send.pcap"]);
    let [name] = &files(&folder.join("whole"))[..] else {
        panic!();
    };
    let original = fs::read(folder.join("whole").join(name)).unwrap();
    let (header, records) = records(&whole);
    // Of the segments that are longer than heads are, every third one is lost.
    let mut long = 0;
    let kept = records.iter().filter(|record| {
        long += usize::from(record.len() > 1_000);
        record.len() <= 1_000 || long % 3 != 0
    });
    let capture = [header, &kept.copied().collect::<Vec<_>>().concat()].concat();
    let output = folder.join("holes");
    let run = bits(&["extract", "-o", output.to_str().unwrap(), "-"], &capture);
    assert_eq!(run.status, Some(0));
    let session = &manifest(&output, "session")[0];
    assert_eq!(session["extracted"], format!("{name}.partial"));
    assert_eq!(session["sha256"], json!(null));
    assert_eq!(session["complete"], false);
    let stored = fs::read(output.join(format!("{name}.partial"))).unwrap();
    let ranges = |key: &str| -> Vec<(usize, usize)> {
        serde_json::from_value(session[key].clone()).unwrap()
    };
    let (seen, holes) = (ranges("ranges"), ranges("holes"));
    assert!(holes.len() > 1, "{holes:?}");
    let bytes = |ranges: &[(usize, usize)]| ranges.iter().map(|(a, b)| b + 1 - a).sum::<usize>();
    assert_eq!(bytes(&seen) + bytes(&holes), original.len());
    assert_eq!(session["missing_bytes"], bytes(&holes));
    for (first, last) in seen {
        assert_eq!(stored[first..=last], original[first..=last]);
    }
    for (first, last) in holes {
        let hole = &stored[first.min(stored.len())..(last + 1).min(stored.len())];
        assert!(hole.iter().all(|byte| *byte == 0), "{first}-{last}");
    }
    assert!(run.stdout.starts_with("not whole ---"), "{}", run.stdout);
}

#[test]
fn with_require_complete_a_hole_ends_with_status_1() {
    let folder = scratch("extract-complete");
    let run = extract(&folder.join("a"), &["late.pcap"]);
    assert_eq!(run.status, Some(0));
    let run = extract(
        &folder.join("b"),
        &["--require-complete", "late.pcap", "send.pcap"],
    );
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("2 files, 1 not whole"),
        "{}",
        run.stderr
    );
    let run = extract(&folder.join("c"), &["--require-complete", "send.pcap"]);
    assert_eq!(run.status, Some(0));
}

#[test]
fn what_is_not_asked_for_is_not_left_behind() {
    let folder = scratch("extract-filter");
    for (name, filter) in [
        ("host", ["--host", "elsewhere"]),
        ("client", ["--client", "192.0.2.0/24"]),
        ("since", ["--since", "2027-01-01"]),
    ] {
        let output = folder.join(name);
        let run = extract(
            &output,
            &[&filter[..], &["send.pcap", "late.pcap"]].concat(),
        );
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
        assert_eq!(files(&output), [""; 0]);
        assert_eq!(manifest(&output, "session").len(), 0);
        assert_eq!(manifest(&output, "capture").len(), 2);
    }
    let output = folder.join("some");
    let run = extract(&output, &["--client", "::1", "send.pcap", "ipv6.pcap"]);
    assert_eq!((run.status, files(&output).len()), (Some(0), 1));
}

#[test]
fn passwords_are_told_nowhere() {
    let capture = fs::read(super::folder().join("basic.pcap")).unwrap();
    let needle = b"Authorization: Basic ";
    let at = capture
        .windows(needle.len())
        .position(|it| it == needle)
        .unwrap();
    let token = capture[at + needle.len()..]
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap();
    let token = str::from_utf8(token).unwrap();
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(token)
        .unwrap();
    let decoded = String::from_utf8(decoded).unwrap();
    let (user, password) = decoded.split_once(':').unwrap();
    assert!(!password.is_empty());
    let output = scratch("extract-password");
    let mut told = Vec::new();
    for arguments in [
        &["inspect"][..],
        &["inspect", "--packets"],
        &["inspect", "--format", "json"],
        &["inspect", "--format", "json", "--packets"],
        &["extract", "-o", output.to_str().unwrap()],
    ] {
        let run = run(&[arguments, &["basic.pcap"]].concat());
        assert_eq!(run.status, Some(0));
        told.extend([run.stdout, run.stderr]);
    }
    told.push(fs::read_to_string(output.join("manifest.jsonl")).unwrap());
    for text in &told {
        assert!(!text.contains(password) && !text.contains(token), "{text}");
    }
    let session = &manifest(&output, "session")[0];
    assert_eq!(
        (&session["username"], &session["auth_scheme"]),
        (&json!(user), &json!("Basic"))
    );
}

#[test]
fn a_file_that_comes_from_several_captures_names_them() {
    let folder = scratch("extract-several");
    let whole = fs::read(super::folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    let mut names = Vec::new();
    for (name, part) in ["a.pcap", "b.pcap", "c.pcap"]
        .iter()
        .zip(records.chunks(26))
    {
        assert!(part.iter().any(|record| has_data(record)));
        fs::write(folder.join(name), [header, &part.concat()].concat()).unwrap();
        names.push(*name);
    }
    let run = bits_in(
        &folder,
        &["extract", "-o", "out", "c.pcap", "a.pcap", "b.pcap"],
        b"",
    );
    assert_eq!(run.status, Some(0));
    let output = folder.join("out");
    let session = &manifest(&output, "session")[0];
    assert_eq!(session["complete"], true);
    let mut captures: Vec<String> = serde_json::from_value(session["captures"].clone()).unwrap();
    captures.sort();
    assert_eq!(captures, names);
    for source in manifest(&output, "capture") {
        let stored = fs::read(folder.join(source["capture"].as_str().unwrap())).unwrap();
        assert_eq!(source["sha256"], sha256(&stored));
    }
    assert_eq!(
        manifest(&output, "run")[0]["captures"],
        json!(["c.pcap", "a.pcap", "b.pcap"])
    );
}

#[test]
fn a_damaged_capture_is_told_in_the_manifest() {
    let folder = scratch("extract-damaged");
    let whole = fs::read(super::folder().join("send.pcap")).unwrap();
    fs::write(folder.join("cut.pcap"), &whole[..30_000]).unwrap();
    let run = bits_in(
        &folder,
        &["extract", "-o", "out", "cut.pcap", "none.pcap"],
        b"",
    );
    assert_eq!(run.status, Some(2));
    let sources = manifest(&folder.join("out"), "capture");
    assert_eq!(sources[0]["sha256"], sha256(&whole[..30_000]));
    assert_eq!(sources[0]["flaw_count"], 1);
    assert!(
        sources[0]["flaws"][0]
            .as_str()
            .unwrap()
            .contains("ends inside a record")
    );
    assert_eq!(sources[1]["sha256"], json!(null));
    assert!(
        sources[1]["error"]
            .as_str()
            .unwrap()
            .contains("No such file")
    );
}

#[test]
fn few_open_files_are_enough() {
    let extract = |limit: &str| {
        let script = format!("{limit} exec \"$0\" extract -o \"$@\"");
        let output = scratch("extract-few").join("out");
        let run = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_bits")])
            .arg(&output)
            .args(captures())
            .current_dir(super::folder())
            .output()
            .unwrap();
        let says = String::from_utf8(run.stderr).unwrap();
        (run.status.code(), run.stdout, says, files(&output))
    };
    // Three streams, the folder, the manifest, a capture, and what is written.
    assert_eq!(extract("ulimit -n 8;"), extract(""));
}

#[test]
fn what_the_manifest_cannot_tell_of_has_no_name() {
    // Files may have 24,064 bytes, and the manifest as well: it comes to that in the line of a file that is whole.
    let script = "trap '' XFSZ; ulimit -f 47; exec \"$0\" extract -o \"$@\"";
    let folder = scratch("extract-full");
    let output = folder.join("out");
    let run = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_bits")])
        .arg(&output)
        .args(["names.pcap", "unfinished.pcap"])
        .current_dir(super::folder())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let says = String::from_utf8(run.stderr).unwrap();
    assert!(says.contains("manifest.jsonl: "), "{says}");
    let text = fs::read_to_string(output.join("manifest.jsonl")).unwrap();
    assert!(text.ends_with('\n') && text.len() <= 24_064);
    let lines = objects(&text);
    let told: Vec<_> = lines
        .iter()
        .filter_map(|it| it["extracted"].as_str())
        .collect();
    let files = files(&output);
    let named = |file: &&String| !file.ends_with(".partial");
    assert!(files.iter().any(|file| named(&file)), "{files:?}");
    // What was seen of the others is there all the same.
    for file in &files {
        assert!(fs::metadata(output.join(file)).unwrap().len() > 0, "{file}");
    }
    for file in files.iter().filter(named) {
        assert!(told.contains(&file.as_str()), "{file}");
    }
    for file in told {
        assert!(output.join(file).exists(), "{file}");
    }
}

#[test]
fn nothing_is_written_beyond_max_file() {
    let output = scratch("extract-max").join("out");
    let run = extract(&output, &["--max-file", "20000B", "send.pcap"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("see --max-file"), "{}", run.stderr);
    let [name] = &files(&output)[..] else {
        panic!();
    };
    assert!(name.ends_with(".partial"));
    // The piece that crosses the limit is written up to it.
    let stored = fs::read(output.join(name)).unwrap();
    assert_eq!(stored.len(), 20_000);
    let whole = output.with_file_name("whole");
    extract(&whole, &["send.pcap"]);
    let original = fs::read(whole.join(name.trim_end_matches(".partial"))).unwrap();
    assert!(stored == original[..20_000]);
    let line = format!("{:-<64}  {name}  some of 50001 bytes\n", "not whole ");
    assert_eq!(run.stdout, line);
    assert!(run.stderr.contains("1 file, 1 not whole"), "{}", run.stderr);
    let session = &manifest(&output, "session")[0];
    assert!(
        session["file_error"]
            .as_str()
            .unwrap()
            .contains("--max-file")
    );
    assert_eq!(session["sha256"], json!(null));
    // What was seen is another matter than what was written.
    assert_eq!(session["complete"], false);
    assert_eq!(
        (&session["seen_bytes"], &session["holes"]),
        (&json!(50_001), &json!([]))
    );
    let end = &manifest(&output, "end")[0];
    assert_eq!((&end["failed"], &end["incomplete"]), (&json!(1), &json!(1)));
    let complete = output.with_file_name("complete");
    let limit = ["--require-complete", "--max-file", "20000B", "send.pcap"];
    assert_eq!(extract(&complete, &limit).status, Some(1));
    let enough = output.with_file_name("enough");
    let run = extract(&enough, &["--max-file", "50001B", "send.pcap"]);
    assert_eq!(
        (
            run.status,
            fs::read(enough.join(name.trim_end_matches(".partial"))).unwrap() == original
        ),
        (Some(0), true)
    );
}

#[test]
fn sessions_without_a_file_are_not_passed_over_in_silence() {
    let folder = scratch("extract-nothing");
    let whole = fs::read(super::folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    // Up to the answer to the Create-Session, and to the head of the first Fragment.
    for end in [9, 10] {
        let begun = [header, &records[..end].concat()].concat();
        let output = folder.join(end.to_string());
        let run = bits(&["extract", "-o", output.to_str().unwrap(), "-"], &begun);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
        let says = "1 session found, and no byte of a file that could be written\n";
        assert_eq!(run.stderr, says);
        assert_eq!(manifest(&output, "session").len(), 1);
    }
}

#[test]
fn nothing_is_said_of_what_was_sent_where_heads_are_missing() {
    let whole = fs::read(super::folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    let is_head = |record: &&&[u8]| {
        let head = b"BITS-Packet-Type: Fragment";
        record.windows(head.len()).any(|it| it == head)
    };
    let kept: Vec<&[u8]> = records.iter().filter(|it| !is_head(it)).copied().collect();
    assert!(kept.len() < records.len());
    let capture = [header, &kept.concat()].concat();
    let run = bits(&["inspect", "-"], &capture);
    assert!(run.stdout.contains("  closed     -  "), "{}", run.stdout);
    assert!(!run.stdout.contains("nothing was sent"), "{}", run.stdout);
    let two = scratch("nothing-sent").join("lost.pcap");
    fs::write(&two, capture).unwrap();
    let run = super::run(&["inspect", two.to_str().unwrap(), "names.pcap"]);
    assert!(
        run.stdout
            .ends_with("15 files refused, 1 file of which nothing was seen\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn files_are_written_whether_or_not_anybody_reads_their_list() {
    let folder = scratch("extract-pipe");
    let output = folder.join("closed");
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["extract", "-o", output.to_str().unwrap(), &path("ids.pcap")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(manifest(&output, "end")[0]["files"], 20);
    #[cfg(target_os = "linux")]
    {
        let output = folder.join("full");
        let done = Command::new(env!("CARGO_BIN_EXE_bits"))
            .args(["extract", "-o", output.to_str().unwrap(), &path("ids.pcap")])
            .stdout(fs::File::create("/dev/full").unwrap())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(2));
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(
            said.contains("error: standard output: No space left"),
            "{said}"
        );
        assert_eq!(manifest(&output, "end")[0]["files"], 20);
    }
}
