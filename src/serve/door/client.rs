//! Who asks: the address of the connection, or what a proxy that is trusted says.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::error::{Error, Kind, Result};

/// A network of addresses, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    start: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or an address.
    ///
    /// # Errors
    /// `Usage` when it is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let read = || {
            let start: IpAddr = address.parse().ok()?;
            let most = if start.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
            (bits <= most).then_some(Self { start, bits })
        };
        read().ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{text}` is neither an address nor a network"))
                .help("write for example `127.0.0.1` or `10.0.0.0/8`")
        })
    }

    /// Says whether an address is one of the network.
    pub fn holds(&self, address: IpAddr) -> bool {
        let wide = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
            IpAddr::V6(address) => (u128::from(address), false),
        };
        let ((start, is_v4), (address, of_v4)) = (wide(self.start.to_canonical()), wide(address.to_canonical()));
        let kept = if self.bits == 0 { 0 } else { u128::MAX << (128 - u32::from(self.bits)) };
        is_v4 == of_v4 && (start ^ address) & kept == 0
    }
}

/// Returns the client of a request: the last address of `X-Forwarded-For` that no trusted proxy has, when a trusted one asks.
///
/// What stands before it can be written by anybody.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    if !is_trusted(peer) {
        return peer;
    }
    let said: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in said.iter().flat_map(|line| line.split(',')).rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return nearest };
        nearest = address;
        if !is_trusted(address) {
            return address;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_whom_it_saw() {
        let trusted = [Network::parse("127.0.0.1").expect("one"), Network::parse("10.0.0.0/8").expect("one")];
        let of = |peer: &str, said: &'static str| {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().expect("a name"), HeaderValue::from_static(said))]);
            client(peer.parse().expect("an address"), &headers, &trusted).to_string()
        };
        assert_eq!(of("192.0.2.9", "198.51.100.1"), "192.0.2.9", "a stranger says what it likes");
        assert_eq!(of("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(of("127.0.0.1", "203.0.113.7, 198.51.100.1, 10.1.2.3"), "198.51.100.1", "the first was written by the client");
        assert_eq!(of("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(of("127.0.0.1", "nonsense, 198.51.100.1"), "198.51.100.1");
        assert_eq!(of("::ffff:127.0.0.1", "2001:db8::1"), "2001:db8::1");
    }

    #[test]
    fn networks_are_read_and_hold_their_own() {
        let holds = |network: &str, address: &str| Network::parse(network).expect("a network").holds(address.parse().expect("an address"));
        assert!(holds("0.0.0.0/0", "192.0.2.1") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("192.0.2.128/25", "192.0.2.200") && !holds("192.0.2.128/25", "192.0.2.1"));
        for wrong in ["", "x", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0/8"] {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }
}
