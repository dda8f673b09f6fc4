//! How languages write amounts and shares (CLDR 48 patterns): side and gap of the currency sign, gap of the per cent sign.

/// Habits of one language or region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conventions {
    /// The currency sign follows the number.
    pub(super) sign_after: bool,
    /// Between number and currency sign.
    pub(super) sign_gap: &'static str,
    /// Between number and per cent sign.
    pub(super) percent_gap: &'static str,
}

const NBSP: &str = "\u{a0}";
const NNBSP: &str = "\u{202f}";

const fn after(percent_gap: &'static str) -> Conventions {
    Conventions { sign_after: true, sign_gap: NBSP, percent_gap }
}

const fn before(sign_gap: &'static str, percent_gap: &'static str) -> Conventions {
    Conventions { sign_after: false, sign_gap, percent_gap }
}

/// Regions first, then languages; the first that begins the tag is taken.
const TABLE: [(&str, Conventions); 28] = [
    ("de-AT", before(NBSP, NBSP)),
    ("de-CH", before(NBSP, "")),
    ("de-LI", before(NBSP, "")),
    ("es-MX", before("", "")),
    ("es-US", before("", "")),
    ("fr-CA", after(NBSP)),
    ("it-CH", before(NBSP, "")),
    ("pt-PT", after("")),
    ("bg", after("")),
    ("cs", after(NBSP)),
    ("da", after(NBSP)),
    ("de", after(NBSP)),
    ("el", after("")),
    ("es", after(NBSP)),
    ("fi", after(NBSP)),
    ("fr", after(NNBSP)),
    ("hr", after(NBSP)),
    ("hu", after("")),
    ("it", after("")),
    ("nb", after(NBSP)),
    ("nl", before(NBSP, "")),
    ("pl", after("")),
    ("pt", before(NBSP, "")),
    ("ro", after(NBSP)),
    ("sk", after(NBSP)),
    ("sl", after(NBSP)),
    ("sv", after(NBSP)),
    ("uk", after("")),
];

/// Returns the habits of a language tag; English ones where nothing is known.
pub(super) fn of(tag: &str) -> Conventions {
    let begins = |prefix: &str| {
        let (head, rest) = tag.split_at_checked(prefix.len()).unwrap_or((tag, "x"));
        head.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('-'))
    };
    TABLE.iter().find(|(prefix, _)| begins(prefix)).map_or(before("", ""), |(_, conventions)| *conventions)
}

/// Returns the sign readers know for a currency, or its code.
pub(super) fn sign(code: &str) -> &str {
    match code {
        "EUR" => "€",
        "GBP" => "£",
        "USD" | "CAD" | "AUD" | "NZD" | "MXN" | "SGD" | "HKD" => "$",
        "JPY" | "CNY" => "¥",
        "BRL" => "R$",
        "PLN" => "zł",
        "SEK" | "NOK" | "DKK" => "kr",
        "CZK" => "Kč",
        "HUF" => "Ft",
        "RON" => "lei",
        "INR" => "₹",
        "KRW" => "₩",
        "UAH" => "₴",
        "ILS" => "₪",
        "TRY" => "₺",
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_wins_over_the_language() {
        assert!(!of("de-AT").sign_after);
        assert!(of("de-DE").sign_after);
        assert!(of("DE").sign_after);
        assert!(of("pt-PT").sign_after);
        assert!(!of("pt-BR").sign_after);
        assert_eq!(of("fr-BE"), of("fr"));
        assert_eq!(of("fro"), of("en"));
        assert_eq!(of(""), of("en-GB"));
    }
}
