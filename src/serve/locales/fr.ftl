# Mots communs à toutes les pages.
no-such-page = Cette page n’existe pas

# Ce que les destinataires atteignent.
door-gone = Ce lien ne fonctionne plus
door-gone-help = Il est peut-être incomplet ou trop ancien. Prenez le lien d’un courriel plus récent, ou écrivez à l’expéditeur du courriel.
door-busy = Pas maintenant, merci
door-busy-help = Rien n’a été modifié. Réessayez dans une minute.
door-hello = Bonjour { $name },
door-unsubscribe = Ne plus recevoir les courriels de { $shop } ?
door-unsubscribe-help = Vous ne recevrez plus de publicité de notre part. Les courriels sur vos commandes, vos contrats et vos cartes vous parviendront toujours.
door-unsubscribe-do = Se désabonner
door-rather-choose = Plutôt choisir ce que vous recevez, et à quel rythme
door-unsubscribed = C’est fait, vous n’êtes plus abonné·e
door-unsubscribed-help = { $shop } ne vous enverra plus de publicité. C’est effectif dès maintenant.
door-undo = C’était une erreur : annuler
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
variant-own = Le sien
variant-personalised = Personnalisé
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
studio-length = Longueur
length-of = { $n } choses à lire, { $max } au plus
length-block = Sans { $block }, emplacement { $slot }
length-products = Sans { $n } sur { $of } de l’emplacement { $slot }
length-priority = le courrier était trop long ; priorité { $priority }
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
   *[other] { $shown } courriers
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
page-mails = Courriers
page-plan = Plan
page-report = Rapport
plan-nothing-sent = Ce que ferait un envoi maintenant, de cette campagne seule. Rien n’est envoyé.
report-title = Ce que les courriers ont rapporté
counting = En cours de calcul : { $n } personnes sur { $all }. La page le montre dès que c’est fait.
counting-mails = Les { $all } personnes sont comptées ; des courriers sont faits et contrôlés. La page le montre dès que c’est fait.
counting-report = En cours de calcul. La page le montre dès que c’est fait.
counting-look = Regarder à nouveau
studio-again = Recompter
studio-queries = Lu par une requête, et relu seulement quand vous recomptez : { $names }.
part-html = Courrier
part-text = Texte
part-mjml = MJML
part-headers = En-têtes
part-raw = Source
part-size = Taille
part-links = Liens
part-context = Données
part-checks = Contrôles
checks-found = { $n ->
    [0] rien trouvé
    [one] { $n } constat
   *[other] { $n } constats
}
checks-none = Rien à corriger dans ce courrier.
checks-must = { $n ->
    [one] { $n } chose à corriger avant qu’il parte
   *[other] { $n } choses à corriger avant qu’il parte
}
checks-should = { $n ->
    [one] { $n } chose qui gênera des lecteurs ou des filtres
   *[other] { $n } choses qui gêneront des lecteurs ou des filtres
}
checks-note = { $n ->
    [one] { $n } chose que des messageries montrent autrement
   *[other] { $n } choses que des messageries montrent autrement
}
checks-as-of = Ce que les messageries ne prennent pas en charge est ce qu’en savait caniemail.com le { $day }.
checks-unknown = Rien n’est dit de ce que personne n’a essayé :
checks-known = { $n } connues sur { $of }
checks-note-help = Voir que le courrier se lit sans ce qu’une messagerie ne prend pas en charge.
checks-clients = Messageries concernées
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

