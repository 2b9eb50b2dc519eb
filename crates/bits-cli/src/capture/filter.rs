//! Which sessions are meant.

use std::net::IpAddr;

use bits_capture::http::Peers;

use crate::args::Captures;

/// The port of HTTP.
const HTTP: u16 = 80;

/// What sessions must be like.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    host: Option<String>,
    client: Option<ipnet::IpNet>,
    since: Option<u64>,
}

impl Filter {
    pub(super) fn new(captures: &Captures) -> Self {
        Filter {
            host: captures.host.clone(),
            client: captures.client,
            since: captures.since,
        }
    }

    /// Whether sessions between these are meant.
    pub(super) fn wants(&self, peers: &Peers, host: &[u8]) -> bool {
        self.client
            .is_none_or(|client| client.contains(&plain(peers.client.ip())))
            && self
                .host
                .as_ref()
                .is_none_or(|wanted| is_host(wanted, peers, host))
    }

    /// Whether sessions are meant that were last active then, in nanoseconds since 1970-01-01 UTC.
    pub(super) fn is_late_enough(&self, time: u64) -> bool {
        self.since.is_none_or(|since| time >= since)
    }
}

fn is_host(wanted: &str, peers: &Peers, host: &[u8]) -> bool {
    let ((name, port), (wanted_name, wanted_port)) = (split(host), split(wanted.as_bytes()));
    let is_port = |wanted: u16| match port {
        Some(port) => port == wanted,
        // What a name without a port stands for, and what it has led to.
        None => wanted == HTTP || wanted == peers.server.port(),
    };
    (wanted_name.eq_ignore_ascii_case(name) && wanted_port.is_none_or(is_port))
        || wanted.as_bytes().eq_ignore_ascii_case(host)
        || wanted.parse() == Ok(plain(peers.server.ip()))
        || wanted.parse() == Ok(peers.server)
}

/// A host, and its port if it has one: an address of IPv6 has that behind brackets.
fn split(host: &[u8]) -> (&[u8], Option<u16>) {
    let Some(colon) = host.iter().rposition(|byte| *byte == b':') else {
        return (host, None);
    };
    let (name, port) = (&host[..colon], &host[colon + 1..]);
    if name.contains(&b':') && !name.ends_with(b"]") {
        return (host, None);
    }
    let port = str::from_utf8(port)
        .ok()
        .filter(|port| !port.starts_with('+'));
    match port.and_then(|port| port.parse().ok()) {
        Some(port) => (name, Some(port)),
        None => (host, None),
    }
}

/// An IPv4 address that is written as IPv6, as itself.
const fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(wanted: &str, host: &str) -> bool {
        is_at("10.0.0.2:80", wanted, host)
    }

    fn is_at(server: &str, wanted: &str, host: &str) -> bool {
        let peers = Peers {
            client: "10.0.0.1:5000".parse().unwrap(),
            server: server.parse().unwrap(),
            since: 0,
        };
        is_host(wanted, &peers, host.as_bytes())
    }

    #[test]
    fn a_host_is_meant_by_name_or_address_with_or_without_port() {
        assert!(is("drop.example", "Drop.Example"));
        assert!(is("drop.example", "drop.example:8080"));
        assert!(is("drop.example:8080", "drop.example:8080"));
        assert!(is("10.0.0.2", "drop.example"));
        assert!(is("10.0.0.2:80", "drop.example"));
        assert!(!is("drop.example:81", "drop.example:8080"));
        assert!(!is("example", "drop.example"));
        assert!(is("[::1]", "[::1]:80"));
    }

    #[test]
    fn a_port_is_that_of_the_host_or_of_the_connection() {
        assert!(is("drop.example:80", "drop.example"));
        assert!(!is("drop.example:8080", "drop.example"));
        assert!(!is("drop.example:80", "drop.example:8080"));
        assert!(!is("other.example:80", "drop.example"));
        let other = "10.0.0.2:8080";
        assert!(is_at(other, "drop.example:8080", "Drop.Example"));
        assert!(is_at(other, "drop.example:80", "drop.example"));
        assert!(!is_at(other, "drop.example:81", "drop.example"));
        assert!(!is_at(other, "drop.example:8080", "drop.example:80"));
        assert!(is_at("[::1]:80", "[::1]:80", "[::1]"));
        assert!(!is_at("[::1]:80", "[::1]:81", "[::1]"));
        assert!(!is("::1", "::"));
    }
}
