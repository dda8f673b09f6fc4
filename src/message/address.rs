//! Addresses checked before they reach a header or an envelope (RFC 5321 section 4.1.2, RFC 6531).

use super::MessageError;

/// Longest address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const ADDRESS_MAX: usize = 254;
const LOCAL_MAX: usize = 64;

/// An address whose domain is in ASCII (A-labels, RFC 5891).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) address: String,
    /// The local part is not ASCII: only a server with SMTPUTF8 takes it.
    pub(super) needs_smtputf8: bool,
}

/// Checks an address; `role` names it in the error, which never shows the address.
pub(super) fn check(address: &str, role: &'static str) -> Result<Checked, MessageError> {
    let bad = || MessageError::BadAddress { role };
    let parsed: lettre::Address = address.parse().map_err(|_| bad())?;
    let (local, domain) = (parsed.user(), parsed.domain());
    if domain.starts_with('[')
        || local.len() > LOCAL_MAX
        || local.chars().any(|c| c.is_control() || c.is_whitespace() || "<>,;:\\\"()[]".contains(c))
    {
        return Err(bad());
    }
    let url = url::Host::parse(domain).map_err(|_| bad())?;
    let url::Host::Domain(domain) = url else { return Err(bad()) };
    let address = format!("{local}@{domain}");
    let labels_are_good = domain
        .split('.')
        .all(|label| !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if !labels_are_good || address.len() > ADDRESS_MAX {
        return Err(bad());
    }
    Ok(Checked { needs_smtputf8: !local.is_ascii(), address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_domains_made_ascii() {
        let good = |address: &str| check(address, "recipient").map(|checked| checked.address).ok();
        assert_eq!(good("Ana.Lima+x@Client.example").as_deref(), Some("Ana.Lima+x@client.example"));
        assert_eq!(good("ana@café.example").as_deref(), Some("ana@xn--caf-dma.example"));
        assert!(check("zoé@client.example", "recipient").is_ok_and(|checked| checked.needs_smtputf8));
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
