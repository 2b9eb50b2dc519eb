//! `bits decode --format json`: the contract with programs.

use std::fs;

use serde_json::Value;

use crate::common::{Run, assert_golden, bits, bits_in, heads, scratch, stream};

fn json(arguments: &[&str], input: &[u8]) -> Run {
    bits(
        &[&["decode", "--format", "json"], arguments].concat(),
        input,
    )
}

/// The objects of a run.
fn objects(run: &Run) -> Vec<Value> {
    let object = |line| serde_json::from_str(line).unwrap();
    run.stdout.lines().map(object).collect()
}

/// The keys of a line in their order, if it is an object without nested ones.
fn keys(line: &str) -> Vec<String> {
    let Value::Object(object) = serde_json::from_str(line).unwrap() else {
        panic!("{line}");
    };
    let place = |key: &String| line.find(&format!("\"{key}\":")).unwrap();
    let mut keys: Vec<String> = object.keys().cloned().collect();
    keys.sort_by_key(place);
    keys
}

#[test]
fn decodes_a_folder_with_the_20_heads() {
    let folder = scratch("json-heads");
    fs::create_dir(folder.join("heads")).unwrap();
    for (name, head) in heads() {
        fs::write(folder.join("heads").join(name), head).unwrap();
    }
    let run = bits_in(&folder, &["decode", "--format", "json", "heads"], b"");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_golden("heads.jsonl", &run.stdout);
}

#[test]
fn decodes_the_conversation_of_section_4_1() {
    let requests = json(&[], &stream("4.1", &[1, 3, 5, 7]));
    assert_eq!((requests.status, requests.stderr.as_str()), (Some(0), ""));
    assert_golden("conversation-4.1-requests.jsonl", &requests.stdout);
    let answers = json(&["-"], &stream("4.1", &[2, 4, 6, 8]));
    assert_eq!((answers.status, answers.stderr.as_str()), (Some(0), ""));
    assert_golden("conversation-4.1-answers.jsonl", &answers.stdout);
}

#[test]
fn decodes_the_conversation_of_section_4_2() {
    let requests = json(&["-"], &stream("4.2", &[1, 3, 5, 9, 11]));
    assert_eq!((requests.status, requests.stderr.as_str()), (Some(0), ""));
    assert_golden("conversation-4.2-requests.jsonl", &requests.stdout);
    let answers = json(&["-"], &stream("4.2", &[2, 4, 8, 10, 12]));
    assert_eq!((answers.status, answers.stderr.as_str()), (Some(0), ""));
    assert_golden("conversation-4.2-answers.jsonl", &answers.stdout);
}

const ALL: [&str; 7] = [
    "source",
    "offset",
    "length",
    "body_bytes",
    "body_whole",
    "type",
    "packet",
];

#[test]
fn shows_the_keys_of_each_packet_and_no_others_in_order() {
    let start = "BITS_POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n";
    let session = "BITS-Session-Id: {1}\r\n";
    let cases: [(String, &[&str]); 8] = [
        (format!("{start}BITS-Packet-Type: Ping\r\n\r\n"), &[]),
        (
            format!(
                "{start}BITS-Packet-Type: Create-Session\r\nBITS-Supported-Protocols: a\r\n\r\n"
            ),
            &["content_name", "protocols"],
        ),
        (
            format!(
                "{start}BITS-Packet-Type: Fragment\r\n{session}Content-Range: bytes 0-0/1\r\n\r\n"
            )
            .replace("Length: 0", "Length: 1"),
            &[
                "session_id",
                "content_name",
                "content_encoding",
                "content_range",
            ],
        ),
        (
            format!("{start}BITS-Packet-Type: Close-Session\r\n{session}\r\n"),
            &["session_id", "content_name"],
        ),
        (
            format!("{start}BITS-Packet-Type: Cancel-Session\r\n{session}\r\n"),
            &["session_id", "content_name"],
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), &[]),
        (
            "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n".to_owned(),
            &[
                "session_id",
                "host_id",
                "reply_url",
                "protocol",
                "received_content_range",
                "host_id_fallback_timeout",
                "error_code",
                "error_context",
            ],
        ),
        ("HTTP/1.1 200 OK\r\n\r\n".to_owned(), &[]),
    ];
    for (head, own) in cases {
        let line: &[&str] = if head.starts_with("HTTP") {
            &["version", "status", "reason"]
        } else {
            &["method", "target", "version"]
        };
        let run = json(&[], head.as_bytes());
        let common = &["fields", "content_length"];
        let expected = [&ALL[..], line, common, own, &["deviations"]].concat();
        assert_eq!(keys(&run.stdout), expected, "{head}");
    }
}

