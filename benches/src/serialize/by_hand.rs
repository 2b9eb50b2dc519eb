//! What a careful user writes: `extend_from_slice` into a `Vec`, numbers by `itoa`, GUIDs by `uuid`,
//! literals joined as far as they go.

use bits_packet::PacketType;

use super::{Outgoing, name};

/// Appends the head; `ALONE` leaves out what is not of the packet.
#[inline(never)]
pub fn write<const ALONE: bool>(packet: &Outgoing<'_>, out: &mut Vec<u8>) {
    match packet.packet {
        PacketType::Request(_) => write_request::<ALONE>(packet, out),
        PacketType::Ack => write_ack::<ALONE>(packet, out),
    }
}

#[inline(always)]
fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

#[inline(always)]
fn put_number(out: &mut Vec<u8>, number: u64) {
    put(out, itoa::Buffer::new().format(number));
}

#[inline(always)]
fn put_hexadecimal(out: &mut Vec<u8>, number: u32, digits: u32) {
    for digit in (0..digits).rev() {
        let nibble = number >> (4 * digit) & 0xF;
        out.push(b"0123456789ABCDEF"[nibble as usize]);
    }
}

fn write_request<const ALONE: bool>(it: &Outgoing<'_>, out: &mut Vec<u8>) {
    put(out, "BITS_POST ");
    put(out, it.target);
    put(
        out,
        match ALONE {
            true => " HTTP/1.1\r\nBITS-Packet-Type: ",
            false => " HTTP/1.1\r\nAccept: */*\r\nBITS-Packet-Type: ",
        },
    );
    put(out, name(it.packet));
    if let Some(protocols) = it.protocols {
        put(out, "\r\nBITS-Supported-Protocols: ");
        put(out, protocols);
    }
    if let Some(id) = it.session_id {
        put(out, "\r\nBITS-Session-Id: ");
        put(out, id);
    }
    if let Some(name) = it.content_name {
        put(out, "\r\nContent-Name: ");
        put(out, name);
    }
    if let Some((first, last, total)) = it.range {
        put(out, "\r\nContent-Range: bytes ");
        put_number(out, first);
        put(out, "-");
        put_number(out, last);
        put(out, "/");
        put_number(out, total);
    }
    put(
        out,
        match ALONE {
            true => "\r\nHost: ",
            false => "\r\nUser-Agent: Microsoft BITS/7.8\r\nHost: ",
        },
    );
    put(out, it.host);
    put(out, "\r\nContent-Length: ");
    put_number(out, it.content_length);
    put(
        out,
        match ALONE {
            true => "\r\n\r\n",
            false => "\r\nConnection: Keep-Alive\r\n\r\n",
        },
    );
}

fn write_ack<const ALONE: bool>(it: &Outgoing<'_>, out: &mut Vec<u8>) {
    put(out, "HTTP/1.1 ");
    put_number(out, it.status.into());
    put(out, " ");
    put(out, it.reason);
    put(
        out,
        match ALONE {
            true => "\r\nBITS-Packet-Type: Ack",
            false => "\r\nServer: Microsoft-IIS/10.0\r\nBITS-Packet-Type: Ack",
        },
    );
    if let Some(protocol) = it.protocol {
        let mut guid = [0; uuid::fmt::Braced::LENGTH];
        let guid = uuid::Uuid::from_u128(protocol)
            .braced()
            .encode_lower(&mut guid);
        put(out, "\r\nBITS-Protocol: ");
        put(out, guid);
    }
    if let Some(id) = it.session_id {
        put(out, "\r\nBITS-Session-Id: ");
        put(out, id);
    }
    if let Some(host) = it.host_id {
        put(out, "\r\nBITS-Host-Id: ");
        put(out, host);
    }
    if let Some(timeout) = it.timeout {
        put(out, "\r\nBITS-Host-Id-Fallback-Timeout: ");
        put_number(out, timeout.into());
    }
    if let Some(code) = it.error_code {
        put(out, "\r\nBITS-Error-Code: 0x");
        put_hexadecimal(out, code, 8);
    }
    if let Some(context) = it.error_context {
        put(out, "\r\nBITS-Error-Context: 0x");
        let digits = (u32::BITS - context.leading_zeros()).div_ceil(4).max(1);
        put_hexadecimal(out, context, digits);
    }
    put(out, "\r\nContent-Length: 0");
    if let Some(received) = it.received {
        put(out, "\r\nBITS-Received-Content-Range: ");
        put_number(out, received);
    }
    if let Some(url) = it.reply_url {
        put(out, "\r\nBITS-Reply-URL: ");
        put(out, url);
    }
    put(out, "\r\n\r\n");
}
