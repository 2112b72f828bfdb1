//! A file a command.

pub(crate) mod bounds;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod doc;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod fmt;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod lock;
pub(crate) mod measure;
pub(crate) mod record;
pub(crate) mod simulate;
pub(crate) mod test;
pub(crate) mod tune;
