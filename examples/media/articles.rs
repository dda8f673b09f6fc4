//! What the newspaper has to say: articles written by hand, in French and in English.

/// An article: section, hours before the story's instant at which it came out, title, summary, and both in English.
pub(crate) type Article = (&'static str, i64, [&'static str; 4]);

/// News for everybody. The oldest are older than a morning letter shows.
#[rustfmt::skip]
pub(crate) const NEWS: &[Article] = &[
    ("Mer", 3, ["Le bateau-feu rentre au port après onze ans", "Repeint en rouge, il servira d’école aux apprentis gardiens.", "The lightship is home after eleven years", "Painted red again, it will be a school for keepers."]),
    ("Mer", 9, ["Pourquoi les vagues arrivent par sept", "Une physicienne a compté celles de tout un hiver. La légende tient presque.", "Why waves come in sevens", "A physicist counted a whole winter of them. The legend almost holds."]),
    ("Mer", 20, ["Les filets de chanvre reviennent", "Ils se perdent aussi, mais ils disparaissent en deux ans.", "Hemp nets are coming back", "They get lost too, but they are gone in two years."]),
    ("Mer", 31, ["Une carte des bruits sous l’eau", "Cent micros posés entre deux îles : la nuit, on y entend les coquilles.", "A map of the noise under water", "A hundred microphones between two islands: at night one hears the shells."]),
    ("Mer", 44, ["Le sel de cette année sera gris", "Les pluies de mai ont changé la couleur des marais, pas le goût.", "This year’s salt will be grey", "The rains of May changed the colour of the pans, not the taste."]),
    ("Mer", 70, ["Vingt-deux phares à visiter", "Les portes ouvrent en avril ; voici lesquelles, et combien de marches.", "Twenty-two lighthouses to climb", "The doors open in April; here is which, and how many steps."]),
    ("Cuisine", 4, ["Le maquereau, trois fois", "Cru, mariné, grillé : un poisson de saison et trois soirs tranquilles.", "Mackerel, three ways", "Raw, pickled, grilled: a fish in season and three quiet evenings."]),
    ("Cuisine", 15, ["Du pain avec des algues", "La recette d’une boulangère de l’île, à faire la veille.", "Bread with seaweed", "The recipe of an island baker, to be started the day before."]),
    ("Cuisine", 27, ["Que faire de tous ces citrons", "Confits, pressés, en sel : rien ne se perd.", "What to do with all these lemons", "Preserved, pressed, in salt: nothing is lost."]),
    ("Cuisine", 40, ["La soupe des jours de pluie", "Des pois cassés, un os, deux heures. Elle est meilleure demain.", "Soup for days of rain", "Split peas, a bone, two hours. It is better tomorrow."]),
    ("Culture", 6, ["Un opéra dans la cale sèche", "Le chœur sera sur l’échafaudage, le public au fond du bassin.", "An opera in the dry dock", "The choir stands on the scaffold, the audience at the bottom of the basin."]),
    ("Culture", 14, ["Le peintre des quais retrouvé", "Quarante toiles dormaient dans un grenier. Elles sont exposées jusqu’en juin.", "The painter of the quays is found", "Forty canvases slept in an attic. They are shown until June."]),
    ("Culture", 29, ["Lire à voix haute, le mardi", "La bibliothèque ouvre une salle où l’on a le droit de faire du bruit.", "Reading aloud, on Tuesdays", "The library opens a room where one may make noise."]),
    ("Culture", 47, ["Les chants de travail, enregistrés à temps", "Trois voix de plus de quatre-vingts ans, et un disque.", "Work songs, recorded in time", "Three voices over eighty, and a record."]),
    ("Météo", 2, ["Grand beau jusqu’à jeudi", "Le vent tourne au nord mercredi soir ; les nuits resteront froides.", "Fair until Thursday", "The wind turns north on Wednesday evening; nights stay cold."]),
    ("Météo", 26, ["Les grandes marées de mars", "Coefficient 112 samedi : heures et précautions, port par port.", "The spring tides of March", "Coefficient 112 on Saturday: hours and precautions, port by port."]),
    ("Météo", 60, ["L’hiver le plus sec depuis trente ans", "Les nappes sont basses ; les maires demandent de la retenue.", "The driest winter in thirty years", "Water tables are low; mayors ask for restraint."]),
];

/// Serials: title, summary, both in English; one comes out a week.
#[rustfmt::skip]
pub(crate) const SERIALS: &[[&str; 4]] = &[
    ["La gardienne, épisode 1", "Elle arrive par le bateau du soir, avec deux valises et un chat.", "The keeper, part 1", "She comes by the evening boat, with two cases and a cat."],
    ["La gardienne, épisode 2", "La lampe s’éteint. Personne ne l’a vu, sauf quelqu’un.", "The keeper, part 2", "The lamp goes out. Nobody saw it, but for somebody."],
    ["Quai numéro neuf, épisode 1", "Un registre, une signature de trop.", "Quay number nine, part 1", "A register, one signature too many."],
    ["Quai numéro neuf, épisode 2", "Le douanier compte les caisses une seconde fois.", "Quay number nine, part 2", "The customs man counts the crates again."],
    ["Les îles en hiver, épisode 1", "Quatorze habitants, une école, un seul vélo.", "Islands in winter, part 1", "Fourteen people, one school, a single bicycle."],
    ["Les îles en hiver, épisode 2", "Le courrier n’arrive plus. On le lit quand même.", "Islands in winter, part 2", "The post has stopped. It is read all the same."],
];

/// Towns with a page of their own: name, postcode, latitude, longitude.
pub(crate) const PORTS: [[&str; 4]; 8] = [
    ["Brest", "29200", "48.3904", "-4.4861"],
    ["Quimper", "29000", "47.9960", "-4.0970"],
    ["Nantes", "44000", "47.2184", "-1.5536"],
    ["Le Havre", "76600", "49.4944", "0.1079"],
    ["Bordeaux", "33000", "44.8378", "-0.5792"],
    ["Marseille", "13006", "43.2850", "5.3790"],
    ["Lille", "59000", "50.6292", "3.0573"],
    ["Nice", "06000", "43.7102", "7.2620"],
];

/// What happens in each of them: hours before, title, summary, both in English.
#[rustfmt::skip]
pub(crate) const LOCAL: [(i64, [&str; 4]); 2] = [
    (5, ["Le marché déménage pour l’été", "Les étals passent sur l’autre rive à partir de samedi, bus compris.", "The market moves for the summer", "The stalls go to the other bank from Saturday, buses included."]),
    (22, ["Une passerelle de plus", "Le chantier commence lundi ; on traversera à pied sec en octobre.", "One more footbridge", "Work begins on Monday; in October one will cross with dry feet."]),
];
