//! What is found, in French.

/// What to do about a fault of the program itself.
const OURS: &str = "le signaler : relance fait le message";
const FEWER: &str = "montrer moins de produits, ou moins de sections imbriquées";
const HTTPS: &str = "écrire `https://`";

/// Code, what is wrong, and what to do. `{about}` is what the finding is about, `{n}` and `{m}` the first two numbers of its message,
/// `{rest}` what follows ` by ` or `: ` there: names of mail programs, a reason.
const WORDS: &[(&str, &str, &str)] = &[
    ("mail::not-made", "le courrier ne peut pas être fait : {rest}", "voir `relance check`"),
    ("rfc5322::repeated", "le champ `{about}` figure plus d’une fois (RFC 5322, 3.6)", OURS),
    ("rfc5322::missing", "le champ `{about}` manque (RFC 5322, 3.6 ; RFC 2045, 4)", OURS),
    ("rfc5322::bcc", "un champ `Bcc` montre qui d’autre reçoit le courrier (RFC 5322, 3.6.3)", OURS),
    ("rfc5322::bare-line-end", "un CR ou LF seul (RFC 5322, 2.3) : des serveurs le refusent ou s’y trompent", OURS),
    ("rfc5322::long-line", "une ligne de plus de 998 octets (RFC 5322, 2.1.1)", OURS),
    ("rfc5322::nul", "un octet NUL (RFC 5322, 2.2)", OURS),
    ("rfc5322::wide-header", "une ligne de `{about}` dépasse 78 caractères (RFC 5322, 2.1.1)", OURS),
    ("rfc5322::date", "`Date` n’est pas une date avec un fuseau en chiffres (RFC 5322, 3.3)", OURS),
    ("rfc5322::message-id", "`Message-ID` n’est pas `<gauche@droite>` (RFC 5322, 3.6.4)", OURS),
    ("rfc2047::long-word", "un mot codé de `{about}` dépasse 75 caractères (RFC 2047, 2)", OURS),
    ("rfc3834::auto-submitted", "`Auto-Submitted` dit que le courrier est une réponse (RFC 3834, 5)", OURS),
    ("gmail::feedback-id", "`Feedback-ID` a plus de quatre parties : Gmail l’ignore", OURS),
    ("rfc8058::no-list-unsubscribe", "pas de `List-Unsubscribe` : Gmail et Yahoo le demandent", OURS),
    ("rfc8058::not-https", "`List-Unsubscribe` n’a pas d’adresse https (RFC 8058, 3.1)", "écrire `[links] unsubscribe` avec https"),
    (
        "rfc8058::address",
        "`List-Unsubscribe` contient une adresse électronique (RFC 8058, 6)",
        "employer `{token}` dans `[links] unsubscribe`",
    ),
    ("rfc8058::no-one-click", "pas de `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058, 3.1)", OURS),
    ("rfc8058::not-signed", "`{about}` n’est pas signé (RFC 8058, 4)", OURS),
    ("rfc2919::no-list-id", "pas de `List-Id` (RFC 2919)", OURS),
    ("rfc6376::unsigned", "le courrier n’est pas signé", "voir `relance audit delivery`"),
    ("rfc6376::from-once", "`From` est signé une fois : on pourrait en ajouter un autre (RFC 6376, 8.15)", OURS),
    ("rfc6376::length", "une signature d’une partie du corps : n’importe qui peut y ajouter (RFC 6376, 8.2)", OURS),
    ("rfc2046::one-part", "une seule partie : des lecteurs veulent du texte", "écrire les deux parties"),
    ("rfc2046::boundary", "une limite de plus de 70 caractères (RFC 2046, 5.1.1)", OURS),
    ("rfc2046::order", "les parties ne sont pas le texte, puis le HTML (RFC 2046, 5.1.4)", OURS),
    ("rfc2045::long-line", "une ligne de plus de 76 caractères dans une partie codée (RFC 2045, 6.7)", OURS),
    ("size::clipped", "le HTML prend {n} Ko : Gmail le coupe à 102 Ko, le désabonnement avec", FEWER),
    ("size::near-clip", "le HTML prend {n} Ko des 102 Ko que Gmail montre", FEWER),
    ("size::no-text", "la partie texte ne dit presque rien", "écrire `templates/NOM.txt`, ou du texte dans le modèle"),
    ("image::no-alt", "une image sans `alt` : qui écoute le courrier entend une adresse", "écrire `alt=\"...\"`, vide pour un ornement"),
    ("image::no-source", "une image sans adresse", "écrire son `src`"),
    ("image::not-https", "une image qui n’est pas prise par https : des messageries peuvent la refuser", HTTPS),
    (
        "image::inline",
        "une image écrite dans le courrier : Gmail et Outlook ne la montrent pas",
        "mettre le fichier dans `assets` et le lier",
    ),
    ("image::no-width", "une image sans largeur : Outlook la montre à sa taille entière", "écrire `width=\"...\"`"),
    (
        "image::only-images",
        "presque pas de mots à côté des images : les filtres s’en méfient, et sans images il ne reste rien",
        "écrire en texte ce que disent les images",
    ),
    ("contrast::low", "des mots de {n} px, d’un contraste de {m} : {about}", "foncer l’un ou éclaircir l’autre (WCAG 2.2, 1.4.3)"),
    (
        "dark::no-background",
        "des mots foncés sans fond à eux : un thème sombre peut les montrer sur du noir",
        "donner un `background-color` à la section ou au corps",
    ),
    (
        "dark::no-meta",
        "un style sombre sans `<meta name=\"color-scheme\">` : Apple Mail ne s’en sert pas",
        "ajouter `<meta name=\"color-scheme\" content=\"light dark\">` dans `mj-head` par `mj-raw`",
    ),
    ("link::same-words", "`{about}` mène à plusieurs endroits", "dire dans chaque lien où il mène"),
    ("link::not-https", "un lien qui n’est pas en https", HTTPS),
    ("link::dangerous", "un lien qui lance ou ouvre quelque chose sur la machine du lecteur", HTTPS),
    ("link::empty", "un lien qui ne mène nulle part", "écrire où il mène, ou en faire du texte"),
    ("link::dead-anchor", "un lien vers un endroit du courrier qui n’y est pas", "ajouter un élément de cet `id`"),
    ("link::relative", "un lien sans site : rien ne peut le suivre depuis un courrier", "écrire l’adresse entière"),
    ("link::no-name", "un lien sans mots : qui écoute le courrier entend une adresse", "écrire des mots, ou l’`alt` de son image"),
    ("link::tag-twice", "`{about}` figure deux fois dans un lien", "l’ôter du modèle : `[links] utm` l’ajoute"),
    ("link::no-tag", "un lien vers le site sans `{about}`", "`[links] utm` l’ajoute aux liens que le modèle écrit en `href`"),
    (
        "unsubscribe::no-link",
        "personne ne peut se désabonner depuis le corps du courrier",
        "mettre `{{ links.unsubscribe }}` dans le modèle",
    ),
    ("unsubscribe::not-in-text", "la partie texte n’a aucun lien", "mettre `{{ links.unsubscribe }}` dans `templates/NOM.txt`"),
    ("html::forbidden", "un `{about}` dans un courrier", "l’ôter : les messageries ne le montrent pas"),
    ("html::handler", "un script dans `{about}`", "l’ôter"),
    ("subject::empty", "pas d’objet", "écrire `subject` dans la campagne"),
    ("subject::long", "un objet de {n} caractères : un ordinateur en montre 70, un téléphone 40", "l’essentiel d’abord, et plus court"),
    ("subject::cut-on-telephones", "un objet de {n} caractères : un téléphone en montre 40", "l’essentiel d’abord"),
    (
        "preheader::none",
        "pas de préen-tête : les messageries montrent les premiers mots, souvent un menu",
        "écrire `preheader` dans la campagne",
    ),
    ("preheader::same", "le préen-tête répète l’objet", "y dire autre chose"),
    ("preheader::long", "un préen-tête plus long que ce que montrent les messageries", "le raccourcir"),
    ("subject::unfilled", "une balise figure telle quelle dans `{about}`", "corriger la balise"),
    ("spam::shouting", "un objet en capitales", "l’écrire comme une phrase"),
    ("spam::exclamations", "un objet à plusieurs points d’exclamation", "un seul suffit"),
    ("spam::false-reply", "un objet qui se donne pour une réponse", "l’ôter : il trompe (15 USC 7704 (a) (2))"),
    ("spam::phrase", "`{about}`, que les filtres pèsent", "le dire autrement"),
    ("spam::shortener", "une adresse raccourcie : les filtres ne voient pas où elle mène", "lier l’endroit même"),
    ("client::unsupported", "`{about}` n’est pas pris en charge par {rest}", "voir que le courrier se lit sans"),
];

