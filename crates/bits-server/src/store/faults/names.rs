//! Names that lead where none should.

use bits_session::server::{Caller, Fault};

use super::counts::{disk, store};
use crate::store::{Folder, Store};
use crate::{STAGING, Target};

#[test]
fn the_folder_of_sessions_is_out_of_reach_by_any_name() {
    let root = disk();
    let store = store(&root);
    root.make_folder("drop").unwrap();
    root.folder(STAGING)
        .unwrap()
        .make_folder("anybody")
        .unwrap();
    // As a file system has it that ignores the case of letters, and one that shortens names.
    for alias in ["BITS-S~1", ".bits\u{ad}-sessions"] {
        root.alias(STAGING, alias);
        for (path, fault) in [
            (format!("/{alias}"), Fault::IsDirectory),
            (format!("/{alias}/a"), Fault::BadName),
            (format!("/{alias}/anybody"), Fault::BadName),
            (format!("/{alias}/anybody/a"), Fault::BadName),
        ] {
            let caller = Caller {
                user: None,
                target: path,
            };
            let survey = store.survey(&caller, 50);
            assert_eq!(survey.destination, Err(fault), "{caller:?}");
        }
        for path in ["", "/", "/anybody", "/anybody/"] {
            let target = Target::of_decoded(format!("/{alias}{path}")).unwrap();
            assert!(!store.exists(&target).unwrap(), "{target}");
        }
    }
    let target = Target::of_decoded("/drop/".to_owned()).unwrap();
    assert!(store.exists(&target).unwrap());
}
