//! Links and images as mails may carry them: absolute, tagged, of a scheme a reader may follow.

use std::borrow::Cow;

use url::Url;

const NONE: u8 = 0;
/// Bytes that a URL parser may move or escape, and that a link may hold as they are.
const LINK: u8 = 1;
/// Bytes that every part of a URL after the host holds as they are.
const PLAIN: u8 = 2;

static CLASSES: [u8; 256] = {
    let mut classes = [NONE; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        classes[byte as usize] = match byte {
            b'"' | b'\'' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'@' => NONE,
            b'-' | b'_' | b'.' | b'~' | b'/' | b'?' | b'=' | b'&' | b'+' | b',' => PLAIN,
            byte if byte.is_ascii_alphanumeric() => PLAIN,
            _ => LINK,
        };
        byte += 1;
    }
    classes
};

fn all_at_least(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&byte| CLASSES[usize::from(byte)] >= class)
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Returns a link safe to put in a mail, tagged; nothing for a scheme a reader must not follow.
pub(super) fn link<'a>(url: &'a str, utm: &str) -> Option<Cow<'a, str>> {
    let url = url.trim();
    if starts_with(url, "mailto:") || starts_with(url, "tel:") {
        return url.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`".contains(&b)).then(|| url.into());
    }
    let simple = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && all_at_least(rest.as_bytes(), LINK);
    let clean: Cow<'_, str> = match url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) {
        Some(rest) if simple(rest) => url.into(),
        _ => {
            let parsed = Url::parse(url).ok()?;
            if !matches!(parsed.scheme(), "http" | "https")
                || !parsed.has_host()
                || !parsed.username().is_empty()
                || parsed.password().is_some()
            {
                return None;
            }
            String::from(parsed).replace('\'', "%27").into()
        }
    };
    if utm.is_empty() || clean.contains("?utm_") || clean.contains("&utm_") {
        return Some(clean);
    }
    let (base, fragment) = clean.split_once('#').map_or((&*clean, None), |(base, fragment)| (base, Some(fragment)));
    let joint = if base.ends_with(['?', '&']) {
        ""
    } else if base.contains('?') {
        "&"
    } else {
        "?"
    };
    let mut tagged = String::with_capacity(clean.len() + 1 + utm.len());
    tagged.extend([base, joint, utm]);
    if let Some(fragment) = fragment {
        tagged.extend(["#", fragment]);
    }
    Some(tagged.into())
}

/// Returns an absolute image URL; nothing for a scheme that is not http or https.
pub(super) fn image<'a>(path: &'a str, asset_url: &str) -> Cow<'a, str> {
    let path = path.trim();
    if path.is_empty() || is_canonical(path) {
        return path.into();
    }
    if starts_with(path, "https://") || starts_with(path, "http://") {
        return Url::parse(path).map(String::from).unwrap_or_default().into();
    }
    if path.split('/').next().is_some_and(|first| first.contains(':')) || path.starts_with("//") || path.starts_with('\\') {
        return "".into();
    }
    let mut written = String::with_capacity(asset_url.len() + path.len() + 1);
    written.push_str(asset_url.trim_end_matches('/'));
    written.push('/');
    for c in path.trim_start_matches('/').chars() {
        if c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c) {
            written.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                written.extend(['%', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
    written.into()
}

/// Says of most https URLs that reading and writing them again changes nothing, which then need not be done.
fn is_canonical(url: &str) -> bool {
    let Some((host, path)) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else { return false };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && host.starts_with(|c: char| c.is_ascii_lowercase())
        && last.starts_with(|c: char| c.is_ascii_lowercase())
        && !host.contains("--")
        && all_at_least(path.as_bytes(), PLAIN)
        && !path.starts_with('.')
        && !path.contains("/.")
}

/// Returns the upper-case hexadecimal digit of a number below 16.
fn hex(n: u8) -> char {
    char::from_digit(n.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_tagged_once_and_dangerous_ones_refused() {
        let cases = [
            ("https://shop.example/p/1", Some("https://shop.example/p/1?utm_source=r")),
            ("https://shop.example/p?a=1#top", Some("https://shop.example/p?a=1&utm_source=r#top")),
            ("https://shop.example/p?utm_source=x", Some("https://shop.example/p?utm_source=x")),
            (" HTTPS://Shop.example/é à ", Some("https://shop.example/%C3%A9%20%C3%A0?utm_source=r")),
            ("mailto:a@shop.example", Some("mailto:a@shop.example")),
            ("tel:+33123456789", Some("tel:+33123456789")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("//evil.example/x", None),
            ("https://user:pw@evil.example/", None),
            ("/relative", None),
            ("", None),
        ];
        for (url, want) in cases {
            assert_eq!(link(url, "utm_source=r").as_deref(), want, "{url}");
        }
    }

    #[test]
    fn images_are_made_absolute() {
        let cases = [
            ("p/1.jpg", "https://img.example/a/p/1.jpg"),
            ("/p 1.jpg", "https://img.example/a/p%201.jpg"),
            ("https://cdn.example/x.png", "https://cdn.example/x.png"),
            ("javascript:x", ""),
            ("data:image/png;base64,x", ""),
            ("//evil.example/x", ""),
            ("", ""),
        ];
        for (path, want) in cases {
            assert_eq!(image(path, "https://img.example/a/"), want, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_url_is_what_a_parser_writes(url in "https://[a-z0-9.-]{0,12}(/[-a-zA-Z0-9._~/?=&+,%:@#!$'()*;]{0,20}){0,2}") {
            if is_canonical(&url) {
                prop_assert_eq!(Url::parse(&url).map(String::from), Ok(url));
            }
        }

        #[test]
        fn a_link_is_safe_or_nothing(url in "(https?://)?\\PC{0,30}", utm in "(utm_source=[a-z]{1,5})?") {
            let Some(made) = link(&url, &utm) else { return Ok(()) };
            prop_assert!(!made.contains(['\'', '<', '>', ' ']), "{made}");
            prop_assert!(["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| starts_with(&made, scheme)), "{made}");
        }
    }
}
