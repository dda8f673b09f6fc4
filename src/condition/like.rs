//! `LIKE` patterns and equality of text, both without regard to case.

/// Matches a text against a SQL `LIKE` pattern, without regard to case: `%` is any text, `_` is any one character.
///
/// Takes a time of at most the product of the lengths, whatever the pattern.
pub fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let (mut t, mut p) = (0, 0);
    // Where the last `%` stands, and how far its text reaches.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&letter) if letter == '_' || letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((star_p, star_t)) => {
                    star = Some((star_p, star_t + 1));
                    p = star_p + 1;
                    t = star_t + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == '%')
}

/// Compares two texts without regard to case; accents count.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::{like, same_text};

    #[test]
    fn patterns_match_whole_texts() {
        for (text, pattern, matches) in [
            ("Comment investir ?", "%invest%", true),
            ("Investissement 101", "%invest%", true),
            ("/product/tea-pot", "/product/%", true),
            ("/cart", "/product/%", false),
            ("75011", "75___", true),
            ("7501", "75___", false),
            ("", "%", true),
            ("", "", true),
            ("a", "", false),
            ("ÉTÉ", "été", true),
            ("abcabd", "%abd", true),
            ("100%", "100%", true),
            ("a\nb", "a%b", true),
        ] {
            assert_eq!(like(text, pattern), matches, "{text} LIKE {pattern}");
        }
        assert!(!like(&"a".repeat(5_000), &format!("{}b", "a%".repeat(200))), "a hostile pattern ends");
    }

    #[test]
    fn case_is_ignored_and_accents_are_not() {
        assert!(same_text("PARIS", "Paris"));
        assert!(same_text("ÉVRY", "évry"));
        assert!(!same_text("Evry", "Évry"));
        assert!(!same_text("Paris", "Pari"));
    }
}
