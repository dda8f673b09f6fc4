//! placeholder until merge
/// slug
pub fn topic_slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_alphanumeric() { out.push(c) } else if !out.ends_with('-') { out.push('-') }
    }
    out.trim_matches('-').to_owned()
}
