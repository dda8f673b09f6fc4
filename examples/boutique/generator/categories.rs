//! The keyword table that gives each real title an invented category: two levels, in French and in English.
//!
//! Rows are tried from top to bottom; a row fits when one of its keywords starts a word of the title (`candle` fits `candles`); a
//! keyword that ends in a space fits whole words only. The last row takes what is left. Descriptions are invented too.

/// A category, its picture (`images/SLUG.png`) and what is said of anything in it.
pub(crate) struct Category {
    pub(crate) slug: &'static str,
    pub(crate) path: &'static str,
    pub(crate) path_en: &'static str,
    pub(crate) text: &'static str,
    pub(crate) text_en: &'static str,
    keywords: &'static [&'static str],
}

const fn row(
    slug: &'static str,
    [path, path_en]: [&'static str; 2],
    [text, text_en]: [&'static str; 2],
    keywords: &'static [&'static str],
) -> Category {
    Category { slug, path, path_en, text, text_en, keywords }
}

/// The table.
#[rustfmt::skip]
pub(crate) const CATEGORIES: &[Category] = &[
    row("gouter", ["Cuisine > Boîtes et sacs à goûter", "Kitchen > Lunch boxes and bags"], ["Pour emporter le déjeuner ou le goûter, à l'école comme au bureau.", "Carries lunch or a snack, to school or to the office."], &["lunch", "snack box", "bento", "picnic"]),
    row("papier-cadeau", ["Papeterie > Papier cadeau", "Stationery > Gift wrap"], ["De quoi emballer joliment un présent, du papier au ruban.", "All it takes to wrap a present well, from paper to ribbon."], &["wrap", "ribbon", "gift tag", "gift bag", "gift tape", "tissue paper"]),
    row("jouets", ["Enfants > Jouets", "Children > Toys"], ["Un jouet simple, de ceux qu'on garde et qu'on transmet.", "A simple toy, of the kind that is kept and handed on."], &["playing card", "toy", "doll ", "dolls ", "jigsaw", "game", "skittles", "puppet", "soldier", "domino", "marbles", "ludo", "snakes", "dinosaur", "robot", "helicopter", "inflatable", "spinning top", "skipping", "harmonica", "piggy", "money box", "money bank", "ninja", "yoyo", "yo-yo"]),
    row("loisirs-creatifs", ["Enfants > Loisirs créatifs", "Children > Crafts"], ["À coudre, à peindre ou à coller, un après-midi de pluie.", "To sew, paint or stick, on a rainy afternoon."], &["feltcraft", "sewing", "knitting", "knit", "craft", "paint your own", "make your own", "colouring", "sticker", "stamp", "crayon", "chalk", "canvas", "button box", "buttons", "grow your own", "patches"]),
    row("cartes", ["Papeterie > Cartes", "Stationery > Cards"], ["Une carte pour dire les choses comme il faut.", "A card to say it properly."], &["card ", "cards ", "postcard", "invite"]),
    row("noel", ["Noël > Décorations de Noël", "Christmas > Christmas decorations"], ["Une décoration à ressortir chaque mois de décembre.", "A decoration to bring out every December."], &["christmas", "xmas", "advent", "santa", "reindeer", "bauble", "snowflake", "nativity", "holly", "angel", "snowm", "gingerbread", "stocking", "noel", "tree "]),
    row("paques", ["Pâques > Décorations de Pâques", "Easter > Easter decorations"], ["Des couleurs de printemps pour la table et les fenêtres de Pâques.", "Spring colours for the Easter table and windows."], &["easter", "chick ", "bunny", "bunnies", "hen ", "egg in", "eggs ", "speckled"]),
    row("bougeoirs", ["Maison > Bougeoirs", "Home > Candle holders"], ["Un bougeoir pour une lumière douce, le soir.", "A holder for soft light in the evening."], &["t-light holder", "t-light hldr", "candle holder", "candleholder", "candlestick", "candle stick", "candle stand", "candle pot", "lantern", "votive", "nightlight", "tealight holder", "chandelier", "candelabra", "oil burner"]),
    row("bougies", ["Maison > Bougies et encens", "Home > Candles and incense"], ["Une bougie ou un encens pour donner le ton de la pièce.", "A candle or incense to set the mood of the room."], &["candle", "t-light", "incense", "scent", "wick ", "joss"]),
    row("bouillottes", ["Bien-être > Bouillottes et chaleur", "Well-being > Hot water bottles"], ["De la chaleur pour les soirs d'hiver.", "Warmth for winter evenings."], &["hot water", "hand warmer", "slipper", "hottie", "wheatbag", "heat pack"]),
    row("bain", ["Bien-être > Salle de bain", "Well-being > Bathroom"], ["Un petit soin pour la salle de bain.", "A small care for the bathroom."], &["soap", "bath", "towel flannel", "flannel", "hand towel", "roll towel", "shower", "cosmetic", "make up", "lip gloss", "balm", "nail", "plasters", "tissue", "washbag", "wash bag", "toothbrush", "compact mirror", "body"]),
    row("horloges", ["Maison > Horloges", "Home > Clocks"], ["Une horloge qu'on lit de loin et qu'on regarde de près.", "A clock to read from afar and look at up close."], &["clock", "hourglass", "timer"]),
    row("jardin", ["Jardin > Plantes et arrosage", "Garden > Plants and watering"], ["Pour le jardin, le balcon ou le rebord d'une fenêtre.", "For the garden, the balcony or a window sill."], &["garden", "watering", "parasol", "plant", "seed", "herb", "rake", "trowel", "bird feeder", "bird table", "birdhouse", "bird house", "nesting", "flower pot", "bucket", "windmill", "gnome", "thermometer", "kneel"]),
    row("parapluies", ["Accessoires > Parapluies", "Accessories > Umbrellas"], ["Un parapluie gai pour les jours gris.", "A bright umbrella for grey days."], &["umbrella", "rain", "poncho"]),
    row("mugs", ["Cuisine > Mugs et tasses", "Kitchen > Mugs and cups"], ["Une tasse à soi, pour le thé comme pour le café.", "A cup of one's own, for tea or for coffee."], &["mug", "cup ", "cups ", "teacup", "saucer", "beaker", "teapot", "tea set", "tea for one", "tea cosy", "coffee", "cafetiere", "egg cosy"]),
    row("patisserie", ["Cuisine > Pâtisserie", "Kitchen > Baking"], ["Pour les gâteaux du dimanche et ceux qui n'attendent pas.", "For Sunday cakes, and those that cannot wait."], &["cake", "cakestand", "baking", "cutter", "recipe", "mould", "pie ", "muffin", "petit four", "rolling pin", "whisk", "measuring", "biscuit", "cookie"]),
    row("colliers", ["Bijoux > Colliers", "Jewellery > Necklaces"], ["Un collier léger, du matin au soir.", "A light necklace, from morning to evening."], &["necklace", "neckl", "pendant", "locket", "choker", "lariat"]),
    row("bijoux", ["Bijoux > Bagues, bracelets et boucles", "Jewellery > Rings, bracelets and earrings"], ["Une touche de couleur au poignet, à l'oreille ou dans les cheveux.", "A touch of colour at the wrist, the ear or in the hair."], &["earring", "bracelet", "ring ", "rings ", "bangle", "brooch", "hair", "charm", "tiara", "anklet", "keyring", "key ring", "key fob", "key-chain", "keychain", "phone", "bling", "brac"]),
    row("porte-monnaie", ["Sacs > Porte-monnaie et trousses", "Bags > Purses and pouches"], ["Petit, léger, et toujours à sa place au fond du sac.", "Small, light, and always in its place at the bottom of the bag."], &["purse", "wallet", "pouch", "passport", "luggage", "card holder", "cardholder", "glasses case", "pencil case"]),
    row("cabas", ["Sacs > Cabas et sacs", "Bags > Totes and shoppers"], ["Un sac solide qui se plie et se déplie sans façons.", "A sturdy bag that folds and unfolds without fuss."], &["bag", "shopper", "tote", "handbag", "rucksack", "backpack", "satchel", "carrier", "trolley"]),
    row("carnets", ["Papeterie > Carnets et crayons", "Stationery > Notebooks and pencils"], ["Pour noter, dessiner ou ne rien oublier.", "To note, draw or forget nothing."], &["notebook", "pencil", "pen ", "pens ", "journal", "sketchbook", "ruler", "eraser", "rubber", "magnet", "calendar", "book", "tape", "sharpener", "memo", "notepad", "note pad", "diary", "desk", "office", "chalkboard", "blackboard", "envelope", "writing", "clip", "list"]),
    row("fete", ["Fête > Guirlandes et ballons", "Party > Garlands and balloons"], ["Pour une fête qui se voit de la rue.", "For a party that can be seen from the street."], &["bunting", "garland", "balloon", "party", "birthday", "straw", "wedding", "paper chain", "honeycomb", "confetti", "paper plate", "pinata", "flag", "jazz", "streamer"]),
    row("luminaires", ["Maison > Luminaires", "Home > Lamps and lights"], ["Une lampe ou une guirlande lumineuse pour les coins sombres.", "A lamp or a string of lights for dark corners."], &["lamp", "light", "shade", "torch", "led "]),
    row("textiles", ["Maison > Coussins et textiles", "Home > Cushions and textiles"], ["Du tissu pour rendre la pièce plus douce.", "Fabric to make the room softer."], &["cushion", "throw", "blanket", "quilt", "doormat", "door mat", "curtain", "rug ", "pillow", "fabric", "bedspread", "tablecloth", "table cloth", "doorstop", "door stop", "beanbag", "scarf", "shawl", "sarong", "gloves", "hat "]),
    row("cadres", ["Maison > Cadres et miroirs", "Home > Frames and mirrors"], ["Pour les murs où il manque quelque chose.", "For walls where something is missing."], &["frame", "mirror", "wall art", "picture", "photo", "popart", "poster"]),
    row("plaques", ["Maison > Plaques et lettres", "Home > Signs and letters"], ["Un mot ou un chiffre à poser sur la porte.", "A word or a number for the door."], &["sign", "tile", "letter", "plaque", "word", "hello", "number"]),
    row("vaisselle", ["Cuisine > Vaisselle et verres", "Kitchen > Tableware and glasses"], ["Une table dressée sans effort.", "A table laid without effort."], &["plate", "bowl", "dish", "tray", "glass", "tumbler", "jug", "placemat", "place mat", "coaster", "napkin", "cutlery", "spoon", "fork", "knife", "knives", "teaspoon", "doil", "goblet", "decanter", "bottle", "corkscrew", "egg"]),
    row("ustensiles", ["Cuisine > Ustensiles et bocaux", "Kitchen > Utensils and jars"], ["De bons outils, à portée de main.", "Good tools, within reach."], &["kitchen", "pan ", "apron", "tea towel", "oven", "jar", "tin ", "tins ", "pantry", "scale", "jam", "bread", "chopping", "pot holder", "fridge", "ladle", "colander", "canister", "fly swat", "peg", "cook", "jelly", "popcorn", "butter"]),
    row("rangement", ["Maison > Rangement", "Home > Storage"], ["Une place pour chaque chose.", "A place for everything."], &["box", "basket", "drawer", "cabinet", "hook", "hanger", "storage", "shelf", "shelves", "rack", "coat", "holder", "chest", "bin ", "tidy", "organiser", "trunk", "knob", "pot ", "pots ", "case", "stand"]),
    row("suspensions", ["Maison > Décorations à suspendre", "Home > Hanging decorations"], ["À accrocher à une fenêtre, une branche ou une poignée.", "To hang from a window, a branch or a handle."], &["hanging", "heart", "mobile", "wreath", "decoration", "chime", "bell", "drop", "star", "bird", "butterfl"]),
    row("divers", ["Maison > Petites décorations", "Home > Small decorations"], ["Une jolie chose, pour elle-même.", "A pretty thing, for its own sake."], &[]),
];

/// Returns the position in [`CATEGORIES`] of the category of a title in capitals.
pub(crate) fn of_title(title: &str) -> usize {
    let text = words(title);
    let fits = |category: &Category| category.keywords.iter().any(|keyword| text.contains(&format!(" {keyword}")));
    CATEGORIES.iter().position(fits).unwrap_or(CATEGORIES.len() - 1)
}

/// Returns a title as lower-case words, each between spaces; `-` stays.
pub(crate) fn words(title: &str) -> String {
    let spaced: String = title.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { ' ' }).collect();
    format!(" {} ", spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Tags and the words of a title that give them: colours, materials, occasions, styles.
#[rustfmt::skip]
const TAGS: &[(&str, &[&str])] = &[
    ("rouge", &["red"]), ("rose", &["pink", "rose"]), ("bleu", &["blue"]), ("blanc", &["white"]), ("noir", &["black"]), ("vert", &["green"]),
    ("ivoire", &["ivory"]), ("creme", &["cream"]), ("argent", &["silver"]), ("or", &["gold"]), ("violet", &["purple", "amethyst"]),
    ("jaune", &["yellow"]), ("orange", &["orange"]), ("turquoise", &["turquoise"]),
    ("verre", &["glass"]), ("bois", &["wood", "wooden"]), ("metal", &["metal", "tin", "wire"]), ("ceramique", &["ceramic"]), ("zinc", &["zinc"]),
    ("feutre", &["felt", "feltcraft"]), ("email", &["enamel"]), ("papier", &["paper"]), ("osier", &["wicker"]), ("coton", &["cotton"]),
    ("porcelaine", &["porcelain"]), ("cristal", &["crystal", "diamante"]), ("perle", &["pearl", "bead", "beads", "beaded"]), ("dentelle", &["lace"]),
    ("noel", &["christmas", "xmas", "advent", "santa", "reindeer", "snowflake", "snowman"]), ("paques", &["easter", "bunny", "chick"]),
    ("anniversaire", &["birthday"]), ("mariage", &["wedding", "confetti"]), ("cadeau", &["gift", "wrap"]), ("amour", &["love", "sweetheart", "valentine"]),
    ("fete", &["party", "bunting", "balloon", "balloons"]),
    ("vintage", &["vintage", "retro", "antique", "edwardian", "victorian"]), ("pois", &["polkadot", "retrospot", "spot", "spots", "spotty"]),
    ("coeur", &["heart", "hearts"]), ("fleurs", &["flower", "flowers", "floral", "daisy", "roses"]), ("oiseaux", &["bird", "birds", "owl", "hen", "dovecote"]),
    ("enfant", &["childs", "childrens", "children", "kids", "girl", "boy", "baby", "nursery"]), ("jardin", &["garden", "gardening"]),
    ("france", &["french", "paris", "poste"]), ("londres", &["london", "union"]), ("cuisine", &["kitchen", "baking", "cake", "pantry"]),
];

/// Returns the tags of a title in capitals.
pub(crate) fn tags(title: &str) -> Vec<&'static str> {
    let text = words(title);
    TAGS.iter().filter(|(_, keywords)| keywords.iter().any(|keyword| text.contains(&format!(" {keyword} ")))).map(|(tag, _)| *tag).collect()
}

/// Collections named in titles, taken as brands.
const BRANDS: &[&str] =
    &["Retrospot", "Spaceboy", "Dolly Girl", "Babushka", "Feltcraft", "Regency", "Suki", "Tutti Frutti", "Dovecote", "Charlotte"];

/// Returns the collection named in a title in capitals.
pub(crate) fn brand(title: &str) -> Option<&'static str> {
    let text = words(title);
    BRANDS.iter().copied().find(|brand| text.contains(&format!(" {} ", brand.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::{CATEGORIES, brand, of_title, tags};

    #[test]
    fn keywords_choose_the_first_row_that_fits() {
        let cases = [
            ("WHITE HANGING HEART T-LIGHT HOLDER", "bougeoirs"),
            ("RED RETROSPOT LUNCH BAG", "gouter"),
            ("JUMBO BAG RED RETROSPOT", "cabas"),
            ("SET OF 4 ENGLISH ROSE COASTERS", "vaisselle"),
            ("CHRISTMAS GARLAND STARS,TREES", "noel"),
            ("FAWN BLUE HOT WATER BOTTLE", "bouillottes"),
            ("COLUMBIAN CUBE", "divers"),
        ];
        for (title, slug) in cases {
            assert_eq!(CATEGORIES[of_title(title)].slug, slug, "{title}");
        }
    }

    #[test]
    fn tags_and_collections_are_whole_words_of_the_title() {
        assert_eq!(tags("RED RETROSPOT PAPER BUNTING"), ["rouge", "papier", "fete", "pois"]);
        assert_eq!(tags("COLOURED FIRED CLAY"), Vec::<&str>::new());
        assert_eq!(brand("DOLLY GIRL LUNCH BOX"), Some("Dolly Girl"));
        assert_eq!(brand("DOLLYGIRLS"), None);
    }
}
