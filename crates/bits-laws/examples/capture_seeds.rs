//! Writes the seeds of the fuzz targets `capture_file` and `capture_segments`.
//!
//!     cargo run -p bits-laws --example capture_seeds -- corpus

use std::path::Path;
use std::{env, error, fs};

use bits_laws::capture::{
    ByteOrder, Clock, Compression, Connection, Container, Disorder, Ending, Extensions, File,
    Format, FragmentOrder, Framing, Interface, Link, Pcap, Precision, Section, Side, Tag, Upload,
    http,
};

type Done = Result<(), Box<dyn error::Error>>;

fn main() -> Done {
    let folder = env::args().nth(1).ok_or("usage: capture_seeds FOLDER")?;
    let folder = Path::new(&folder);
    files(&folder.join("capture_file"))?;
    segments(&folder.join("capture_segments"))
}

fn upload() -> Upload {
    let file = File::Drawn {
        seed: 1,
        length: 40,
    };
    Upload::new(
        "{7DF0354D-249B-430F-820D-3D2A9BEF4931}",
        "/a/b.bin",
        "h",
        file,
    )
}

fn connection(ipv6: bool) -> Result<Connection, Box<dyn error::Error>> {
    let (client, server) = if ipv6 {
        ("[2001:db8::1]:5000", "[2001:db8::2]:80")
    } else {
        ("10.0.0.1:5000", "10.0.0.2:80")
    };
    Ok(Connection::new(
        client.parse()?,
        server.parse()?,
        upload().turns(25),
    ))
}

fn pcap(order: ByteOrder, precision: Precision, framing: Framing) -> Format {
    Format::Pcap {
        pcap: Pcap {
            order,
            precision,
            snap_length: 262_144,
        },
        framing,
    }
}

