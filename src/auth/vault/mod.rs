//! Documents that are encrypted at rest.
