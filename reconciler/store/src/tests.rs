//! Against a store in memory. A real server stands in the end-to-end tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod odd;

use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use heal_program::Timestamp;
use heal_telemetry::{
    MANIFEST_FILE, NewSeries, Overwrite, Quality, Recording, RecordingBuilder, Sample, merge_into,
};
use object_store::{ObjectStore, memory::InMemory};
use tempfile::TempDir;

use crate::{
    Address, Remote, StoreError,
    cache::{DRAFTS, remove_oldest},
    draft::remove_old_drafts,
    objects::Objects,
};

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
    let below = remote.objects.list(remote.address.prefix()).unwrap();
    below.objects.iter().map(|object| object.location.to_string()).collect()
}

#[test]
fn what_is_put_is_what_is_brought_elsewhere() {
    let (store, here, there) = (Arc::default(), TempDir::new().unwrap(), TempDir::new().unwrap());
    add(&remote(&store, &here), "app.rtt");
    add(&remote(&store, &here), "app.queue");
    let elsewhere = remote(&store, &there);
    assert_eq!(names(&elsewhere), ["app.queue", "app.rtt"]);
    assert_eq!(elsewhere.list().unwrap().found.len(), 1);
    let beside = elsewhere.address.beside("team".into());
    let above = Remote { address: beside, ..elsewhere };
    let found = above.list().unwrap().found;
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
    for (text, name) in
        [("s3://abc/x/y", "y"), ("s3://abc", "abc"), ("s3://a.b-c_1/", "a.b-c_1"), ("s3://abc/x/", "x")]
    {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.name(), name, "{text}");
        assert_eq!(address.to_string(), text.trim_end_matches('/'));
    }
    let long = format!("s3://{}/x", "b".repeat(64));
    for text in [
        "s3://",
        "s3:///x",
        "s3://abc/../x",
        "s3://abc//x",
        "abc/x",
        "s3://a c/x",
        "s3://.",
        "s3://..",
        "s3://...",
        "s3://.ab",
        "s3://ab-",
        "s3://ab",
        "s3://abc/.",
        "s3://abc/x/..",
        "s3://abc/..\\x",
        "s3://abc/a\nb",
        &long,
    ] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
    let wrong = "s3://key:hunter2@bucket".parse::<Address>().unwrap_err().to_string();
    assert!(!wrong.contains("hunter2"), "{wrong}");
}

/// The folder of the recording in the cache, and the path of its table of samples.
fn cached(remote: &Remote) -> (std::path::PathBuf, std::path::PathBuf) {
    let folder = remote.fetch(&mut |_| {}).unwrap().unwrap().folder;
    let samples = folder.join("samples.parquet");
    (folder, samples)
}

#[test]
fn what_is_left_of_a_recording_in_the_cache_is_replaced() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    add(&remote, "app.rtt");
    let (folder, samples) = cached(&remote);
    fs::remove_file(folder.join(MANIFEST_FILE)).unwrap();
    assert_eq!(names(&remote), ["app.rtt"]);
    fs::remove_file(&samples).unwrap();
    assert_eq!(names(&remote), ["app.rtt"]);
    fs::write(&samples, "short").unwrap();
    assert_eq!(names(&remote), ["app.rtt"]);
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file").unwrap();
    assert_eq!(names(&remote), ["app.rtt"]);
    let left: Vec<_> = fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.iter().filter(|path| *path != &cache.path().join(DRAFTS)).count(), 1, "{left:?}");
}

#[test]
fn a_damaged_table_in_the_cache_keeps_nobody_from_writing() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    add(&remote, "app.rtt");
    let (_, samples) = cached(&remote);
    let length = fs::metadata(&samples).unwrap().len();
    fs::remove_file(&samples).unwrap();
    fs::write(&samples, vec![0; usize::try_from(length).unwrap()]).unwrap();
    add(&remote, "app.queue");
    assert_eq!(names(&remote), ["app.queue", "app.rtt"]);
}

#[test]
fn a_recording_may_be_called_as_the_files_of_its_draft() {
    for name in ["lock", "draft", "drafts"] {
        let (store, cache) = (Arc::default(), TempDir::new().unwrap());
        let remote =
            Remote { address: format!("s3://bucket/x/{name}").parse().unwrap(), ..remote(&store, &cache) };
        add(&remote, "app.rtt");
        add(&remote, "app.queue");
        assert_eq!(names(&remote), ["app.queue", "app.rtt"], "{name}");
        assert_eq!(fs::read_dir(cache.path().join(DRAFTS)).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn drafts_that_nobody_has_touched_for_long_are_removed_and_no_others() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    let drafts = cache.path().join(DRAFTS);
    let held = remote.draft(&mut |_| {}).unwrap();
    let left = drafts.join("left/draft/.may.heal-record");
    fs::create_dir_all(&left).unwrap();
    let count = || fs::read_dir(&drafts).unwrap().count();
    let day = Duration::from_secs(86_400);
    remove_old_drafts(&drafts, SystemTime::now() + 6 * day);
    assert_eq!(count(), 2);
    remove_old_drafts(&drafts, SystemTime::now() + 8 * day);
    assert_eq!(count(), 1, "the one that is worked on stays");
    drop(held);
    assert_eq!(count(), 0);
}

#[test]
fn what_a_command_keeps_beside_a_draft_stays() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    let draft = remote.draft(&mut |_| {}).unwrap();
    let beside = draft.folder().with_file_name(".may.heal-record");
    fs::create_dir(&beside).unwrap();
    drop(draft);
    assert!(beside.exists());
    let draft = remote.draft(&mut |_| {}).unwrap();
    fs::remove_dir(&beside).unwrap();
    drop(draft);
    assert_eq!(fs::read_dir(cache.path().join(DRAFTS)).unwrap().count(), 0);
}

#[test]
fn tables_of_the_recording_that_was_replaced_last_stay_for_who_reads_it() {
    let (store, cache) = (Arc::default(), TempDir::new().unwrap());
    let remote = remote(&store, &cache);
    let manifest = |remote: &Remote| {
        let read = remote.objects.read(&remote.address.key(MANIFEST_FILE)).unwrap().unwrap();
        heal_telemetry::Manifest::from_bytes(&read.bytes).unwrap()
    };
    let samples = || keys(&remote).iter().filter(|key| key.contains("samples.")).count();
    add(&remote, "app.rtt");
    let first = manifest(&remote);
    add(&remote, "app.queue");
    let second = manifest(&remote);
    add(&remote, "app.load");
    let third = manifest(&remote);
    assert_eq!(samples(), 3);
    // However old they are.
    remote.remove_unused(&[&third, &second], -1).unwrap();
    assert_eq!(samples(), 2);
    remote.remove_unused(&[&first, &second, &third], -1).unwrap();
    assert_eq!(samples(), 2);
    remote.remove_unused(&[&third], -1).unwrap();
    assert_eq!(
        (samples(), names(&remote)),
        (1, ["app.load", "app.queue", "app.rtt"].map(str::to_owned).to_vec())
    );
}
