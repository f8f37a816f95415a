//! Reference 3.5: the static manifest, row by row.
