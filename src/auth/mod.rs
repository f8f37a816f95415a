//! Who asks, and whether they may: tokens, sessions, roles, keys, secrets.
//!
//! Everything here is per project. [`edge`](crate::edge) and [`api`](crate::api) ask; nothing here knows Pingora or axum, and nothing
//! here runs a function.
//!
//! | module | idea |
//! |---|---|
//! | `authority` | all projects of the node |
//! | `project` | one project: everything below, put together |
//! | `gate` | whether a request may call a function, and as whom |
//! | `credential` | what a client presents |
//! | `cookie` | what a client is given |
//! | `claims` | what a good token says |
//! | `clock` | ages and the time of day, which tests can set |
//! | `document` | what an operator says about a project's users: issuers, database, session store |
//! | `database` | a project's PostgreSQL: connections within bounds, one deadline, changes that are heard |
//! | `jwt` | tokens: strict reading, keys that know their algorithm, key sets that are fetched, verdicts that are remembered |
//! | `session` | the opaque cookie and where it is looked up |
//! | `roles` | the role of a user, from the project's PostgreSQL, remembered for as long as the gate says |
//! | `keys` | API keys, and the keys this node signs with |
//! | `actor` | the signed-in user, told to functions in the platform's forms |
//! | `secrets` | what functions see as their environment |
//! | `vault` | documents that are encrypted at rest with the node's key |

pub mod actor;
pub mod authority;
pub mod claims;
pub mod clock;
pub mod cookie;
pub mod credential;
pub mod database;
pub mod document;
pub mod gate;
pub mod jwt;
pub mod keys;
mod meter;
pub mod project;
pub mod roles;
pub mod secrets;
pub mod session;
pub mod vault;

#[cfg(test)]
#[path = "../../tests/suite/support/postgres.rs"]
mod test_postgres;
