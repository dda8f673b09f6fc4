//! Invented people are assembled from these tables: common given names and surnames, and real towns with their centre's position.

/// A given name and `f`, `m` or `x`.
pub(crate) type Given = (&'static str, &'static str);

/// A town: name, postcode, latitude and longitude in degrees as text.
pub(crate) type Town = (&'static str, &'static str, &'static str, &'static str);

/// What a locale needs to invent a person.
pub(crate) struct Country {
    pub(crate) locale: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) name: &'static str,
    pub(crate) domains: &'static [&'static str],
    pub(crate) given: &'static [Given],
    pub(crate) surnames: &'static [&'static str],
    pub(crate) towns: &'static [Town],
}

/// People of France.
#[rustfmt::skip]
pub(crate) const FRANCE: Country = Country {
    locale: "fr-FR", timezone: "Europe/Paris", name: "France",
    domains: &["courriel.example", "poste.example", "boite-aux-lettres.example", "messagerie.example"],
    given: &[
        ("Zoé", "f"), ("Chloé", "f"), ("Hélène", "f"), ("Agnès", "f"), ("Noémie", "f"), ("Anne-Sophie", "f"), ("Marie-Claude", "f"), ("Cécile", "f"), ("Léa", "f"),
        ("Inès", "f"), ("Françoise", "f"), ("Maëlle", "f"), ("Aïcha", "f"), ("Camille", "x"), ("Béatrice", "f"), ("Solène", "f"), ("Margaux", "f"), ("Élodie", "f"),
        ("Élise", "f"), ("Jeanne", "f"), ("Louise", "f"), ("Manon", "f"), ("Fatoumata", "f"), ("Nathalie", "f"), ("Sylvie", "f"), ("Claire", "f"), ("Thi-Mai", "f"),
        ("Gaëlle", "f"), ("Océane", "f"), ("Rachida", "f"), ("Jean-Baptiste", "m"), ("François", "m"), ("Étienne", "m"), ("Rémi", "m"), ("Loïc", "m"), ("Anaël", "m"),
        ("Jérôme", "m"), ("Théo", "m"), ("Gaël", "m"), ("Benoît", "m"), ("Cédric", "m"), ("Hervé", "m"), ("Yann", "m"), ("Mathieu", "m"), ("Karim", "m"),
        ("Jean-Noël", "m"), ("Guillaume", "m"), ("Raphaël", "m"), ("Mickaël", "m"), ("Sébastien", "m"), ("Dominique", "x"), ("Claude", "x"), ("Maxence", "m"),
    ],
    surnames: &[
        "Lefèvre", "Le Gall", "de Villeneuve", "d'Aubigny", "du Bellay", "L'Hermitte", "Müller-Roux", "Garnier", "Besançon", "Lemoine", "Dupré", "Forêt", "Gonçalves",
        "N'Guyen", "Traoré", "Benyamina", "Haddad", "Delacroix", "Saint-Aubin", "Le Bihan", "Kervella", "Guérin", "Pélissier", "Châtelain", "Bœuf", "Mercier", "Faure",
        "Renaud-Petit", "de La Tour", "Des Rosiers", "Fontaine", "Joly", "Aubert", "Rey", "Marchand", "Noël", "Baptiste", "Diallo", "Da Silva", "Lévêque", "Crépin",
        "Hénaff", "Thévenet", "Quéré", "Ybert", "Vidal", "Carpentier", "Meunier", "Girard", "Bonnet", "Roche", "Colin", "Picard", "Leclercq", "Vasseur", "Barbier",
    ],
    towns: &[
        ("Paris", "75011", "48.8594", "2.3765"), ("Paris", "75018", "48.8925", "2.3444"), ("Lyon", "69003", "45.7580", "4.8550"), ("Lille", "59000", "50.6292", "3.0573"),
        ("Nantes", "44000", "47.2184", "-1.5536"), ("Rennes", "35000", "48.1173", "-1.6778"), ("Strasbourg", "67000", "48.5734", "7.7521"), ("Marseille", "13006", "43.2850", "5.3790"),
        ("Bordeaux", "33000", "44.8378", "-0.5792"), ("Toulouse", "31000", "43.6045", "1.4440"), ("Montpellier", "34000", "43.6108", "3.8767"), ("Nice", "06000", "43.7102", "7.2620"),
        ("Grenoble", "38000", "45.1885", "5.7245"), ("Dijon", "21000", "47.3220", "5.0415"), ("Angers", "49000", "47.4784", "-0.5632"), ("Brest", "29200", "48.3904", "-4.4861"),
        ("Quimper", "29000", "47.9960", "-4.0970"), ("Saint-Étienne", "42000", "45.4397", "4.3872"), ("Le Havre", "76600", "49.4944", "0.1079"), ("Reims", "51100", "49.2583", "4.0317"),
        ("Besançon", "25000", "47.2378", "6.0241"), ("Évreux", "27000", "49.0270", "1.1514"), ("L'Haÿ-les-Roses", "94240", "48.7790", "2.3370"), ("Aix-en-Provence", "13100", "43.5297", "5.4474"),
        ("Orléans", "45000", "47.9030", "1.9093"), ("Amiens", "80000", "49.8942", "2.2957"), ("Pau", "64000", "43.2951", "-0.3708"), ("Annecy", "74000", "45.8992", "6.1294"),
    ],
};

