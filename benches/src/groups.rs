//! What is measured, on which bytes.
//!
//! A group is called `kind/corpus`; filters look at that name. Its entries are the columns of a table in
//! [`report`](crate::report), and figures that [`goals`](crate::goals) judge.

use std::hint::black_box;

use bits_laws::traffic::{Corpus, Head, corpora, each_of_ten, seldom};
use bytes::Bytes;
use memchr::memmem::Finder;

use crate::rivals::header_map::{self, Parts};
use crate::rivals::{READERS, tokens};
use crate::rounds::{Entry, Group};
use crate::serialize::{self, Outgoing, by_hand, by_map, by_write};
use crate::{Read, arrival, floors, ours};

/// Every group whose name one of the filters is in; without filters all.
pub fn all(is_wanted: impl Fn(&str) -> bool) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut add = |kind: &str, name: &str, make: &dyn Fn(String) -> Group| {
        let name = format!("{kind}/{name}");
        if is_wanted(&name) {
            groups.push(make(name));
        }
    };
    for corpus in corpora() {
        add("parse", corpus.name, &|name| parse(name, &corpus));
    }
    for corpus in each_of_ten() {
        add("packet", corpus.name, &|name| parse(name, &corpus));
    }
    for corpus in &corpora()[..4] {
        add("floor", corpus.name, &|name| floor(name, corpus));
    }
    for corpus in seldom() {
        add("seldom", corpus.name, &|name| slow_way(name, &corpus));
    }
    for (title, head) in ["Fragment", "8 KiB"].into_iter().zip(arrival::heads()) {
        for piece in [1, 16, 64, 1460] {
            add("arrival", &format!("{title} by {piece}"), &|name| {
                arriving(name, &head, piece)
            });
        }
    }
    add("serialize", "ten packets", &|name| {
        writers::<false>(name, false)
    });
    add("serialize", "Acks", &|name| writers::<false>(name, true));
    add("serialize", "packets alone", &|name| {
        writers::<true>(name, false)
    });
    add("map", "ten packets", &|name| from_map(name, &corpora()[0]));
    groups
}

/// For as long as the process lives: entries borrow it, and there are few.
fn keep(corpus: &Corpus) -> &'static [Head] {
    Box::leak(corpus.heads.clone().into_boxed_slice())
}

fn entry(name: &'static str, run: impl FnMut() + 'static) -> Entry {
    Entry {
        name,
        run: Box::new(run),
    }
}

fn group(name: String, heads: &[Head], entries: Vec<Entry>, ours: &str) -> Group {
    let bytes: usize = heads.iter().map(|head| head.bytes.len()).sum();
    let place = entries.iter().position(|entry| entry.name == ours);
    Group {
        name,
        bytes: bytes / heads.len(),
        heads: heads.len(),
        ours: place.expect("an entry of ours"),
        entries,
    }
}

fn reader(name: &'static str, read: Read, heads: &'static [Head]) -> Entry {
    entry(name, move || {
        for head in heads {
            black_box(read(black_box(&head.bytes), black_box(head.kind)));
        }
    })
}

fn parse(name: String, corpus: &Corpus) -> Group {
    let heads = keep(corpus);
    let mut entries: Vec<Entry> = READERS
        .into_iter()
        .map(|(name, read)| reader(name, read, heads))
        .collect();
    for (name, read) in [
        ("HeaderMap", header_map::read as fn(&Bytes, _) -> bool),
        ("map +typed", header_map::read_typed),
    ] {
        let shared: Vec<(Bytes, _)> = heads
            .iter()
            .map(|head| (Bytes::from_static(&head.bytes), head.kind))
            .collect();
        entries.push(entry(name, move || {
            for (bytes, kind) in &shared {
                black_box(read(black_box(bytes), black_box(*kind)));
            }
        }));
    }
    group(name, heads, entries, "bits")
}

fn slow_way(name: String, corpus: &Corpus) -> Group {
    let heads = keep(corpus);
    let entries = vec![
        reader("httparse", tokens::read, heads),
        reader("bits", ours::read, heads),
    ];
    group(name, heads, entries, "bits")
}

fn floor(name: String, corpus: &Corpus) -> Group {
    let heads = keep(corpus);
    let mut buffer = vec![0; 4096];
    let copy = move || {
        for head in heads {
            black_box(floors::copy(black_box(&head.bytes), black_box(&mut buffer)));
        }
    };
    let finder = Finder::new(b"\r\n\r\n");
    let find_end = move || {
        for head in heads {
            black_box(floors::find_end(&finder, black_box(&head.bytes)));
        }
    };
    let entries = vec![
        entry("memcpy", copy),
        reader("validate", |bytes, _| floors::validate(bytes), heads),
        entry("memmem", find_end),
        reader("memchr", |bytes, _| floors::find_lines(bytes), heads),
        reader("bits", ours::read, heads),
    ];
    group(name, heads, entries, "bits")
}

