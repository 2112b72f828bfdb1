//! Against a store in memory. A real server stands in the end-to-end tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{fs, sync::Arc};

use heal_program::Timestamp;
use heal_telemetry::{
    MANIFEST_FILE, NewSeries, Overwrite, Quality, Recording, RecordingBuilder, Sample, merge_into,
};
use object_store::{ObjectStore, memory::InMemory};
use tempfile::TempDir;

use crate::{Address, Remote, StoreError, cache::remove_oldest, objects::Objects};

fn series(name: &str, count: i64) -> NewSeries {
    let samples = (0..count).map(|step| Sample { at: Timestamp(step * 60_000), value: step as f64 / 4.0 });
    NewSeries {
        name: name.to_owned(),
        labels: [("host".to_owned(), "a".to_owned())].into(),
        unit: "ms".to_owned(),
        unit_declared: false,
        time_rule: "UTC".to_owned(),
        samples: samples.collect(),
        quality: Quality::default(),
    }
}

fn remote(store: &Arc<InMemory>, cache: &TempDir) -> Remote {
    let address: Address = "s3://bucket/team/may".parse().unwrap();
    let store: Arc<dyn ObjectStore> = Arc::<InMemory>::clone(store);
    let objects = Objects::over(address.clone(), store).unwrap();
    Remote { address, objects, cache: cache.path().to_owned() }
}

/// Adds a series to the recording in the store.
fn add(remote: &Remote, name: &str) {
    let draft = remote.draft(&mut |_| {}).unwrap();
    merge_into(draft.folder(), RecordingBuilder::new("").series(series(name, 10)), false).unwrap();
    draft.commit(&mut |_| {}).unwrap();
}

fn names(remote: &Remote) -> Vec<String> {
    let fetched = remote.fetch(&mut |_| {}).unwrap().unwrap();
    let recording = Recording::open(&fetched.folder).unwrap();
    recording.series.iter().map(|series| series.name.clone()).collect()
}

fn keys(remote: &Remote) -> Vec<String> {
    let (objects, _) = remote.objects.list(remote.address.prefix()).unwrap();
    objects.iter().map(|object| object.location.to_string()).collect()
}

#[test]
fn what_is_put_is_what_is_brought_elsewhere() {
    let (store, here, there) = (Arc::default(), TempDir::new().unwrap(), TempDir::new().unwrap());
    add(&remote(&store, &here), "app.rtt");
    add(&remote(&store, &here), "app.queue");
    let elsewhere = remote(&store, &there);
    assert_eq!(names(&elsewhere), ["app.queue", "app.rtt"]);
    assert_eq!(elsewhere.list().unwrap().len(), 1);
    let beside = elsewhere.address.beside("team".into());
    let above = Remote { address: beside, ..elsewhere };
    let found = above.list().unwrap();
    assert_eq!(found[0].address.to_string(), "s3://bucket/team/may");
    assert_eq!(found[0].manifest.as_ref().unwrap().name, "may");
}

#[test]
fn what_is_here_already_is_not_brought_again() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    add(&remote, "app.rtt");
    remote.fetch(&mut |progress| panic!("transfers {progress:?}")).unwrap().unwrap();
    let fetched = remote.fetch(&mut |_| {}).unwrap().unwrap();
    remote.forget(&fetched);
    let mut last = None;
    remote.fetch(&mut |progress| last = Some(progress)).unwrap().unwrap();
    let last = last.unwrap();
    assert!(last.done == last.all && last.all > 0 && !last.is_upload, "{last:?}");
}

#[test]
fn an_upload_that_stops_before_its_manifest_changes_nothing() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    add(&remote, "app.rtt");
    let draft = remote.draft(&mut |_| {}).unwrap();
    let addition = RecordingBuilder::new("").series(series("app.queue", 10));
    let recording = merge_into(draft.folder(), addition, false).unwrap();
    draft.send_tables(&recording.manifest, &mut |_| {}).unwrap();
    drop(draft);
    // The tables are there beside those of the recording, and nobody names them.
    assert_eq!(keys(&remote).iter().filter(|key| key.contains("samples.")).count(), 2);
    assert_eq!(names(&remote), ["app.rtt"]);
    add(&remote, "app.queue");
    assert_eq!(names(&remote), ["app.queue", "app.rtt"]);
}