/// People of the United Kingdom.
#[rustfmt::skip]
pub(crate) const BRITAIN: Country = Country {
    locale: "en-GB", timezone: "Europe/London", name: "United Kingdom",
    domains: &["mail.example", "post.example", "letters.example", "inbox.example"],
    given: &[
        ("Alice", "f"), ("Charlotte", "f"), ("Siân", "f"), ("Niamh", "f"), ("Zoë", "f"), ("Mary-Anne", "f"), ("Priya", "f"), ("Olivia", "f"), ("Emily", "f"), ("Grace", "f"),
        ("Harriet", "f"), ("Imogen", "f"), ("Aisling", "f"), ("Fiona", "f"), ("Renée", "f"), ("Ruth", "f"), ("Margaret", "f"), ("Sarah", "f"), ("Amara", "f"), ("Chidinma", "f"),
        ("Beth", "f"), ("Ellen", "f"), ("Fatima", "f"), ("Kate", "f"), ("Poppy", "f"), ("Hannah", "f"), ("Oliver", "m"), ("Rhys", "m"), ("Callum", "m"), ("Seán", "m"),
        ("Thomas", "m"), ("Arjun", "m"), ("Mohammed", "m"), ("George", "m"), ("Edward", "m"), ("Duncan", "m"), ("Ewan", "m"), ("William", "m"), ("Henry", "m"), ("Jude", "m"),
        ("Tariq", "m"), ("Alasdair", "m"), ("Robin", "x"), ("Alex", "x"), ("Sam", "x"), ("Morgan", "x"), ("Stephen", "m"), ("Noah", "m"),
    ],
    surnames: &[
        "O'Connor", "MacDonald", "Smith-Jones", "Fitzgerald", "Brontë", "Patel", "Okafor", "Hughes", "Llewellyn", "Ap Rhys", "St John", "Fforde", "Whittaker", "Ashworth",
        "Hargreaves", "Pemberton", "O'Neill", "McAllister", "Singh", "Begum", "Khan", "Adeyemi", "Thackeray", "Hollis", "Weatherby", "Ramsbottom", "Gallagher", "Kowalski",
        "Barrett-Browning", "Carmichael", "Drummond", "Ellis", "Fairfax", "Goodwin", "Hawthorne", "Ingram", "Jarvis", "Kerr", "Lockwood", "Moran", "Nuttall", "Osborne",
        "Prentice", "Quinn", "Redfern", "Sutcliffe", "Tattersall", "Underhill", "Vaughan", "Wren", "Yates", "de Souza", "van der Berg", "Le Marchant",
    ],
    towns: &[
        ("London", "N1 9GU", "51.5340", "-0.1060"), ("London", "SE15 4QL", "51.4690", "-0.0660"), ("Manchester", "M4 1HQ", "53.4840", "-2.2360"), ("Leeds", "LS1 4DY", "53.7970", "-1.5460"),
        ("Bristol", "BS1 5TR", "51.4510", "-2.5990"), ("York", "YO1 7HH", "53.9600", "-1.0820"), ("Edinburgh", "EH1 1RE", "55.9500", "-3.1880"), ("Glasgow", "G1 3SL", "55.8600", "-4.2490"),
        ("Cardiff", "CF10 1BH", "51.4800", "-3.1790"), ("Belfast", "BT1 5GS", "54.5970", "-5.9300"), ("Newcastle upon Tyne", "NE1 4ST", "54.9710", "-1.6120"), ("Sheffield", "S1 2HE", "53.3810", "-1.4700"),
        ("Norwich", "NR2 1TF", "52.6290", "1.2920"), ("Exeter", "EX4 3LS", "50.7240", "-3.5330"), ("Bath", "BA1 1LZ", "51.3810", "-2.3590"), ("Oxford", "OX1 4AR", "51.7510", "-1.2560"),
        ("Cambridge", "CB2 3QF", "52.2030", "0.1200"), ("Brighton", "BN1 1UG", "50.8220", "-0.1400"), ("Stoke-on-Trent", "ST1 1HP", "53.0250", "-2.1770"), ("Shrewsbury", "SY1 1LB", "52.7080", "-2.7540"),
        ("St Ives", "TR26 1LP", "50.2110", "-5.4800"), ("Inverness", "IV1 1QA", "57.4780", "-4.2240"), ("Aberystwyth", "SY23 2AZ", "52.4150", "-4.0830"), ("Durham", "DH1 3NJ", "54.7760", "-1.5740"),
        ("Lincoln", "LN1 3AA", "53.2340", "-0.5390"), ("Swansea", "SA1 3SN", "51.6200", "-3.9430"), ("Derry", "BT48 6HQ", "54.9960", "-7.3210"), ("Ashby-de-la-Zouch", "LE65 1AG", "52.7460", "-1.4720"),
    ],
};

