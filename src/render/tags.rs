//! Finds the template tags (`{{ }}`, `{% %}`, `{# #}`) in a text, strings inside them respected.

use std::ops::Range;

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{ expression }}`.
    Output,
    /// `{% statement %}`.
    Control,
    /// `{# comment #}`.
    Comment,
    /// `{% raw %} ... {% endraw %}` with everything between.
    Raw,
}

/// A tag and the bytes it covers, delimiters included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    pub(super) range: Range<usize>,
}

impl Tag {
    /// Returns what stands between the delimiters, white-space marks removed.
    pub(super) fn inner<'a>(&self, text: &'a str) -> &'a str {
        let inner = &text[self.inner_range(text)];
        debug_assert!(text[self.range.clone()].contains(inner));
        inner
    }

    /// Returns the bytes between the delimiters, white-space marks removed.
    pub(super) fn inner_range(&self, text: &str) -> Range<usize> {
        let bytes = text.as_bytes();
        let (mut start, mut end) = (self.range.start + 2, self.range.end - 2);
        if start < end && bytes[start] == b'-' {
            start += 1;
        }
        if start < end && bytes[end - 1] == b'-' {
            end -= 1;
        }
        start..end
    }

    /// Returns the first word of a control tag: `if`, `for`, `endfor`.
    pub(super) fn keyword<'a>(&self, text: &'a str) -> &'a str {
        let inner = self.inner(text).trim_start();
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        &inner[..end]
    }
}

/// Lists the tags in order of appearance, or the place of one that is never closed.
pub(super) fn scan(text: &str) -> Result<Vec<Tag>, usize> {
    let bytes = text.as_bytes();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        let kind = match bytes.get(start + 1) {
            Some(b'{') => TagKind::Output,
            Some(b'%') => TagKind::Control,
            Some(b'#') => TagKind::Comment,
            _ => {
                at = start + 1;
                continue;
            }
        };
        let end = if kind == TagKind::Comment {
            text[start + 2..].find("#}").map(|n| start + 2 + n + 2)
        } else {
            close(bytes, start + 2, if kind == TagKind::Output { b'}' } else { b'%' })
        };
        let mut tag = Tag { kind, range: start..end.ok_or(start)? };
        if kind == TagKind::Control && tag.keyword(text) == "raw" {
            tag.range.end = end_of_raw(text, tag.range.end).ok_or(start)?;
            tag.kind = TagKind::Raw;
        }
        at = tag.range.end;
        tags.push(tag);
    }
    Ok(tags)
}

/// Finds the end of a tag opened before `at`, skipping strings.
fn close(bytes: &[u8], mut at: usize, mark: u8) -> Option<usize> {
    let mut quote = None;
    let mut braces = 0_usize;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some(_) if byte == b'\\' => at += 1,
            Some(open) if byte == open => quote = None,
            None if matches!(byte, b'"' | b'\'' | b'`') => quote = Some(byte),
            None if braces == 0 && byte == mark && bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            None if byte == b'{' => braces += 1,
            None if byte == b'}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn end_of_raw(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text[at..].find("{%") {
        let start = at + found;
        let end = start + text[start..].find("%}")? + 2;
        if text[start + 2..end - 2].trim_matches('-').trim() == "endraw" {
            return Some(end);
        }
        at = start + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TagKind, &str)> {
        scan(text).expect("closed").iter().map(|tag| (tag.kind, &text[tag.range.clone()])).collect()
    }

    #[test]
    fn strings_may_hold_delimiters() {
        assert_eq!(kinds(r#"a {{ "}}" ~ '%}' }} b"#), vec![(TagKind::Output, r#"{{ "}}" ~ '%}' }}"#)]);
        assert_eq!(kinds("{%- if a < 2 -%}x{# } #}"), vec![(TagKind::Control, "{%- if a < 2 -%}"), (TagKind::Comment, "{# } #}")]);
        assert_eq!(kinds("{% raw %}{{ x }}{% endraw %}"), vec![(TagKind::Raw, "{% raw %}{{ x }}{% endraw %}")]);
        assert_eq!(kinds("{{ {\"a\": {\"b\": 1}} }}").len(), 1);
        assert_eq!(kinds("body { color: red }").len(), 0);
    }

    #[test]
    fn an_unclosed_tag_is_found() {
        assert_eq!(scan("ab {{ x }"), Err(3));
        assert_eq!(scan("{% raw %} {{ x }}"), Err(0));
    }
}
