//! What one writes first: `write!` into a `Vec`.

use std::io::{Result, Write};

use bits_packet::PacketType;

use super::{Outgoing, name};

/// Appends the head; `ALONE` leaves out what is not of the packet.
///
/// # Panics
///
/// Never: a `Vec` takes everything.
#[inline(never)]
pub fn write<const ALONE: bool>(packet: &Outgoing<'_>, out: &mut Vec<u8>) {
    let written = match packet.packet {
        PacketType::Request(_) => write_request::<ALONE>(packet, out),
        PacketType::Ack => write_ack::<ALONE>(packet, out),
    };
    written.expect("a Vec takes everything");
}

fn write_request<const ALONE: bool>(it: &Outgoing<'_>, out: &mut Vec<u8>) -> Result<()> {
    if ALONE {
        write!(out, "BITS_POST {} HTTP/1.1\r\n", it.target)?;
    } else {
        write!(out, "BITS_POST {} HTTP/1.1\r\nAccept: */*\r\n", it.target)?;
    }
    write!(out, "BITS-Packet-Type: {}\r\n", name(it.packet))?;
    if let Some(protocols) = it.protocols {
        write!(out, "BITS-Supported-Protocols: {protocols}\r\n")?;
    }
    if let Some(id) = it.session_id {
        write!(out, "BITS-Session-Id: {id}\r\n")?;
    }
    if let Some(name) = it.content_name {
        write!(out, "Content-Name: {name}\r\n")?;
    }
    if let Some((first, last, total)) = it.range {
        write!(out, "Content-Range: bytes {first}-{last}/{total}\r\n")?;
    }
    if ALONE {
        return write!(
            out,
            "Host: {}\r\nContent-Length: {}\r\n\r\n",
            it.host, it.content_length,
        );
    }
    write!(
        out,
        "User-Agent: Microsoft BITS/7.8\r\nHost: {}\r\nContent-Length: {}\r\n\
         Connection: Keep-Alive\r\n\r\n",
        it.host, it.content_length,
    )
}

fn write_ack<const ALONE: bool>(it: &Outgoing<'_>, out: &mut Vec<u8>) -> Result<()> {
    if ALONE {
        write!(
            out,
            "HTTP/1.1 {} {}\r\nBITS-Packet-Type: Ack\r\n",
            it.status, it.reason,
        )?;
    } else {
        write!(
            out,
            "HTTP/1.1 {} {}\r\nServer: Microsoft-IIS/10.0\r\nBITS-Packet-Type: Ack\r\n",
            it.status, it.reason,
        )?;
    }
    if let Some(protocol) = it.protocol {
        let protocol = uuid::Uuid::from_u128(protocol).braced();
        write!(out, "BITS-Protocol: {protocol}\r\n")?;
    }
    if let Some(id) = it.session_id {
        write!(out, "BITS-Session-Id: {id}\r\n")?;
    }
    if let Some(host) = it.host_id {
        write!(out, "BITS-Host-Id: {host}\r\n")?;
    }
    if let Some(timeout) = it.timeout {
        write!(out, "BITS-Host-Id-Fallback-Timeout: {timeout}\r\n")?;
    }
    if let Some(code) = it.error_code {
        write!(out, "BITS-Error-Code: 0x{code:08X}\r\n")?;
    }
    if let Some(context) = it.error_context {
        write!(out, "BITS-Error-Context: 0x{context:X}\r\n")?;
    }
    out.write_all(b"Content-Length: 0\r\n")?;
    if let Some(received) = it.received {
        write!(out, "BITS-Received-Content-Range: {received}\r\n")?;
    }
    if let Some(url) = it.reply_url {
        write!(out, "BITS-Reply-URL: {url}\r\n")?;
    }
    out.write_all(b"\r\n")
}