/// People of Germany and Austria.
#[rustfmt::skip]
pub(crate) const GERMANY: Country = Country {
    locale: "de-DE", timezone: "Europe/Berlin", name: "Germany",
    domains: &["briefkasten.example", "nachricht.example"],
    given: &[
        ("Jürgen", "m"), ("Käthe", "f"), ("Björn", "m"), ("Anneliese", "f"), ("Günther", "m"), ("Heike", "f"), ("Lukas", "m"), ("Mia", "f"), ("Sören", "m"), ("Ayşe", "f"),
        ("Karl-Heinz", "m"), ("Friederike", "f"), ("Kim", "x"), ("Jörg", "m"),
    ],
    surnames: &["Müller", "Weiß", "von der Heide", "Schröder", "Groß", "Meyer-Lübke", "Yılmaz", "Köhler", "zu Löwenstein", "Bäcker", "Hoffmann", "Jäger"],
    towns: &[
        ("München", "80331", "48.1374", "11.5755"), ("Köln", "50667", "50.9384", "6.9600"), ("Berlin", "10115", "52.5323", "13.3846"), ("Lübeck", "23552", "53.8655", "10.6866"),
        ("Düsseldorf", "40213", "51.2254", "6.7763"), ("Görlitz", "02826", "51.1526", "14.9872"),
    ],
};

/// Writes a name in ASCII for an address: accents fall, other characters become one `-`.
pub(crate) fn ascii(name: &str) -> String {
    let mut out = String::new();
    for letter in name.to_lowercase().chars() {
        let plain = match letter {
            'a'..='z' | '0'..='9' => {
                out.push(letter);
                continue;
            }
            'à' | 'á' | 'â' | 'ä' => "a",
            'ç' => "c",
            'è' | 'é' | 'ê' | 'ë' => "e",
            'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
            'ò' | 'ó' | 'ô' | 'ö' => "o",
            'ù' | 'ú' | 'û' | 'ü' => "u",
            'ÿ' => "y",
            'œ' => "oe",
            'ß' => "ss",
            'ş' => "s",
            _ if out.ends_with('-') || out.is_empty() => "",
            _ => "-",
        };
        out.push_str(plain);
    }
    out.trim_end_matches('-').to_owned()
}
