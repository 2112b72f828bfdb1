//! Recordings that stay on disk: written series by series, read by many, never half there.

use std::fs;
use std::path::Path;

use heal_program::Timestamp;

use super::{bits, builder, series, small};
use crate::*;

fn writer(folder: &Path) -> RecordingWriter {
    RecordingWriter::create(folder, Overwrite::Refuse).unwrap()
}

/// A recording of `count` series of `length` samples.
fn many(count: u32, length: u32) -> Vec<NewSeries> {
    let values = |id: u32| (0..length).map(move |step| f64::from((step * 7 + id * 13) % 1_000) / 100.0);
    let series = |id: u32| {
        let values: Vec<f64> = values(id).collect();
        series(&format!("s{id:05}"), [], &values)
    };
    (0..count).map(series).collect()
}

/// The files of a folder are those of a recording in memory.
#[track_caller]
fn check_same_files(folder: &Path, recording: &Recording) {
    let files = recording.to_files().unwrap();
    assert_eq!(fs::read_dir(folder).unwrap().count(), files.len());
    for (name, bytes) in files {
        assert!(fs::read(folder.join(&name)).unwrap() == bytes, "{name}");
    }
}

#[test]
fn a_writer_and_a_builder_make_the_same_files() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let all = many(5, 30_000);
    let mut writer = writer(&folder);
    all.iter().for_each(|series| writer.append(series.clone()).unwrap());
    let about = RecordingBuilder::new("many").signal("ab", "s00001");
    let written = writer.finish(about).unwrap();
    let about = RecordingBuilder::new("many").signal("ab", "s00001");
    let built = all.into_iter().rev().fold(about, RecordingBuilder::series).build().unwrap();
    assert_eq!(written, built);
    assert_eq!(bits(&written), bits(&built));
    check_same_files(&folder, &built);
    check_same_files(&folder, &written);
}

#[test]
fn samples_are_read_before_they_are_verified_and_damage_is_found_then() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let all = many(3, 3_000);
    let mut writer = writer(&folder);
    all.iter().for_each(|series| writer.append(series.clone()).unwrap());
    let written = writer.finish(RecordingBuilder::new("many")).unwrap();
    let mut begun = None;
    let (opened, unverified) = Recording::open_unverified(&folder, |hash| begun = Some(hash)).unwrap();
    std::thread::spawn(move || begun.unwrap().compute());
    assert_eq!(bits(&opened), bits(&written));
    unverified.verify().unwrap();
    let samples = folder.join("samples.parquet");
    let sound = fs::read(&samples).unwrap();
    let damage = "`samples.parquet` does not have the SHA-256 of the manifest: it is damaged; restore the folder from a \
                  copy, or remove it and record it again";
    for place in (0..sound.len()).step_by(97).chain([sound.len() - 1]) {
        let mut damaged = sound.clone();
        damaged[place] ^= 0xff;
        fs::write(&samples, damaged).unwrap();
        let found = match Recording::open_unverified(&folder, |_| {}) {
            Ok((recording, unverified)) => {
                // Whatever it is that is read.
                recording.series.iter().for_each(|series| drop(series.samples()));
                unverified.verify().unwrap_err()
            }
            Err(wrong) => wrong,
        };
        assert_eq!(found.to_string(), damage, "byte {place}");
        assert_eq!(Recording::open(&folder).unwrap_err().to_string(), damage, "byte {place}");
    }
}

#[test]
fn a_recording_on_disk_is_copied_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let (folder, copy) = (root.path().join("r"), root.path().join("copy"));
    let written = builder().write(&folder, Overwrite::Refuse).unwrap();
    assert_eq!(written, small());
    written.write(&copy, Overwrite::Refuse).unwrap();
    check_same_files(&copy, &small());
    RecordingBuilder::from_recording(written).write(&copy, Overwrite::Replace).unwrap();
    check_same_files(&copy, &small());
}

