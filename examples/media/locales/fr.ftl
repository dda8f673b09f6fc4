# Les textes des mails en français.

unsubscribe = Se désabonner
preferences = Choisir mes e-mails
continue-title = Reprendre
fresh-title = Nouveau pour vous
fresh-title-general = Nos feuilletons

read = Lire cet article
wall-reached-title = Vos cinq articles du mois sont lus
wall-reached-text = Le compteur repart le premier du mois. Pour lire sans compter, le premier mois d’abonnement se résilie en un clic.
wall-reached-button = S’abonner
wall-reached-link = https://courrier.example/fr/abonnement

wall-near-title = Encore un article offert ce mois-ci
wall-near-text = Gardez-le pour un bel article. Pour lire sans compter, le premier mois d’abonnement se résilie en un clic.
wall-near-button = Voir les abonnements
wall-near-link = https://courrier.example/fr/abonnement

wall-none-title = La carte des marées
wall-none-text = Les hauteurs et les heures de la semaine, port par port, à garder sous la main.
wall-none-button = Ouvrir la carte
wall-none-link = https://courrier.example/fr/marees

why-intro = Vous recevez cette lettre parce que vous l’avez demandée.
why-data = Pour la composer, nous avons utilisé
why-nothing = Elle est la même pour tous ceux dont nous ne savons rien.
because-orders = vos commandes
because-views = vos lectures sur notre site
because-searches = vos recherches
because-cart = votre panier
because-location = votre ville
because-declared = ce que vous nous avez dit
because-demographics = votre date de naissance
because-contracts = votre abonnement
because-consent = vos choix de communication
because-answers = vos réponses
because-scores = des estimations
because-segments = le groupe auquel vous appartenez
