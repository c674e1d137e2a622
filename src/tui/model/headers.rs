//! The interface headers, as far as the program knows them.

use std::sync::Arc;

use crate::refpolicy::Catalogue;

/// The catalogue, or why there is none.
#[derive(Debug, Clone, Default)]
pub enum HeadersState {
    /// They are being read.
    #[default]
    Reading,
    /// They were read.
    Read(Arc<Catalogue>),
    /// Where they were looked for, and what to install.
    Missing(String),
}

impl HeadersState {
    /// The catalogue, once it was read.
    pub fn catalogue(&self) -> Option<&Catalogue> {
        match self {
            Self::Read(catalogue) => Some(catalogue),
            Self::Reading | Self::Missing(_) => None,
        }
    }
}
