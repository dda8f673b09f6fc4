//! Domains of mail: their ASCII form, and whether DMARC takes one for another's (RFC 7489 section 3.1).

/// Longest name and label of DNS (RFC 1035 section 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;
/// Longest selector: it leaves room for `._domainkey.` and a domain.
const SELECTOR_MAX: usize = 120;

/// How two domains belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// They are equal.
    Strict,
    /// One is below the other: enough unless the DMARC record asks for `adkim=s` or `aspf=s`.
    Relaxed,
    /// They share an end, such as `a.shop.example` and `b.shop.example`; whether that is one owner's is only known from
    /// the list of public suffixes.
    Unknown,
    /// They have nothing in common.
    None,
}

/// Returns a domain of two labels or more in ASCII (A-labels, RFC 5891) and lower case.
pub fn ascii(domain: &str) -> Option<String> {
    let url::Host::Domain(name) = url::Host::parse(domain).ok()? else { return None };
    (name.len() <= NAME_MAX && name.contains('.') && name.split('.').all(is_label)).then_some(name)
}

/// Says whether a text can be a selector: labels of DNS (RFC 6376 section 3.1).
pub fn is_selector(text: &str) -> bool {
    text.len() <= SELECTOR_MAX && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Returns the domain of an address, in ASCII.
pub fn of_address(address: &str) -> Option<String> {
    ascii(address.rsplit_once('@')?.1)
}

/// Says how two domains belong together; both are in the form of [`ascii`].
pub fn alignment(one: &str, other: &str) -> Alignment {
    let below = |name: &str, above: &str| name.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'));
    if one == other {
        Alignment::Strict
    } else if below(one, other) || below(other, one) {
        Alignment::Relaxed
    } else if one.rsplit('.').zip(other.rsplit('.')).take_while(|(a, b)| a == b).count() >= 2 {
        Alignment::Unknown
    } else {
        Alignment::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_made_ascii_or_refused() {
        assert_eq!(ascii("Shop.Example").as_deref(), Some("shop.example"));
        assert_eq!(ascii("café.example").as_deref(), Some("xn--caf-dma.example"));
        for wrong in
            ["", "shop", "shop..example", "-a.example", "a_b.example", "127.0.0.1", "[::1]", "a b.example", "shop.example.", "a/b.example"]
        {
            assert_eq!(ascii(wrong), None, "{wrong}");
        }
        assert_eq!(ascii(&format!("{}.example", "a".repeat(64))), None);
        assert_eq!(of_address("a@b@shop.example").as_deref(), Some("shop.example"));
        assert_eq!(of_address("shop.example"), None);
        assert!(["s1", "2026-11.mail", "S"].into_iter().all(is_selector));
        assert!(!["", "a b", "a..b", "-a", "a;b", "é"].into_iter().any(is_selector));
    }

    #[test]
    fn a_domain_is_aligned_with_itself_and_with_what_is_below() {
        assert_eq!(alignment("shop.example", "shop.example"), Alignment::Strict);
        assert_eq!(alignment("mail.shop.example", "shop.example"), Alignment::Relaxed);
        assert_eq!(alignment("shop.example", "news.mail.shop.example"), Alignment::Relaxed);
        assert_eq!(alignment("a.shop.example", "b.shop.example"), Alignment::Unknown);
        assert_eq!(alignment("myshop.example", "shop.example"), Alignment::None);
        assert_eq!(alignment("shop.example", "shop.test"), Alignment::None);
    }
}