#[test]
fn of_two_changes_at_once_the_second_is_refused_and_changes_nothing() {
    let (store, here, there) = (Arc::default(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let (here, there) = (remote(&store, &here), remote(&store, &there));
    let begin = |remote: &Remote, name: &str| {
        let draft = remote.draft(&mut |_| {}).unwrap();
        merge_into(draft.folder(), RecordingBuilder::new("").series(series(name, 10)), false).unwrap();
        draft.commit(&mut |_| {})
    };
    let first = here.draft(&mut |_| {}).unwrap();
    merge_into(first.folder(), RecordingBuilder::new("").series(series("app.late", 3)), false).unwrap();
    begin(&there, "app.rtt").unwrap();
    assert!(matches!(first.commit(&mut |_| {}), Err(StoreError::Changed { .. })));
    assert_eq!(names(&here), ["app.rtt"]);
    // On one machine the second does not even begin.
    let held = here.draft(&mut |_| {}).unwrap();
    assert!(matches!(here.draft(&mut |_| {}), Err(StoreError::Busy { .. })));
    drop(held);
    assert!(here.draft(&mut |_| {}).is_ok());
}

#[test]
fn a_table_that_was_changed_is_said_by_name() {
    let (store, cache, other) = (Arc::default(), TempDir::new().unwrap(), TempDir::new().unwrap());
    add(&remote(&store, &cache), "app.rtt");
    let remote = remote(&store, &other);
    let key = keys(&remote).into_iter().find(|key| key.contains("samples.")).unwrap().into();
    let size = remote.objects.size(&key).unwrap().unwrap();
    let zeros = vec![0; usize::try_from(size).unwrap()];
    for (bytes, reason) in [(zeros, "is not what the manifest says"), (vec![1], "has 1 bytes")] {
        remote.objects.remove(&key).unwrap();
        assert!(remote.objects.replace(&key, bytes.into(), None).unwrap());
        let wrong = remote.fetch(&mut |_| {}).unwrap_err().to_string();
        assert!(wrong.contains("`samples.") && wrong.contains(reason), "{wrong}");
    }
    remote.objects.remove(&key).unwrap();
    let wrong = remote.fetch(&mut |_| {}).unwrap_err().to_string();
    assert!(wrong.contains("is not there"), "{wrong}");
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0, "nothing of it is kept");
}

#[test]
fn a_folder_that_another_tool_copied_there_is_read() {
    let (store, cache, folder) = (Arc::default(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    let local = folder.path().join("may");
    RecordingBuilder::new("may").series(series("app.rtt", 10)).write(&local, Overwrite::Refuse).unwrap();
    for entry in fs::read_dir(&local).unwrap() {
        let entry = entry.unwrap();
        let key = remote.address.key(&entry.file_name().to_string_lossy());
        remote.objects.replace(&key, fs::read(entry.path()).unwrap().into(), None).unwrap();
    }
    assert_eq!(names(&remote), ["app.rtt"]);
    add(&remote, "app.queue");
    assert_eq!(names(&remote), ["app.queue", "app.rtt"]);
}

#[test]
fn a_large_file_goes_and_comes_in_pieces() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    let path = cache.path().join("large");
    let bytes: Vec<u8> =
        (0..20_000_003_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(&path, &bytes).unwrap();
    let (key, length) = ("large".into(), bytes.len() as u64);
    let mut pieces = Vec::new();
    let mut file = fs::File::open(&path).unwrap();
    remote.objects.send(&key, length, &mut file, &mut |count| pieces.push(count)).unwrap();
    assert_eq!(pieces, [8 << 20, 8 << 20, length - (16 << 20)]);
    let back = cache.path().join("back");
    let mut file = fs::File::create(&back).unwrap();
    let hash = remote.objects.fetch(&key, length, &mut file, &mut |_| {}).unwrap();
    assert_eq!(hash, Some(crate::objects::sha256(&bytes)));
    assert!(fs::read(&back).unwrap() == bytes);
}

#[test]
fn recordings_that_nobody_asked_for_since_longest_are_removed_first() {
    let cache = TempDir::new().unwrap();
    for (name, age) in [("old", 20), ("new", 10)] {
        let folder = cache.path().join(name);
        fs::create_dir(&folder).unwrap();
        let file = fs::File::create(folder.join(MANIFEST_FILE)).unwrap();
        file.set_len(1_000).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
    }
    remove_oldest(cache.path(), &cache.path().join("new"), 1_500).unwrap();
    assert!(!cache.path().join("old").exists() && cache.path().join("new").exists());
    remove_oldest(cache.path(), &cache.path().join("new"), 0).unwrap();
    assert!(cache.path().join("new").exists(), "what is in use stays");
}

#[test]
fn addresses_are_read_and_wrong_ones_say_why() {
    for (text, name) in [("s3://b/x/y", "y"), ("s3://b", "b"), ("s3://b/", "b"), ("s3://b/x/", "x")] {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.name(), name, "{text}");
        assert_eq!(address.to_string(), text.trim_end_matches('/'));
    }
    for text in ["s3://", "s3:///x", "s3://b/../x", "s3://b//x", "b/x", "s3://b c/x"] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
}