#[test]
fn an_open_recording_outlives_the_one_that_replaces_it() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let old = builder().write(&folder, Overwrite::Refuse).unwrap();
    let other = RecordingBuilder::new("other").series(series("b", [], &[7.0]));
    other.write(&folder, Overwrite::Replace).unwrap();
    assert_eq!(bits(&old), bits(&small()));
}

#[test]
fn a_writer_that_is_given_up_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let count = || fs::read_dir(root.path()).unwrap().count();
    let mut first = writer(&folder);
    first.append(series("b", [], &[1.0])).unwrap();
    drop(first);
    assert_eq!(count(), 0);
    let mut second = writer(&folder);
    second.append(series("b", [("x", "1")], &[1.0])).unwrap();
    let error = second.append(series("b", [], &[1.0])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this cannot be recorded: `b` comes after `b{x=\"1\"}`: append series in the order of name and labels, each \
         once"
    );
    let error = second.finish(builder()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this cannot be recorded: a writer is told its series one by one, not at the end"
    );
    assert_eq!(count(), 0);
}

#[test]
fn what_is_known_of_a_series_needs_no_decoding() {
    let recording = small();
    let known: Vec<_> = recording.series.iter().map(|series| (series.len(), series.span())).collect();
    let span = Some((Timestamp(1_400_000_000_000), Timestamp(1_400_000_120_000)));
    assert_eq!(known, [(3, span), (3, span)]);
    let empty = RecordingBuilder::new("r").series(series("a", [], &[])).series(series("b", [], &[1.0]));
    let empty = empty.build().unwrap();
    assert!(empty.series[0].is_empty());
    assert_eq!((empty.series[0].span(), empty.series[0].samples().unwrap()), (None, Vec::new()));
}

#[test]
fn columns_are_what_is_stored() {
    let recording = small();
    let floats = recording.series[0].columns().unwrap();
    assert_eq!(floats.values, Values::Floats(vec![0.1 + 0.2, -0.0, 1e300]));
    let mut columns = floats;
    recording.series[1].read_into(&mut columns).unwrap();
    assert_eq!(columns.times, [1_400_000_000_000, 1_400_000_060_000, 1_400_000_120_000]);
    assert_eq!(columns.values, Values::Scaled { decimals: 3, scaled: vec![45_868, 47_250, 60_000] });
    assert_eq!(columns.floats(), [45.868, 47.25, 60.0]);
    assert_eq!(columns.values.iter().collect::<Vec<f64>>(), columns.floats());
    assert_eq!(columns.samples().collect::<Vec<_>>(), recording.series[1].samples().unwrap());
}

#[test]
fn threads_read_one_recording_at_once() {
    let root = tempfile::tempdir().unwrap();
    let all = many(40, 5_000);
    let about = RecordingBuilder::new("many");
    let recording = all.iter().cloned().fold(about, RecordingBuilder::series);
    let recording = recording.write(&root.path().join("r"), Overwrite::Refuse).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (recording, all) = (&recording, &all);
            scope.spawn(move || {
                let (mut reader, mut columns) = (SeriesReader::default(), Columns::default());
                for (series, new) in recording.series.iter().zip(all).skip(thread).step_by(4) {
                    reader.read(series, &mut columns).unwrap();
                    assert!(columns.samples().eq(new.samples.iter().copied()), "{}", series.name);
                }
            });
        }
    });
}

#[test]
fn a_file_that_is_cut_off_while_it_is_open_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let recording = builder().write(&folder, Overwrite::Refuse).unwrap();
    let samples = folder.join("samples.parquet");
    fs::File::options().write(true).open(&samples).unwrap().set_len(20).unwrap();
    let error = recording.series[0].samples().unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot read `{}`: ", samples.display())), "{error}");
    let error = verify(&folder).unwrap_err().to_string();
    assert!(error.starts_with("`samples.parquet` has 20 bytes, and the manifest says "), "{error}");
}
