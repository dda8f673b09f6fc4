//! The project's own images: which files of its `[assets]` folder may be shown, and a mail with them in it.

use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::app::App;

/// Kinds of files that are shown: images and nothing else.
const KINDS: [(&str, &str); 6] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
];

/// Largest image put into a page, in bytes.
const IMAGE_BYTES_MAX: u64 = 8 << 20;
/// Largest page with its images, in bytes.
const PAGE_BYTES_MAX: usize = 96 << 20;

/// Finds an image within the folder, with its media type; links that lead out of it lead nowhere.
pub(crate) fn found(app: &App, path: &str) -> Option<(&'static str, PathBuf)> {
    within(&app.project.root.join(&app.project.config.assets.as_ref()?.folder), path)
}

fn within(folder: &Path, path: &str) -> Option<(&'static str, PathBuf)> {
    let extension = Path::new(path).extension()?.to_str()?.to_ascii_lowercase();
    let kind = KINDS.iter().find(|(known, _)| *known == extension)?.1;
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let folder = folder.canonicalize().ok()?;
    let found = folder.join(path).canonicalize().ok()?;
    found.starts_with(&folder).then_some((kind, found))
}

/// Puts the project's own images into an HTML part, as `data:` addresses (RFC 2397); others stay where they are.
pub(crate) fn inlined(app: &App, html: &str) -> String {
    let Some(assets) = &app.project.config.assets else { return html.to_owned() };
    put_in(html, &format!("{}/", assets.url.get_ref().trim_end_matches('/')), &app.project.root.join(&assets.folder))
}

fn put_in(html: &str, prefix: &str, folder: &Path) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(prefix) {
        let (before, address) = rest.split_at(at);
        out.push_str(before);
        let end = address.find(|letter: char| letter.is_whitespace() || "\"'()<>".contains(letter)).unwrap_or(address.len());
        let path = address[prefix.len()..end].split(['?', '#']).next().unwrap_or_default();
        match within(folder, path).and_then(|(kind, file)| read(kind, &file)).filter(|data| out.len() + data.len() < PAGE_BYTES_MAX) {
            Some(data) => out.push_str(&data),
            None => out.push_str(&address[..end]),
        }
        rest = &address[end..];
    }
    out + rest
}

fn read(kind: &str, file: &Path) -> Option<String> {
    let about = std::fs::metadata(file).ok().filter(|about| about.is_file() && about.len() <= IMAGE_BYTES_MAX)?;
    let bytes = std::fs::read(file).ok().filter(|bytes| bytes.len() as u64 == about.len())?;
    Some(format!("data:{kind};base64,{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_of_the_folder_are_put_in() {
        let scratch = tempfile::tempdir().expect("a folder");
        let assets = scratch.path().join("assets");
        std::fs::create_dir(&assets).expect("a folder");
        for name in ["assets/a.png", "assets/notes.txt", "secret.png"] {
            std::fs::write(scratch.path().join(name), "xyz").expect("a file");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(scratch.path().join("secret.png"), assets.join("out.png")).expect("a link");
        let put = |html: &str| put_in(html, "https://shop.example/assets/", &assets);
        assert_eq!(
            put("<img src=\"https://shop.example/assets/a.png?v=2\"><p style='background:url(https://shop.example/assets/a.png)'>"),
            "<img src=\"data:image/png;base64,eHl6\"><p style='background:url(data:image/png;base64,eHl6)'>"
        );
        for kept in ["notes.txt", "../secret.png", "out.png", "none.png", "", "é"] {
            let html = format!("<img src=\"https://shop.example/assets/{kept}\">");
            assert_eq!(put(&html), html);
        }
    }
}
