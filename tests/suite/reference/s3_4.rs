//! Reference 3.4: the order in which a request is resolved, row by row.
