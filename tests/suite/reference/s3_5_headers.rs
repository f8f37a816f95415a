//! Reference 3.5: header fields of the manifest, row by row.
