//! A file system in memory that forgets what was not synced, as badly as one may.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::folder::{Data, Folder, Kind};

/// What is left when it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// Only the server has stopped: everything.
    Server,
    /// What was synced.
    Synced,
    /// What was synced, and of the rest what a random number says, torn where it may tear.
    Some(u64),
}

/// What a disk cannot do, and when it stops.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// After so many operations, nothing succeeds any more.
    pub(super) stops_at: Option<u64>,
    pub(super) has_no_links: bool,
    /// How many bytes it holds.
    pub(super) room: Option<u64>,
    /// Which sync fails, the first being 1. What it was to make durable of a file is never written any more, unless it
    /// is changed once more, and is there until the crash: so does Linux. Names stay to be written: file systems keep
    /// them by transactions.
    pub(super) fails_sync: Option<u64>,
    /// Whether the first file that is to be cut stays as it is.
    pub(super) fails_cut: bool,
}

#[derive(Clone, Debug, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug, Default)]
struct Listing {
    now: Names,
    synced: Names,
    /// The operation, and the name that it gives or takes.
    pending: Vec<(u64, String, Option<usize>)>,
}

#[derive(Clone, Debug)]
enum Node {
    File(Content),
    Folder(Listing),
}

#[derive(Clone, Debug)]
struct World {
    nodes: Vec<Node>,
    operations: u64,
    syncs: u64,
    limits: Limits,
}

/// An open folder.
#[derive(Clone, Debug)]
pub(super) struct FakeFolder {
    world: Arc<Mutex<World>>,
    node: usize,
}

/// An open file.
#[derive(Clone, Debug)]
pub(super) struct FakeFile {
    world: Arc<Mutex<World>>,
    node: usize,
}

impl FakeFolder {
    /// The root of an empty disk.
    pub(super) fn new(limits: Limits) -> Self {
        let world = World {
            nodes: vec![Node::Folder(Listing::default())],
            operations: 0,
            syncs: 0,
            limits,
        };
        FakeFolder {
            world: Arc::new(Mutex::new(world)),
            node: 0,
        }
    }

    /// Gives a folder in it another name, as a mounted one has.
    pub(super) fn alias(&self, name: &str, alias: &str) {
        let mut world = self.world();
        let names = &mut world.listing(self.node).now;
        names.insert(alias.to_owned(), names[name]);
    }

    /// How many operations were tried.
    pub(super) fn operations(&self) -> u64 {
        self.world().operations
    }

    /// How many syncs were tried.
    pub(super) fn syncs(&self) -> u64 {
        self.world().syncs
    }

    /// The root of what is left, on a disk that works.
    pub(super) fn after(&self, crash: Crash, limits: Limits) -> Self {
        let mut world = self.world().clone();
        world.operations = 0;
        world.syncs = 0;
        world.limits = limits;
        for node in &mut world.nodes {
            match node {
                Node::File(content) => content.crash(crash),
                Node::Folder(listing) => listing.crash(crash),
            }
        }
        FakeFolder {
            world: Arc::new(Mutex::new(world)),
            node: 0,
        }
    }

    /// The bytes of a file beneath it.
    pub(super) fn bytes(&self, path: &[&str]) -> Option<Vec<u8>> {
        let world = self.world();
        let mut node = self.node;
        for name in path {
            let Node::Folder(listing) = &world.nodes[node] else {
                return None;
            };
            node = *listing.now.get(*name)?;
        }
        match &world.nodes[node] {
            Node::File(content) => Some(content.now.clone()),
            Node::Folder(_) => None,
        }
    }

    /// Makes a file beneath it, and its name, durable.
    pub(super) fn sync_file(&self, path: &[&str]) {
        let mut world = self.world();
        let mut node = self.node;
        for name in path {
            let listing = world.listing(node);
            let child = listing.now[*name];
            listing.synced.insert((*name).to_owned(), child);
            listing.pending.retain(|(_, pending, _)| pending != name);
            node = child;
        }
        world.content(node).sync();
    }

