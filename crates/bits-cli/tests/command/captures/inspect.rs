//! What is told of sessions and packets.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Expected, assert_printable, captures, folder, objects, path, records, run, sessions};
use crate::common::{assert_golden, bits, bits_in, scratch};

#[test]
fn every_session_of_every_capture_is_told() {
    let mut unhashed = Vec::new();
    for capture in captures() {
        let found = sessions(&["--hash", &capture]);
        let rows = Expected::of(&capture);
        // Of `snap.pcap` no head is there in full: its test is another one. What [MC-BUP] prints has a test as well.
        if capture == "snap.pcap" || capture.starts_with("mc-bup") {
            continue;
        }
        assert_eq!(found.len(), rows.len(), "{capture}");
        let refused = found.iter().filter(|it| it["state"] == "refused").count();
        let sessions = rows.first().map_or(0, |row| row.sessions);
        assert_eq!(found.len() - refused, sessions, "{capture}");
        for row in rows {
            let its: Vec<_> = found.iter().filter(|session| row.is(session)).collect();
            let [session] = its[..] else {
                panic!("{capture}: {} of {}", its.len(), row.target);
            };
            match (&row.session, &row.file) {
                (None, _) => {
                    assert_eq!(session["state"], "refused");
                    assert_eq!(session["total_bytes"], json!(null));
                    let status = row.note.strip_prefix("refused with ").unwrap();
                    assert_eq!(session["status_code"].to_string(), status);
                }
                (Some(_), Some((size, sha256))) => {
                    assert_eq!(session["total_bytes"], *size);
                    assert_eq!(session["seen_bytes"], *size);
                    assert_eq!(session["complete"], true);
                    assert_eq!(session["holes"], json!([]));
                    match session["sha256"].as_str() {
                        Some(found) => assert_eq!(found, sha256),
                        None => unhashed.push(capture.clone()),
                    }
                }
                (Some(_), None) => {
                    let (_, total) = row.note.rsplit_once("total ").unwrap();
                    assert_eq!(session["total_bytes"].to_string(), total);
                    assert_eq!(session["complete"], false);
                    assert_ne!(session["holes"], json!([]));
                    assert_eq!(session["sha256"], json!(null));
                }
            }
        }
    }
    // A Fragment that is sent again is not hashed: `bits extract` does.
    assert_eq!(unhashed, ["resumed.pcap.gz"]);
}

#[test]
fn the_conversations_of_the_specification_are_told() {
    let found = sessions(&["mc-bup-4.1.pcap", "mc-bup-4.2.pcapng"]);
    let [first, second] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        first["session_id"],
        "{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}"
    );
    assert_eq!(first["uri"], "/upload/2000mb-rfc2119.txt");
    assert_eq!(first["filename"], "rfc2119.txt");
    assert_eq!(first["user_agent"], "Microsoft BITS/6.7");
    assert_eq!(
        (&first["complete"], &first["reply"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(second["total_bytes"], 4892);
    assert_eq!(second["state"], "closed");
    assert_eq!(second["reply"]["total_bytes"], 10_240);
    assert_eq!(second["reply"]["holes"], json!([[9_977, 10_239]]));
}

#[test]
fn a_table_is_for_people() {
    let arguments = [
        "inspect",
        "--hash",
        "send.pcap",
        "ipv6.pcap",
        "late.pcap",
        "basic.pcap",
        "names.pcap",
        "mc-bup-4.2.pcapng",
    ];
    assert_golden("inspect.txt", &run(&arguments).stdout);
    let one = run(&["inspect", "send.pcap"]).stdout;
    assert_eq!(
        one,
        "TIME (UTC)            STATE      BYTES                  CLIENT                 URL\n\
         2026-11-26 22:07:25Z  closed     50001                  127.0.0.1:48894        \
         http://127.0.0.1:8080/report.bin\n    \
         file report.bin · session {1D6E2372-DD59-78EC-6545-356832064D6D} · agent bits-client/0.1.0\n    \
         server 127.0.0.1:8080 · 0.005632 s · 9 requests, 7 Fragments · acknowledged 50001\n"
    );
}

#[test]
fn packets_come_on_a_line_each() {
    let text = run(&["inspect", "--packets", "mc-bup-4.2.pcapng", "basic.pcap"]);
    assert_golden("inspect-packets.txt", &text.stdout);
    assert_eq!((text.status, text.stderr.as_str()), (Some(0), ""));
    let arguments = [
        "inspect",
        "--packets",
        "--format",
        "json",
        "mc-bup-4.2.pcapng",
    ];
    let json = run(&arguments);
    assert_golden("inspect-packets.jsonl", &json.stdout);
    let packets = objects(&json.stdout);
    assert_eq!(packets.len(), 8);
    assert_eq!(packets[5]["answering"], "Fragment");
    assert_eq!(packets[5]["received_content_range"], 4892);
}

#[test]
fn packets_are_shown_as_they_come() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["inspect", "--packets", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let capture = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&capture);
    stdin.write_all(header).unwrap();
    stdin.write_all(&records[..20].concat()).unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(
        line,
        "2026-11-26T22:07:25.745580Z 127.0.0.1:48894 > 127.0.0.1:8080 Ping /report.bin\n"
    );
    stdin.write_all(&records[20..].concat()).unwrap();
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.lines().count(), 19);
    assert!(child.wait().unwrap().success());
}

