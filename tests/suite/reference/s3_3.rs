//! Reference 3.3: what a release must obey, row by row.
