//! What decisions say, in French: their sentences are English wherever they are kept, and few.
//!
//! A sentence is known whole, or by its fixed parts around values that stay as they are (`{}`) or are said in French too (`{t}`). What is
//! not known, a condition for one, stays as it is.

/// Sentences, the more particular first.
const SENTENCES: &[(&str, &str)] = &[
    // Gates.
    ("address", "adresse"),
    ("same address", "même adresse"),
    ("suppression", "exclusion"),
    ("objection", "opposition"),
    ("consent", "accord"),
    ("audience", "cible"),
    ("excluded", "exclu"),
    ("stop", "arrêt"),
    ("goal", "but"),
    ("due", "échéance"),
    ("already sent", "déjà envoyé"),
    ("in time", "à temps"),
    ("hours", "heures"),
    ("holdout of all", "témoin de tout le marketing"),
    ("holdout", "groupe témoin"),
    ("arm", "bras"),
    ("one a day", "un par jour"),
    ("frequency cap", "plafond d’envois"),
    ("segment {}: {}", "segment {}\u{a0}: {}"),
    ("personal blocks {}", "blocs personnels {}"),
    ("cap {}", "plafond {}"),
    ("offer {}: {t}", "offre {}\u{a0}: {t}"),
    // What they saw.
    ("well formed", "bien formée"),
    ("malformed", "mal formée"),
    ("none", "non"),
    ("no", "non"),
    ("yes", "oui"),
    ("off", "sans"),
    ("over", "terminé"),
    ("everybody", "tous"),
    ("forgotten", "oublié"),
    ("unsubscribed", "désabonné"),
    ("unsubscribed, which is about marketing", "désabonné, ce qui ne touche que la publicité"),
    ("not reached", "pas atteint"),
    ("nothing is due", "rien à échéance"),
    ("nothing else today", "rien d’autre aujourd’hui"),
    ("to commercial use", "à l’usage commercial"),
    ("not asked: compulsory", "sans objet\u{a0}: courrier de service"),
    ("not asked: rests on behaviour, without consent to profiling", "non regardé\u{a0}: tient au comportement, sans accord au profilage"),
    ("general, without consent to profiling", "général, sans accord au profilage"),
    ("{} (without consent to profiling)", "{} (sans accord au profilage)"),
    ("excluded: {}", "exclu\u{a0}: {}"),
    ("does without the topic {}", "ne veut pas du thème {}"),
    ("the first mail is not due yet", "le premier courrier n’est pas encore à échéance"),
    ("due more than {t} ago", "à échéance depuis plus de {t}"),
    ("its hours open when it is too late", "ses heures s’ouvrent trop tard"),
    ("off: compulsory", "sans\u{a0}: courrier de service"),
    ("off: time-limited offer", "sans\u{a0}: offre limitée dans le temps"),
    ("held out: the general mail, {}", "témoin\u{a0}: le courrier général, {}"),
    ("treated, as assigned before", "traité, comme tiré auparavant"),
    ("none: held out", "aucun\u{a0}: groupe témoin"),
    ("bucket {} of 10000, held out below {}", "case {} sur 10\u{202f}000, témoin sous {}"),
    ("{} of all marketing", "{} de tout le marketing"),
    ("told of something else today by the same sequence", "prévenu d’autre chose aujourd’hui par la même suite"),
    ("as `{}`", "comme {}"),
    ("{} of {} in {t}", "{} sur {} en {t}"),
    ("{} since {}", "{} depuis le {}"),
    ("by {}", "par {}"),
    ("{}, too old", "{}, trop ancien"),
    // Levels of blocks, and why a block or a product is there.
    ("general", "général"),
    ("many", "beaucoup"),
    ("few", "peu"),
    ("individual", "individuel"),
    ("for everybody", "pour tous"),
    ("started this mail", "à l’origine de ce courrier"),
    ("bought regularly, and it is time again", "acheté régulièrement, et c’est le moment"),
    ("bought every {} days, last {} days ago", "acheté tous les {} jours, il y a {} jours"),
    ("in the open cart", "dans le panier ouvert"),
    ("viewed lately", "vu récemment"),
    ("bought together with {}", "acheté avec {}"),
    ("bought by the same people as {}", "acheté par les mêmes personnes que {}"),
    ("bought by those who bought {}", "acheté par ceux qui ont acheté {}"),
    ("viewed by the same visitors as {}", "vu par les mêmes visiteurs que {}"),
    ("put in the same carts as {}", "mis dans les mêmes paniers que {}"),
    ("goes with {}", "va avec {}"),
    ("resembles {} and costs more", "ressemble à {}, en plus cher"),
    ("resembles {}", "ressemble à {}"),
    ("completes {}, which their search finds", "complète {}, que sa recherche trouve"),
    ("completes {}", "complète {}"),
    ("popular in a category they like", "se vend bien dans un rayon qui lui plaît"),
    ("popular where they live", "se vend bien là où vit cette personne"),
    ("popular in {}", "se vend bien en {}"),
    ("popular now", "se vend bien en ce moment"),
    ("new in the catalogue", "nouveau au catalogue"),
    ("pinned by the author", "épinglé par l’auteur"),
    ("explored", "tiré au sort, pour apprendre"),
    ("close to what the person knows", "proche de ce que la personne connaît"),
    ("{} orders in {t}", "{} commandes en {t}"),
    ("{} left", "plus que {}"),
    // Why they are not.
    ("more personal than allowed for this mail", "plus personnel que permis pour ce courrier"),
    ("score {} under the floor", "note {} sous le plancher"),
    ("out of stock", "épuisé"),
    ("not for sale now", "pas en vente"),
    ("already in the mail", "déjà dans le courrier"),
    ("denied", "refusé"),
    ("not in the list allowed", "hors de la liste permise"),
    ("in another category", "dans un autre rayon"),
    ("bought {}", "acheté le {}"),
    ("shown lately", "montré récemment"),
    ("shown by {} mails already", "déjà montré par {} courriers"),
    ("looked at a moment ago", "regardé à l’instant"),
    ("looked at {}", "regardé le {}"),
    ("outside the price band", "hors de la gamme de prix"),
    ("no date of publication", "sans date de publication"),
    ("not published yet", "pas encore publié"),
    ("too old: published {}", "trop ancien\u{a0}: publié le {}"),
    ("about a place far from the person", "parle d’un lieu éloigné"),
    ("of a topic that the person does without", "d’un thème dont la personne ne veut pas"),
    // What a mail lets its reader see, and what it rests on.
    ("menu", "menu"),
    ("inferred_interest", "goût supposé"),
    ("viewed_category", "rayon regardé"),
    ("viewed_item", "article regardé"),
    ("searched", "recherche"),
    ("orders", "achats"),
    ("views", "visites"),
    ("searches", "recherches"),
    ("cart", "panier"),
    ("city", "ville"),
    ("location", "lieu"),
    ("declared", "déclaré"),
    ("demographics", "âge"),
    ("answers", "réponses"),
    ("contracts", "contrats"),
    ("age", "âge"),
    ("score", "note"),
    ("scores", "notes"),
    ("{} d", "{}\u{a0}j"),
];