fn files(folder: &Path) -> Done {
    let seeds = folder.join("seeds");
    let negative = folder.join("negative");
    fs::create_dir_all(&seeds)?;
    fs::create_dir_all(&negative)?;
    let usual = Framing::new(Link::ETHERNET);
    let (little, big) = (ByteOrder::Little, ByteOrder::Big);
    let four = connection(false)?.segments();
    let six = connection(true)?.segments();
    let write = |name: &str, control: u8, bytes: &[u8]| {
        fs::write(seeds.join(name), [&[control], bytes].concat())
    };
    let file = |format: Format, segments: &[_]| Container::new(format).file(segments);
    let plain = file(pcap(little, Precision::Micro, usual.clone()), &four);
    write("pcap-little-micro", 0, &plain)?;
    write(
        "pcap-big-nano",
        0x31,
        &file(pcap(big, Precision::Nano, usual.clone()), &four),
    )?;
    let linked = |link: Link| file(pcap(little, Precision::Micro, Framing::new(link)), &six);
    let loopback = Link::Loopback {
        order: big,
        ipv6: 30,
    };
    write("pcap-raw-ipv6", 0x11, &linked(Link::Raw))?;
    write("pcap-loopback-ipv6", 0x12, &linked(loopback))?;
    let tagged = Link::Ethernet {
        tags: vec![Tag::Dot1Ad(5), Tag::Dot1Q(6)],
        is_padded: true,
    };
    write("pcap-vlan-ipv6", 0x13, &linked(tagged))?;
    write("pcap-cooked", 0x22, &linked(Link::LinuxCooked))?;
    write("pcap-cooked-2", 0x22, &linked(Link::LinuxCooked2))?;
    let fragmented = Framing {
        mtu: Some(200),
        fragments: FragmentOrder::Backward,
        extensions: Extensions {
            hop_by_hop: true,
            destination: true,
            ..Extensions::default()
        },
        ..usual.clone()
    };
    write(
        "pcap-fragments",
        0,
        &file(pcap(little, Precision::Micro, fragmented.clone()), &four),
    )?;
    write(
        "pcap-fragments-ipv6",
        0,
        &file(pcap(little, Precision::Micro, fragmented), &six),
    )?;
    let interface = |link| Interface {
        framing: Framing::new(link),
        clock: Clock {
            resolution: Some(9),
            offset: Some(100),
        },
        snap_length: 0,
    };
    let section = |order| Section {
        order,
        interfaces: vec![interface(Link::ETHERNET), interface(Link::Raw)],
        is_simple: false,
        has_others: true,
    };
    let sections = file(Format::Pcapng(vec![section(little), section(big)]), &four);
    write("pcapng-sections", 0x41, &sections)?;
    for (name, compression) in [
        ("gzip", Compression::Gzip(1_500)),
        ("zstd", Compression::Zstd(1_500)),
    ] {
        write(name, 0, &compression.apply(&plain))?;
    }
    let disorder = Disorder {
        seed: 3,
        cut: 30,
        overlap: 20,
        repeat: 30,
        window: 6,
        moves_syn: true,
        disagree: 20,
        ..Disorder::NONE
    };
    let mut others = connection(false)?;
    others.client_isn = u32::MAX - 100;
    others.turns.extend(http::Other::Head(7).turns("h"));
    others.ending = Ending::Reset(Side::Server);
    let disordered = disorder.apply(others.segments());
    for control in 0..4 {
        let bytes = file(pcap(little, Precision::Micro, usual.clone()), &disordered);
        write(&format!("disorder-{control}"), control, &bytes)?;
    }
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    for (number, segment) in (0..).zip(connection(false)?.segments()) {
        if number % 2 == 0 {
            even.push(segment);
        } else {
            odd.push(segment);
        }
    }
    let even = file(pcap(little, Precision::Micro, usual.clone()), &even);
    let odd = file(pcap(big, Precision::Nano, usual.clone()), &odd);
    let two = |one: &[u8], other: &[u8]| {
        let length = u16::try_from(one.len()).unwrap_or(u16::MAX);
        [&length.to_le_bytes(), one, other].concat()
    };
    write("two-files", 4, &two(&even, &odd))?;
    fs::write(
        negative.join("two-of-which-one-is-no-capture"),
        [&[4][..], &two(b"no capture at all", &even)].concat(),
    )?;
    let broken = |name: &str, bytes: &[u8]| fs::write(negative.join(name), [&[0], bytes].concat());
    broken("cut-off", &plain[..plain.len() - 5])?;
    broken("no-capture", b"BITS_POST / HTTP/1.1\r\n\r\n and more of it")?;
    broken("empty", b"")?;
    // Behind the header of the file and that of the record: the second record has a length that is none.
    let first = u32::from_le_bytes([plain[32], plain[33], plain[34], plain[35]]) as usize;
    let second = 24 + 16 + first;
    let mut noisy = plain.clone();
    noisy[second + 8..second + 12].fill(0xFF);
    broken("length-of-a-record", &noisy)?;
    // From the start of a packet on.
    let mut noisy = sections;
    let packet = noisy.windows(4).skip(200).position(|it| it == [6, 0, 0, 0]);
    let packet = 200 + packet.ok_or("no packet")?;
    noisy[packet..packet + 40].fill(0x99);
    broken("noise-in-pcapng", &noisy)?;
    Ok(())
}

fn segments(folder: &Path) -> Done {
    let seeds = folder.join("seeds");
    fs::create_dir_all(&seeds)?;
    for (name, start, operations) in LIVES {
        fs::write(
            seeds.join(name),
            [start, operations.as_flattened()].concat(),
        )?;
    }
    Ok(())
}

// What a segment is: its kind, and the side and the pair of addresses that are added to it.
const SYN: u8 = 0;
const FIN: u8 = 2;
const RST: u8 = 4;
const OTHER: u8 = 6;
const FAR: u8 = 8;
const NEXT: u8 = 10;
const DATA: u8 = 12;
const HIGH: u8 = 1;
const SECOND: u8 = 32;

