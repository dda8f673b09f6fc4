# Les textes des mails en français. Un message par ligne ; les espaces insécables sont écrites telles quelles.

## Partout
tagline = Cadeaux et objets de maison, de Londres à Nantes
top-line-newsletter = La lettre de la maison ·
top-line-relance = Un mot à propos de votre panier ·
top-line-reminder = À propos de votre compte ·
unsubscribe = Se désabonner
preferences = Choisir mes e-mails
hello = Bonjour,
hello-name = Bonjour { $name },
signature = À bientôt, l’équipe de Maison Héron

## Pourquoi cet e-mail
why-intro = Vous recevez cet e-mail parce que vous l’avez accepté.
why-data = Pour le composer, nous avons utilisé
why-nothing = Votre prénom et votre langue mis à part, il est le même pour tous nos lecteurs.
because-orders = vos commandes
because-views = vos visites sur notre site
because-searches = vos recherches sur notre site
because-cart = votre panier
because-location = votre ville
because-declared = ce que vous nous avez confié
because-demographics = votre date de naissance ou votre civilité
because-contracts = vos contrats et moyens de paiement
because-consent = vos choix de communication
because-answers = vos réponses à nos questions
because-scores = des estimations tirées de vos commandes et visites
because-segments = le groupe de lecteurs où vos commandes et vos visites vous placent
service-why = Ce message de service concerne votre compte. Il ne contient aucune publicité et n’est envoyé que lorsqu’une démarche vous attend.

## Les rayons
category-noel = Noël
category-maison = Maison
category-cuisine = Cuisine
category-fete = Fête
category-papeterie = Papeterie
category-sacs = Sacs
category-enfants = Enfants
category-jardin = Jardin
category-bijoux = Bijoux
category-bien-etre = Bien-être

## D'où vient chaque proposition
label-usual = Un de vos classiques
label-cart = Dans votre panier
label-recently_viewed = À retrouver
label-also_bought = Va avec vos trouvailles
label-similar = Dans le même esprit
label-up_sell = En plus beau
label-complement = Pour l’accompagner
label-popular_in_category = Apprécié dans ce rayon
label-popular_recent = Populaire cette semaine
label-new_in = Nouveau
label-trigger = Vous l’aviez remarqué
label-for_you = Choisi pour vous
label-pinned = Le choix de la maison
label-exploration = Pour changer

## Ce qui est vrai de l'article le jour de l'envoi
card-orders = { $n } commandes en { $days } jours
card-left = { $n ->
    [one] Le dernier
   *[other] Les { $n } derniers
}

## Lettre : la sélection
picks-title = Une sélection pour vous
picks-title-general = En ce moment à la maison
picks-intro = Quelques objets à offrir, ou à garder.
picks-intro-name = { $name }, voici quelques objets à offrir, ou à garder.
picks-button = Voir toute la boutique

## Lettre : les unes
hero-season-eyebrow = L’automne à la maison
hero-season-title = La lumière revient à l’intérieur
hero-season-text = Des bougeoirs, un plaid, une théière qui fume : ce qu’il faut pour aimer les jours courts.
hero-season-button = Découvrir la saison
hero-season-link = https://boutique.example/saison
hero-season-alt = Une théière et des bougies devant une fenêtre, le soir

hero-christmas-eyebrow = Noël
hero-christmas-title = Les premières guirlandes
hero-christmas-text = Guirlandes de papier, oiseaux de feutre, petites boîtes à suspendre : la collection de Noël est arrivée.
hero-christmas-button = Ouvrir la collection
hero-christmas-link = https://boutique.example/noel
hero-christmas-alt = Un sapin, des guirlandes de papier et des oiseaux de feutre

hero-welcome-eyebrow = Bienvenue
hero-welcome-title = Faisons connaissance
hero-welcome-text = Merci de votre première commande. Voici comment nous choisissons nos objets, et qui les fabrique.
hero-welcome-button = Visiter la maison
hero-welcome-link = https://boutique.example/maison
hero-welcome-alt = La vitrine de Maison Héron

hero-bakers-eyebrow = L’heure du thé
hero-bakers-title = Le gâteau mérite sa scène
hero-bakers-text = Présentoirs à étages, caissettes et boîtes à biscuits : tout pour la table du dimanche.
hero-bakers-button = Voir la pâtisserie
hero-bakers-link = https://boutique.example/patisserie
hero-bakers-alt = Un présentoir à gâteaux à trois étages