/// Says a sentence in French; what is not known stays.
pub(crate) fn french(text: &str) -> String {
    let found = SENTENCES.iter().find_map(|(english, french)| Some((captured(english, text)?, *french)));
    if let Some((values, french)) = found {
        return filled(french, &values);
    }
    for between in [" · ", ", "] {
        if let Some((first, rest)) = text.split_once(between) {
            let said = french(first);
            if said != first {
                return rest.split(between).fold(said, |said, piece| said + between + &french(piece));
            }
        }
    }
    text.to_owned()
}

/// Returns what stands in the places of a sentence, when a text is that sentence; no place holds what parts sentences.
fn captured<'t>(sentence: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = sentence.split("{t}").flat_map(|part| part.split("{}"));
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (n, part) in parts.iter().enumerate() {
        let is_last = n + 1 == parts.len();
        let end = if is_last { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        values.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    // A condition is the last thing of its sentence, and may hold anything.
    let is_condition = sentence.starts_with("segment ") || sentence.starts_with("offer ");
    let is_value = |value: &&str| !value.is_empty() && (is_condition || !value.contains(", ") && !value.contains(" · "));
    (rest.is_empty() && values.iter().all(is_value)).then_some(values)
}

/// Puts values in the places of a sentence.
fn filled(sentence: &str, values: &[&str]) -> String {
    let (mut out, mut rest, mut values) = (String::new(), sentence, values.iter());
    while let Some(at) = rest.find('{') {
        let value = values.next().copied().unwrap_or_default();
        out.push_str(&rest[..at]);
        let is_said = rest[at..].starts_with("{t}");
        out.push_str(&if is_said { french(value) } else { value.to_owned() });
        rest = &rest[at + if is_said { 3 } else { 2 }..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_said_with_their_values() {
        for (english, said) in [
            ("well formed", "bien formée"),
            ("newsletter since 2010-12-17, opt_in, by footer_form", "newsletter depuis le 2010-12-17, opt_in, par footer_form"),
            ("0 of 2 in 7 d, 0 of 6 in 30 d", "0 sur 2 en 7\u{a0}j, 0 sur 6 en 30\u{a0}j"),
            ("bucket 9347 of 10000, held out below 500", "case 9347 sur 10\u{202f}000, témoin sous 500"),
            ("popular now · 115 orders in 7 d", "se vend bien en ce moment · 115 commandes en 7\u{a0}j"),
            ("bought 2011-11-03", "acheté le 2011-11-03"),
            ("bought together with 22699", "acheté avec 22699"),
            ("segment dormant: orders_count >= 1", "segment dormant\u{a0}: orders_count >= 1"),
            ("excluded: dormant", "exclu\u{a0}: dormant"),
        ] {
            assert_eq!(french(english), said);
        }
    }

    #[test]
    fn conditions_and_names_stay_as_they_are() {
        for text in ["days_since(last_event_at) <= 90", "city IN ('Paris', 'no', 'Lyon')", "Ana, none", "", "x since", "2011-W45"] {
            assert_eq!(french(text), text);
        }
    }

    #[test]
    fn no_sentence_is_hidden_by_one_before_it() {
        for (n, (english, said)) in SENTENCES.iter().enumerate() {
            let places = |text: &str| text.matches("{}").count() + text.matches("{t}").count();
            assert_eq!(places(english), places(said), "{english}");
            let example = english.replace("{t}", "7 d").replace("{}", "9");
            let first = SENTENCES.iter().position(|(other, _)| captured(other, &example).is_some());
            assert_eq!(first, Some(n), "{english}");
        }
    }
}