fn arriving(name: String, head: &Head, piece: usize) -> Group {
    let heads: &'static [Head] = Box::leak(vec![head.clone()].into_boxed_slice());
    let head = &heads[0];
    let again = |name, read| {
        entry(name, move || {
            black_box(arrival::again(read, black_box(head), piece));
        })
    };
    let entries = vec![
        again("httparse again", tokens::read),
        again("bits again", ours::read),
        entry("bits scanned", move || {
            black_box(arrival::scanned(black_box(head), piece));
        }),
        entry("scanner", move || {
            black_box(arrival::scan(black_box(head), piece));
        }),
    ];
    group(name, heads, entries, "bits scanned")
}

/// An entry that writes into a vector, which is large enough from the second time on.
fn appender<T: 'static>(
    name: &'static str,
    packets: Vec<T>,
    write: impl Fn(&T, &mut Vec<u8>) + 'static,
) -> Entry {
    let mut out = Vec::with_capacity(1024);
    entry(name, move || {
        for packet in &packets {
            out.clear();
            write(black_box(packet), &mut out);
            black_box(&out);
        }
    })
}

/// An entry that writes into a slice.
fn filler<T: 'static>(
    name: &'static str,
    packets: Vec<T>,
    write: impl Fn(&T, &mut [u8]) -> usize + 'static,
) -> Entry {
    let mut buffer = vec![0; 1024];
    entry(name, move || {
        for packet in &packets {
            let length = write(black_box(packet), black_box(&mut buffer));
            black_box(&buffer[..length]);
        }
    })
}

/// With the fields that Windows and IIS send beside the packet, or the packet alone.
fn writers<const ALONE: bool>(name: String, only_acks: bool) -> Group {
    let heads = serialize::heads(only_acks);
    let packets: Vec<Outgoing<'static>> = heads.iter().map(Outgoing::of).collect();
    let mine: Vec<_> = heads
        .iter()
        .map(|head| serialize::ours::Packet::of(head, ALONE))
        .collect();
    let drafts: Vec<_> = mine.iter().map(serialize::ours::Packet::draft).collect();
    let ready: Vec<_> = packets
        .iter()
        .map(|it| (*it, by_map::map::<ALONE>(it)))
        .collect();
    let written: Vec<Vec<u8>> = drafts.iter().map(bits_serializer::Draft::to_vec).collect();
    let bytes = written.iter().map(Vec::len).sum::<usize>() / written.len();
    let entries = vec![
        appender("write!", packets.clone(), by_write::write::<ALONE>),
        appender("Vec+itoa+uuid", packets.clone(), by_hand::write::<ALONE>),
        appender("map ready", ready, |(it, map), out| {
            by_map::write(it, map, out);
        }),
        appender("map built", packets, by_map::build_and_write::<ALONE>),
        filler("bits slice", drafts.clone(), |draft, buffer| {
            serialize::ours::write(draft, buffer).len()
        }),
        filler("bits drafted", mine, |packet, buffer| {
            serialize::ours::draft_and_write(packet, buffer).len()
        }),
        appender("bits Vec", drafts, serialize::ours::append),
        filler("memcpy", written, |head, buffer| {
            floors::copy(head, buffer);
            head.len()
        }),
    ];
    Group {
        bytes,
        ..group(name, heads, entries, "bits slice")
    }
}

fn from_map(name: String, corpus: &Corpus) -> Group {
    let heads = keep(corpus);
    let parts: &'static [Parts] = Vec::leak(heads.iter().map(Parts::of).collect());
    let read = |name, read: fn(&Parts) -> bool| {
        entry(name, move || {
            for parts in parts {
                black_box(read(black_box(parts)));
            }
        })
    };
    let entries = vec![
        read("user", Parts::read_user),
        read("bits", Parts::read_ours),
    ];
    group(name, heads, entries, "bits")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn every_group_has_its_own_name_and_entries() {
        let mut names = HashSet::new();
        for group in super::all(|name| !name.starts_with("arrival")) {
            assert!(names.insert(group.name.clone()), "{} twice", group.name);
            let entries: HashSet<_> = group.entries.iter().map(|entry| entry.name).collect();
            assert_eq!(entries.len(), group.entries.len(), "{}", group.name);
        }
        assert!(names.len() > 30);
    }

    #[test]
    fn a_filter_leaves_only_what_it_names() {
        let groups = super::all(|name| name.contains("odd"));
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].name, "parse/odd spelling");
    }
}
