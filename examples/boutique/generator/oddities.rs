//! The people every CRM has and every mailing must survive: broken addresses, names that are markup, template code, emoji.
//!
//! They sit at fixed ranks among the contacts sorted by number, and are listed in `ATTRIBUTION.md`.

/// Rank, given name and family name of a person whose name is a trap.
#[rustfmt::skip]
pub(crate) const NAMES: &[(usize, &str, &str)] = &[
    (57, "<b>Zoé</b>", "Lefèvre & Fils <script>alert(1)</script>"),
    (58, "{{ recipient.email }}", "{% raw %} de Villeneuve"),
    (59, "عائشة", "بن سليمان"),
    (60, "Élodie 🌻", "Fontaine"),
    (61, "Marie-Antoinette Joséphine Clémence Victoire Hélène", "de La Rochefoucauld-Montmorency-Laval d'Aubigny du Plessis-Bellière von Hohenzollern-Sigmaringen"),
];

/// Rank and address of a person who cannot be reached: no `@`, two `@`, a blank, an empty local part, a domain that is none, a trailing comma.
pub(crate) const ADDRESSES: &[(usize, &str)] = &[
    (211, "sans-arobase.mail.example"),
    (212, "deux@@mail.example"),
    (213, "prenom nom@mail.example"),
    (214, "@courriel.example"),
    (215, "tiret@-mail-.example"),
    (216, "virgule@courriel.example,"),
];

/// Ranks of people who opposed all commercial use of their data.
pub(crate) fn objects(rank: usize) -> bool {
    rank % 113 == 7 && !is_one(rank)
}

/// Whether the person at a rank has a trap for a name or an address.
pub(crate) fn is_one(rank: usize) -> bool {
    NAMES.iter().any(|(odd, ..)| *odd == rank) || ADDRESSES.iter().any(|(odd, _)| *odd == rank)
}