#[test]
fn shows_null_for_what_is_legal_but_absent() {
    let ack = b"HTTP/1.1 200 \r\nBITS-Packet-Type: Ack\r\n\r\n";
    let run = json(&[], ack);
    assert_eq!(
        run.stdout,
        "{\"source\":\"-\",\"offset\":0,\"length\":40,\"body_bytes\":0,\"body_whole\":true,\"type\":\"response\",\
         \"packet\":\"Ack\",\"version\":\"HTTP/1.1\",\"status\":200,\"reason\":\"\",\
         \"fields\":[[\"BITS-Packet-Type\",\"Ack\"]],\"content_length\":null,\
         \"session_id\":null,\"host_id\":null,\"reply_url\":null,\"protocol\":null,\
         \"received_content_range\":null,\"host_id_fallback_timeout\":null,\
         \"error_code\":null,\"error_context\":null,\
         \"deviations\":[\"missing-content-length\"]}\n"
    );
    let fragment = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\n\
        BITS-Session-Id: -5\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nabc";
    let run = json(&[], fragment);
    assert_eq!(
        run.stdout,
        "{\"source\":\"-\",\"offset\":0,\"length\":131,\"body_bytes\":3,\"body_whole\":false,\"type\":\"request\",\
         \"packet\":\"Fragment\",\"method\":\"BITS_POST\",\"target\":\"/x\",\"version\":\"HTTP/1.1\",\
         \"fields\":[[\"Host\",\"a\"],[\"BITS-Packet-Type\",\"Fragment\"],\
         [\"BITS-Session-Id\",\"-5\"],[\"Content-Range\",\"bytes 0-4/10\"],\
         [\"Content-Length\",\"5\"]],\"content_length\":5,\"session_id\":\"-5\",\
         \"content_name\":null,\"content_encoding\":null,\
         \"content_range\":{\"first\":0,\"last\":4,\"total\":10},\"deviations\":[]}\n"
    );
}

#[test]
fn shows_everything_that_an_ack_can_say() {
    let ack = b"HTTP/1.0 500 Internal Server Error\r\nBITS-Packet-Type: ack\r\n\
        BITS-Protocol: {7DF0354D-249B-430F-820D-3D2A9BEF4931}\r\nBITS-Session-Id: {1}\r\n\
        BITS-Host-Id: [::1]:80\r\nBITS-Host-Id-Fallback-Timeout: 110\r\n\
        BITS-Received-Content-Range: 18446744073709551615\r\nBITS-Reply-URL: a\\b\r\n\
        BITS-Error: x8020001f\r\nBITS-Error-Context: 00000005\r\nContent-Length: 2\r\n\r\nab";
    let run = json(&[], ack);
    assert_eq!(run.status, Some(0));
    let object = &objects(&run)[0];
    let expected = [
        ("body_bytes", "2"),
        ("body_whole", "true"),
        ("version", "\"HTTP/1.0\""),
        ("content_length", "2"),
        ("session_id", "\"{1}\""),
        ("host_id", "\"[::1]:80\""),
        ("reply_url", "\"a\\\\b\""),
        ("protocol", "\"{7DF0354D-249B-430F-820D-3D2A9BEF4931}\""),
        ("received_content_range", "18446744073709551615"),
        ("host_id_fallback_timeout", "110"),
        ("error_code", "\"0x8020001F\""),
        ("error_context", "\"0x5\""),
        (
            "deviations",
            "[\"http-1-0\",\"ack-body\",\"error-alias\",\"error-spelling\",\"host-id-form\",\
             \"reply-url-form\"]",
        ),
    ];
    for (key, value) in expected {
        assert_eq!(object[key].to_string(), value, "{key}");
    }
}

