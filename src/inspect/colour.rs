//! Declarations of CSS, and colours: what is written, and how light it is.

/// Splits a `style` attribute or the inside of a rule into declarations; quotes and parentheses may hold semicolons.
pub(super) fn declarations(style: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut depth, mut quote, mut from) = (0_i32, None, 0);
    let mut split = |part: &str| {
        if let Some((property, value)) = part.split_once(':') {
            found.push((property.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    };
    for (at, letter) in style.char_indices() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('"' | '\'', None) => quote = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            (';', None) if depth <= 0 => {
                split(&style[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    split(&style[from..]);
    found
}

/// An opaque colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// Names that mails use (CSS Color Module Level 4 section 6.1).
const NAMES: [(&str, Colour); 17] = [
    ("black", Colour(0, 0, 0)),
    ("white", Colour(255, 255, 255)),
    ("gray", Colour(128, 128, 128)),
    ("grey", Colour(128, 128, 128)),
    ("silver", Colour(192, 192, 192)),
    ("red", Colour(255, 0, 0)),
    ("maroon", Colour(128, 0, 0)),
    ("green", Colour(0, 128, 0)),
    ("lime", Colour(0, 255, 0)),
    ("blue", Colour(0, 0, 255)),
    ("navy", Colour(0, 0, 128)),
    ("yellow", Colour(255, 255, 0)),
    ("olive", Colour(128, 128, 0)),
    ("purple", Colour(128, 0, 128)),
    ("fuchsia", Colour(255, 0, 255)),
    ("teal", Colour(0, 128, 128)),
    ("orange", Colour(255, 165, 0)),
];

impl Colour {
    /// Reads a colour; `None` of one that lets something through, or is written in another way.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
        if let Some(hex) = text.strip_prefix('#') {
            if !hex.is_ascii() {
                return None;
            }
            let part = |at: usize, n: usize| u8::from_str_radix(hex.get(at..at + n)?, 16).ok();
            return match hex.len() {
                3 => Some(Self(part(0, 1)? * 17, part(1, 1)? * 17, part(2, 1)? * 17)),
                6 => Some(Self(part(0, 2)?, part(2, 2)?, part(4, 2)?)),
                _ => None,
            };
        }
        if let Some(inside) = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) {
            let mut parts = inside.split([',', ' ']).filter(|part| !part.is_empty()).map(|part| part.parse::<u8>().ok());
            return Some(Self(parts.next()??, parts.next()??, parts.next()??));
        }
        NAMES.iter().find(|(name, _)| *name == text).map(|(_, colour)| *colour)
    }

    /// Finds the colour in a shorthand such as `#fff url(a.png) no-repeat`.
    pub(super) fn within(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| text.split_whitespace().find_map(Self::parse))
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Writes the colour as `#rrggbb`.
    pub(super) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        let contrast = |a: &str, b: &str| Colour::parse(a).expect("a colour").contrast(Colour::parse(b).expect("a colour"));
        assert!((contrast("#000", "white") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#fff") - 4.48).abs() < 0.01);
        assert!((contrast("rgb(255, 0, 0)", "#ffffff") - 4.0).abs() < 0.01);
    }

    #[test]
    fn colours_are_read_as_they_are_written() {
        assert_eq!(Colour::parse(" #AbC !important"), Some(Colour(0xaa, 0xbb, 0xcc)));
        assert_eq!(Colour::within("#123456 url('a;b.png') no-repeat"), Some(Colour(0x12, 0x34, 0x56)));
        for wrong in ["", "#", "#12345", "#ééé", "transparent", "rgba(0,0,0,.5)", "rgb(1,2)", "inherit"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_semicolon_in_quotes_or_parentheses_ends_nothing() {
        let parsed = declarations("background:url('a;b') no-repeat; color : RED;;font-family:\"a;b\"");
        let names: Vec<&str> = parsed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["background", "color", "font-family"]);
    }
}
