//! The checksums of TCP ([RFC 9293] 3.1) and of the header of IPv4 ([RFC 791] 3.1).
//!
//! [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293

use std::net::IpAddr;

use etherparse::checksum::Sum16BitWords;
use etherparse::ip_number;

/// What the checksum of a segment says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// The segment is as it was sent.
    Right,
    /// It is not, or what has joined segments or changed addresses has left the checksum as it was.
    Wrong,
    /// It is not, but what stands there is what a network card is handed, to fill the checksum in.
    Unfilled,
    /// Nothing: not all of the segment was captured, nobody asks, or what a network card is handed is right by chance.
    #[default]
    Unknown,
}

impl Checksum {
    /// That of a segment that was captured in full, from its header on.
    pub(super) fn of(addresses: (IpAddr, IpAddr), segment: &[u8]) -> Self {
        let Some(field) = segment.get(16..18).and_then(<[u8]>::first_chunk::<2>) else {
            return Checksum::Unknown;
        };
        let Ok(length) = u32::try_from(segment.len()) else {
            return Checksum::Unknown;
        };
        let pseudo = pseudo_header(addresses);
        let with_length = pseudo.clone().add_4bytes(length.to_be_bytes());
        // A network card is handed the sum of the pseudo header, and that without the length where it cuts the segment.
        let given = u16::from_ne_bytes(*field);
        let begun = [0, !with_length.ones_complement(), !pseudo.ones_complement()];
        match with_length.add_slice(segment).ones_complement() {
            0 if begun.contains(&given) => Checksum::Unknown,
            0 => Checksum::Right,
            _ if begun.contains(&given) => Checksum::Unfilled,
            _ => Checksum::Wrong,
        }
    }
}

/// Whether a header of IPv4 has a checksum that is wrong. None at all says nothing: a network card fills it in.
pub(super) fn is_wrong(ipv4: &[u8]) -> bool {
    ipv4.get(10..12) != Some(&[0, 0]) && Sum16BitWords::new().add_slice(ipv4).ones_complement() != 0
}

/// The sum of the pseudo header, but for the length.
fn pseudo_header(addresses: (IpAddr, IpAddr)) -> Sum16BitWords {
    let mut sum = Sum16BitWords::new().add_2bytes([0, ip_number::TCP.0]);
    for address in <[IpAddr; 2]>::from(addresses) {
        sum = match address {
            IpAddr::V4(address) => sum.add_4bytes(address.octets()),
            IpAddr::V6(address) => sum.add_16bytes(address.octets()),
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: (IpAddr, IpAddr) = (
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2)),
    );

    fn segment() -> Vec<u8> {
        let header = etherparse::TcpHeader::new(50_000, 80, 1, 64_240);
        let payload = b"odd";
        let (IpAddr::V4(source), IpAddr::V4(destination)) = ENDS else {
            unreachable!("both are of IPv4");
        };
        let sum = header.calc_checksum_ipv4_raw(source.octets(), destination.octets(), payload);
        let mut header = header;
        header.checksum = sum.unwrap();
        [&header.to_bytes()[..], payload].concat()
    }

    #[test]
    fn every_bit_counts() {
        let right = segment();
        assert_eq!(Checksum::of(ENDS, &right), Checksum::Right);
        for bit in 0..right.len() * 8 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Checksum::of(ENDS, &wrong), Checksum::Wrong, "bit {bit}");
        }
        let other = (ENDS.0, IpAddr::from([10, 0, 0, 3]));
        assert_eq!(Checksum::of(other, &right), Checksum::Wrong);
        let ipv6 = (ENDS.0, IpAddr::from([0, 0, 0, 0, 0, 0, 0, 2]));
        assert_eq!(Checksum::of(ipv6, &right), Checksum::Wrong);
    }

    #[test]
    fn what_a_network_card_was_to_fill_in_is_told_from_what_is_wrong() {
        // 0A00 + 0001 + 0A00 + 0002 + 0006, and the length of 23.
        for begun in [[0, 0], [0x14, 0x09], [0x14, 0x20]] {
            let mut segment = segment();
            segment[16..18].copy_from_slice(&begun);
            assert_eq!(
                Checksum::of(ENDS, &segment),
                Checksum::Unfilled,
                "{begun:?}"
            );
            // With other data it is right, which says nothing of others.
            segment[20..22].fill(0);
            let sum = pseudo_header(ENDS).add_4bytes(23u32.to_be_bytes());
            let rest = sum.add_slice(&segment).ones_complement();
            segment[20..22].copy_from_slice(&rest.to_ne_bytes());
            assert_eq!(Checksum::of(ENDS, &segment), Checksum::Unknown, "{begun:?}");
        }
        assert_eq!(Checksum::of(ENDS, &segment()[..17]), Checksum::Unknown);
    }

    #[test]
    fn every_bit_of_a_header_of_ipv4_counts() {
        let ends = ([10, 0, 0, 1], [10, 0, 0, 2]);
        let mut header =
            etherparse::Ipv4Header::new(20, 64, ip_number::TCP, ends.0, ends.1).unwrap();
        header.options = [1, 1, 1, 0].into();
        header.header_checksum = header.calc_header_checksum();
        let right = header.to_bytes();
        assert!(!is_wrong(&right));
        for bit in 0..right.len() * 8 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(is_wrong(&wrong), "bit {bit}");
        }
        let mut unfilled = right.clone();
        unfilled[10..12].fill(0);
        assert!(!is_wrong(&unfilled));
    }
}