#[test]
fn shows_error_headers_of_a_success_too() {
    let ack = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
        BITS-Error-Code: 1\r\nBITS-Error-Context:\r\n\r\n";
    let object = &objects(&json(&[], ack))[0];
    assert_eq!(object["error_code"], "0x00000001");
    assert_eq!(object["error_context"], Value::Null);
    let deviations = ["error-spelling", "error-on-success", "unreadable-value"];
    assert_eq!(object["deviations"], Value::from(&deviations[..]));
}

#[test]
fn shows_protocols_as_spelled_and_names_as_escaped() {
    let create = b"BITS_POST http://h/x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\
        BITS-Packet-Type: CREATE-SESSION\r\nContent-Name: caf\xE9 \xF0\x9F\x93\xA6.txt\r\n\
        BITS-Supported-Protocols: {7DF0354D-249B-430F-820D-3D2A9BEF4931},x\t{a}\r\n\r\n";
    let object = &objects(&json(&[], create))[0];
    assert_eq!(object["packet"], "Create-Session");
    assert_eq!(object["target"], "http://h/x?y");
    assert_eq!(object["content_name"], "caf\\xE9 \u{1F4E6}.txt");
    let protocols = ["{7DF0354D-249B-430F-820D-3D2A9BEF4931}", "x", "{a}"];
    assert_eq!(object["protocols"], Value::from(&protocols[..]));
    let name = [
        "Content-Name",
        "caf\\xE9 \u{1F4E6}.txt",
        "636166e920f09f93a62e747874",
    ];
    assert_eq!(object["fields"][3], Value::from(&name[..]));
    assert_eq!(object["fields"][0], Value::from(&["Host", "a"][..]));
    let deviations = ["protocol-separator", "protocol-not-guid"];
    assert_eq!(object["deviations"], Value::from(&deviations[..]));
}

#[test]
fn tells_a_body_that_was_cut_from_one_that_was_whole() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let counted = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    let until_close = "HTTP/1.1 200 OK\r\n\r\n";
    for (head, body, bytes, whole) in [
        (chunked, "5\r\nhel", 3, false),
        (chunked, "3\r\nhel\r\n0\r\n", 3, false),
        (chunked, "3\r\nhel\r\n0\r\n\r\n", 3, true),
        (counted, "he", 2, false),
        (counted, "hel", 3, true),
        (until_close, "hel", 3, true),
    ] {
        let object = &objects(&json(&[], format!("{head}{body}").as_bytes()))[0];
        assert_eq!(object["body_bytes"], bytes, "{body}");
        assert_eq!(object["body_whole"], whole, "{body}");
    }
}

