//! What is not BITS.

use bits_packet::{Deviation, Options};

use super::*;

fn ordinary(method: &str, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("Host", "a")
}

#[tokio::test]
async fn head_says_whether_there_is_something() {
    let (store, service) = service();
    store
        .lock()
        .files
        .insert("/there".to_owned(), vec![1, 2, 3]);
    for (path, status) in [
        ("/", 200),
        ("/folder/", 200),
        ("/there", 200),
        ("/nowhere", 404),
        ("/..", 404),
    ] {
        let answer = ask(&service, ordinary("HEAD", path), b"").await;
        assert_eq!(answer.status(), status, "{path}");
    }
    store.lock().fails = Some(("exists", Fault::Failed));
    assert_eq!(
        ask(&service, ordinary("HEAD", "/"), b"").await.status(),
        500
    );
}

#[tokio::test]
async fn options_says_what_can_be_done() {
    let (_, service) = service();
    for path in ["/", "*", "/a"] {
        let answer = ask(&service, ordinary("OPTIONS", path), b"").await;
        assert_eq!(answer.status(), 204);
        assert_eq!(field(&answer, "allow"), Some("BITS_POST, HEAD, OPTIONS"));
        assert_eq!(field(&answer, "content-length"), None);
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed_or_not_known() {
    let (_, service) = service();
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
        let answer = ask(&service, ordinary(method, "/a"), b"").await;
        assert_eq!(answer.status(), 405, "{method}");
        assert_eq!(field(&answer, "allow"), Some("BITS_POST, HEAD, OPTIONS"));
    }
    for method in ["PROPFIND", "bits_post", "get", "BITS_POSTS"] {
        let answer = ask(&service, ordinary(method, "/a"), b"").await;
        assert_eq!(answer.status(), 501, "{method}");
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_refused() {
    let (_, service) = service();
    let request = ordinary("POST", "/").header("Transfer-Encoding", "chunked");
    assert_eq!(ask(&service, request, b"hello").await.status(), 411);
}

#[tokio::test]
async fn http_1_0_is_taken_unless_strict() {
    let ping = || bare("Ping", "/").version(::http::Version::HTTP_10);
    let (_, lenient) = service();
    assert_eq!(ask(&lenient, ping(), b"").await.status(), 200);
    let options = ServiceOptions {
        reading: Options::STRICT,
        ..ServiceOptions::default()
    };
    let (_, strict) = with(options);
    let answer = ask(&strict, ping(), b"").await;
    assert_refused(&answer, 400, Some(HResult::INVALID_ARGUMENT));
}

#[tokio::test]
async fn post_with_an_override_is_taken_if_that_is_allowed() {
    let ping = |kind| {
        ordinary("POST", "/a")
            .header("X-HTTP-Method-Override", "BITS_POST")
            .header("BITS-Packet-Type", kind)
            .header("Content-Length", "0")
    };
    let (_, usual) = service();
    assert_eq!(ask(&usual, ping("Ping"), b"").await.status(), 405);
    let options = ServiceOptions {
        reading: Options::INTEROP.allow(Deviation::MethodOverride),
        ..ServiceOptions::default()
    };
    let (_, service) = with(options);
    let answer = ask(&service, ping("Ping"), b"").await;
    assert_eq!(
        (answer.status().as_u16(), field(&answer, "bits-packet-type")),
        (200, Some("Ack"))
    );
    let answer = ask(&service, ping("Fragment"), b"").await;
    assert_refused(&answer, 400, Some(HResult::INVALID_ARGUMENT));
}
