//! Reference 3.10: inventory and diff, row by row.
