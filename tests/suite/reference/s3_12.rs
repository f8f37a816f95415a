//! Reference 3.12: warnings, row by row.
