//! The hash maps that requests are looked up in.

use std::collections::HashMap;

/// From a name to what it leads to. Hashed quickly, because every request does it several times: names get into such a map
/// only with a release or a binding, so a client that makes up colliding names has nothing to collide with.
pub type Lookup<V> = HashMap<Box<str>, V, foldhash::fast::RandomState>;