# La boîte du bac à sable.
sandbox-title = Bac à sable
sandbox-search = Chercher des mails
sandbox-search-hint = Expéditeur, destinataire, objet, texte
sandbox-count = { $n ->
    [0] Aucun mail
    [one] 1 mail
   *[other] { $shown } mails
}
sandbox-found = { $n ->
    [0] Rien n’est trouvé.
    [one] 1 mail est trouvé.
   *[other] { $shown } mails sont trouvés.
}
sandbox-all = Tout montrer
sandbox-list = Mails
sandbox-newest = Revenir aux plus récents
sandbox-older = Mails plus anciens
sandbox-none = Rien n’est encore arrivé.
sandbox-none-help = Envoyez des mails à cette adresse, ou répétez une campagne par relance run CAMPAGNE --sandbox. Ils s’affichent ici dès qu’ils arrivent, et ne parviennent à personne.
sandbox-choose = Choisissez un mail pour le lire.
sandbox-no-subject = (sans objet)
sandbox-attached = { $n ->
    [one] 1 pièce jointe ·
   *[other] { $n } pièces jointes ·
}
sandbox-back = Revenir à la liste
sandbox-from = De
sandbox-to = À
sandbox-envelope = Enveloppe
sandbox-received = Reçu
sandbox-size = { $n } Kio
sandbox-parts = Parties du mail
sandbox-tab-html = HTML
sandbox-tab-text = Texte
sandbox-tab-headers = En-têtes
sandbox-tab-source = Source
sandbox-tab-attachments = Pièces jointes
sandbox-header = En-tête
sandbox-value = Valeur
sandbox-frame = Le mail tel que son lecteur le voit
sandbox-cut = La source est plus longue que ce qui est montré : téléchargez-la.
sandbox-download = Télécharger
sandbox-delete = Supprimer
sandbox-release = Laisser partir
sandbox-release-to = Envoyer ce mail à
sandbox-release-hint = Seulement aux adresses permises au démarrage du bac à sable.
sandbox-release-yes = Envoyer
sandbox-images-hidden = Les images venues d’ailleurs ne sont pas chargées.
sandbox-images-show = Les charger
sandbox-images-shown = Les images venues d’ailleurs sont chargées.
sandbox-images-hide = Ne pas les charger
sandbox-chaos = Chaos
sandbox-chaos-on = (des pannes sont provoquées)
sandbox-chaos-label = Pannes pour répéter
sandbox-chaos-hint = Par exemple
sandbox-chaos-set = Appliquer
sandbox-empty = Vider
sandbox-empty-sure = { $n ->
    [one] Le seul mail est supprimé pour de bon.
   *[other] { $shown } mails sont supprimés pour de bon.
}
sandbox-empty-yes = Tout supprimer
sandbox-done-deleted = Le mail est supprimé.
sandbox-done-emptied = Tous les mails sont supprimés.
sandbox-done-released = Le mail est parti.
sandbox-done-chaos = Les pannes sont réglées.
sandbox-gone = Ce mail n’est plus là
sandbox-not-deleted = La suppression a échoué :
sandbox-not-released = Il n’est pas parti :
sandbox-no-chaos = Ces pannes ne peuvent être provoquées :
sandbox-trouble-bare-line-feed = Des lignes finissent par un saut de ligne seul, que beaucoup de serveurs refusent.
sandbox-trouble-bare-carriage-return = Il y a des retours chariot seuls, que beaucoup de serveurs refusent.
sandbox-trouble-nul = Il y a un octet nul, que les serveurs refusent.
sandbox-trouble-long-line = Une ligne a plus de 998 octets : les serveurs la coupent ou la refusent.
sandbox-trouble-no-headers = Il n’y a pas d’en-têtes.
sandbox-trouble-no-from = Il n’y a pas de From.
sandbox-trouble-no-date = Il n’y a pas de Date.
sandbox-trouble-no-message-id = Il n’y a pas de Message-ID.
sandbox-trouble-no-subject = Il n’y a pas de Subject.

door-preferences = Vos préférences
door-saved = C’est enregistré, et pris en compte dès maintenant.
door-asked = Votre demande est notée.
door-is-unsubscribed = Vous n’êtes plus abonné·e : vous ne recevez plus de publicité de notre part.
door-frequency = À quel rythme pouvons-nous vous écrire ?
door-frequency-usual = Comme d’habitude
door-frequency-week = Une fois par semaine au plus
door-frequency-month = Une fois par mois au plus
door-topics = De quoi aimeriez-vous entendre parler ?
door-newsletter = Lettres d’information et offres par courriel
door-profiling = Des courriels faits pour vous
door-profiling-help = Pouvons-nous choisir ce que nous vous montrons d’après ce que vous avez regardé sur notre site ? Sans cela, vous recevez le même courriel que tout le monde.
door-as-it-is = Laisser tel quel
door-yes = Oui
door-no = Non
door-save = Enregistrer
door-why = Pourquoi ai-je reçu ce courriel ?
door-why-mail = « { $title } », du { $day }, a été fait avec ce qui figure ici et rien d’autre.
door-why-data = Il repose sur
door-why-nothing = Rien de ce que vous avez fait n’a servi : tout le monde a reçu le même, à votre nom et votre langue près.
door-why-items = Pourquoi chaque produit a été montré
door-data = Vos données
door-data-help = Vous pouvez obtenir une copie de tout ce que nous savons de vous. Nous répondons sous un mois.
door-data-do = Demander mes données
door-data-asked = Vous avez demandé vos données le { $day }. Nous répondons sous un mois.
door-leave = Plus aucun courriel ?
door-back = Recevoir à nouveau nos courriels ?
door-back-do = Annuler mon désabonnement
door-data-declared = ce que vous nous avez dit : nom, langue, programme de fidélité
door-data-demographics = votre âge ou date de naissance
door-data-location = l’endroit où vous vivez
door-data-orders = vos achats
door-data-views = ce que vous avez regardé sur notre site
door-data-searches = ce que vous avez cherché sur notre site
door-data-cart = ce qui est dans votre panier
door-data-contracts = vos cartes et contrats chez nous
door-data-consent = ce que vous avez accepté
door-data-answers = vos réponses à nos questions
door-data-scores = une estimation de ce qui peut vous convenir
door-label-trigger = c’est l’objet du courriel
door-label-usual = vous l’achetez régulièrement
door-label-cart = il est dans votre panier
door-label-recently-viewed = vous l’avez regardé récemment
door-label-also-bought = d’autres l’ont acheté avec l’un de vos articles
door-label-similar = il ressemble à un article regardé ou acheté
door-label-up-sell = c’est une version supérieure d’un article regardé
door-label-complement = il va avec l’un de vos articles
door-label-popular-in-category = il se vend bien dans une catégorie que vous aimez
door-label-popular-recent = il se vend bien en ce moment, pour tout le monde
door-label-new-in = il vient d’arriver
door-label-for-you = les personnes qui achètent comme vous l’apprécient
door-label-pinned = nous le montrons à tout le monde
door-label-exploration = il a été tiré au sort, pour apprendre ce qui plaît
door-answered = Merci, votre réponse est notée.
door-answer-do = Confirmer ma réponse
door-answer-change = Changer ma réponse
door-answer-help = Votre réponse sert à choisir ce que nous vous montrons. Vous pouvez la changer ici à tout moment.
