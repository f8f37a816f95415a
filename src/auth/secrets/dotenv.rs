//! Secrets in a file of `NAME=value` lines.

use std::collections::BTreeMap;

/// Reads `NAME=value` lines. `#` begins a comment line; `export` may precede a name. A value in double quotes knows
/// `\n`, `\r`, `\t`, `\"` and `\\`; one in single quotes is taken as it is; one without quotes ends at the line or at
/// ` #`. Errors name a line and never quote it.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
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

/// Whether a secret may have this name: `^[A-Z_][A-Z0-9_]{0,127}$` (reference 3.2).
pub fn is_secret_name(name: &str) -> bool {
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