    /// Makes everything durable.
    pub(super) fn sync_all(&self) {
        for node in &mut self.world().nodes {
            match node {
                Node::File(content) => content.sync(),
                Node::Folder(listing) => listing.sync(),
            }
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a new node a name that is not there.
    fn make(&self, name: &str, node: Node) -> io::Result<usize> {
        self.change(|world, operation| {
            world.vacant(self.node, name)?;
            world.nodes.push(node);
            let new = world.nodes.len() - 1;
            world.put(operation, self.node, name, Some(new));
            Ok(new)
        })
    }

    /// Does something to its names, as an operation that may be one too many.
    fn change<T>(&self, work: impl FnOnce(&mut World, u64) -> io::Result<T>) -> io::Result<T> {
        let mut world = self.world();
        let operation = world.step()?;
        work(&mut world, operation)
    }
}

impl World {
    fn step(&mut self) -> io::Result<u64> {
        self.operations += 1;
        match self.limits.stops_at {
            Some(limit) if self.operations > limit => Err(io::Error::other("the disk has stopped")),
            _ => Ok(self.operations),
        }
    }

    /// Syncs a node.
    fn sync(&mut self, node: usize) -> io::Result<()> {
        self.syncs += 1;
        let fails = self.limits.fails_sync == Some(self.syncs);
        match &mut self.nodes[node] {
            Node::File(content) if fails => content.pending.clear(),
            Node::File(content) => content.sync(),
            Node::Folder(_) if fails => {}
            Node::Folder(listing) => listing.sync(),
        }
        match fails {
            true => Err(rustix::io::Errno::IO.into()),
            false => Ok(()),
        }
    }

    fn listing(&mut self, node: usize) -> &mut Listing {
        match &mut self.nodes[node] {
            Node::Folder(listing) => listing,
            Node::File(_) => panic!("a file opened as a folder"),
        }
    }

    fn content(&mut self, node: usize) -> &mut Content {
        match &mut self.nodes[node] {
            Node::File(content) => content,
            Node::Folder(_) => panic!("a folder opened as a file"),
        }
    }

    fn named(&mut self, folder: usize, name: &str) -> io::Result<usize> {
        let found = self.listing(folder).now.get(name).copied();
        found.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn vacant(&mut self, folder: usize, name: &str) -> io::Result<()> {
        match self.listing(folder).now.contains_key(name) {
            true => Err(ErrorKind::AlreadyExists.into()),
            false => Ok(()),
        }
    }

    fn put(&mut self, operation: u64, folder: usize, name: &str, node: Option<usize>) {
        let listing = self.listing(folder);
        match node {
            Some(node) => listing.now.insert(name.to_owned(), node),
            None => listing.now.remove(name),
        };
        listing.pending.push((operation, name.to_owned(), node));
    }

    fn used(&self) -> u64 {
        let length = |node: &Node| match node {
            Node::File(content) => content.now.len() as u64,
            Node::Folder(_) => 0,
        };
        self.nodes.iter().map(length).sum()
    }
}

impl Content {
    fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    fn crash(&mut self, crash: Crash) {
        match crash {
            Crash::Server => return,
            Crash::Synced => {}
            Crash::Some(seed) => {
                for (at, change) in self.pending.iter().enumerate() {
                    let number = mix(seed ^ (at as u64) << 20);
                    match (number % 3, change) {
                        (0, _) => {}
                        (1, Change::Write(start, bytes)) => {
                            let torn = (number >> 8) as usize % (bytes.len() + 1);
                            write(&mut self.synced, *start, &bytes[..torn]);
                        }
                        (_, change) => change.apply(&mut self.synced),
                    }
                }
            }
        }
        self.now.clone_from(&self.synced);
        self.pending.clear();
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write(at, new) => write(bytes, *at, new),
            Change::Length(length) => bytes.resize(*length as usize, 0),
        }
    }
}

fn write(bytes: &mut Vec<u8>, at: u64, new: &[u8]) {
    let at = at as usize;
    bytes.resize(bytes.len().max(at + new.len()), 0);
    bytes[at..at + new.len()].copy_from_slice(new);
}

impl Listing {
    fn sync(&mut self) {
        self.synced.clone_from(&self.now);
        self.pending.clear();
    }

    fn crash(&mut self, crash: Crash) {
        match crash {
            Crash::Server => return,
            Crash::Synced => {}
            Crash::Some(seed) => {
                for (operation, name, node) in &self.pending {
                    // Both halves of a renaming fare alike.
                    if mix(seed ^ operation).is_multiple_of(2) {
                        match node {
                            Some(node) => self.synced.insert(name.clone(), *node),
                            None => self.synced.remove(name),
                        };
                    }
                }
            }
        }
        self.now.clone_from(&self.synced);
        self.pending.clear();
    }
}

/// A number that shows nothing of the one it is made of (splitmix64).
pub(super) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Folder for FakeFolder {
    type File = FakeFile;

    fn folder(&self, name: &str) -> io::Result<Self> {
        let node = self.change(|world, _| world.named(self.node, name))?;
        match self.world().nodes[node] {
            Node::Folder(_) => Ok(FakeFolder {
                world: Arc::clone(&self.world),
                node,
            }),
            Node::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn make_folder(&self, name: &str) -> io::Result<()> {
        self.make(name, Node::Folder(Listing::default()))
            .map(|_| ())
    }

    fn open(&self, name: &str) -> io::Result<FakeFile> {
        let node = self.change(|world, _| world.named(self.node, name))?;
        match self.world().nodes[node] {
            Node::File(_) => Ok(FakeFile {
                world: Arc::clone(&self.world),
                node,
            }),
            Node::Folder(_) => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn create(&self, name: &str) -> io::Result<FakeFile> {
        let node = self.make(name, Node::File(Content::default()))?;
        Ok(FakeFile {
            world: Arc::clone(&self.world),
            node,
        })
    }

    fn link(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        self.change(|world, operation| {
            if world.limits.has_no_links {
                return Err(rustix::io::Errno::PERM.into());
            }
            let node = world.named(self.node, name)?;
            world.vacant(to.node, new)?;
            world.put(operation, to.node, new, Some(node));
            Ok(())
        })
    }

    fn rename_new(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        self.change(|world, operation| {
            let node = world.named(self.node, name)?;
            world.vacant(to.node, new)?;
            world.put(operation, self.node, name, None);
            world.put(operation, to.node, new, Some(node));
            Ok(())
        })
    }

    fn rename_over(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        self.change(|world, operation| {
            let node = world.named(self.node, name)?;
            world.put(operation, self.node, name, None);
            world.put(operation, to.node, new, Some(node));
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(|world, operation| {
            world.named(self.node, name)?;
            world.put(operation, self.node, name, None);
            Ok(())
        })
    }

    fn kind(&self, name: &str) -> io::Result<Option<Kind>> {
        self.change(|world, _| {
            let node = world.listing(self.node).now.get(name).copied();
            Ok(node.map(|node| match world.nodes[node] {
                Node::File(_) => Kind::File,
                Node::Folder(_) => Kind::Folder,
            }))
        })
    }

    fn is(&self, name: &str, file: &FakeFile) -> io::Result<bool> {
        self.change(|world, _| Ok(world.listing(self.node).now.get(name) == Some(&file.node)))
    }

    fn may_write(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn is_same(&self, other: &Self) -> io::Result<bool> {
        Ok(self.node == other.node)
    }

    fn is_on_disk_of(&self, _: &Self) -> io::Result<bool> {
        Ok(true)
    }

    fn is_removed(&self) -> io::Result<bool> {
        Ok(false)
    }

    fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let names: Vec<String> =
            self.change(|world, _| Ok(world.listing(self.node).now.keys().cloned().collect()))?;
        Ok(names.into_iter().map(Ok))
    }

    fn sync(&self) -> io::Result<()> {
        self.change(|world, _| world.sync(self.node))
    }

    fn room(&self) -> io::Result<u64> {
        self.change(|world, _| {
            Ok(world
                .limits
                .room
                .unwrap_or(u64::MAX)
                .saturating_sub(world.used()))
        })
    }
}

impl FakeFile {
    fn change<T>(&self, work: impl FnOnce(&mut World) -> io::Result<T>) -> io::Result<T> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.step()?;
        work(&mut world)
    }
}

impl Data for FakeFile {
    fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.change(|world| {
            let now = &world.content(self.node).now;
            let length = now.len().min(bytes.len());
            bytes[..length].copy_from_slice(&now[..length]);
            Ok(length)
        })
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.change(|world| {
            let room = world
                .limits
                .room
                .unwrap_or(u64::MAX)
                .saturating_sub(world.used());
            let content = world.content(self.node);
            let grows = (at + bytes.len() as u64).saturating_sub(content.now.len() as u64);
            // As much as there is room for is written.
            let fits = bytes.len() - grows.saturating_sub(room) as usize;
            let change = Change::Write(at, bytes[..fits].to_vec());
            change.apply(&mut content.now);
            content.pending.push(change);
            match fits == bytes.len() {
                true => Ok(()),
                false => Err(ErrorKind::StorageFull.into()),
            }
        })
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.change(|world| {
            if std::mem::take(&mut world.limits.fails_cut) {
                return Err(rustix::io::Errno::IO.into());
            }
            let content = world.content(self.node);
            let change = Change::Length(length);
            change.apply(&mut content.now);
            content.pending.push(change);
            Ok(())
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.change(|world| Ok(world.content(self.node).now.len() as u64))
    }

    fn sync(&self) -> io::Result<()> {
        self.change(|world| world.sync(self.node))
    }
}
