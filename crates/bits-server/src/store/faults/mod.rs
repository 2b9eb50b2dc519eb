//! Uploads on a disk that stops after every number of operations, and forgets what was not synced.

mod campaign;
mod disk;