hero-loyal-eyebrow = En avant-première
hero-loyal-title = Vous êtes un peu chez vous
hero-loyal-text = Pour vous remercier de votre fidélité, les nouveautés de décembre vous sont ouvertes dès aujourd’hui.
hero-loyal-button = Entrer
hero-loyal-link = https://boutique.example/avant-premiere
hero-loyal-alt = Une théière et des bougies devant une fenêtre, le soir

hero-paris-eyebrow = Du 24 au 27 novembre
hero-paris-title = Quatre jours à Paris
hero-paris-text = Nous ouvrons une boutique éphémère passage des Échassiers. Du thé, des biscuits et nos objets à prendre en main.
hero-paris-button = Horaires et plan
hero-paris-link = https://boutique.example/paris
hero-paris-alt = La vitrine de Maison Héron

hero-lights-eyebrow = À la tombée du jour
hero-lights-title = Une bougie de plus
hero-lights-text = Verre ancien, métal ajouré, cire d’abeille : de quoi composer votre lumière du soir.
hero-lights-button = Voir les bougeoirs
hero-lights-link = https://boutique.example/bougeoirs
hero-lights-alt = Une théière et des bougies devant une fenêtre, le soir

hero-favourite-eyebrow = Cette semaine en rayon
hero-favourite-text = Un rayon que nous avons plaisir à garnir. Quelques-unes de ses pièces pourraient être pour vous.
hero-favourite-button = Faire un tour

## Lettre : les pages à lire
editorial-workshop-eyebrow = Le carnet
editorial-workshop-title = Entretenir le verre ancien
editorial-workshop-text = De l’eau tiède, un peu de vinaigre blanc et un linge de lin : le reste est affaire de patience. Nos conseils pour garder leur éclat aux photophores et aux carafes.
editorial-workshop-button = Lire le carnet
editorial-workshop-link = https://boutique.example/carnet/verre-ancien

editorial-wrapping-eyebrow = Le carnet
editorial-wrapping-title = Emballer sans papier
editorial-wrapping-text = Un carré de tissu, deux nœuds, et le paquet devient un second cadeau. Le furoshiki vient du Japon ; il se pratique très bien sur une table de cuisine.
editorial-wrapping-button = Apprendre les trois nœuds
editorial-wrapping-link = https://boutique.example/carnet/emballer-sans-papier

## Panier
cart-title = Votre panier vous attend
cart-title-name = { $name }, votre panier vous attend
cart-text-reminder = { $n ->
    [one] Nous avons gardé l’article que vous aviez choisi. Il est là, si vous le souhaitez.
   *[other] Nous avons gardé les { $n } articles que vous aviez choisis. Ils sont là, si vous le souhaitez.
}
cart-text-nudge = { $n ->
    [one] L’article que vous aviez choisi est toujours dans votre panier. Nous ne vous en reparlerons plus.
   *[other] Les { $n } articles que vous aviez choisis sont toujours dans votre panier. Nous ne vous en reparlerons plus.
}
cart-total = Total
cart-button = Reprendre mon panier
cart-help = Une question avant de commander ? Répondez simplement à ce message.
cart-picks-title = Ils vont bien ensemble
offer-code = Votre code :
offer-until = Valable jusqu’au { $date }.

## Carte
card-title = Votre carte arrive à échéance
card-text = { $n ->
    [one] Le moyen de paiement enregistré sur votre compte expire bientôt. Pour que vos prochaines commandes se passent sans accroc, vous pouvez le remplacer dès maintenant.
   *[other] Le moyen de paiement enregistré sur votre compte expire dans { $n } jours. Pour que vos prochaines commandes se passent sans accroc, vous pouvez le remplacer dès maintenant.
}
card-label = Carte
card-expires = Valable jusqu’au
card-button = Mettre à jour ma carte
card-link = https://boutique.example/compte/paiement
card-safety = Nous ne demandons jamais un numéro de carte par e-mail. Si vous préférez, ouvrez votre compte depuis votre navigateur, sans passer par ce message. Si la carte est déjà remplacée, vous n’avez rien à faire.

## Parties texte : entre un nom et sa valeur
colon =  :
