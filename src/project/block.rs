//! A block: TOML front matter between two lines of `+++`, then MJML.

use super::Text;
use super::checked::SocialProof;
use super::content::BlockSpec;
use super::parse;
use crate::error::Diagnostic;

/// A block of content with its conditions.
#[derive(Debug, Clone)]
pub struct Block {
    /// The front matter.
    pub spec: BlockSpec,
    /// Orders that must hold its product.
    pub social_proof: Option<SocialProof>,
    /// The whole file, named by its path inside the project; spans of `spec` are offsets in it.
    pub text: Text,
    /// Byte offset in `text` where the MJML begins.
    pub body_offset: usize,
}

impl Block {
    /// Returns the MJML after the front matter.
    pub fn body(&self) -> &str {
        self.text.inner().get(self.body_offset..).unwrap_or_default()
    }

    /// Returns the range of a key's value in the front matter, or of the whole of it.
    pub(super) fn key(&self, key: &str) -> std::ops::Range<usize> {
        let front = padded_front_matter(self.text.inner());
        let value = front.as_deref().and_then(|toml| parse::document(toml).ok()).and_then(|table| Some(table.get_ref().get(key)?.span()));
        value.unwrap_or_else(|| split(self.text.inner()).map_or(0..0, |(front, _)| front))
    }
}

/// Returns the front matter behind as many blanks as the fence has bytes, so that every span is an offset in the file.
fn padded_front_matter(text: &str) -> Option<String> {
    let (front, _) = split(text)?;
    Some(" ".repeat(front.start) + text.get(front)?)
}

/// Finds the front matter: its byte range, and the offset of the body; `None` when a fence is missing.
pub(super) fn split(text: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let first = text.split_inclusive('\n').next().filter(|line| line.trim_end() == "+++")?;
    let mut offset = first.len();
    for line in text.get(first.len()..)?.split_inclusive('\n') {
        if line.trim_end() == "+++" {
            return Some((first.len()..offset, offset + line.len()));
        }
        offset += line.len();
    }
    None
}

/// Reads a block file.
pub(super) fn read(text: &Text, found: &mut Vec<Diagnostic>) -> Option<Block> {
    let (Some((_, body_offset)), Some(toml)) = (split(text.inner()), padded_front_matter(text.inner())) else {
        let end = text.inner().lines().next().map_or(0, str::len);
        found.push(
            Diagnostic::error("block::no-front-matter", format!("`{}` has no front matter", text.name()))
                .at(text, 0..end, "`+++` is expected on the first line, and again after the last key")
                .help("begin the file with three lines: `+++`, `slot = \"...\"`, `level = \"general\"`, then `+++`"),
        );
        return None;
    };
    let spec: BlockSpec = parse::read_padded(text, &toml, found)?;
    let social_proof = spec.social_proof.as_ref().and_then(SocialProof::read);
    Some(Block { spec, social_proof, text: text.clone(), body_offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_matter_is_between_two_fences() {
        let text = "+++\nslot = \"hero\"\n+++\n<mj-section/>\n";
        let (front, body) = split(text).expect("two fences");
        assert_eq!(&text[front], "slot = \"hero\"\n");
        assert_eq!(&text[body..], "<mj-section/>\n");
    }

    #[test]
    fn carriage_returns_and_an_empty_body_are_allowed() {
        let text = "+++\r\na = 1\r\n+++";
        let (front, body) = split(text).expect("two fences");
        assert_eq!((&text[front], &text[body..]), ("a = 1\r\n", ""));
    }

    #[test]
    fn a_missing_fence_is_seen() {
        for text in ["", "+++", "+++\na = 1\n", "a = 1\n+++\n", "<mj-section/>", " +++\n+++\n"] {
            assert!(split(text).is_none(), "{text:?}");
        }
    }
}
