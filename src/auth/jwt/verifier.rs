//! One project's judge of tokens.

use super::algorithm::Algorithm;
use super::compact::{self, Parts};
use super::header::Header;
use super::key_set::KeySet;
use super::meter;
use super::moment::Moment;
use super::payload::Payload;
use super::refusal::Refusal;
use super::revocation::Revocations;
use super::settings::{Issuer, VerifierSettings};
use super::verdicts::{Basis, Found, Verdicts};
use crate::auth::claims::Claims;
use crate::auth::clock::Clock;
use crate::digest::Digest;
use crate::error::Result as Answer;
use crate::limits;
use arc_swap::ArcSwap;
use serde_json::Value;
use std::sync::Arc;

/// Judges the tokens of one project. Made anew when its settings or its own keys change.
#[derive(Debug)]
pub struct Verifier {
    project: String,
    own: KeySet,
    issuers: Vec<Issuer>,
    leeway_seconds: u64,
    clock: Clock,
    revocations: ArcSwap<Revocations>,
    verdicts: Verdicts,
}

/// Why there is no verdict yet.
enum Stop<'v> {
    /// There is one: no.
    Refused(Refusal),
    /// The keys of that issuer that are at hand do not say; without others it is a no.
    Keys(&'v Issuer, Refusal),
}

