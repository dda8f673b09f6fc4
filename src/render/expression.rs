//! Splits the inside of a template tag into words, enough to know every path, filter and function it uses.

use std::ops::Range;

/// A lexical unit of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// A name or a keyword.
    Word(String),
    /// A string, without its quotes.
    Text(String),
    /// A number.
    Number,
    /// `.` or `?.`.
    Dot,
    /// `=` alone.
    Assign,
    /// Any other sign: `(`, `[`, `|`, `==`, `+`...
    Sign(char),
}

/// A unit and its bytes.
pub(super) type PlacedUnit = (Unit, Range<usize>);

/// Words of expressions that name nothing.
const OPERATORS: [&str; 14] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "null", "True", "False", "None"];

impl Unit {
    /// Returns the name or keyword that it is.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Lists what an expression takes from outside: the first words of its paths, and the functions it calls, which are said to be called.
/// A word in doubt, such as a key of a map without quotes, counts as a path.
pub(super) fn roots(units: &[PlacedUnit]) -> impl Iterator<Item = (&str, bool)> {
    let at = |i: Option<usize>| i.and_then(|i| units.get(i)).map(|(unit, _)| unit);
    units.iter().enumerate().filter_map(move |(i, (unit, _))| {
        let word = unit.word()?;
        let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
        let is = |unit: Option<&Unit>, word| unit.and_then(Unit::word) == Some(word);
        let is_test = is(before, "is") || (is(before, "not") && is(at(i.checked_sub(2)), "is"));
        let names_nothing = matches!(before, Some(Unit::Dot | Unit::Sign('|'))) || is_test || after == Some(&Unit::Assign);
        (!names_nothing && !OPERATORS.contains(&word)).then_some((word, after == Some(&Unit::Sign('('))))
    })
}

/// Splits `text[range]`; what it cannot read becomes a sign, for the template engine has already accepted the text.
pub(super) fn units(text: &str, range: Range<usize>) -> Vec<PlacedUnit> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let start = at;
        let byte = bytes[at];
        let unit = match byte {
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                while at < range.end && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                    at += 1;
                }
                Unit::Word(text[start..at].to_owned())
            }
            b if b.is_ascii_digit() => {
                while at < range.end
                    && (bytes[at].is_ascii_alphanumeric() || (bytes[at] == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
                {
                    at += 1;
                }
                Unit::Number
            }
            b'"' | b'\'' | b'`' => {
                at += 1;
                while at < range.end && bytes[at] != byte {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let inner = text.get(start + 1..at.min(range.end)).unwrap_or_default().to_owned();
                at = (at + 1).min(range.end);
                Unit::Text(inner)
            }
            b'.' => {
                at += 1;
                Unit::Dot
            }
            b'?' if bytes.get(at + 1) == Some(&b'.') => {
                at += 2;
                Unit::Dot
            }
            b'?' if bytes.get(at + 1) == Some(&b'[') => {
                at += 2;
                Unit::Sign('[')
            }
            b'=' | b'!' | b'<' | b'>' if bytes.get(at + 1) == Some(&b'=') => {
                at += 2;
                Unit::Sign('=')
            }
            b'=' => {
                at += 1;
                Unit::Assign
            }
            _ => {
                let sign = text[at..].chars().next().unwrap_or(' ');
                at += sign.len_utf8();
                Unit::Sign(sign)
            }
        };
        found.push((unit, start..at));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_strings_and_signs_are_told_apart() {
        let text = r#"item.attr["a.b"] | money(x="y") == 2.5 and a?.b"#;
        let words: Vec<_> = units(text, 0..text.len())
            .into_iter()
            .map(|(unit, _)| match unit {
                Unit::Word(w) => w,
                Unit::Text(t) => format!("'{t}'"),
                Unit::Number => "n".into(),
                Unit::Dot => ".".into(),
                Unit::Assign => ":=".into(),
                Unit::Sign(c) => c.to_string(),
            })
            .collect();
        assert_eq!(words.join(" "), "item . attr [ 'a.b' ] | money ( x := 'y' ) = n and a . b");
    }

    #[test]
    fn roots_are_what_comes_from_outside() {
        let text = r#"a.b[c.d] | money(x=e) == 2.5 and t(key="k" ~ f) if g is not containing(h) else not i in {"j": k}"#;
        let units = units(text, 0..text.len());
        let found: Vec<_> = roots(&units).map(|(word, is_called)| format!("{word}{}", if is_called { "()" } else { "" })).collect();
        assert_eq!(found.join(" "), "a c e t() f g h i k");
    }

    #[test]
    fn a_backslash_at_the_end_is_survived() {
        for text in ["'\\", "\"é\\", "é", "`a"] {
            let _ = units(text, 0..text.len());
        }
    }
}
