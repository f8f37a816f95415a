use super::*;
use crate::release::gate::{RoleColumns, RoleGate};

fn claims(subject: Option<&str>, role: Option<&str>) -> Arc<Claims> {
    Arc::new(Claims { subject: subject.map(Into::into), role: role.map(Into::into), ..Claims::default() })
}

fn role_gate(on_deny: OnDeny) -> Gate {
    let columns = RoleColumns { table: "t".into(), id_column: "i".into(), role_column: "r".into() };
    let allowed = vec!["admin".to_owned(), "Mod".to_owned()];
    let sign_in_path = Some("/login".to_owned());
    Gate {
        require_auth: false,
        require_role: Some(RoleGate { columns, allowed, cache_ttl: 60, on_deny, sign_in_path }),
    }
}

#[test]
fn who_a_token_is_for() {
    for role in [None, Some("authenticated"), Some("project_admin")] {
        assert_eq!(&*User::of_token(&claims(Some("u"), role)).unwrap().id, "u");
    }
    for (subject, role) in [
        (None, Some("authenticated")),
        (None, None),
        (Some(""), None),
        (Some("a b"), None),
        (Some("a\r\nb"), None),
        (Some("ä"), None),
        (Some(" u"), None),
        (Some("u"), Some("anon")),
        (Some("u"), Some("service_role")),
    ] {
        assert!(User::of_token(&claims(subject, role)).is_none(), "{subject:?} {role:?}");
    }
    assert!(User::of_token(&claims(Some(&"u".repeat(crate::limits::USER_ID_BYTES_MAX + 1)), None)).is_none());
}

#[test]
fn roles_are_compared_byte_for_byte() {
    let gate = role_gate(OnDeny::Envelope);
    for role in ["admin", "Mod"] {
        check_role(&gate, Some(role)).unwrap();
    }
    for role in [None, Some(""), Some("Admin"), Some("admin "), Some("mod"), Some("admin,Mod"), Some("admi")] {
        let error = check_role(&gate, role).unwrap_err();
        assert_eq!(error.code, Code::RoleForbidden);
        assert_eq!(error.details["allowed_roles"], serde_json::json!(["admin", "Mod"]));
    }
}

#[test]
fn only_a_browser_that_wants_a_page_is_sent_to_sign_in() {
    for (accept, page) in [
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), true),
        (Some("application/json, TEXT/HTML; q=0.1"), true),
        (Some("text/html;q=0"), false),
        (Some("text/html; q=0.000"), false),
        (Some("*/*"), false),
        (Some("text/*"), false),
        (Some("application/json"), false),
        (Some("text/htmlx"), false),
        (Some(""), false),
        (None, false),
    ] {
        assert_eq!(asks_for_page(accept), page, "{accept:?}");
    }
    assert!(matches!(no_user(&role_gate(OnDeny::Redirect), false, true), Denial::SignIn(path) if path == "/login"));
    for (gate, page) in [
        (role_gate(OnDeny::Redirect), false),
        (role_gate(OnDeny::Envelope), true),
        (Gate { require_auth: true, require_role: None }, true),
    ] {
        assert!(matches!(no_user(&gate, false, page), Denial::Error(error) if error.code == Code::AuthRequired));
    }
}
