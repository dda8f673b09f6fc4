# Mots communs à toutes les pages.
no-such-page = Cette page n’existe pas

# Ce que les destinataires atteignent.
door-gone = Ce lien ne fonctionne plus
door-gone-help = Il est peut-être incomplet ou trop ancien. Prenez le lien d’un courriel plus récent, ou écrivez à l’expéditeur du courriel.
door-busy = Pas maintenant, merci
door-busy-help = Rien n’a été modifié. Réessayez dans une minute.
door-hello = Bonjour { $name },
door-unsubscribe = Ne plus recevoir les courriels de { $shop } ?
door-unsubscribe-help = Vous ne recevrez plus de publicité de notre part. Les courriels sur vos commandes, vos contrats et vos cartes vous parviendront toujours.
door-unsubscribe-do = Se désabonner
door-rather-choose = Plutôt choisir ce que vous recevez, et à quel rythme
door-unsubscribed = C’est fait, vous n’êtes plus abonné·e
door-unsubscribed-help = { $shop } ne vous enverra plus de publicité. C’est effectif dès maintenant.
door-undo = C’était une erreur : annuler
door-choose = Vos préférences
door-resubscribed = Vous êtes de retour
door-resubscribed-help = Tout est comme avant votre désabonnement.

# Le studio.
back = Retour
studio-at = vu au
studio-language = Langue
studio-trouble = Les fichiers ne peuvent pas être utilisés en l’état
studio-trouble-kept = Voici le dernier courrier qui a pu être fait.
studio-whom = Qui regarder
studio-campaigns = Campagnes
studio-search = Chercher quelqu’un
studio-search-hint = id, adresse, nom
studio-people = Personnes de cette campagne
studio-personas = Personas des tests
studio-locale = Langue du courrier
studio-own = la sienne
studio-now = Comme si l’on était le
studio-apply = Regarder
studio-keys = Touches
studio-random = Une autre personne qui en reçoit un
studio-dark = Sombre
studio-images = Images
studio-images-off = Sans images
studio-width = Largeur
studio-full = Toute
studio-sheet = Douze courriers d’un coup d’œil
studio-nothing = Ne reçoit rien :
studio-parts = Parties du courrier
studio-looks = Façons de regarder
studio-variants = Variantes
variant-own = Personnalisé
variant-general = Général
studio-pair = Côte à côte
studio-would = Cette personne ne reçoit pas de courrier. On peut le regarder quand même.
studio-cannot = Aucun courrier ne peut être composé pour cette personne.
studio-anyway = Le montrer quand même
studio-frame = Le courrier
studio-mail-of = Courrier de
studio-send-to = Envoyer un test à
studio-send = Envoyer
studio-sent = Le courrier de test est parti
studio-sent-through = Par
studio-why = Pourquoi
check-passed = franchi
check-shut = arrêté
studio-segments = Segments
segment-in = dedans
segment-out = dehors
studio-passed-over = { $n ->
    [one] { $n } écarté
   *[other] { $n } écartés
}
studio-offer = Offre
studio-intrusion = Ce qu’il laisse voir à son lecteur
intrusion = { $n ->
    [one] { $n } point
   *[other] { $n } points
}
intrusion-of = { $n } points sur { $budget }
intrusion-fresh = d’hier ou d’aujourd’hui
intrusion-sensitive = sensible
intrusion-dropped = Écartés, au-delà du budget :
studio-data = Données utilisées :
studio-data-none = aucune sur la personne
studio-mails = { $n ->
    [one] { $n } courrier
   *[other] { $n } courriers
}
studio-looked = Parmi les { $n } premières personnes sur { $all }.
studio-worst = Pires cas
worst-name = nom le plus long
worst-weight = le plus lourd
worst-picks = le moins de produits
worst-fallbacks = le plus de replis
worst-intrusion = le plus intrusif
studio-skipped = Rien, parce que
studio-found = Trouvé
studio-found-cut = Il y en a d’autres : précisez le nom.
studio-found-none = Personne.
studio-error = Ceci ne peut pas être montré
studio-start = Vers la première campagne
studio-pages = Pages
studio-before = avant
studio-after = après
studio-nobody = Personne ne reçoit de courrier de cette campagne en ce moment.
part-html = Courrier
part-text = Texte
part-mjml = MJML
part-headers = En-têtes
part-raw = Source
part-size = Taille
part-links = Liens
part-context = Données
size-clip = La partie HTML prend { $n } % de ce que Gmail montre avant de couper (102 Ko).
size-part = Partie
size-bytes = Octets
size-html = HTML
size-text = Texte
size-headers = En-têtes
size-message = Message entier
links-target = Cible
links-times = Fois
reason-bad-address = adresse invalide
reason-same-address = même adresse qu’une autre personne
reason-suppressed = adresse bloquée
reason-objected = s’y est opposé
reason-no-consent = pas de consentement
reason-not-in-audience = hors de l’audience
reason-goal-reached = but atteint
reason-holdout = gardé sans courrier, pour mesurer
reason-already-sent = déjà envoyé
reason-too-late = trop tard
reason-frequency-cap = a reçu assez de courriers
reason-account-cap = l’entreprise a reçu assez de courriers
reason-lower-priority = une autre campagne passe avant
reason-missing-data = une donnée manque
reason-slot-unfilled = un emplacement ne peut être rempli
