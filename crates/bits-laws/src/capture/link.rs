//! The layer below IP, by the link types of pcap.

use super::ByteOrder;
use super::connection::Side;

/// A VLAN tag of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// IEEE 802.1Q, with the lower 12 bits as identifier.
    Dot1Q(u16),
    /// IEEE 802.1ad, the outer one of two as a rule.
    Dot1Ad(u16),
}

/// A link type, and how its headers look.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Ethernet (1), with its VLAN tags from the outside.
    Ethernet {
        /// None for a frame without.
        tags: Vec<Tag>,
        /// Whether short frames are filled up to 60 bytes, as those are that come from the wire.
        is_padded: bool,
    },
    /// Linux cooked capture, version 1 (113).
    LinuxCooked,
    /// Linux cooked capture, version 2 (276).
    LinuxCooked2,
    /// IP of either version without a header below (101).
    Raw,
    /// IPv4 without a header below (228).
    RawIpv4,
    /// IPv6 without a header below (229).
    RawIpv6,
    /// BSD loopback (0).
    Loopback {
        /// The order of the host that captured.
        order: ByteOrder,
        /// What that host calls IPv6: 24 on NetBSD, 28 on FreeBSD, 30 on macOS.
        ipv6: u32,
    },
    /// OpenBSD loopback (108).
    OpenBsdLoopback,
}

impl Link {
    /// Ethernet without tags and padding.
    pub const ETHERNET: Link = Link::Ethernet {
        tags: Vec::new(),
        is_padded: false,
    };

    /// Its number in the headers of pcap and pcapng.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self {
            Link::Loopback { .. } => 0,
            Link::Ethernet { .. } => 1,
            Link::Raw => 101,
            Link::OpenBsdLoopback => 108,
            Link::LinuxCooked => 113,
            Link::RawIpv4 => 228,
            Link::RawIpv6 => 229,
            Link::LinuxCooked2 => 276,
        }
    }

    /// Whether it can carry IPv6, or IPv4.
    #[must_use]
    pub const fn carries(&self, is_ipv6: bool) -> bool {
        !matches!(
            (self, is_ipv6),
            (Link::RawIpv4, true) | (Link::RawIpv6, false)
        )
    }

    /// The frame around an IP packet that a side sent.
    ///
    /// # Panics
    ///
    /// When the link cannot carry it.
    pub(super) fn frame(&self, side: Side, is_ipv6: bool, packet: &[u8]) -> Vec<u8> {
        assert!(
            self.carries(is_ipv6),
            "{self:?} carries the other version of IP"
        );
        let ether_type: u16 = if is_ipv6 { 0x86DD } else { 0x0800 };
        let mut frame = Vec::with_capacity(packet.len() + 24);
        match self {
            Link::Ethernet { tags, .. } => {
                frame.extend(hardware_address(side.other()));
                frame.extend(hardware_address(side));
                for tag in tags {
                    let (kind, id) = match tag {
                        Tag::Dot1Q(id) => (0x8100_u16, id),
                        Tag::Dot1Ad(id) => (0x88A8, id),
                    };
                    frame.extend(kind.to_be_bytes());
                    frame.extend((id & 0x0FFF).to_be_bytes());
                }
                frame.extend(ether_type.to_be_bytes());
            }
            Link::LinuxCooked => {
                frame.extend(u16::from(packet_type(side)).to_be_bytes());
                frame.extend(ETHERNET_HARDWARE.to_be_bytes());
                frame.extend([0, 6]);
                frame.extend(hardware_address(side));
                frame.extend([0, 0]);
                frame.extend(ether_type.to_be_bytes());
            }
            Link::LinuxCooked2 => {
                frame.extend(ether_type.to_be_bytes());
                frame.extend([0, 0]);
                frame.extend(2_u32.to_be_bytes());
                frame.extend(ETHERNET_HARDWARE.to_be_bytes());
                frame.extend([packet_type(side), 6]);
                frame.extend(hardware_address(side));
                frame.extend([0, 0]);
            }
            Link::Raw | Link::RawIpv4 | Link::RawIpv6 => (),
            Link::Loopback { order, ipv6 } => {
                let family = if is_ipv6 { *ipv6 } else { 2 };
                frame.extend(order.bytes_of_u32(family));
            }
            Link::OpenBsdLoopback => {
                let family: u32 = if is_ipv6 { 24 } else { 2 };
                frame.extend(family.to_be_bytes());
            }
        }
        frame.extend(packet);
        if matches!(
            self,
            Link::Ethernet {
                is_padded: true,
                ..
            }
        ) {
            frame.resize(frame.len().max(60), 0);
        }
        frame
    }
}

/// ARPHRD_ETHER.
const ETHERNET_HARDWARE: u16 = 1;

/// An address that was given to nobody.
const fn hardware_address(side: Side) -> [u8; 6] {
    [2, 0, 0, 0, 0, 1 + side as u8]
}

/// PACKET_OUTGOING or PACKET_HOST: the capture is the client's.
const fn packet_type(side: Side) -> u8 {
    match side {
        Side::Client => 4,
        Side::Server => 0,
    }
}
