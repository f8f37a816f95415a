//! API keys, and the keys this node signs with.

pub mod signing;
pub mod api_keys;
