//! Real titles are capitals of a till (`WHITE HANGING HEART T-LIGHT HOLDER`); a shop window shows sentence case.

/// Words written in one way whatever their place.
#[rustfmt::skip]
const WORDS: &[(&str, &str)] = &[
    ("t-light", "T-light"), ("t-lights", "T-lights"), ("led", "LED"), ("uk", "UK"), ("usb", "USB"), ("tv", "TV"), ("3d", "3D"), ("diy", "DIY"), ("a4", "A4"), ("a5", "A5"),
    ("a6", "A6"), ("i", "I"), ("asst", "assorted"), ("asstd", "assorted"), ("assorted", "assorted"), ("col", "colour"), ("neckl", "necklace"), ("w", "with"), ("ipod", "iPod"),
    ("christmas", "Christmas"), ("xmas", "Xmas"), ("easter", "Easter"), ("valentine", "Valentine"), ("valentines", "Valentine's"), ("noel", "Noël"), ("santa", "Santa"),
    ("english", "English"), ("french", "French"), ("victorian", "Victorian"), ("edwardian", "Edwardian"), ("scandinavian", "Scandinavian"), ("swiss", "Swiss"),
    ("indian", "Indian"), ("chinese", "Chinese"), ("japanese", "Japanese"), ("moroccan", "Moroccan"), ("tuscan", "Tuscan"), ("georgian", "Georgian"), ("columbian", "Columbian"),
    ("parisienne", "Parisienne"), ("london", "London"), ("paris", "Paris"), ("france", "France"), ("england", "England"), ("murano", "Murano"), ("cornish", "Cornish"),
    ("union", "Union"), ("jack", "Jack"), ("regency", "Regency"), ("spaceboy", "Spaceboy"), ("dolly", "Dolly"), ("feltcraft", "Feltcraft"), ("suki", "Suki"), ("morris", "Morris"),
    ("charlotte", "Charlotte"), ("lola", "Lola"), ("charlie", "Charlie"), ("boudicca", "Boudicca"), ("jubilee", "Jubilee"), ("queen", "Queen"), ("queens", "Queen's"),
    ("childs", "child's"), ("childrens", "children's"), ("ladies", "ladies'"), ("mens", "men's"), ("mothers", "mother's"), ("fathers", "father's"), ("grannys", "granny's"),
    ("cafe", "café"), ("chateau", "château"), ("bebe", "bébé"), ("decoupage", "découpage"), ("diamante", "diamanté"), ("dr", "Dr"), ("mr", "Mr"), ("mrs", "Mrs"), ("xl", "XL"),
    ("diner", "diner"), ("ma", "Ma"), ("campagne", "Campagne"), ("provencal", "Provençal"), ("no", "no"), ("jams", "Jam's"),
];

/// Names of several words, most of them French: in small letters, and how they are written.
const NAMES: &[(&str, &str)] = &[
    ("dolly girl", "Dolly Girl"),
    ("la vie en rose", "La vie en rose"),
    ("le jardin botanique", "Le Jardin botanique"),
    ("jardin etoiles", "Jardin étoilé"),
    ("la palmiera", "La Palmiera"),
    ("pate de verre", "pâte de verre"),
    ("papier mache", "papier mâché"),
    ("petit four", "petit four"),
    ("creme brulee", "crème brûlée"),
];

/// Writes a word that is not the first one.
fn word(raw: &str) -> String {
    let lower = raw.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    if let Some((_, written)) = WORDS.iter().find(|(word, _)| *word == bare) {
        return lower.replacen(bare, written, 1);
    }
    // A quoted letter is the name of a letter: `LETTER "T" BLING KEY RING`.
    if raw.starts_with('"') && bare.chars().count() == 1 {
        return raw.to_uppercase();
    }
    // `S/3` is a set of three; `SET/3` likewise.
    let count = bare.strip_prefix("s/").or_else(|| bare.strip_prefix("set/"));
    if let Some(count) = count.filter(|count| !count.is_empty() && count.chars().all(|c| c.is_ascii_digit())) {
        return lower.replacen(bare, &format!("set of {count}"), 1);
    }
    lower
}

/// Returns a till title in sentence case.
pub(crate) fn sentence(raw: &str) -> String {
    let spaced = raw.replace(" ,", ",").replace(',', ", ").replace('+', " + ");
    let text =
        spaced.split_whitespace().map(|raw| raw.split('/').all(|part| part.len() > 1).then_some(raw).map_or_else(|| word(raw), parts));
    let mut text = text.collect::<Vec<_>>().join(" ");
    for (small, written) in NAMES {
        if let Some(start) = text.to_lowercase().find(small) {
            let end = start + small.len();
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, written);
            }
        }
    }
    let text = text.trim_matches([',', ' ', '*', '.']);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Writes the parts of `RED/BLUE` one by one; `SET/3` stays whole.
fn parts(raw: &str) -> String {
    if raw.to_lowercase().starts_with("set/") { word(raw) } else { raw.split('/').map(word).collect::<Vec<_>>().join("/") }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn till_capitals_become_sentences() {
        let cases = [
            ("WHITE HANGING HEART T-LIGHT HOLDER", "White hanging heart T-light holder"),
            ("SET/3 CHRISTMAS DECOUPAGE CANDLES", "Set of 3 Christmas découpage candles"),
            ("S/3 PINK SQUARE PLANTERS", "Set of 3 pink square planters"),
            ("BLUE/YELLOW CERAMIC CANDLE HOLDER", "Blue/yellow ceramic candle holder"),
            ("CHILDS GARDEN RAKE PINK", "Child's garden rake pink"),
            ("POPPY'S PLAYHOUSE BEDROOM ", "Poppy's playhouse bedroom"),
            ("FRIDGE MAGNETS LA VIE EN ROSE", "Fridge magnets La vie en rose"),
            ("I LOVE LONDON MINI BACKPACK", "I love London mini backpack"),
            ("LED TEA LIGHTS", "LED tea lights"),
            ("TEA,COFFEE,SUGAR", "Tea, coffee, sugar"),
            ("LETTER \"T\" BLING KEY RING", "Letter \"T\" bling key ring"),
            ("36 PENCILS TUBE POSY", "36 pencils tube posy"),
        ];
        for (raw, written) in cases {
            assert_eq!(sentence(raw), written);
        }
    }
}
