//! Stores that do what they should not, and uploads that somebody ends.

use std::{
    fmt,
    future::{pending, ready},
    ops::Range,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::{Stream, future::BoxFuture, stream::BoxStream};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
    memory::InMemory, path::Path,
};
use tempfile::TempDir;

use crate::{Remote, StoreError, objects::Objects, uploads::Uploads};

/// A store in memory that may lie about what it has, and whose uploads in pieces never go on.
#[derive(Debug, Default)]
struct Odd {
    inner: InMemory,
    /// What it says how long everything is; then what it gives has no end.
    says: Option<u64>,
    /// The beginning of the keys that nobody may read.
    secret: Option<Path>,
    aborted: Arc<AtomicUsize>,
}

impl fmt::Display for Odd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("odd")
    }
}

/// Pieces without an end, up to a bound that nobody should get to.
struct Endless(usize);

impl Stream for Endless {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        assert!(self.0 < 1_000, "more was read than was asked for");
        Poll::Ready(Some(Ok(Bytes::from_static(&[0; 1 << 16]))))
    }
}

#[derive(Debug)]
struct Stuck(Arc<AtomicUsize>);

impl MultipartUpload for Stuck {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(pending())
    }

    fn complete<'a, 'f>(&'a mut self) -> BoxFuture<'f, Result<PutResult>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(ready(Err(Error::NotImplemented { operation: String::new(), implementer: String::new() })))
    }

    fn abort<'a, 'f>(&'a mut self) -> BoxFuture<'f, Result<()>>
    where
        'a: 'f,
        Self: 'f,
    {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(ready(Ok(())))
    }
}

impl ObjectStore for Odd {
    fn put_opts<'a, 'p, 'f>(
        &'a self,
        at: &'p Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> BoxFuture<'f, Result<PutResult>>
    where
        'a: 'f,
        'p: 'f,
        Self: 'f,
    {
        self.inner.put_opts(at, payload, options)
    }

    fn put_multipart_opts<'a, 'p, 'f>(
        &'a self,
        _: &'p Path,
        _: PutMultipartOptions,
    ) -> BoxFuture<'f, Result<Box<dyn MultipartUpload>>>
    where
        'a: 'f,
        'p: 'f,
        Self: 'f,
    {
        let stuck: Box<dyn MultipartUpload> = Box::new(Stuck(Arc::clone(&self.aborted)));
        Box::pin(ready(Ok(stuck)))
    }

    fn get_opts<'a, 'p, 'f>(&'a self, at: &'p Path, options: GetOptions) -> BoxFuture<'f, Result<GetResult>>
    where
        'a: 'f,
        'p: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            if self.secret.as_ref().is_some_and(|secret| at.prefix_matches(secret)) {
                return Err(Error::PermissionDenied { path: at.to_string(), source: "Forbidden".into() });
            }
            let mut found = self.inner.get_opts(at, options).await?;
            if let Some(says) = self.says {
                found.meta.size = says;
                found.payload = GetResultPayload::Stream(Box::pin(Endless(0)));
            }
            Ok(found)
        })
    }

    fn get_ranges<'a, 'p, 'r, 'f>(
        &'a self,
        at: &'p Path,
        ranges: &'r [Range<u64>],
    ) -> BoxFuture<'f, Result<Vec<Bytes>>>
    where
        'a: 'f,
        'p: 'f,
        'r: 'f,
        Self: 'f,
    {
        self.inner.get_ranges(at, ranges)
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'p, 'f>(
        &'a self,
        prefix: Option<&'p Path>,
    ) -> BoxFuture<'f, Result<ListResult>>
    where
        'a: 'f,
        'p: 'f,
        Self: 'f,
    {
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'p, 't, 'f>(
        &'a self,
        from: &'p Path,
        to: &'t Path,
        options: CopyOptions,
    ) -> BoxFuture<'f, Result<()>>
    where
        'a: 'f,
        'p: 'f,
        't: 'f,
        Self: 'f,
    {
        self.inner.copy_opts(from, to, options)
    }
}

fn over(store: Odd) -> Objects {
    Objects::over("s3://bucket/team/may".parse().unwrap(), Arc::new(store)).unwrap()
}

