//! The interface headers, as far as the program knows them.

use std::sync::Arc;

use crate::refpolicy::{Catalogue, FuzzyIndex, matching::Matcher};

/// The headers, or why there are none.
#[derive(Debug, Clone)]
pub enum HeadersState {
    /// They are being read; how far that is, in a few words.
    Reading(&'static str),
    /// They were read.
    Read(Arc<KnownHeaders>),
    /// Where they were looked for, and what to install.
    Missing(String),
}

/// Headers that were read, ready to be searched and matched.
#[derive(Debug)]
pub struct KnownHeaders {
    /// What they define.
    pub catalogue: Arc<Catalogue>,
    /// Search by a few letters.
    pub fuzzy: FuzzyIndex,
    /// Which of them grants what.
    pub matcher: Matcher,
}

impl Default for HeadersState {
    fn default() -> Self {
        Self::Reading("the policy comes first")
    }
}

impl HeadersState {
    /// The headers, once they were read.
    pub fn known(&self) -> Option<&KnownHeaders> {
        match self {
            Self::Read(known) => Some(known),
            Self::Reading(_) | Self::Missing(_) => None,
        }
    }

    /// The catalogue, once it was read.
    pub fn catalogue(&self) -> Option<&Catalogue> {
        self.known().map(|known| known.catalogue.as_ref())
    }
}
