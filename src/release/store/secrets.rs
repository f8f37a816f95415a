//! Secrets of a project: the environment its functions see.
//!
//! They come from `<state>/secrets/<project>.env`, which only its owner may read; a file that others may read is refused,
//! because its contents are no secret any more. Values appear in no log, no error and no `Debug`.

use super::{check_project, storage};
use crate::cas::StateDir;
use crate::cas::private::{refuse_if_shared, refused};
use crate::error::Result;
use crate::limits;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;

/// Secrets by name. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Reads the secrets of a project; without a file it has none. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when the file may be read by others, is too large, or is not understood; the
    /// cause names the file and the line, never a value.
    pub fn load(state: &StateDir, project: &str) -> Result<Self> {
        check_project(project)?;
        let path = state.root().join("secrets").join(format!("{project}.env"));
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(storage(path.display(), &error)),
            Ok(meta) if meta.len() > limits::SECRETS_FILE_BYTES_MAX => {
                return Err(refused(&path, &format!("it is larger than {} bytes", limits::SECRETS_FILE_BYTES_MAX)));
            }
            Ok(_) => refuse_if_shared(&path)?,
        }
        let text = fs::read_to_string(&path).map_err(|e| storage(path.display(), &e))?;
        parse(&text).map(Self).map_err(|problem| refused(&path, &problem))
    }

    /// The value of a secret.
    pub fn expose(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, for the environment of a function.
    pub fn expose_all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Their names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a secret of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Reads `NAME=value` lines. `#` begins a comment line; `export` may precede a name. A value in double quotes knows
/// `\n`, `\r`, `\t`, `\"` and `\\`; one in single quotes is taken as it is; one without quotes ends at the line or at
/// ` #`. Errors name a line and never quote it.
fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut secrets = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let problem = |what: &str| format!("line {}: {what}", number + 1);
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or_else(|| problem("there is no `=`"))?;
        let name = name.trim();
        if !is_secret_name(name) {
            return Err(problem("the name before `=` is not capital letters, digits and `_`"));
        }
        let value = value_of(value.trim()).map_err(problem)?;
        if secrets.insert(name.to_owned(), value).is_some() {
            return Err(problem("the name was set before"));
        }
    }
    Ok(secrets)
}

/// `^[A-Z_][A-Z0-9_]{0,127}$` (reference 3.2).
fn is_secret_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn value_of(raw: &str) -> Result<String, &'static str> {
    if let Some(rest) = raw.strip_prefix('\'') {
        let (value, after) = rest.split_once('\'').ok_or("the single quote is not closed")?;
        return only_comment(after).map(|()| value.to_owned());
    }
    let Some(rest) = raw.strip_prefix('"') else {
        let end = raw.find(" #").unwrap_or(raw.len());
        return Ok(raw[..end].trim_end().to_owned());
    };
    let mut value = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next().ok_or("the double quote is not closed")? {
            '"' => return only_comment(chars.as_str()).map(|()| value),
            '\\' => value.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(c @ ('"' | '\\' | '$')) => c,
                _ => return Err("there is an unknown escape after a backslash"),
            }),
            c => value.push(c),
        }
    }
}

fn only_comment(after: &str) -> Result<(), &'static str> {
    let after = after.trim_start();
    if after.is_empty() || after.starts_with('#') { Ok(()) } else { Err("there is text after the closing quote") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn write(dir: &Path, text: &str, mode: u32) {
        fs::create_dir_all(dir.join("secrets")).unwrap();
        let path = dir.join("secrets/prj.env");
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_gives_its_values_and_debug_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        assert_eq!(Secrets::load(&state, "prj").unwrap(), Secrets::default());

        write(dir.path(), "# keys\nAPI_KEY=hunter2\n", 0o600);
        let secrets = Secrets::load(&state, "prj").unwrap();
        assert_eq!(secrets.expose("API_KEY"), Some("hunter2"));
        assert_eq!(format!("{secrets:?}"), r#"Secrets{"API_KEY"}"#);
    }

    #[test]
    fn a_file_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            write(dir.path(), "API_KEY=hunter2\n", mode);
            let error = Secrets::load(&state, "prj").unwrap_err();
            assert!(error.to_string().contains("prj.env"), "{error}");
        }
    }

    #[test]
    fn a_project_id_cannot_leave_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        for project in ["../api-token", "a/b", "", ".", "a.b"] {
            assert_eq!(Secrets::load(&state, project).unwrap_err().code, Code::BadField, "{project:?}");
        }
    }

    #[test]
    fn dotenv_values() {
        let text =
            "A=plain value # comment\nB = 'single # \\n quoted' # c\nexport C=\"x\\n\\\"y\\\\\"\nD=\nE=a=b#c\n\n";
        let secrets = parse(text).unwrap();
        let expected =
            [("A", "plain value"), ("B", "single # \\n quoted"), ("C", "x\n\"y\\"), ("D", ""), ("E", "a=b#c")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(secrets, BTreeMap::from(expected));
    }

    #[test]
    fn errors_name_the_line_and_never_the_value() {
        for (text, line) in [
            ("OK=1\nhunter2\n", "line 2"),
            ("lower=hunter2", "line 1"),
            ("9A=hunter2", "line 1"),
            ("A=\"hunter2", "line 1"),
            ("A='hunter2' hunter2", "line 1"),
            ("A=\"hunter2\\q\"", "line 1"),
            ("A=1\n\nA=hunter2", "line 3"),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.contains(line) && !problem.contains("hunter2"), "{text:?}: {problem}");
        }
    }
}