/// Returns what is wrong and what to do, in French; `None` of a code that is unknown.
pub fn french(code: &str, about: &str, message: &str) -> Option<(String, &'static str)> {
    let (_, words, help) = WORDS.iter().find(|(known, ..)| *known == code)?;
    let mut numbers = message.split(|letter: char| !letter.is_ascii_digit() && letter != '.').map(|number| number.trim_matches('.'));
    let mut number = || numbers.find(|number| !number.is_empty()).unwrap_or_default().replace('.', ",");
    let (first, second) = (number(), number());
    let rest = message.split_once(" by ").or_else(|| message.split_once(": ")).map_or("", |(_, rest)| rest);
    let mut said = words.replace("{n}", &first).replace("{m}", &second);
    // Last, for these are data and may hold anything.
    said = said.replace("{rest}", rest);
    Some((said.replace("{about}", &about.replace(" on #", " sur #")), help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_reasons_are_kept() {
        let of = |code, about, message| french(code, about, message).expect("known").0;
        let message = "words of 13.5 px with a contrast of 3.1, below 4.5";
        assert_eq!(of("contrast::low", "#999999 on #ffffff", message), "des mots de 13,5 px, d’un contraste de 3,1 : #999999 sur #ffffff");
        let message = "`border-radius` is not supported by Outlook (windows); Orange (android)";
        assert_eq!(
            of("client::unsupported", "border-radius", message),
            "`border-radius` n’est pas pris en charge par Outlook (windows); Orange (android)"
        );
        assert_eq!(of("mail::not-made", "", "the mail cannot be made: no `x`"), "le courrier ne peut pas être fait : no `x`");
        assert_eq!(french("nothing", "", ""), None);
    }

    #[test]
    fn no_code_has_two_wordings() {
        let codes: std::collections::BTreeSet<&str> = WORDS.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes.len(), WORDS.len());
    }
}
