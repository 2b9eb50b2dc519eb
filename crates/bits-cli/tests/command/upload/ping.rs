//! What a Ping tells.

use std::fs;

use super::Place;
use super::server::{Change, Server, ack, plain};

#[test]
fn a_ping_tells_who_is_there() {
    let place = Place::new("ping");
    let server = Server::new(|_, _| None);
    let (status, stdout, stderr) = place.run(&["ping", &server.url()]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let expected = format!("{}: status 200, an Ack, ", server.url());
    assert!(stdout.starts_with(&expected), "{stdout}");
    assert_eq!(server.packets(), ["Ping"]);

    let (status, objects) = place.objects(&["ping", &server.url()]);
    assert_eq!(status, Some(0));
    assert_eq!(
        (&objects[0]["status"], &objects[0]["is_ack"]),
        (&200.into(), &true.into())
    );
    assert_eq!(objects[1]["result"], "done");

    let cases: [(Change, i32); 12] = [
        (|_, _| Some("SSH-2.0-OpenSSH_9.2\r\n".to_owned()), 7),
        (|_, _| Some(ack(201, "BITS-Error-Code: 0x1\r\n")), 0),
        (|_, _| Some(ack(202, "")), 7),
        (|_, _| Some(plain(302, "Location: /drop/\r\n")), 3),
        (|_, _| Some(ack(404, "")), 3),
        (|_, _| Some(plain(404, "")), 7),
        (|_, _| Some(plain(429, "")), 5),
        (|_, _| Some(ack(500, "BITS-Error-Code: 0x80004005\r\n")), 5),
        (|_, _| Some(plain(503, "")), 5),
        (
            |_, _| Some(plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n")),
            4,
        ),
        (|_, _| Some(ack(501, "BITS-Error-Code: 0x80070005\r\n")), 3),
        (
            |_, _| Some("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile".to_owned()),
            7,
        ),
    ];
    for (change, expected) in cases {
        let server = Server::new(change);
        let (status, objects) = place.objects(&["ping", &server.url()]);
        assert_eq!(status, Some(expected));
        assert_eq!(objects.last().unwrap()["exit_code"], expected);
    }
    let server = Server::new(|_, _| {
        let scheme = "WWW-Authenticate: Basic realm=\"x\"\r\n";
        Some(plain(401, &scheme.repeat(2)))
    });
    let (_, objects) = place.objects(&["ping", &server.url()]);
    let told = &objects.last().unwrap();
    assert!(
        told["message"]
            .as_str()
            .unwrap()
            .ends_with("the server offers Basic)"),
        "{told}"
    );
    assert!(
        told["advice"].as_str().unwrap().contains("--user"),
        "{told}"
    );
    fs::write(place.0.join("password"), "wrong").unwrap();
    let arguments = [
        "ping",
        "--user",
        "me",
        "--password-file",
        "password",
        &server.url(),
    ];
    let (status, objects) = place.objects(&arguments);
    let told = &objects.last().unwrap();
    assert_eq!(status, Some(4));
    assert_eq!(told["advice"], "give credentials that the server accepts");
    let (status, _, stderr) = place.run(&["ping", "http://127.0.0.1:1/"]);
    assert_eq!(status, Some(5));
    assert!(
        stderr.contains("check the URL, and whether the server runs"),
        "{stderr}"
    );
}
