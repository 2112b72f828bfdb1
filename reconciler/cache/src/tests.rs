//! Files that are there, that are not, and that are in the way.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use super::*;

#[test]
fn what_is_kept_is_found_until_somebody_removes_it() {
    let home = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(home.path().join("cache"));
    assert_eq!(cache.get("abcdef"), None);
    cache.put("abcdef", b"one");
    cache.put("abcdef", b"two");
    assert_eq!(cache.get("abcdef").as_deref(), Some(b"two".as_slice()));
    fs::remove_dir_all(cache.folder()).unwrap();
    assert_eq!(cache.get("abcdef"), None);
    cache.put("abcdef", b"three");
    assert_eq!(cache.get("abcdef").as_deref(), Some(b"three".as_slice()));
}

#[test]
fn a_folder_that_cannot_be_written_costs_no_result() {
    let home = tempfile::tempdir().unwrap();
    let in_the_way = home.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let cache = FolderCache::new(&in_the_way);
    cache.put("abcdef", b"one");
    assert_eq!(cache.get("abcdef"), None);
    cache.tidy();
    assert!(in_the_way.is_file());
}

#[test]
fn the_oldest_files_make_room() {
    let home = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(home.path());
    for (at, name) in ["aaold", "bbnew"].into_iter().enumerate() {
        cache.put(name, &[0; 100]);
        let file = fs::File::options().write(true).open(cache.path(name)).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at as u64);
        file.set_modified(time).unwrap();
    }
    tidy(home.path(), 150);
    assert_eq!((cache.get("aaold").is_some(), cache.get("bbnew").is_some()), (false, true));
}

#[test]
fn a_file_that_a_killed_process_left_half_written_goes_when_nobody_can_be_writing_it() {
    let home = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(home.path());
    cache.put("aakept", b"kept");
    let left = |name: &str, age: u64| {
        let path = home.path().join("aa").join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        path
    };
    let (old, fresh) = (left("kept.new-1-0", 7_200), left("kept.new-2-0", 10));
    cache.tidy();
    assert_eq!((old.exists(), fresh.exists()), (false, true));
    assert_eq!(cache.get("aakept").as_deref(), Some(b"kept".as_slice()));
}

/// Makes files of a cache as old as they stand in a list, the first one the oldest.
fn age(cache: &FolderCache, names: &[&str]) {
    for (at, name) in names.iter().enumerate() {
        let file = fs::File::options().write(true).open(cache.path(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at as u64)).unwrap();
    }
}

#[test]
fn what_was_found_lately_is_kept_longest() {
    let home = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(home.path());
    let names = ["aaneeded", "bbold", "ccnew"];
    names.iter().for_each(|name| cache.put(name, &[0; 100]));
    age(&cache, &names);
    assert!(cache.get("aaneeded").is_some());
    tidy(home.path(), 250);
    assert_eq!(names.map(|name| cache.get(name).is_some()), [true, false, true]);
}

#[test]
fn what_else_lies_in_the_folder_keeps_nothing_from_being_tidied() {
    let home = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(home.path());
    let names = ["aaold", "bbold", "ccnew"];
    names.iter().for_each(|name| cache.put(name, &[0; 100]));
    age(&cache, &names);
    for name in ["00stray", "bb~stray", "zz"] {
        fs::write(home.path().join(name), "x").unwrap();
    }
    fs::create_dir(home.path().join("aa").join("stray")).unwrap();
    tidy(home.path(), 150);
    assert_eq!(names.map(|name| cache.get(name).is_some()), [false, false, true]);
    assert!(home.path().join("00stray").is_file());
}
