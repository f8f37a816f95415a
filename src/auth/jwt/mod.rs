//! Bearer tokens (JWT, RFC 7519): who issued them, whether they are good, and what they say.
//!
//! A [`Verifier`] belongs to one project. What it holds a token against, in this order: the strict form of the three parts
//! (`compact`, `json`, `header`), an issuer that the project knows, a key *of that issuer* whose own algorithm is the one the
//! token names, the signature, what the token says (`payload`), and at each use anew the time and what was revoked.
//!
//! | module | idea |
//! |---|---|
//! | `compact`, `json` | the three parts and their JSON, read more strictly than the RFCs ask |
//! | `header`, `payload` | what a token says about itself, and about its user |
//! | `algorithm`, `key`, `key_set` | keys that know their one algorithm, and which of them a token means |
//! | `source`, `fetch`, `keeper` | where an issuer's keys are, how they are read, when they are read again |
//! | `revocation` | what is refused at once, whatever it says |
//! | `verdicts` | what was found out about a token is not found out twice |
//! | `settings`, `verifier` | the project's verifier |

mod algorithm;
mod compact;
mod fetch;
mod header;
mod json;
mod keeper;
mod key;
mod key_set;
mod meter;
mod moment;
mod payload;
mod refusal;
mod revocation;
mod settings;
mod source;
#[cfg(test)]
mod testing;
mod verdicts;
mod verifier;

pub use refusal::Refusal;
pub use revocation::{Cutoff, Revocations};
pub use settings::{OwnKey, VerifierSettings};
pub use verifier::Verifier;
