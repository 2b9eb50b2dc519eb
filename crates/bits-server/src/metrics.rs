//! What a server counts.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What a server counts, in the terms of Prometheus.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    errors: Family<ErrorLabels, Counter>,
    received: Counter,
    request_bytes: Histogram,
    published: Counter,
    expired: Counter,
    sessions: Gauge,
    connections: Gauge,
    settle: Histogram,
    publish: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    packet: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    kind: &'static str,
}

impl Metrics {
    /// Nothing was counted yet.
    #[must_use]
    pub fn new() -> Self {
        // From a tenth of a millisecond to 26 seconds.
        let seconds = || Histogram::new(exponential_buckets(0.0001, 4.0, 10));
        let mut metrics = Metrics {
            registry: Registry::with_prefix("bits"),
            requests: Family::default(),
            errors: Family::default(),
            received: Counter::default(),
            // From 1 KiB to 256 MiB.
            request_bytes: Histogram::new(exponential_buckets(1024.0, 4.0, 10)),
            published: Counter::default(),
            expired: Counter::default(),
            sessions: Gauge::default(),
            connections: Gauge::default(),
            settle: seconds(),
            publish: seconds(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "requests",
            "Requests that were answered, by packet (none: HTTP that is not BITS) and status",
            self.requests.clone(),
        );
        registry.register("errors", "What went wrong, by kind", self.errors.clone());
        registry.register_with_unit(
            "received",
            "Bytes of bodies that have come, those that nobody wanted included",
            Unit::Bytes,
            self.received.clone(),
        );
        registry.register_with_unit(
            "request_body",
            "Bytes of the body of a Fragment",
            Unit::Bytes,
            self.request_bytes.clone(),
        );
        registry.register(
            "published_files",
            "Files that were put at their destination",
            self.published.clone(),
        );
        registry.register(
            "expired_sessions",
            "Sessions that were removed because they were idle for too long",
            self.expired.clone(),
        );
        registry.register(
            "sessions",
            "Sessions that are open; counted whenever idle ones are looked for, and kept up in between",
            self.sessions.clone(),
        );
        registry.register("connections", "Connections", self.connections.clone());
        registry.register_with_unit(
            "settle",
            "Time for making durable what a client is told of",
            Unit::Seconds,
            self.settle.clone(),
        );
        registry.register_with_unit(
            "publish",
            "Time for putting a file at its destination",
            Unit::Seconds,
            self.publish.clone(),
        );
    }

    /// All of it as text, in the format of OpenMetrics.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        let _ = encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn count_request(&self, packet: &'static str, status: u16) {
        let labels = RequestLabels { packet, status };
        self.requests.get_or_create(&labels).inc();
    }

    pub(crate) fn count_error(&self, kind: &'static str) {
        self.errors.get_or_create(&ErrorLabels { kind }).inc();
    }

    pub(crate) fn count_received(&self, bytes: u64) {
        self.received.inc_by(bytes);
    }

    #[expect(clippy::cast_precision_loss, reason = "it falls into a bucket")]
    pub(crate) fn observe_fragment(&self, bytes: u64) {
        self.request_bytes.observe(bytes as f64);
    }

    pub(crate) fn count_published(&self) {
        self.published.inc();
    }

    pub(crate) fn count_expired(&self) {
        self.expired.inc();
    }

    pub(crate) fn session_opened(&self) {
        self.sessions.inc();
    }

    pub(crate) fn session_ended(&self) {
        self.sessions.dec();
    }

    pub(crate) fn set_sessions(&self, count: i64) {
        self.sessions.set(count);
    }

    pub(crate) fn connection_opened(&self) {
        self.connections.inc();
    }

    pub(crate) fn connection_closed(&self) {
        self.connections.dec();
    }

    pub(crate) fn observe_settle(&self, time: Duration) {
        self.settle.observe(time.as_secs_f64());
    }

    pub(crate) fn observe_publish(&self, time: Duration) {
        self.publish.observe(time.as_secs_f64());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        metrics.count_request("Ping", 200);
        metrics.count_request("Ping", 200);
        metrics.count_error("slow-body");
        metrics.count_received(5);
        metrics.observe_fragment(5);
        metrics.session_opened();
        metrics.observe_settle(Duration::from_millis(1));
        let text = metrics.to_text();
        for line in [
            "bits_requests_total{packet=\"Ping\",status=\"200\"} 2",
            "bits_errors_total{kind=\"slow-body\"} 1",
            "bits_received_bytes_total 5",
            "bits_request_body_bytes_count 1",
            "bits_sessions 1",
            "bits_settle_seconds_count 1",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
