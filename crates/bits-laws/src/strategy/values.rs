//! Values: bytes that the constructors take, numbers at their boundaries.

use bits_packet::{ContentRange, Guid};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Numbers at which 64-bit code breaks, and others.
pub fn boundary_u64() -> impl Strategy<Value = u64> {
    prop_oneof![
        select(vec![
            0,
            1,
            9,
            10,
            99,
            4_096,
            0x7FFF_FFFF,
            0xFFFF_FFFF,
            0x1_0000_0000,
            i64::MAX as u64,
            u64::MAX - 1,
            u64::MAX,
        ]),
        0..20_000_000u64,
        any::<u64>(),
    ]
    .boxed()
}

/// Numbers at which 32-bit code breaks, and others.
pub fn boundary_u32() -> impl Strategy<Value = u32> {
    prop_oneof![
        select(vec![
            0,
            1,
            5,
            7,
            0x7FFF_FFFF,
            0x8000_0000,
            0x8007_0057,
            u32::MAX - 1,
            u32::MAX
        ]),
        any::<u32>(),
    ]
    .boxed()
}

/// A range of a file, of one byte and of all of [`u64`] among them.
pub fn content_range() -> impl Strategy<Value = ContentRange> {
    (boundary_u64(), boundary_u64(), boundary_u64())
        .prop_map(|(a, b, c)| {
            let mut numbers = [a, b, c];
            numbers.sort_unstable();
            let [first, last, total] = numbers;
            let total = if total == last {
                total.saturating_add(1)
            } else {
                total
            };
            let last = last.min(total - 1);
            ContentRange::new(first.min(last), last, total).expect("ordered")
        })
        .boxed()
}

/// A GUID.
pub fn guid() -> impl Strategy<Value = Guid> {
    prop_oneof![
        Just(Guid::BITS_1_5_UPLOAD),
        Just(Guid::new(0)),
        Just(Guid::new(u128::MAX)),
        any::<u128>().prop_map(Guid::new),
    ]
    .boxed()
}

/// A GUID's text in upper, lower or mixed case.
fn guid_text() -> impl Strategy<Value = Vec<u8>> {
    (guid(), vec(any::<bool>(), 38))
        .prop_map(|(guid, upper)| {
            let text = guid.to_lower();
            let cased = text.iter().zip(upper).map(|(byte, upper)| {
                if upper {
                    byte.to_ascii_uppercase()
                } else {
                    *byte
                }
            });
            cased.collect()
        })
        .boxed()
}

/// Bytes of `field-vchar`.
fn visible(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
    let bytes: Vec<u8> = (0x21..=0x7E).chain(0x80..=0xFF).collect();
    vec(select(bytes), length).boxed()
}

/// Bytes that a value may hold, without blanks at its ends.
pub fn text(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
    let bytes: Vec<u8> = (0x20..=0x7E).chain(0x80..=0xFF).chain([b'\t']).collect();
    vec(select(bytes), length)
        .prop_map(|mut text| {
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            for end in [0, text.len().saturating_sub(1)] {
                if text.get(end).is_some_and(blank) {
                    text[end] = b'x';
                }
            }
            text
        })
        .boxed()
}

/// A session id: a GUID in any case, one without braces, a signed number, or anything visible.
pub fn session_id() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => guid_text(),
        1 => guid_text().prop_map(|text| text[1..37].to_vec()),
        1 => any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        2 => visible(1..=100),
        1 => visible(101..=300),
        1 => visible(4096..=4096),
    ]
    .boxed()
}

/// A content name, one with a path in it and one that is too long for Windows among them.
pub fn content_name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"rfc2119.txt".to_vec()),
        Just(b"../../etc/passwd".to_vec()),
        Just(br"C:\Windows\win.ini".to_vec()),
        text(1..=40),
        text(260..=261),
    ]
    .boxed()
}

/// The path of a file.
pub fn data_file_name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(br"C:\bits\web\requestfile.bin".to_vec()), text(1..=80)].boxed()
}