#[test]
fn sessions_are_chosen_by_host_client_and_time() {
    let uris = |filter: &[&str]| {
        let all = ["curl.pcap", "ipv6.pcap", "mc-bup-4.1.pcap"];
        let run = run(&[&["inspect", "--format", "json"], filter, &all].concat());
        let found = objects(&run.stdout)
            .iter()
            .map(|it| it["uri"].clone())
            .collect::<Vec<_>>();
        assert_eq!(run.status, Some(i32::from(found.is_empty())));
        found
    };
    let (old, v6, curl) = ("/upload/2000mb-rfc2119.txt", "/report.bin", "/by-curl.bin");
    assert_eq!(uris(&[]), [old, v6, curl]);
    for host in ["frankcao8", "FrankCao8", "192.0.2.8", "192.0.2.8:80"] {
        assert_eq!(uris(&["--host", host]), [old], "{host}");
    }
    for host in ["[::1]:8080", "[::1]", "::1"] {
        assert_eq!(uris(&["--host", host]), [v6], "{host}");
    }
    for client in ["192.0.2.25", "192.0.2.0/24"] {
        assert_eq!(uris(&["--client", client]), [old], "{client}");
    }
    assert_eq!(uris(&["--client", "::/0"]), [v6]);
    assert_eq!(uris(&["--client", "0.0.0.0/0"]), [old, curl]);
    assert_eq!(uris(&["--since", "2026-01-01"]), [v6, curl]);
    assert_eq!(uris(&["--since", "2026-11-26T22:07:26.9Z"]), [curl]);
    assert_eq!(
        uris(&["--since", "2026-01-01", "--client", "192.0.2.25"]),
        [""; 0]
    );
    let none = run(&["inspect", "--host", "elsewhere", "send.pcap"]);
    assert_eq!((none.status, none.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        none.stderr,
        "1 session found, and none that --host, --client and --since ask for\n"
    );
}

#[test]
fn packets_are_chosen_too() {
    let lines = |filter: &[&str]| {
        let arguments = ["inspect", "--packets", "send.pcap", "mc-bup-4.1.pcap"];
        run(&[&arguments, filter].concat()).stdout.lines().count()
    };
    assert_eq!(lines(&[]), 28);
    assert_eq!(lines(&["--since", "2026-01-01"]), 20);
    assert_eq!(lines(&["--client", "192.0.2.25"]), 8);
    assert_eq!(lines(&["--host", "192.0.2.8"]), 8);
    // An answer names no host: it is that of the request.
    assert_eq!(lines(&["--host", "frankcao8"]), 8);
    assert_eq!(lines(&["--host", "frankcao8:80"]), 8);
    assert_eq!(lines(&["--host", "frankcao8:81"]), 0);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (arguments, says) in [
        (&["--since", "yesterday"][..], "no time such as 2026-11-26"),
        (&["--client", "here"], "neither an address nor a network"),
        (&["--hash", "--packets"], "cannot be used with"),
        (
            &["-", "-"],
            "standard input can be read once: name `-` once",
        ),
    ] {
        let run = run(&[&["inspect", "send.pcap"], arguments].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    let output = scratch("input-twice").join("out");
    let twice = run(&[
        "extract",
        "-",
        "send.pcap",
        "-",
        "-o",
        output.to_str().unwrap(),
    ]);
    assert_eq!(twice.status, Some(2));
    assert!(
        twice.stderr.contains("Usage: bits extract "),
        "{}",
        twice.stderr
    );
    assert!(!output.exists());
    let run = run(&["inspect"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("<CAPTURE>"), "{}", run.stderr);
}

#[test]
fn captures_come_from_standard_input() {
    let stored = sessions(&["resumed.pcap.gz"]);
    for capture in ["resumed.pcap.gz", "web.pcap.zst", "two.pcapng"] {
        let bytes = fs::read(folder().join(capture)).unwrap();
        let piped = bits(&["inspect", "--format", "json", "-"], &bytes);
        assert_eq!((piped.status, piped.stderr.as_str()), (Some(0), ""));
        assert_eq!(objects(&piped.stdout), sessions(&[capture]));
    }
    assert_eq!(stored.len(), 1);
}

#[test]
fn many_files_are_one_capture_in_the_order_of_time() {
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    let expected = sessions(&["send.pcap"]);
    let folder = scratch("many-captures");
    // Above 16 files, not all are open from the start.
    for count in [2, 16, 25] {
        let mut names = Vec::new();
        for (number, part) in records.chunks(records.len().div_ceil(count)).enumerate() {
            let name = format!("{count}-{number}.pcap");
            fs::write(folder.join(&name), [header, &part.concat()].concat()).unwrap();
            names.push(name);
        }
        names.reverse();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let run = bits_in(
            &folder,
            &[&["inspect", "--format", "json"], &names[..]].concat(),
            b"",
        );
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert_eq!(objects(&run.stdout), expected, "{count} files");
    }
}

#[test]
fn all_captures_are_read_as_one() {
    let all = captures();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    // One that was refused in one capture, and asked for again in another, is one.
    let accepted = |captures: &[&str]| {
        let sessions = sessions(captures);
        let starts: Vec<_> = sessions.iter().map(|it| it["ts"].to_string()).collect();
        assert!(starts.is_sorted());
        let accepted = sessions.iter().filter(|it| it["state"] != "refused");
        accepted.count()
    };
    let each: usize = all.iter().map(|capture| accepted(&[capture])).sum();
    assert_eq!(accepted(&all), each);
}

#[test]
fn connections_have_identifiers_like_those_of_zeek() {
    let session = &sessions(&["curl.pcap"])[0];
    let uids = session["uids"].as_array().unwrap();
    assert_eq!((uids.len(), &session["connections"]), (4, &json!(4)));
    for (at, uid) in uids.iter().enumerate() {
        let uid = uid.as_str().unwrap();
        assert!(uid.starts_with('C') && uid.len() == 18, "{uid}");
        assert!(!uids[..at].contains(&json!(uid)), "{uid}");
    }
    assert_eq!(session["uid"], uids[0]);
    assert_eq!(&sessions(&["curl.pcap"])[0], session);
    assert!(session["community_id"].as_str().unwrap().starts_with("1:"));
}

#[test]
fn nothing_from_the_wire_acts_on_a_terminal() {
    for capture in captures() {
        for arguments in [
            &["--hash"][..],
            &["--packets"],
            &["--format", "json"],
            &["--format", "json", "--packets"],
        ] {
            let run = run(&[&["inspect", &capture], arguments].concat());
            assert_printable(&run.stdout);
            assert_printable(&run.stderr);
        }
    }
    let text = run(&["inspect", "ids.pcap"]).stdout;
    for shown in [
        r"session \x1B[31mred",
        r"session \xE2\x80\xAEid",
        r"http://127.0.0.1/raw\x1B[2Jescape",
        r"http://127.0.0.1/raw\xE2\x80\xAEgpj.txt",
    ] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
}

#[test]
fn names_of_captures_do_not_act_on_a_terminal_either() {
    let folder = scratch("capture-names");
    let name = "\u{1B}[2J\u{202E}.pcap";
    fs::write(folder.join(name), b"no capture").unwrap();
    let run = bits_in(&folder, &["inspect", name], b"");
    assert_eq!(run.status, Some(2));
    assert_printable(&run.stderr);
    assert!(
        run.stderr.contains(r"error: \x1B[2J\xE2\x80\xAE.pcap: "),
        "{}",
        run.stderr
    );
}

#[test]
fn long_texts_are_cut_for_people_and_whole_in_json() {
    let text = run(&["inspect", "ids.pcap"]).stdout;
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(500), "{longest:?}");
    assert!(text.contains("b… ("), "{text}");
    let longest = sessions(&["ids.pcap"])
        .iter()
        .map(|session| session["uri"].as_str().unwrap().len())
        .max();
    assert!(longest > Some(1_000), "{longest:?}");
}

#[test]
fn a_capture_without_bits_has_no_session() {
    let run = run(&["inspect", "tunnel.pcap"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        run.stderr,
        "note: 1 TLS connection that cannot be read without its keys\n\
         no session of BITS was found in 35 frames\n"
    );
}

#[test]
fn frames_that_a_snap_length_cuts_are_told() {
    let run = run(&["inspect", "snap.pcap"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    for says in [
        "capture with `-s 0`",
        "20 heads of HTTP",
        "52858 bytes in all",
    ] {
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}

#[test]
fn who_has_seen_enough_may_close_the_pipe() {
    let long: Vec<String> = (0..200).map(|_| path("ids.pcap")).collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["inspect", "--format", "json"])
        .args(long)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("{\"ts\":"), "{line}");
    // Whether the notes come before the end of the pipe is seen is a matter of time.
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.lines().all(|line| line.starts_with("note: ")),
        "{stderr}"
    );
    assert!(output.status.success(), "{:?}", output.status);
}
