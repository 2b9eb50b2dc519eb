//! Packets that carry no TCP.

use etherparse::PacketBuilder;

use super::connection::Side;
use super::framing::{Framing, Packet};

/// The one of that number: UDP, ICMP, a TCP header that ends too early, an IP header that does, or no byte.
pub(super) fn noise(framing: &Framing, number: u32, time: u64) -> Packet {
    let is_ipv6 = !framing.link.carries(false);
    let builder = if is_ipv6 {
        PacketBuilder::ipv6([0x20; 16], [0x20; 16], 64)
    } else {
        PacketBuilder::ipv4([192, 0, 2, 77], [192, 0, 2, 1], 64)
    };
    let mut packet = Vec::new();
    // What a packet of UDP says may look like a request.
    let body = b"BITS_POST / HTTP/1.1\r\n\r\n";
    let written = match number % 5 {
        0 => builder.udp(80, 80).write(&mut packet, body),
        1 if is_ipv6 => builder.icmpv6_echo_request(1, 1).write(&mut packet, body),
        1 => builder.icmpv4_echo_request(1, 1).write(&mut packet, body),
        2 => builder.write(&mut packet, etherparse::IpNumber::TCP, &body[..7]),
        3 => builder.udp(80, 80).write(&mut packet, body),
        _ => return Packet::new(time, Vec::new()),
    };
    written.expect("memory takes all");
    if number % 5 == 3 {
        packet.truncate(11);
    }
    let frame = framing.link.frame(Side::Client, is_ipv6, &packet);
    Packet::new(time, frame)
}
