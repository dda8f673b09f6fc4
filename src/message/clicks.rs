//! Links of a mail that pass by the sender to be counted.

use std::borrow::Cow;

/// Returns the HTML of a mail with the targets of its links replaced where `through` has another for them.
///
/// Only `href` of `a` elements as the compiler of mails writes them, in double quotes; anything else stays as it is.
pub fn reroute(html: &str, through: impl Fn(&str) -> Option<String>) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut rest, mut is_changed) = (html, false);
    while let Some(start) = rest.find("<a ") {
        let Some(length) = rest[start..].find('>') else { break };
        let tag = &rest[start..start + length];
        let target = tag.find(" href=\"").map(|at| at + 7).and_then(|from| Some((from, from + tag[from..].find('"')?)));
        let rerouted = target.and_then(|(from, to)| Some((from, to, through(&unescaped(&tag[from..to])?)?)));
        out.push_str(&rest[..start]);
        match rerouted {
            Some((from, to, url)) => {
                is_changed = true;
                out.extend([&tag[..from], &url.replace('&', "&amp;"), &tag[to..]]);
            }
            None => out.push_str(tag),
        }
        rest = &rest[start + length..];
    }
    if !is_changed {
        return html.into();
    }
    out.push_str(rest);
    out.into()
}

/// Reads an attribute; `None` when it holds an entity that the compiler of mails does not write.
fn unescaped(value: &str) -> Option<String> {
    let read = value.replace("&amp;", "&").replace("&#x2F;", "/").replace("&#x3D;", "=");
    (!read.contains("&#") && !read.contains("&quot;")).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_rerouted_and_the_rest_stays() {
        let html = "<head><link href=\"https://shop.example/f.css\"></head><a class=\"x\" href=\"https://shop.example/p?a=1&amp;b=2\" style=\"y\">\
                    P</a><a name=\"z\">no</a><a href=\"https://elsewhere.example/\">E</a><v:rect href=\"https://shop.example/p\">";
        let through = |url: &str| url.starts_with("https://shop.example/").then(|| format!("https://c.example/?u={}&t=1", url.len()));
        let wanted = html.replace("https://shop.example/p?a=1&amp;b=2", "https://c.example/?u=30&amp;t=1");
        assert_eq!(reroute(html, through), wanted);
        assert_eq!(reroute(html, |_| None), html);
        for broken in ["<a ", "<a href=\"x", "<a href=\"\">", "<a href=>x"] {
            assert!(reroute(broken, |_| Some("y".to_owned())).contains("<a "), "{broken}");
        }
    }
}
