//! Reference 3.9: resolve and diagnose, row by row.