/// What is said of a store that says everything were so long, when a table of a megabyte and a manifest are asked for.
fn said(says: u64) -> [String; 2] {
    let objects = over(Odd { says: Some(says), ..Odd::default() });
    let key: Path = "team/may/x".into();
    assert!(objects.replace(&key, vec![0; 1 << 20].into(), None).unwrap());
    let folder = TempDir::new().unwrap();
    let mut file = std::fs::File::create(folder.path().join("x")).unwrap();
    let table = objects.fetch(&key, 1 << 20, &mut file, &mut |_| {}).unwrap_err();
    [table.to_string(), objects.read(&key).unwrap_err().to_string()]
}

#[test]
fn no_more_is_read_than_was_asked_for_whatever_the_store_gives() {
    // It says so much, and nothing of it is read.
    let [table, manifest] = said(u64::MAX);
    assert!(table.contains("has 18446744073709551615 bytes, and the manifest says 1048576"), "{table}");
    assert!(manifest.contains("is larger than 256 MiB"), "{manifest}");
    // It says what is right, and gives more.
    let objects = over(Odd { says: Some(1 << 20), ..Odd::default() });
    let key: Path = "team/may/x".into();
    objects.replace(&key, vec![0; 1 << 20].into(), None).unwrap();
    let folder = TempDir::new().unwrap();
    let mut file = std::fs::File::create(folder.path().join("x")).unwrap();
    let table = objects.fetch(&key, 1 << 20, &mut file, &mut |_| {}).unwrap_err().to_string();
    assert!(table.contains("gives other bytes than it says"), "{table}");
    let empty = objects.fetch(&key, 0, &mut file, &mut |_| {}).unwrap_err().to_string();
    assert!(empty.contains("has 0 bytes by the manifest"), "{empty}");
}

#[test]
fn an_upload_that_is_ended_gives_up_what_it_has_sent() {
    static UPLOADS: Uploads = Uploads::new();
    let aborted = Arc::<AtomicUsize>::default();
    let objects = over(Odd { aborted: Arc::clone(&aborted), ..Odd::default() }).with_uploads(&UPLOADS);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("large");
    std::fs::write(&path, vec![0; 9 << 20]).unwrap();
    let key: Path = "team/may/large".into();
    let sending = std::thread::spawn(move || {
        let mut file = std::fs::File::open(&path).unwrap();
        let sent = objects.send(&key, 9 << 20, &mut file, &mut |_| {});
        // None begins after it.
        (sent, objects.send(&key, 1, &mut file, &mut |_| {}))
    });
    // Whether it has begun to wait or not, it hears of it.
    while UPLOADS.count() == 0 {
        std::thread::yield_now();
    }
    UPLOADS.stop(Duration::from_secs(30));
    let (sent, next) = sending.join().unwrap();
    for ended in [sent, next] {
        assert!(matches!(ended, Err(StoreError::Interrupted { .. })), "{ended:?}");
    }
    assert_eq!(aborted.load(Ordering::SeqCst), 1);
}

#[test]
fn nothing_shows_the_credentials() {
    assert_eq!(format!("{:?}", over(Odd::default())).matches("store").count(), 0);
}

#[test]
fn a_place_that_nobody_may_read_hides_no_other() {
    let store = Odd { secret: Some("team/b".into()), ..Odd::default() };
    let objects = over(store);
    for key in ["team/a/recording.toml", "team/b/recording.toml", "team/c/recording.toml"] {
        assert!(objects.replace(&key.into(), b"no manifest".to_vec().into(), None).unwrap());
    }
    let cache = TempDir::new().unwrap();
    let address = "s3://bucket/team".parse().unwrap();
    let remote = Remote { address, objects, cache: cache.path().to_owned() };
    let below = remote.list().unwrap();
    let found: Vec<String> = below.found.iter().map(|found| found.address.to_string()).collect();
    assert_eq!(found, ["s3://bucket/team/a", "s3://bucket/team/c"]);
    let refused: Vec<String> = below.refused.iter().map(|(address, _)| address.to_string()).collect();
    assert_eq!(refused, ["s3://bucket/team/b"]);
}
