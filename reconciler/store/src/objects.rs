//! What is asked of an object store: a file read, a file written, a manifest replaced, a list.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use object_store::{
    Attributes, ClientConfigKey, ClientOptions, Error, GetOptions, GetRange, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutOptions, RetryConfig, UpdateVersion,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::{Address, StoreError};

/// Bytes that are asked for or sent at once.
const PIECE_BYTES: usize = 8 << 20;

/// How often a request that fails is made again, after pauses of 100 ms and more: some seconds in all.
const RETRIES_MAX: usize = 6;

/// How long a request may take, a piece in or out.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// How long all attempts of a request may take.
const RETRY_TIMEOUT: Duration = Duration::from_secs(150);

/// A connection to one place of an object store.
#[derive(Debug)]
pub(crate) struct Objects {
    address: Address,
    store: Arc<dyn ObjectStore>,
    runtime: Runtime,
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
        let is_plain = |key: &AmazonS3ConfigKey| {
            builder.get_config_value(key).is_some_and(|endpoint| endpoint.starts_with("http://"))
        };
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        let is_allowed = builder.get_config_value(&AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
        let is_allowed = is_allowed.is_some_and(|text| text == "true" || text == "1");
        let is_here = endpoint.as_deref().is_some_and(is_this_machine);
        if is_plain(&AmazonS3ConfigKey::Endpoint) && !is_here && !is_allowed {
            return Err(StoreError::Settings {
                address: address.to_string(),
                reason: "AWS_ENDPOINT_URL is `http`, and data go over `https` only, or to this machine; \
                         AWS_ALLOW_HTTP=true says otherwise"
                    .to_owned(),
            });
        }
        let options =
            ClientOptions::new().with_timeout(REQUEST_TIMEOUT).with_allow_http(is_here || is_allowed);
        let retry =
            RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let builder =
            builder.with_bucket_name(address.bucket()).with_client_options(options).with_retry(retry);
        let store = builder.build().map_err(|error| StoreError::of(address, &error))?;
        Objects::over(address.clone(), Arc::new(store))
    }

    /// Over any store.
    pub(crate) fn over(address: Address, store: Arc<dyn ObjectStore>) -> Result<Objects, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Settings {
            address: address.to_string(),
            reason: format!("no runtime could be started: {error}"),
        })?;
        Ok(Objects { address, store, runtime })
    }

    /// A small file, and its version; `None` when it is not there.
    pub(crate) fn read(&self, key: &Path) -> Result<Option<ReadManifest>, StoreError> {
        let read = self.runtime.block_on(async {
            let found = self.store.get(key).await?;
            let version =
                UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            Ok(ReadManifest { bytes: found.bytes().await?, version })
        });
        self.unless_absent(read)
    }

    /// The size of a file; `None` when it is not there.
    pub(crate) fn size(&self, key: &Path) -> Result<Option<u64>, StoreError> {
        let found = self.runtime.block_on(self.store.head(key));
        Ok(self.unless_absent(found)?.map(|found| found.size))
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
        // An empty file is asked for too: it may not be there.
        while done < bytes || done == 0 {
            let piece = done..bytes.min(done + PIECE_BYTES as u64);
            let options = GetOptions {
                range: (!piece.is_empty()).then(|| GetRange::Bounded(piece.clone())),
                // Pieces of two versions are no file.
                if_match: e_tag.clone(),
                ..GetOptions::default()
            };
            let read = self.runtime.block_on(async {
                let found = self.store.get_opts(key, options).await?;
                let (e_tag, size) = (found.meta.e_tag.clone(), found.meta.size);
                Ok((found.bytes().await?, e_tag, size))
            });
            let Some((read, tag, size)) = self.unless_absent(read)? else { return Ok(None) };
            if size != bytes || read.is_empty() {
                return Err(self.damaged(key, format!("has {size} bytes, and the manifest says {bytes}")));
            }
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
        if bytes <= PIECE_BYTES as u64 {
            let piece = self.piece(key, from)?;
            let length = piece.len() as u64;
            self.runtime.block_on(self.store.put(key, piece.into())).map_err(|error| self.failed(&error))?;
            told(length);
            return Ok(());
        }
        let upload = self.runtime.block_on(self.store.put_multipart(key));
        let mut upload = upload.map_err(|error| self.failed(&error))?;
        let sent = loop {
            let piece = match self.piece(key, from) {
                Ok(piece) => piece,
                Err(error) => break Err(error),
            };
            let length = piece.len() as u64;
            if length == 0 {
                break self
                    .runtime
                    .block_on(upload.complete())
                    .map(drop)
                    .map_err(|error| self.failed(&error));
            }
            if let Err(error) = self.runtime.block_on(upload.put_part(piece.into())) {
                break Err(self.failed(&error));
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

    /// The files right below a prefix, and the prefixes below it.
    pub(crate) fn list(&self, prefix: &Path) -> Result<(Vec<ObjectMeta>, Vec<Path>), StoreError> {
        let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(prefix)));
        let listed = listed.map_err(|error| self.failed(&error))?;
        Ok((listed.objects, listed.common_prefixes))
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

/// SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether an address leads to this machine, so that nobody can listen in.
fn is_this_machine(endpoint: &str) -> bool {
    let Some(rest) = endpoint.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}