/// Limits and first sequence numbers, and segments: what it is, its place, its length, what it acknowledges.
type Life = (&'static str, &'static [u8; 2], &'static [[u8; 4]]);

const LIVES: [Life; 15] = [
    (
        "in-order",
        &[0, 3],
        &[
            [SYN, 0, 0, 0],
            [SYN | HIGH, 0, 0, 1],
            [DATA, 0, 8, 1],
            [DATA | HIGH, 0, 12, 3],
            [DATA, 2, 8, 4],
        ],
    ),
    (
        "backward",
        &[0, 0],
        &[
            [DATA, 4, 8, 1],
            [DATA, 2, 8, 1],
            [DATA, 0, 8, 1],
            [SYN, 0, 0, 0],
        ],
    ),
    (
        "overlaps",
        &[0, 1],
        &[
            [SYN, 0, 0, 0],
            [DATA, 0, 20, 1],
            [DATA, 2, 40, 1],
            [DATA, 1, 60, 1],
            [DATA, 20, 9, 1],
        ],
    ),
    (
        "disagreeing",
        &[4, 1],
        &[
            [SYN, 0, 0, 0],
            [DATA, 0, 20, 1],
            [OTHER, 0, 20, 1],
            [DATA, 9, 9, 1],
            [OTHER, 5, 30, 1],
        ],
    ),
    (
        "holes",
        &[1, 1],
        &[
            [SYN, 0, 0, 0],
            [DATA, 9, 200, 1],
            [DATA, 90, 200, 1],
            [DATA, 170, 200, 1],
        ],
    ),
    (
        "holes-in-both",
        &[2, 1],
        &[
            [SYN, 0, 0, 0],
            [DATA, 9, 200, 1],
            [DATA | HIGH, 90, 200, 5],
            [DATA | SECOND, 90, 200, 1],
            [DATA, 170, 200, 1],
            [DATA | HIGH | SECOND, 9, 200, 1],
        ],
    ),
    (
        "ends",
        &[0, 9],
        &[
            [SYN, 0, 0, 0],
            [SYN | HIGH, 0, 0, 1],
            [FIN, 0, 8, 1],
            [FIN | HIGH, 0, 4, 3],
            [DATA, 0, 8, 1],
            [SYN, 0, 0, 0],
        ],
    ),
    (
        "end-before-data",
        &[0, 9],
        &[
            [SYN, 0, 0, 0],
            [FIN, 9, 4, 1],
            [FIN | HIGH, 9, 0, 3],
            [DATA, 0, 20, 1],
            [DATA | HIGH, 4, 20, 1],
            [DATA | HIGH, 0, 16, 1],
            [DATA, 5, 20, 1],
        ],
    ),
    (
        "reset",
        &[0, 9],
        &[
            [SYN, 0, 0, 0],
            [DATA, 2, 8, 1],
            [RST, 2, 0, 1],
            [DATA, 0, 8, 1],
        ],
    ),
    (
        "silent",
        &[3, 9],
        &[
            [SYN, 0, 0, 0],
            [DATA, 0, 8, 1],
            [DATA | SECOND, 2, 0, 1],
            [DATA, 0, 8, 1],
            [DATA | SECOND, 2, 9, 1],
            [DATA, 9, 8, 1],
        ],
    ),
    (
        "used-again",
        &[0, 2],
        &[
            [SYN, 0, 0, 0],
            [SYN | HIGH, 0, 0, 1],
            [DATA, 0, 8, 1],
            [FIN | HIGH, 0, 12, 3],
            [NEXT, 0, 0, 0],
            [DATA, 2, 8, 1],
            [DATA | HIGH, 0, 12, 3],
            [DATA, 0, 8, 1],
            [NEXT | HIGH, 0, 0, 0],
            [DATA | HIGH, 0, 30, 3],
        ],
    ),
    (
        "used-again-with-others",
        &[4, 200],
        &[
            [SYN, 0, 0, 0],
            [OTHER, 0, 8, 1],
            [NEXT, 0, 0, 0],
            [DATA, 0, 8, 1],
            [OTHER, 1, 8, 1],
        ],
    ),
    (
        "two-pairs",
        &[32, 2],
        &[
            [SYN, 0, 0, 0],
            [SYN | SECOND, 0, 0, 1],
            [DATA | SECOND, 0, 8, 1],
            [DATA, 0, 8, 1],
            [FIN | SECOND, 0, 12, 3],
            [FIN | HIGH | SECOND, 0, 12, 3],
            [DATA | HIGH, 0, 12, 3],
        ],
    ),
    (
        "turns",
        &[48, 2],
        &[
            [SYN, 0, 0, 0],
            [SYN | HIGH, 0, 0, 1],
            [DATA, 0, 8, 1],
            [DATA, 2, 8, 1],
            [DATA | HIGH, 0, 12, 20],
            [DATA | HIGH, 3, 12, 3],
        ],
    ),
    (
        "far-away",
        &[12, 2],
        &[
            [SYN, 0, 0, 0],
            [DATA, 0, 8, 1],
            [FAR, 200, 8, 1],
            [FAR, 10, 8, 1],
            [FIN, 4, 8, 1],
            [DATA, 2, 80, 1],
        ],
    ),
];