/// Each text that may be escaped, and how its message is to be spelled around it.
const TEXTS: [(&str, &[u8], &[u8]); 5] = [
    ("target", b"GET /", b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("reason", b"HTTP/1.1 200 ", b"\r\n\r\n"),
    (
        "session_id",
        b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\
            BITS-Packet-Type: Close-Session\r\nBITS-Session-Id: ",
        b"\r\n\r\n",
    ),
    (
        "content_name",
        b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nBITS-Session-Id: 1\r\n\
            BITS-Packet-Type: Fragment\r\nContent-Range: bytes 0-0/1\r\nContent-Name: ",
        b"\r\n\r\nx",
    ),
    (
        "reply_url",
        b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\nBITS-Reply-URL: ",
        b"\r\n\r\n",
    ),
];

#[test]
fn tells_a_byte_from_its_escape_wherever_text_is_escaped() {
    for (key, before, after) in TEXTS {
        let of = |text: &[u8]| {
            let run = json(&[], &[before, text, after].concat());
            assert_eq!(run.status, Some(0), "{key}: {run:?}");
            run.stdout.trim_end().to_owned()
        };
        let hex_key = format!("{key}_hex");
        let escaped: Value = serde_json::from_str(&of(b"a\xE9b")).unwrap();
        let spelled: Value = serde_json::from_str(&of(br"a\xE9b")).unwrap();
        assert_eq!(escaped[key], spelled[key], "{key}");
        assert_eq!(spelled.get(&hex_key), None);
        let hex = if key == "target" {
            "2f61e962"
        } else {
            "61e962"
        };
        assert_eq!(escaped[&hex_key], hex);
        let line = of(b"a\xE9b");
        let keys = keys(&line);
        let place = keys.iter().position(|it| it == key).unwrap();
        assert_eq!(keys[place + 1], hex_key, "directly behind");
    }
}

#[test]
fn shows_session_ids_of_acks_and_names_of_every_request_exactly() {
    let start = "BITS_POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n";
    let create = format!("{start}BITS-Supported-Protocols: a\r\nBITS-Packet-Type: Create-Session");
    let close = format!("{start}BITS-Session-Id: 1\r\nBITS-Packet-Type: Close-Session");
    let cancel = format!("{start}BITS-Session-Id: 1\r\nBITS-Packet-Type: Cancel-Session");
    for head in [create, close, cancel] {
        let input = [head.as_bytes(), b"\r\nContent-Name: \xFF\r\n\r\n"].concat();
        assert_eq!(
            objects(&json(&[], &input))[0]["content_name_hex"],
            "ff",
            "{head}"
        );
    }
    let session = b"\r\nBITS-Session-Id: \xFF\r\n\r\n";
    let cancel = format!("{start}BITS-Packet-Type: Cancel-Session");
    let fragment = format!("{start}BITS-Packet-Type: Fragment\r\nContent-Range: bytes 0-0/1")
        .replace("Length: 0", "Length: 1");
    let ack = "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0".to_owned();
    for head in [cancel, fragment, ack] {
        let input = [head.as_bytes(), session].concat();
        assert_eq!(
            objects(&json(&[], &input))[0]["session_id_hex"],
            "ff",
            "{head}"
        );
    }
}

#[test]
fn does_not_send_controls_to_a_terminal() {
    let head = "HTTP/1.1 200 \u{202E}\r\nX: \u{9B}2J\r\nY: a\u{3164}\u{E0100}b\r\n\r\n";
    let run = json(&[], head.as_bytes());
    assert!(
        run.stdout.contains("\"reason\":\"\\u202e\""),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("[\"X\",\"\\u009b2J\"]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("[\"Y\",\"a\\u3164\\udb40\\udd00b\"]"),
        "{}",
        run.stdout
    );
}

#[test]
fn shows_errors_of_requests() {
    let ping = "BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
        Content-Length: 0\r\n\r\n";
    let input = format!("\r\n{ping}\r\n\r\nBITS_POST /x HTTP/1.1\r\nHost: a\r\n\r\n{ping}");
    let run = json(&[], input.as_bytes());
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    let lines: Vec<&str> = run.stdout.lines().collect();
    let [good, bad] = lines[..] else {
        panic!("{run:?}");
    };
    assert!(
        good.starts_with("{\"source\":\"-\",\"offset\":2,\"length\":77,"),
        "{good}"
    );
    assert_eq!(
        bad,
        "{\"source\":\"-\",\"offset\":83,\"length\":34,\"type\":\"error\",\"error\":{\
         \"kind\":\"missing-field\",\"field\":\"BITS-Packet-Type\",\"offset\":32,\
         \"section\":\"[MC-BUP] 2.2.1\",\"status_hint\":400,\
         \"message\":\"BITS-Packet-Type: the field is missing (at 32, [MC-BUP] 2.2.1)\"}}"
    );
}

#[test]
fn shows_errors_of_responses_without_a_status() {
    let run = json(&[], b"HTTP/1.1 200 OK\r\nA\x00: b\r\n\r\n");
    assert_eq!(run.status, Some(1));
    assert_eq!(
        run.stdout,
        "{\"source\":\"-\",\"offset\":0,\"length\":26,\"type\":\"error\",\"error\":{\
         \"kind\":\"field-name\",\"field\":null,\"offset\":18,\
         \"section\":\"[RFC 9112] 5.1\",\"status_hint\":null,\
         \"message\":\"a field must be a name, a colon and a value (at 18, [RFC 9112] 5.1)\"}}\n"
    );
}

#[test]
fn hints_at_the_status_that_a_server_would_answer() {
    let start = "BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n";
    let long = "x".repeat(4097);
    let cases = [
        (format!("{start}\r\n"), "missing-field", 411),
        (
            format!("{start}Content-Length: 0\r\nBITS-Session-Id: {long}\r\n\r\n"),
            "value-too-long",
            400,
        ),
        (
            format!("{start}Content-Length: -1\r\n\r\n"),
            "invalid-value",
            400,
        ),
    ];
    for (head, kind, status) in cases {
        let error = &objects(&json(&["--strict"], head.as_bytes()))[0]["error"];
        assert_eq!(error["kind"], kind);
        assert_eq!(error["status_hint"], status);
    }
}

#[test]
fn shows_an_input_that_ends_inside_a_head() {
    for (input, hint) in [
        ("GET / HTTP/1.1\r\nHost", "400"),
        ("HTTP/1.1 200 OK\r\nAcc", "null"),
    ] {
        let run = json(&[], input.as_bytes());
        assert_eq!(run.status, Some(1));
        assert_eq!(
            run.stdout,
            format!(
                "{{\"source\":\"-\",\"offset\":0,\"length\":20,\"type\":\"error\",\"error\":{{\
                 \"kind\":\"truncated\",\"field\":null,\"offset\":20,\
                 \"section\":\"[RFC 9112] 2.1\",\"status_hint\":{hint},\
                 \"message\":\"the input ends inside the head (at 20, [RFC 9112] 2.1)\"}}}}\n"
            )
        );
    }
}

#[test]
fn shows_a_message_and_then_what_is_wrong_with_its_chunks() {
    let input = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n-1\r\n";
    let run = json(&[], input);
    assert_eq!(run.status, Some(1));
    assert_eq!(
        run.stdout,
        "{\"source\":\"-\",\"offset\":0,\"length\":47,\"body_bytes\":5,\"body_whole\":false,\
         \"type\":\"response\",\
         \"packet\":null,\"version\":\"HTTP/1.1\",\"status\":200,\"reason\":\"OK\",\
         \"fields\":[[\"Transfer-Encoding\",\"chunked\"]],\"content_length\":null,\
         \"deviations\":[]}\n\
         {\"source\":\"-\",\"offset\":0,\"length\":58,\"type\":\"error\",\"error\":{\
         \"kind\":\"chunked-body\",\"field\":null,\"offset\":57,\
         \"section\":\"[RFC 9112] 7.1\",\"status_hint\":null,\
         \"message\":\"the size of a chunk must be hexadecimal digits, followed by CRLF or `;` \
         (at 57, [RFC 9112] 7.1)\"}}\n"
    );
}

#[test]
fn prints_nothing_for_an_empty_input() {
    let run = json(&["-"], b"");
    let expected = Run {
        status: Some(1),
        stdout: String::new(),
        stderr: "standard input: no message found\n".to_owned(),
    };
    assert_eq!(run, expected);
}

#[test]
fn reads_the_override_dialect_unless_strict() {
    let ping = b"POST /x HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: BITS_POST\r\n\
        BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n";
    let object = &objects(&json(&[], ping))[0];
    assert_eq!(object["packet"], "Ping");
    assert_eq!(object["method"], "POST");
    assert_eq!(object["deviations"], Value::from(&["method-override"][..]));
    let run = json(&["--strict"], ping);
    assert_eq!(run.status, Some(0));
    assert_eq!(objects(&run)[0]["packet"], Value::Null);
}

#[test]
fn reads_answers_by_the_request_that_they_answer() {
    let acks = stream("4.1", &[4]);
    let object = &objects(&json(&[], &acks))[0];
    assert_eq!(object["received_content_range"], 4892);
    assert_eq!(object["deviations"], Value::from(&[] as &[&str]));
    let object = &objects(&json(&["--answering", "fragment"], &acks))[0];
    assert_eq!(
        object["deviations"],
        Value::from(&["missing-session-id"][..])
    );
    let run = json(&["--answering", "Create-Session"], &acks);
    assert_eq!(run.status, Some(1));
    assert_eq!(objects(&run)[0]["error"]["field"], "BITS-Protocol");
    let object = &objects(&json(&["--answering", "Ping"], &acks))[0];
    assert_eq!(object["received_content_range"], Value::Null);
}