impl From<Refusal> for Stop<'_> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Verifier {
    /// A verifier that knows nothing yet. Issuers' keys are read in the background from now on.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidAuthSettings`](crate::error::Code::InvalidAuthSettings), with the field in `details.path`.
    pub fn new(settings: VerifierSettings) -> Answer<Arc<Self>> {
        Self::replacing(None, settings)
    }

    /// A verifier that goes on with the issuers' keys of the one it replaces, as far as they are read from the same place.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    pub fn replacing(previous: Option<&Self>, settings: VerifierSettings) -> Answer<Arc<Self>> {
        let own = settings.own_keys()?;
        let issuers = settings.ready_issuers(previous.map_or(&[], |verifier| &verifier.issuers))?;
        Ok(Arc::new(Self {
            own,
            issuers,
            leeway_seconds: settings.leeway.as_secs(),
            clock: settings.clock,
            project: settings.project,
            revocations: ArcSwap::from_pointee(settings.revocations),
            verdicts: Verdicts::new(),
        }))
    }

    /// A verdict without waiting: one that is remembered, held against the time and what is revoked by now, or one with the keys at
    /// hand. `None`: an issuer has to be asked for its keys first ([`verify`](Self::verify)).
    pub fn verify_now(&self, token: &str) -> Option<Result<Arc<Claims>, Refusal>> {
        let verdict = match self.judge(token, Moment::of(&self.clock)) {
            Ok(claims) => Ok(claims),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Keys(issuer, _)) if issuer.keys.may_read(Moment::of(&self.clock)) => return None,
            Err(Stop::Keys(_, refusal)) => Err(refusal),
        };
        meter::verdict(&verdict);
        Some(verdict)
    }

    /// A verdict, after the issuer was asked for its keys if need be and if it was not asked a moment ago.
    ///
    /// # Errors
    ///
    /// Why the token is refused.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, Refusal> {
        let mut verdict = self.judge(token, Moment::of(&self.clock));
        if let Err(Stop::Keys(issuer, _)) = &verdict
            && let Some(mut read) = issuer.keys.read()
        {
            // An error says that nobody reads any more: then what is at hand decides.
            let _ = read.changed().await;
            verdict = self.judge(token, Moment::of(&self.clock));
        }
        let verdict = verdict.map_err(|stop| match stop {
            Stop::Refused(refusal) | Stop::Keys(_, refusal) => refusal,
        });
        meter::verdict(&verdict);
        verdict
    }

    /// The ES256 keys with a name of the issuers, as far as they are at hand and not revoked, as JWKs. The platform's packages
    /// verify users' tokens with them inside of functions (reference 2.6).
    pub fn issuer_es256_keys(&self) -> Vec<Value> {
        let now = Moment::of(&self.clock);
        let revocations = self.revocations.load();
        let mut keys = Vec::new();
        for set in self.issuers.iter().filter_map(|issuer| issuer.keys.at_hand(now)) {
            let good = |id: Option<&str>| id.is_some_and(|id| !revocations.keys.contains_key(id));
            keys.extend(set.unambiguous().filter(|key| good(key.id.as_deref())).filter_map(|key| key.es256_jwk()));
        }
        keys
    }

    /// Replaces what is revoked. It counts for the next verdict, also for tokens that are remembered.
    pub fn revoke(&self, revocations: &Revocations) {
        self.revocations.store(Arc::new(revocations.clone()));
    }

    fn judge(&self, token: &str, now: Moment) -> Result<Arc<Claims>, Stop<'_>> {
        // Before anything is computed from its text.
        if token.len() > limits::TOKEN_BYTES_MAX {
            return Err(Refusal::TooLarge.into());
        }
        let found = match self.remembered(token, now) {
            Some(found) => found,
            None => {
                let found = self.find_out(token, now)?;
                self.verdicts.is_right(token, Arc::clone(&found));
                found
            }
        };
        self.is_good_at(&found.claims, now.seconds)?;
        self.revocations.load().check(&found.claims, &found.signed_part)?;
        Ok(Arc::clone(&found.claims))
    }

    /// What is known of a token, if the keys it rests on are still those of its issuer.
    fn remembered(&self, token: &str, now: Moment) -> Option<Arc<Found>> {
        let found = self.verdicts.right(token)?;
        let counts = match &found.basis {
            Basis::Own => true,
            Basis::Issuer(keeper, set) => keeper.still_holds(set, now),
        };
        counts.then(|| {
            meter::remembered();
            found
        })
    }

    /// Reads the token and computes its signature.
    fn find_out(&self, token: &str, now: Moment) -> Result<Arc<Found>, Stop<'_>> {
        let parts = compact::split(token)?;
        let header = Header::read(&parts.header)?;
        let payload = Payload::read(&parts.payload)?;
        // Nothing of the payload is believed yet: `iss` only says whose keys, and no others, must have signed it.
        let named = payload.claims.issuer.as_deref();
        match named.and_then(|name| self.issuers.iter().find(|issuer| issuer.name == name)) {
            Some(issuer) => self.find_out_from(issuer, token, &parts, &header, payload, now),
            None => self.find_out_own(token, &parts, &header, payload).map_err(Stop::Refused),
        }
    }

    fn find_out_own(
        &self,
        token: &str,
        parts: &Parts<'_>,
        header: &Header,
        payload: Payload,
    ) -> Result<Arc<Found>, Refusal> {
        let key_id = self.signer(&self.own, token, parts, header, &Basis::Own).map_err(|refusal| match refusal {
            Refusal::UnknownKey | Refusal::AlgorithmMismatch if payload.claims.issuer.is_some() => {
                Refusal::UnknownIssuer
            }
            other => other,
        })?;
        // Another project of this node may have the same secret; its users are not ours.
        if payload.claims.project_id.as_deref() != Some(self.project.as_str()) {
            return Err(Refusal::WrongProject);
        }
        Ok(Found::new(payload, key_id, parts.message, Basis::Own))
    }

    fn find_out_from<'v>(
        &'v self,
        issuer: &'v Issuer,
        token: &str,
        parts: &Parts<'_>,
        header: &Header,
        payload: Payload,
        now: Moment,
    ) -> Result<Arc<Found>, Stop<'v>> {
        // An issuer has no secret of ours: that needs no look at its keys.
        if header.algorithm == Algorithm::Hs256 {
            return Err(Refusal::AlgorithmMismatch.into());
        }
        let set = issuer.keys.at_hand(now).ok_or(Stop::Keys(issuer, Refusal::KeysUnavailable))?;
        let basis = Basis::Issuer(Arc::clone(&issuer.keys), Arc::clone(&set));
        let key_id = self.signer(&set, token, parts, header, &basis).map_err(|refusal| match refusal {
            Refusal::UnknownKey => Stop::Keys(issuer, refusal),
            other => Stop::Refused(other),
        })?;
        if !payload.is_for(&issuer.audience) {
            return Err(Refusal::WrongAudience.into());
        }
        match payload.claims.project_id.as_deref() {
            Some(project) if project != self.project => return Err(Refusal::WrongProject.into()),
            None if issuer.require_project_id => return Err(Refusal::WrongProject.into()),
            _ => {}
        }
        Ok(Found::new(payload, key_id, parts.message, basis))
    }

    /// The name of the key that signed the token.
    fn signer<'k>(
        &self,
        set: &'k KeySet,
        token: &str,
        parts: &Parts<'_>,
        header: &Header,
        basis: &Basis,
    ) -> Result<Option<&'k str>, Refusal> {
        let candidates = set.candidates(header)?;
        let whole = Digest::of(token.as_bytes());
        if self.verdicts.wrong(&whole, basis) {
            return Err(Refusal::BadSignature);
        }
        match candidates.into_iter().find(|key| key.signed(parts.message, parts.signature)) {
            Some(key) => Ok(key.id.as_deref()),
            None => {
                self.verdicts.is_wrong(whole, basis);
                Err(Refusal::BadSignature)
            }
        }
    }

    /// Whether tokens of the key of that name are refused.
    pub fn is_key_revoked(&self, id: &str) -> bool {
        self.revocations.load().has_key(id)
    }

    /// Whether the token has begun and not ended. An issuer's clock may be ahead by the leeway, so what has just been issued counts; what
    /// has ended has ended (RFC 7519 section 4.1.4): its user gets a new one, a thief does not.
    fn is_good_at(&self, claims: &Claims, now: u64) -> Result<(), Refusal> {
        let later = now.saturating_add(self.leeway_seconds);
        if now >= claims.expires_at {
            return Err(Refusal::Expired);
        }
        if claims.not_before.is_some_and(|not_before| not_before > later) {
            return Err(Refusal::NotYetValid);
        }
        if claims.issued_at.is_some_and(|issued| issued > later) {
            return Err(Refusal::IssuedInFuture);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