/// A protocol list: GUIDs, and items that are none.
pub fn protocols() -> impl Strategy<Value = Vec<u8>> {
    let item_bytes: Vec<u8> = (0x21..=0x7E).filter(|&byte| byte != b',').collect();
    let item = prop_oneof![4 => guid_text(), 1 => vec(select(item_bytes), 1..=12)];
    let separator =
        prop_oneof![6 => Just(b" ".to_vec()), 1 => vec(select(b" ,\t".to_vec()), 1..=3)];
    (vec((item, separator), 1..=4), any::<bool>())
        .prop_map(|(items, trailing)| {
            let mut list = Vec::new();
            let count = items.len();
            for (index, (item, separator)) in items.into_iter().enumerate() {
                list.extend(item);
                if index + 1 < count {
                    list.extend(separator);
                } else if trailing {
                    list.push(b',');
                }
            }
            list
        })
        .boxed()
}

/// A host as it stands in a URL.
pub fn host() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"frankcao8".to_vec()),
        Just(b"192.0.2.1:8080".to_vec()),
        Just(b"[2001:db8::7]".to_vec()),
        Just(b"[::1]:443".to_vec()),
        Just(b"a:".to_vec()),
        "[a-z0-9_.~-]{1,20}(:[0-9]{1,4})?".prop_map(String::into_bytes),
        "(%[0-9A-Fa-f]{2}|[!$&'()*+,;=]){1,6}".prop_map(String::into_bytes),
    ]
    .boxed()
}

/// A host id: a name, an address, and the forms that are tolerated.
pub fn host_id() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"FRANKCAO8".to_vec()),
        Just(b"192.0.2.1".to_vec()),
        Just(b"2001:db8::7".to_vec()),
        Just(b"[2001:db8::7]".to_vec()),
        Just(b"[2001:db8::7]:8080".to_vec()),
        "[A-Za-z0-9.-]{1,40}(:[0-9]{1,4})?".prop_map(String::into_bytes),
        "[a-z]{300}".prop_map(String::into_bytes),
    ]
    .boxed()
}

/// The target of a BITS request: a path or an absolute URL, with bytes that should be escaped.
pub fn target() -> impl Strategy<Value = Vec<u8>> {
    let query = prop_oneof![
        Just(Vec::new()),
        visible(0..=20).prop_map(|query| [b"?", &query[..]].concat())
    ];
    let path = visible(0..=40).prop_map(|path| [b"/", &path[..]].concat());
    prop_oneof![
        Just(b"/upload/2000mb-rfc2119.txt".to_vec()),
        Just(b"/".to_vec()),
        Just(b"/a/%7Bx%7D?b=c&d".to_vec()),
        (path, query).prop_map(|(path, query)| [path, query].concat()),
        absolute_url(),
    ]
    .boxed()
}

/// An absolute URL.
pub fn absolute_url() -> impl Strategy<Value = Vec<u8>> {
    let scheme = select(vec!["http", "https", "HTTP", "ftp", "a+b-c.d"]);
    (scheme, host(), visible(0..=30), any::<u8>())
        .prop_map(|(scheme, host, path, shape)| {
            let start = [scheme.as_bytes(), b"://", &host].concat();
            match shape % 3 {
                0 => start,
                1 => [&start[..], b"/", &path].concat(),
                _ => [&start[..], b"?", &path].concat(),
            }
        })
        .boxed()
}

/// A reply URL: absolute, or a path in the manner of IIS.
pub fn reply_url() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(
            br"BITS-Sessions\Replies\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\responsefile.bin"
                .to_vec()
        ),
        Just(br"..\..\.\reply.bin?a\b".to_vec()),
        Just(br"\\server\share\reply".to_vec()),
        absolute_url(),
        text(1..=60),
        text(2200..=2200),
    ]
    .boxed()
}

/// A list of content codings that a server takes: with weights, and perhaps empty.
pub fn accepted_codings() -> impl Strategy<Value = Vec<u8>> {
    let weighted = "[a-z*]{1,8}([ \t]{0,2};[ \t]{0,2}[qQ]=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?))?";
    let list = vec(weighted, 0..4);
    prop_oneof![
        codings(),
        list.prop_map(|items| items.join(", ").into_bytes()),
    ]
    .boxed()
}

/// A list of content codings.
pub fn codings() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"identity".to_vec()),
        Just(b"Identity".to_vec()),
        "[a-z]{1,8}([ \t]{0,2},[ \t]{0,2}[a-z*]{1,8}){0,3}".prop_map(String::into_bytes),
    ]
    .boxed()
}
