//! API keys: see [`crate::keys`] and [`crate::invoke`] for what they are for.
