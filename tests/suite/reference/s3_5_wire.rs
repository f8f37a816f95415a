//! Reference 3.5: how a static file is answered, row by row.
