//! Warnings about what the release before had and this one has not.

use super::{Severity, State, Warning};
use crate::limits::SITE_BULK_REMOVAL_PERCENT;
use crate::route::method::Method;
use crate::route::resolve::Resolution;

pub(super) fn check(new: State<'_>, base: State<'_>, found: &mut Vec<Warning>) {
    names_gone(new, base, found);
    files_gone(new, base, found);
    nothing_left(new, base, found);
}

fn names_gone(new: State<'_>, base: State<'_>, found: &mut Vec<Warning>) {
    let (after, before) = (new.release, base.release);
    let gone = |before: &[String], after: &[String]| -> Vec<String> {
        before.iter().filter(|name| !after.contains(name)).cloned().collect()
    };
    let functions = before.functions.keys().filter(|name| !after.functions.contains_key(*name)).cloned().collect();
    for (code, gone, message) in [
        ("DESTRUCTIVE_FUNCTION_REMOVAL", functions, "Functions of the release before are gone"),
        (
            "DESTRUCTIVE_SUBDOMAIN_REMOVAL",
            gone(&before.subdomains, &after.subdomains),
            "The project gives up subdomains, and others may take them",
        ),
        (
            "DESTRUCTIVE_SECRET_REMOVAL",
            gone(&before.secrets_required, &after.secrets_required),
            "Secrets that the release before requires are required no more",
        ),
    ] {
        if !gone.is_empty() {
            let message = format!("{message}: {}.", gone.join(", "));
            found.push(Warning::new(code, Severity::High, message, gone));
        }
    }
}

fn files_gone(new: State<'_>, base: State<'_>, found: &mut Vec<Warning>) {
    let (after, before) = (&new.release.site.files, &base.release.site.files);
    let removed: Vec<&String> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    let (gone, all) = (removed.len(), before.len());
    if gone * 100 > all * SITE_BULK_REMOVAL_PERCENT {
        let message = format!("{gone} of {all} files of the release before are gone.");
        found.push(
            Warning::new("SITE_BULK_REMOVAL", Severity::High, message, removed)
                .detail("removed", gone)
                .detail("before", all),
        );
    }
    let page = |state: State<'_>| match state.tables.resolve(Method::Get, "/") {
        Resolution::Static { file, .. } => Some(file.asset_path.clone()),
        _ => None,
    };
    let answers = !matches!(
        new.tables.resolve(Method::Get, "/"),
        Resolution::NotFound { .. } | Resolution::MethodNotAllowed { .. }
    );
    if let Some(page) = page(base).filter(|_| !answers) {
        let message = "The release before has a page at `/`, and this one has nothing there.";
        found.push(Warning::new("SITE_ENTRYPOINT_REMOVED", Severity::High, message, [page]).confirm());
    }
}

fn nothing_left(new: State<'_>, base: State<'_>, found: &mut Vec<Warning>) {
    let (after, before) = (new.release, base.release);
    for (code, left, had, what) in [
        ("ZERO_SITE_FILES_AFTER", after.site.files.len(), before.site.files.len(), "files"),
        ("ZERO_FUNCTIONS_AFTER", after.functions.len(), before.functions.len(), "functions"),
        ("ZERO_SUBDOMAINS_AFTER", after.subdomains.len(), before.subdomains.len(), "subdomains"),
    ] {
        if left == 0 && had > 0 {
            let message = format!("The release before has {what} ({had}), and this one has none.");
            found.push(Warning::new(code, Severity::High, message, [what]).detail("before", had).confirm());
        }
    }
}
