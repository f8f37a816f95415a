//! API keys, and the keys this node signs with.

pub mod api_keys;
pub mod signing;
