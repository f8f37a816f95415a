//! The request as a function sees it (reference 2.4).

use super::super::Release;
use super::super::exchange::Exchange;
use super::super::headers::{self, Nominated};
use super::super::request::{Request, content_length};
use super::super::wire::Wire;
use crate::auth::actor::{self, About};
use crate::auth::authority::now;
use crate::auth::gate::{Admission, Proof, User};
use crate::error::Error;
use crate::functions::{Invocation, InvocationKind, RequestBody};
use http::Method;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, COOKIE, EXPECT, HeaderName, HeaderValue};
use std::sync::Arc;

/// Who asks, in the platform's fields (reference 2.4). The user and the role are said by the gate that found them; the actor by the
/// session, gate or not. Answers the actor's record, for the host itself to hand over.
fn identity(
    say: &mut impl FnMut(HeaderName, &str) -> Result<(), Error>,
    release: &Release,
    admission: &Admission,
    user: &User,
    about: &About<'_>,
) -> Result<Option<Arc<str>>, Error> {
    if admission.gated {
        say(headers::USER_ID, &user.id)?;
    }
    if let Some(role) = &admission.role {
        say(headers::USER_ROLE, role)?;
    }
    let Proof::Session(session) = &user.proof else { return Ok(None) };
    let parts = release.payload.auth.parts();
    let (actor, now) = (session.actor(), now());
    say(headers::ACTOR_CONTEXT, &actor::envelope(&parts.signing, &actor, about, now)?)?;
    say(headers::ACTOR_TOKEN, &actor::token(&parts.signing, &actor, about.project, now)?)?;
    Ok(Some(actor.record()?.into()))
}

fn field_value(name: &HeaderName, text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|error| Error::internal(format!("{name}: {error}")))
}

/// The request as the function sees it.
pub(super) fn invocation<W: Wire>(
    wire: &W,
    exchange: &Exchange,
    release: &Release,
    admission: &Admission,
    body: RequestBody,
) -> Result<Invocation, Error> {
    let request = Request::read(wire.request())?;
    let header = request.header();
    let secure = exchange.connection.as_ref().is_some_and(|connection| connection.secure);
    let nominated = Nominated::of(&header.headers);
    let mut fields: Vec<(HeaderName, HeaderValue)> = Vec::with_capacity(header.headers.len() + 10);
    let passing = header.headers.iter().filter(|(name, _)| {
        // The edge has answered the expectation, and the length is that of the body as it is handed over.
        headers::passes_inward(name, &nominated) && **name != EXPECT && **name != CONTENT_LENGTH
    });
    fields.extend(passing.filter_map(|(name, value)| headers::for_others(name, value)));
    headers::join_cookies(&mut fields);
    match &body {
        RequestBody::Whole(body)
            if !body.is_empty() || matches!(header.method, Method::POST | Method::PUT | Method::PATCH) =>
        {
            fields.push((CONTENT_LENGTH, HeaderValue::from(body.len())));
        }
        // What the client announced is what comes, or the body breaks off.
        RequestBody::Stream(_) => fields.extend(content_length(header).map(|n| (CONTENT_LENGTH, HeaderValue::from(n)))),
        RequestBody::Whole(_) => {}
    }
    if let Some(connection) = &exchange.connection {
        fields.extend(headers::forwarding(
            connection.forwarded_for().cloned(),
            secure,
            header.headers.get(http::header::HOST),
        ));
    }
    fields.push((headers::REQUEST_ID, exchange.id_value().map_err(|error| Error::internal(error.to_string()))?));
    fields.push((headers::PROJECT_ID, release.payload.names.project.clone()));
    fields.push((headers::RELEASE_ID, release.payload.names.release.clone()));
    match header.headers.get(http::header::HOST).filter(|sent| **sent == *request.host) {
        // As it came, which is the usual case: its bytes are shared.
        Some(sent) => fields.push((headers::HOST, sent.clone())),
        None => fields.push((headers::HOST, field_value(&headers::HOST, &request.host)?)),
    }
    let mut say = |name: HeaderName, text: &str| {
        let value = field_value(&name, text)?;
        fields.push((name, value));
        Ok::<_, Error>(())
    };
    if let Some(country) = exchange.country.as_ref().and_then(|code| std::str::from_utf8(code).ok()) {
        say(headers::COUNTRY, country)?;
    }
    let url = request.url(secure);
    let mut actor = None;
    if let Some(user) = &admission.user {
        actor = identity(
            &mut say,
            release,
            admission,
            user,
            &About {
                project: &release.release.project,
                request_id: exchange.id.as_str(),
                method: header.method.as_str(),
                url: &url,
            },
        )?;
    }
    let (mut locale, mut default_locale) = (None, None);
    if let Some(locales) = &release.tables.i18n {
        let (languages, cookies) = (request.field(ACCEPT_LANGUAGE, ", "), request.field(COOKIE, "; "));
        let chosen = locales.negotiate(languages.as_deref(), cookies.as_deref());
        // With the policy `pass-through` it may be a client's own text, which may be no valid value.
        if say(headers::LOCALE, &chosen).is_ok() {
            locale = Some(chosen.into_owned());
        }
        say(headers::DEFAULT_LOCALE, locales.default_locale())?;
        default_locale = Some(locales.default_locale().to_owned());
    }
    Ok(Invocation {
        request_id: exchange.id.as_str().to_owned(),
        release_id: release.release.id.clone(),
        method: header.method.clone(),
        url,
        headers: fields,
        body,
        locale,
        default_locale,
        kind: InvocationKind::Routed,
        actor,
    })
}
