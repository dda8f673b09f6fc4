//! Tokens of links and return paths: nobody makes one without the key, and each opens one thing only.

use std::collections::BTreeSet;

use relance::id::stable_hash;
use relance::message::token::{Key, Keyring, Purpose};

const N_MUTATIONS: u64 = 100_000;

fn key(id: &str, secret: &str) -> Key {
    Key::new(id, secret.as_bytes().to_vec()).expect("a good key")
}

fn ring() -> Keyring {
    Keyring::new(vec![key("k2", "the second secret, as long as this"), key("k1", "0123456789abcdef0123456789abcdef")]).expect("a ring")
}

/// Changes a token in one place, the `n`-th way: a letter more, one less, cut, replaced, two swapped, a part of another token.
fn mutated(token: &str, other: &str, n: u64) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567.01890-_=+AZ%";
    let draw = stable_hash(&["mutation", &n.to_string()]);
    let mut bytes = token.as_bytes().to_vec();
    let at = usize::try_from(draw >> 32).expect("64 bits") % bytes.len();
    let letter = LETTERS[usize::try_from(draw & 0xffff).expect("small") % LETTERS.len()];
    match draw >> 16 & 7 {
        0 => bytes.insert(at, letter),
        1 => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        3 => bytes.swap(at, (at + 1) % token.len()),
        4 => bytes.splice(at.., other.bytes().skip(at)).for_each(drop),
        5 => bytes.splice(..at, other.bytes().take(at)).for_each(drop),
        _ => bytes[at] = letter,
    }
    String::from_utf8(bytes).expect("ASCII")
}

#[test]
fn no_mutation_of_a_link_is_accepted() {
    let ring = ring();
    let seal = |recipient| ring.first().seal(Purpose::Unsubscribe, "newsletter", recipient);
    let (token, other) = (seal("C-1042"), seal("C-1043"));
    let changed: Vec<String> =
        (0..N_MUTATIONS).map(|n| mutated(&token, &other, n)).filter(|changed| ![&token, &other].contains(&changed)).collect();
    assert!(changed.len() > 90_000, "{}", changed.len());
    let accepted = changed.iter().filter(|changed| ring.open(Purpose::Unsubscribe, "newsletter", changed).is_some()).count();
    assert_eq!(accepted, 0);
    assert_eq!(ring.open(Purpose::Unsubscribe, "newsletter", &token).as_deref(), Some("C-1042"));
}

#[test]
fn no_mutation_of_a_return_path_is_accepted() {
    let ring = ring();
    let seal = |recipient| ring.first().seal_bounce("newsletter", "2011-W46", recipient);
    let (token, other) = (seal("C-1042"), seal("C-1043"));
    // Case is not a change: some servers fold it.
    let is_change = |changed: &String| ![&token, &other].iter().any(|known| known.eq_ignore_ascii_case(changed));
    let changed: Vec<String> = (0..N_MUTATIONS).map(|n| mutated(&token, &other, n)).filter(is_change).collect();
    assert!(changed.len() > 90_000, "{}", changed.len());
    assert_eq!(changed.iter().filter(|changed| ring.open_bounce(changed).is_some()).count(), 0);
    assert!(ring.open_bounce(&token).is_some() && ring.open_bounce(&token.to_ascii_uppercase()) == ring.open_bounce(&token));
}

#[test]
fn a_link_opens_for_its_own_purpose_and_campaign_only() {
    let ring = ring();
    let token = ring.first().seal(Purpose::Unsubscribe, "newsletter", "C-1042");
    for purpose in [Purpose::Preferences, Purpose::Bounce, Purpose::Cart] {
        assert_eq!(ring.open(purpose, "newsletter", &token), None, "{purpose:?}");
    }
    for campaign in ["cart", "newslette", "newsletter2", ""] {
        assert_eq!(ring.open(Purpose::Unsubscribe, campaign, &token), None, "{campaign}");
    }
    assert_eq!(ring.open_any(Purpose::Unsubscribe, ["cart", "newsletter"], &token), Some(("newsletter", "C-1042".to_owned())));
    assert_eq!(ring.open_any(Purpose::Unsubscribe, ["cart", "card"], &token), None);
    assert_eq!(ring.open_bounce(&token), None);
}

#[test]
fn every_key_opens_and_the_first_makes() {
    let (old, ring) = (key("k1", "0123456789abcdef0123456789abcdef"), ring());
    let (link, path) = (old.seal(Purpose::Unsubscribe, "newsletter", "C-1042"), old.seal_bounce("newsletter", "2011-W46", "C-1042"));
    assert_eq!(ring.open(Purpose::Unsubscribe, "newsletter", &link).as_deref(), Some("C-1042"));
    assert_eq!(ring.open_bounce(&path), old.open_bounce(&path));
    assert!(ring.first().seal_bounce("a", "b", "c").starts_with("k2."));
    let without_old = Keyring::new(vec![key("k2", "the second secret, as long as this")]).expect("a ring");
    assert_eq!((without_old.open(Purpose::Unsubscribe, "newsletter", &link), without_old.open_bounce(&path)), (None, None));
    let renamed = Keyring::new(vec![key("k2", "0123456789abcdef0123456789abcdef")]).expect("a ring");
    for forged in [link.replace("k1.", "k2."), path.replace("k1.", "k2.")] {
        assert_eq!(
            (renamed.open(Purpose::Unsubscribe, "newsletter", &forged), renamed.open_bounce(&forged)),
            (None, None),
            "the id is part of what is signed"
        );
    }
}

#[test]
fn tokens_show_no_address_and_fit_where_they_stand() {
    let ring = Keyring::new(vec![key("k1234567", "0123456789abcdef0123456789abcdef")]).expect("a ring");
    let mut seen = BTreeSet::new();
    for n in 0..5_000 {
        let recipient = format!("ana{n}@client.example");
        let path = ring.first().seal_bounce("newsletter", "2011-W46", &recipient);
        let link = ring.first().seal(Purpose::Unsubscribe, "newsletter", &recipient);
        assert!("bounce+".len() + path.len() <= 64, "{path}");
        for token in [&path, &link] {
            assert!(token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.'), "{token}");
            assert!(!token.contains("ana") || !token.contains("client"), "{token}");
            assert!(seen.insert(token.clone()), "two people have {token}");
        }
        assert_eq!(ring.open(Purpose::Unsubscribe, "newsletter", &link), Some(recipient));
    }
}
