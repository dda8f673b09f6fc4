//! Pools of codes: one code a line, or a column of a CSV file. No code stands in an error.

use std::collections::HashSet;
use std::path::Path;

use super::content::CodesSpec;
use crate::error::{Error, Kind, Result};

/// Longest code.
const CODE_MAX: usize = 64;

/// Reads a pool in the order of its file, each code once.
pub(super) fn read(root: &Path, spec: &CodesSpec) -> Result<Vec<String>> {
    let (file, column) = match spec {
        CodesSpec::File(file) => (file, None),
        CodesSpec::Column { file, column } => (file, Some(column.as_str())),
    };
    let text = std::fs::read_to_string(root.join(file)).map_err(|error| {
        let help = "an offer takes its codes from this file: create it, or change `codes` in `offers.toml`";
        Error::new(Kind::Project, format!("cannot read the codes of `{file}`: {error}")).help(help).caused_by(error)
    })?;
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, fields(line)));
    let at = match column {
        None => 0,
        Some(column) => {
            let names = lines.next().map(|(_, names)| names).unwrap_or_default();
            names.iter().position(|name| name.trim() == column).ok_or_else(|| {
                let help = format!("its first line has {}", names.join(", "));
                Error::new(Kind::Project, format!("`{file}` has no column `{column}`")).help(help)
            })?
        }
    };
    let mut seen = HashSet::new();
    let mut codes = Vec::new();
    for (line, fields) in lines {
        let code = fields.get(at).map(|code| code.trim()).unwrap_or_default();
        if code.is_empty() {
            continue;
        }
        let is_code = code.len() <= CODE_MAX && code.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_code || column.is_none() && fields.len() > 1 {
            let help =
                format!("a code has up to {CODE_MAX} letters, digits and signs, no space; name the `column` of a file that has several");
            return Err(Error::new(Kind::Project, format!("line {line} of `{file}` is no code")).help(help));
        }
        if seen.insert(code.to_owned()) {
            codes.push(code.to_owned());
        }
    }
    Ok(codes)
}

/// Splits a line at commas outside quotes (RFC 4180 section 2); a code holds no line break.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut rest = line.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            '"' if is_quoted && rest.peek() == Some(&'"') => {
                rest.next();
                fields.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            sign => fields.last_mut().into_iter().for_each(|field| field.push(sign)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, column: Option<&str>) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("codes.csv"), text).expect("a file");
        let file = "codes.csv".to_owned();
        let spec = column.map_or(CodesSpec::File(file.clone()), |column| CodesSpec::Column { file, column: column.to_owned() });
        read(folder.path(), &spec)
    }

    #[test]
    fn codes_come_in_the_order_of_the_file_each_once() {
        assert_eq!(read_text("\u{feff}B2\r\nA1\n\nB2\n", None).expect("codes"), ["B2", "A1"]);
        assert_eq!(read_text("no,code\n1,\"A,1\"\n2,B\n", Some("code")).expect("codes"), ["A,1", "B"]);
    }

    #[test]
    fn what_is_no_code_is_refused_without_being_told() {
        for (text, column) in [("A1\nSECRET 2\n", None), ("A1,x\n", None), ("code\nSECRET\u{e9}\n", Some("code"))] {
            let error = read_text(text, column).expect_err("no code").to_string();
            assert!(error.contains("is no code") && !error.contains("SECRET"), "{error}");
        }
        assert!(read_text("a,b\n", Some("code")).expect_err("no column").to_string().contains("has no column `code`"));
    }
}
