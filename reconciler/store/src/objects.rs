//! What is asked of an object store: a file read, a file written, a manifest replaced, a list.

use std::{
    fmt,
    fs::File,
    future::poll_fn,
    io::{Read as _, Write as _},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use heal_telemetry::MANIFEST_BYTES_MAX;
use object_store::{
    Attributes, ClientConfigKey, ClientOptions, Error, GetOptions, GetRange, GetResult, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig, UpdateVersion,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    list::PaginatedListStore,
    path::Path,
};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::{
    Address, StoreError,
    endpoint::endpoint,
    list::{Below, PAGE_MAX, around, refused},
    uploads::{UPLOADS, Uploads},
};

/// Bytes that are asked for or sent at once.
const PIECE_BYTES: usize = 8 << 20;

/// How often a request that fails is made again, after pauses of 100 ms and more: some seconds in all.
const RETRIES_MAX: usize = 6;

/// How long a request may take, a piece in or out.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// How long all attempts of a request may take.
const RETRY_TIMEOUT: Duration = Duration::from_secs(150);

/// A connection to one place of an object store.
pub(crate) struct Objects {
    address: Address,
    store: Arc<dyn ObjectStore>,
    /// The same store, where its lists can be had page by page.
    pages: Option<Arc<dyn PaginatedListStore>>,
    runtime: Runtime,
    uploads: &'static Uploads,
}

impl fmt::Debug for Objects {
    // What the library shows of itself has the id of a key in it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Objects").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A manifest that was read, and which version of it.
#[derive(Clone, Debug)]
pub(crate) struct ReadManifest {
    pub(crate) bytes: Bytes,
    pub(crate) version: UpdateVersion,
}

impl Objects {
    /// Over S3, as the environment says.
    pub(crate) fn from_environment(address: &Address) -> Result<Objects, StoreError> {
        // Somebody else may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = AmazonS3Builder::from_env();
        let said = |key: AmazonS3ConfigKey| builder.get_config_value(&key);
        let is_allowed = said(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
        let is_allowed = is_allowed.is_some_and(|text| text == "true" || text == "1");
        let (of_s3, of_all) = (said(AmazonS3ConfigKey::S3Endpoint), said(AmazonS3ConfigKey::Endpoint));
        let endpoint = endpoint(of_s3, of_all, is_allowed)
            .map_err(|reason| StoreError::Settings { address: address.to_string(), reason })?;
        let is_plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.is_plain);
        let builder = match endpoint {
            Some(endpoint) => builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint.url),
            None => builder,
        };
        let options = ClientOptions::new().with_timeout(REQUEST_TIMEOUT).with_allow_http(is_plain);
        let retry =
            RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let builder =
            builder.with_bucket_name(address.bucket()).with_client_options(options).with_retry(retry);
        let store = Arc::new(builder.build().map_err(|error| StoreError::of(address, &error))?);
        let pages: Arc<dyn PaginatedListStore> = Arc::<AmazonS3>::clone(&store);
        Ok(Objects { pages: Some(pages), ..Objects::over(address.clone(), store)? })
    }

    /// Over any store.
    pub(crate) fn over(address: Address, store: Arc<dyn ObjectStore>) -> Result<Objects, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Settings {
            address: address.to_string(),
            reason: format!("no runtime could be started: {error}"),
        })?;
        Ok(Objects { address, store, pages: None, runtime, uploads: &UPLOADS })
    }

    /// With uploads that end by themselves.
    #[cfg(test)]
    pub(crate) fn with_uploads(self, uploads: &'static Uploads) -> Objects {
        Objects { uploads, ..self }
    }

    /// The uploads that are stopped together.
    pub(crate) fn uploads(&self) -> &'static Uploads {
        self.uploads
    }

    /// An error when uploads are to stop.
    pub(crate) fn unless_stopped(&self) -> Result<(), StoreError> {
        if self.uploads.is_stopped() { Err(self.interrupted()) } else { Ok(()) }
    }

    fn interrupted(&self) -> StoreError {
        StoreError::Interrupted { address: self.address.to_string() }
    }

    /// A manifest, and its version; `None` when it is not there.
    pub(crate) fn read(&self, key: &Path) -> Result<Option<ReadManifest>, StoreError> {
        let most = MANIFEST_BYTES_MAX as u64;
        let read = self.runtime.block_on(async {
            let found = self.store.get(key).await?;
            let version =
                UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            let bytes = if found.meta.size > most { None } else { at_most(found, most).await? };
            Ok((bytes, version))
        });
        let Some((bytes, version)) = self.unless_absent(read)? else { return Ok(None) };
        let too_large =
            || self.damaged(key, format!("is larger than {} MiB, and no manifest is", most >> 20));
        Ok(Some(ReadManifest { bytes: bytes.ok_or_else(too_large)?, version }))
    }

    /// What is known of a file; `None` when it is not there.
    pub(crate) fn head(&self, key: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        let found = self.runtime.block_on(self.store.head(key));
        self.unless_absent(found)
    }

    /// The size of a file; `None` when it is not there.
    pub(crate) fn size(&self, key: &Path) -> Result<Option<u64>, StoreError> {
        Ok(self.head(key)?.map(|found| found.size))
    }

    /// Brings a file here, piece by piece, and gives its SHA-256 in hexadecimal; `None` when it is not there. `told` hears
    /// of every piece's bytes.
    pub(crate) fn fetch(
        &self,
        key: &Path,
        bytes: u64,
        into: &mut File,
        told: &mut dyn FnMut(u64),
    ) -> Result<Option<String>, StoreError> {
        let mut hash = Sha256::new();
        let (mut done, mut e_tag) = (0, None);
        if bytes == 0 {
            return Err(self.damaged(key, "has 0 bytes by the manifest, and no table has"));
        }
        while done < bytes {
            let piece = done..bytes.min(done.saturating_add(PIECE_BYTES as u64));
            let length = piece.end - piece.start;
            let options = GetOptions {
                range: Some(GetRange::Bounded(piece)),
                // Pieces of two versions are no file.
                if_match: e_tag.clone(),
                ..GetOptions::default()
            };
            let read = self.runtime.block_on(async {
                let found = self.store.get_opts(key, options).await?;
                let (e_tag, size) = (found.meta.e_tag.clone(), found.meta.size);
                let read = if size == bytes { at_most(found, length).await? } else { None };
                Ok((read, e_tag, size))
            });
            let Some((read, tag, size)) = self.unless_absent(read)? else { return Ok(None) };
            let Some(read) = read.filter(|read| !read.is_empty()) else {
                let reason = match size == bytes {
                    true => "is not what was asked for: the store gives other bytes than it says".to_owned(),
                    false => format!("has {size} bytes, and the manifest says {bytes}"),
                };
                return Err(self.damaged(key, reason));
            };
            e_tag = tag;
            hash.update(&read);
            into.write_all(&read)
                .map_err(|source| StoreError::Cache { path: key.to_string().into(), source })?;
            done += read.len() as u64;
            told(read.len() as u64);
        }
        Ok(Some(hexadecimal(&hash.finalize())))
    }

    /// Writes a file, whole or not at all. `told` hears of every piece's bytes.
    pub(crate) fn send(
        &self,
        key: &Path,
        bytes: u64,
        from: &mut File,
        told: &mut dyn FnMut(u64),
    ) -> Result<(), StoreError> {
        self.unless_stopped()?;
        if bytes <= PIECE_BYTES as u64 {
            let piece = self.piece(key, from)?;
            let length = piece.len() as u64;
            self.runtime.block_on(self.store.put(key, piece.into())).map_err(|error| self.failed(&error))?;
            told(length);
            return Ok(());
        }
        // A store keeps the pieces until somebody says that it need not.
        let _under_way = self.uploads.begin();
        let upload = self.runtime.block_on(self.store.put_multipart(key));
        let mut upload = upload.map_err(|error| self.failed(&error))?;
        let sent = loop {
            let piece = match self.piece(key, from) {
                Ok(piece) => piece,
                Err(error) => break Err(error),
            };
            let length = piece.len() as u64;
            if let Err(stopped) = self.unless_stopped() {
                break Err(stopped);
            }
            if length == 0 {
                break self
                    .runtime
                    .block_on(upload.complete())
                    .map(drop)
                    .map_err(|error| self.failed(&error));
            }
            let part = upload.put_part(piece.into());
            let sent = self.runtime.block_on(async {
                tokio::select! {
                    sent = part => sent.map_err(|error| self.failed(&error)),
                    () = self.uploads.stopped() => Err(self.interrupted()),
                }
            });
            if let Err(error) = sent {
                break Err(error);
            }
            told(length);
        };
        if sent.is_err() {
            // The error that matters is the one that led here.
            let _ = self.runtime.block_on(upload.abort());
        }
        sent
    }

    /// Replaces the version that was seen, or makes the file where none was. `false` when another version is there.
    pub(crate) fn replace(
        &self,
        key: &Path,
        bytes: Bytes,
        seen: Option<&UpdateVersion>,
    ) -> Result<bool, StoreError> {
        let mode = seen.map_or(PutMode::Create, |version| PutMode::Update(version.clone()));
        let options = PutOptions { mode, attributes: Attributes::new(), ..PutOptions::default() };
        match self.runtime.block_on(self.store.put_opts(key, bytes.into(), options)) {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }) => {
                Ok(false)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// What is right below a prefix.
    pub(crate) fn list(&self, prefix: &Path) -> Result<Below, StoreError> {
        let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(prefix)));
        let below = match (listed, &self.pages) {
            (Ok(listed), _) => {
                let (objects, prefixes) = (listed.objects, listed.common_prefixes);
                Ok(Below { objects, prefixes, left_out: Vec::new() })
            }
            (Err(error), Some(pages)) if refused(&error).is_some() => {
                self.runtime.block_on(around(pages.as_ref(), prefix, PAGE_MAX))
            }
            (Err(error), _) => Err(error),
        };
        below.map_err(|error| self.failed(&error))
    }

    /// Removes a file. One that is gone already is as good.
    pub(crate) fn remove(&self, key: &Path) -> Result<(), StoreError> {
        let removed = self.runtime.block_on(self.store.delete(key));
        self.unless_absent(removed).map(drop)
    }

    pub(crate) fn damaged(&self, key: &Path, reason: impl Into<String>) -> StoreError {
        let file = key.filename().unwrap_or_default().to_owned();
        StoreError::Damaged { address: self.address.to_string(), file, reason: reason.into() }
    }

    fn piece(&self, key: &Path, from: &mut File) -> Result<Bytes, StoreError> {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let read = from.take(PIECE_BYTES as u64).read_to_end(&mut piece);
        read.map_err(|source| StoreError::Cache { path: key.to_string().into(), source })?;
        Ok(piece.into())
    }

    fn failed(&self, error: &Error) -> StoreError {
        StoreError::of(&self.address, error)
    }

    fn unless_absent<T>(&self, result: Result<T, Error>) -> Result<Option<T>, StoreError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ Error::NotFound { .. }) => {
                let failed = self.failed(&error);
                if matches!(failed, StoreError::NoBucket { .. }) { Err(failed) } else { Ok(None) }
            }
            Err(error) => Err(self.failed(&error)),
        }
    }
}

/// The bytes of an answer; `None` when there are more than were asked for, whatever it says of itself.
async fn at_most(found: GetResult, most: u64) -> Result<Option<Bytes>, Error> {
    let mut stream = found.into_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        let piece = piece?;
        if (bytes.len() as u64).saturating_add(piece.len() as u64) > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes.into()))
}

/// SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
