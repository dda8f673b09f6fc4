//! Which addresses a mail can be sent to (RFC 5321 section 4.1.2, RFC 6531): decided once, for the decision and for the message.

/// Longest address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const ADDRESS_MAX: usize = 254;
const LOCAL_MAX: usize = 64;

/// An address whose domain is in ASCII (A-labels, RFC 5891).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendableAddress {
    /// Local part as it was written, `@`, domain in ASCII.
    pub address: String,
    /// The local part is not ASCII: only a server with SMTPUTF8 takes it.
    pub needs_smtputf8: bool,
}

/// Returns the address as an envelope and a header carry it; `None` when it is not one, or of a kind that nobody has in earnest:
/// quoted local parts, IP addresses instead of a domain.
pub fn sendable(address: &str) -> Option<SendableAddress> {
    let parsed: lettre::Address = address.parse().ok()?;
    let (local, domain) = (parsed.user(), parsed.domain());
    if domain.starts_with('[')
        || local.len() > LOCAL_MAX
        || local.chars().any(|c| c.is_control() || c.is_whitespace() || "<>,;:\\\"()[]".contains(c))
    {
        return None;
    }
    let url = url::Host::parse(domain).ok()?;
    let url::Host::Domain(domain) = url else { return None };
    let address = format!("{local}@{domain}");
    let labels_are_good = domain
        .split('.')
        .all(|label| !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if !labels_are_good || address.len() > ADDRESS_MAX {
        return None;
    }
    Some(SendableAddress { needs_smtputf8: !local.is_ascii(), address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_domains_made_ascii() {
        let good = |address: &str| sendable(address).map(|sendable| sendable.address);
        assert_eq!(good("Ana.Lima+x@Client.example").as_deref(), Some("Ana.Lima+x@client.example"));
        assert_eq!(good("ana@café.example").as_deref(), Some("ana@xn--caf-dma.example"));
        assert!(sendable("zoé@client.example").is_some_and(|sendable| sendable.needs_smtputf8));
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b.example\r\nBcc: c@d.example",
            "a b@c.example",
            "a@b@c.example",
            "a@[127.0.0.1]",
            "a@1.2.3.4",
            "a@b..example",
            "\"a b\"@c.example",
            "a@b.example,c@d.example",
            "<a@b.example>",
            "a\0@b.example",
        ] {
            assert_eq!(good(bad), None, "{bad:?}");
        }
        assert_eq!(good(&format!("{}@b.example", "a".repeat(65))), None);
    }
}
