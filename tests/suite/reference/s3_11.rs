//! Reference 3.11: promote, row by row.
