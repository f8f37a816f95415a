//! What a gate adds to a request whose token and role are known already, and what it costs to see a token for the first time.
//!
//! `portico-gate` against the budget: a warm gate (token and role) below 3 us.

use criterion::{Criterion, criterion_group, criterion_main};
use portico::auth::actor::{self, About, Actor};
use portico::auth::authority::{Authority, now};
use portico::auth::credential::{Bearer, Cookie, bearer, session_cookie};
use portico::auth::keys::signing::Algorithm;
use portico::auth::project::{Asking, ProjectAuth};
use portico::auth::roles::{Roles, RolesInMemory};
use portico::auth::session::NewSession;
use portico::auth::vault::Vault;
use portico::cas::StateDir;
use portico::config::Config;
use portico::release::gate::{Gate, OnDeny, RoleColumns, RoleGate};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;

const PROJECT: &str = "shop";
const USERS: usize = 1_000;

fn asking<'r>(bearer: Bearer<'r>, cookie: Cookie<'r>) -> Asking<'r> {
    let accept = Some("application/json");
    Asking { bearer, cookie, is_safe: true, origin: None, referer: None, authority: "shop.test", secure: false, accept }
}

fn token(auth: &ProjectAuth, user: &str, algorithm: Algorithm) -> String {
    let claims = json!({ "sub": user, "role": "authenticated", "project_id": PROJECT, "iat": now(), "exp": now() + 3600 });
    auth.parts().signing.mint(&claims, algorithm).unwrap()
}

fn gates(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(StateDir::open(folder.path()).unwrap()).unwrap();
    let authority = Authority::new(vault, &Config::default().auth);
    let auth = authority.project(PROJECT).unwrap();
    let columns = RoleColumns { table: "members".into(), id_column: "user_id".into(), role_column: "role".into() };
    let rows = (0..USERS).map(|user| (format!("user-{user}"), "admin".to_owned()));
    let roles = Roles::new(Arc::new(RolesInMemory::new(rows)), columns.clone(), 100_000);
    let allowed = vec!["admin".to_owned()];
    let role = RoleGate { columns, allowed, cache_ttl: 600, on_deny: OnDeny::Envelope, sign_in_path: None };
    let open = Gate::default();
    let signed_in = Gate { require_auth: true, require_role: None };
    let admin = Gate { require_auth: false, require_role: Some(role) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let admitted = |gate: &Gate, asking: &Asking<'_>| {
        runtime.block_on(auth.admit(black_box(gate), Some(&roles), black_box(asking))).is_ok()
    };

    let lines: Vec<String> = (0..USERS).map(|user| format!("Bearer {}", token(&auth, &format!("user-{user}"), Algorithm::Es256))).collect();
    for line in &lines {
        assert!(admitted(&admin, &asking(bearer([Some(line.as_str())].into_iter()), Cookie::None)));
    }
    let nobody = asking(Bearer::None, Cookie::None);
    criterion.bench_function("no gate", |bencher| bencher.iter(|| admitted(&open, &nobody)));
    let mut turn = 0;
    criterion.bench_function("token, known", |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % USERS;
            admitted(&signed_in, &asking(bearer([Some(lines[turn].as_str())].into_iter()), Cookie::None))
        });
    });
    criterion.bench_function("token and role, known", |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % USERS;
            admitted(&admin, &asking(bearer([Some(lines[turn].as_str())].into_iter()), Cookie::None))
        });
    });
    let new = NewSession::of("user-1");
    let cookie = runtime.block_on(auth.begin_session(new)).unwrap().1.pair();
    criterion.bench_function("session in memory and role, known", |bencher| {
        bencher.iter(|| admitted(&admin, &asking(Bearer::None, session_cookie([cookie.as_str()].into_iter()))));
    });
    for algorithm in [Algorithm::Es256, Algorithm::Hs256] {
        let mut user = 0;
        let name = format!("{} token, first seen", algorithm.as_str());
        criterion.bench_function(&name, |bencher| {
            bencher.iter_batched(
                || {
                    user += 1;
                    token(&auth, &format!("new-{user}"), algorithm)
                },
                |token| admitted(&signed_in, &asking(Bearer::Token(&token), Cookie::None)),
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

/// What a request with a session costs beyond its gate: its function is told who asks.
fn actors(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(StateDir::open(folder.path()).unwrap()).unwrap();
    let signing = Arc::clone(&Authority::new(vault, &Config::default().auth).project(PROJECT).unwrap().parts().signing);
    let of = |session: usize| Actor {
        id: "user-1".into(),
        email: "user-1@example.com".into(),
        email_verified: true,
        auth_time: now(),
        amr: vec!["pwd".into()],
        amr_times: [("pwd".into(), now())].into(),
        session_id: format!("session-{session}").into(),
        ..Actor::default()
    };
    let (known, url) = (of(0), "https://shop.test/orders/2026?page=2");
    let about = About { project: PROJECT, request_id: "req_0123456789abcdef01234567", method: "GET", url };
    criterion.bench_function("actor envelope", |bencher| {
        bencher.iter(|| actor::envelope(&signing, black_box(&known), black_box(&about), now()).unwrap());
    });
    criterion.bench_function("actor token, known", |bencher| {
        bencher.iter(|| actor::token(&signing, black_box(&known), PROJECT, now()).unwrap());
    });
    let mut session = 0;
    criterion.bench_function("actor token, new", |bencher| {
        bencher.iter(|| {
            session += 1;
            actor::token(&signing, &of(session), PROJECT, now()).unwrap()
        });
    });
}

criterion_group!(benches, gates, actors);
criterion_main!(benches);
