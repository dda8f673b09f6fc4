//! The HTML of a mail, sealed: no script, no form, no origin, and nothing loaded from elsewhere unless asked.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::mail::Part;

/// Bytes of a picture that is put into the page.
const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Pictures of the project that are put into one page.
const PICTURES_MAX: usize = 100;

/// The policy of the page of a mail; links open in a window of their own.
pub(super) fn policy(with_remote: bool) -> String {
    let images = if with_remote { "data: https: http:" } else { "data:" };
    format!(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src {images}; style-src 'unsafe-inline'; \
         frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
    )
}

/// Says whether the HTML wants pictures from elsewhere.
pub(super) fn wants_remote(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    ["src=\"http", "src='http", "src=http", "url(http", "url('http", "url(\"http", "background=\"http", "srcset=\"http"]
        .iter()
        .any(|sign| lower.contains(sign))
}

/// Puts the pictures that came with the mail, and those of the project's own folder, into the HTML.
pub(super) fn with_pictures(html: &str, parts: &[Part], assets: Option<&(String, std::path::PathBuf)>) -> String {
    let mut html = html.to_owned();
    for part in parts.iter().filter(|part| part.kind.starts_with("image/") && part.bytes.len() <= PICTURE_BYTES_MAX) {
        if let Some(id) = part.content_id.as_ref().filter(|id| !id.is_empty()) {
            let found = format!("cid:{id}");
            if html.contains(&found) {
                html = html.replace(&found, &data_uri(&part.kind, &part.bytes));
            }
        }
    }
    match assets {
        Some((url, folder)) => with_own(&html, &format!("{}/", url.trim_end_matches('/')), folder),
        None => html,
    }
}

fn with_own(html: &str, prefix: &str, folder: &Path) -> String {
    let (mut out, mut rest, mut n_pictures) = (String::with_capacity(html.len()), html, 0);
    while let Some(at) = rest.find(prefix) {
        out.push_str(&rest[..at]);
        let after = &rest[at + prefix.len()..];
        let end = after.find(|letter: char| !(letter.is_ascii_alphanumeric() || "/._-".contains(letter))).unwrap_or(after.len());
        let picture = if n_pictures < PICTURES_MAX { own(folder, &after[..end]) } else { None };
        match picture {
            Some(picture) => {
                n_pictures += 1;
                out.push_str(&picture);
            }
            None => out.push_str(&rest[at..at + prefix.len() + end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

/// Reads a picture of the project's folder; the name is a mail's, so it may not leave the folder.
fn own(folder: &Path, name: &str) -> Option<String> {
    let kind = match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        _ => return None,
    };
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(name).canonicalize().ok().filter(|path| path.starts_with(&folder))?;
    let small = std::fs::metadata(&path).ok().filter(|data| data.is_file() && data.len() <= PICTURE_BYTES_MAX as u64);
    small.and_then(|_| Some(data_uri(kind, &std::fs::read(path).ok()?)))
}

fn data_uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64.encode(bytes))
}

/// Makes links open in a window of their own, where the mail has a head to say it in.
pub(super) fn with_base(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let head = lower.find("<head").filter(|at| lower[at + 5..].starts_with(['>', ' ', '\r', '\n', '\t']));
    match head.and_then(|at| Some(at + lower[at..].find('>')? + 1)) {
        Some(at) => format!("{}<base target=\"_blank\">{}", &html[..at], &html[at..]),
        None => html.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_the_mail_and_of_the_project_are_put_in_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let assets = folder.path().join("assets");
        std::fs::create_dir(&assets).expect("a folder");
        std::fs::write(assets.join("a.png"), [0, 0, 0]).expect("a picture");
        std::fs::write(folder.path().join("secret.png"), [1]).expect("a picture");
        let part =
            |kind: &str| Part { name: "x".to_owned(), kind: kind.to_owned(), content_id: Some("pic".to_owned()), bytes: vec![0, 0, 0] };
        let own = ("https://shop.example/assets/".to_owned(), assets);
        for (html, expected) in [
            ("<img src=cid:pic>", "<img src=data:image/png;base64,AAAA>"),
            ("<img src=\"https://shop.example/assets/a.png?v\">", "<img src=\"data:image/png;base64,AAAA?v\">"),
            ("https://shop.example/assets/../secret.png", "https://shop.example/assets/../secret.png"),
            ("https://shop.example/assets/none.png|", "https://shop.example/assets/none.png|"),
        ] {
            assert_eq!(with_pictures(html, &[part("image/png")], Some(&own)), expected);
        }
        assert_eq!(with_pictures("cid:pic", &[part("text/html")], None), "cid:pic");
    }

    #[test]
    fn links_open_elsewhere_and_the_document_keeps_its_first_line() {
        let page = "<!doctype html><html><HEAD lang=en><title>x</title></HEAD>";
        assert_eq!(with_base(page), "<!doctype html><html><HEAD lang=en><base target=\"_blank\"><title>x</title></HEAD>");
        assert_eq!(with_base("<header>x</header>"), "<header>x</header>");
        assert_eq!(with_base("<head"), "<head");
        assert!(wants_remote("<IMG SRC=\"HTTPS://x.example\">") && !wants_remote("<a href=\"https://x.example\">"));
    }
}
