//! Reference 3.6: locale negotiation, row by row.
