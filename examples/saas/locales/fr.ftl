# Les textes des mails en français.

## Partout
unsubscribe = Se désabonner
preferences = Choisir mes e-mails
hello = Bonjour,
hello-name = Bonjour { $name },
signature = L’équipe Cadran

## Pourquoi cet e-mail
why-digest = Vous recevez cette lettre parce que vous l’avez acceptée.
why-onboarding = Trois messages accompagnent vos dix premiers jours. Celui-ci ne vend rien.
why-data = Pour la composer, nous avons utilisé
because-orders = vos commandes
because-views = vos visites
because-searches = vos recherches
because-cart = votre panier
because-location = votre ville
because-declared = ce que votre entreprise nous a dit d’elle et de votre rôle
because-demographics = votre date de naissance
because-contracts = vos contrats et moyens de paiement
because-consent = vos choix de communication
because-answers = vos réponses à nos questions
because-scores = des estimations
because-segments = le groupe auquel vous appartenez
service-why = Ce message de service concerne votre contrat. Il ne contient aucune publicité.

## Lettre : le métier
sector-hospitality-eyebrow = Restauration et hôtellerie
sector-hospitality-title = Le printemps se prépare en mars
sector-hospitality-text = Terrasses, ponts de mai, extras du samedi : trois plannings types à copier, avec les coupures et les onze heures de repos déjà vérifiées.
sector-hospitality-teaser = le planning des terrasses
sector-hospitality-button = Copier un planning type
sector-hospitality-link = https://cadran.example/fr/modeles/restauration
sector-hospitality-alt = Un planning de soirées, deux services par jour

sector-health-eyebrow = Santé
sector-health-title = Des nuits mieux partagées
sector-health-text = La rotation sur six semaines donne à chacun deux week-ends de suite. Voici comment la mettre en place sans toucher aux contrats.
sector-health-teaser = la rotation sur six semaines
sector-health-button = Voir la rotation
sector-health-link = https://cadran.example/fr/modeles/sante
sector-health-alt = Un planning continu, jour et nuit

sector-retail-eyebrow = Commerce
sector-retail-title = Le samedi sans heures perdues
sector-retail-text = Placez les renforts sur l’affluence, pas sur l’habitude : deux vues du même samedi, avant et après, et la méthode en quatre étapes.
sector-retail-teaser = la méthode du samedi
sector-retail-button = Lire la méthode
sector-retail-link = https://cadran.example/fr/modeles/commerce
sector-retail-alt = Un planning plus dense en fin de semaine

sector-logistics-eyebrow = Transport et logistique
sector-logistics-title = Passer de deux à trois équipes
sector-logistics-text = Quand ajouter une équipe de nuit, et comment faire se croiser les relèves pour que personne n’attende un quai.
sector-logistics-teaser = les relèves qui se croisent
sector-logistics-button = Voir les trois équipes
sector-logistics-link = https://cadran.example/fr/modeles/logistique
sector-logistics-alt = Un planning en trois équipes décalées

sector-general-eyebrow = Tous les métiers
sector-general-title = Un planning publié le jeudi
sector-general-text = Une équipe qui connaît sa semaine quatre jours avant échange moitié moins de créneaux. Voici comment tenir ce rythme.
sector-general-teaser = publier le jeudi
sector-general-button = Tenir le rythme
sector-general-link = https://cadran.example/fr/modeles/publier-le-jeudi
sector-general-alt = Le planning d’une semaine, du lundi au dimanche

## Lettre : le poste
role-decider-eyebrow = Pour vous qui dirigez
role-decider-title = Le coût d’un planning, en une page
role-decider-text = Heures prévues, faites et payées se lisent maintenant côte à côte, par site et par semaine.
role-decider-teaser = le coût d’un planning, en une page
role-decider-button = Ouvrir le rapport
role-decider-link = https://cadran.example/fr/nouveautes/cout

role-buyer-eyebrow = Pour vous qui tenez les comptes
role-buyer-title = Vos factures au format de votre logiciel
role-buyer-text = L’export comptable suit maintenant vos codes analytiques, et le numéro de commande figure sur chaque facture.
role-buyer-teaser = vos factures au bon format
role-buyer-button = Régler l’export
role-buyer-link = https://cadran.example/fr/nouveautes/factures

role-user-eyebrow = Pour vous qui faites le planning
role-user-title = Échanger un créneau en deux gestes
role-user-text = Glissez un créneau sur un collègue : Cadran vérifie le repos, prévient les deux personnes et garde la trace.
role-user-teaser = l’échange en deux gestes
role-user-button = Voir le geste
role-user-link = https://cadran.example/fr/nouveautes/echange

role-general-eyebrow = Nouveau
role-general-title = Le planning sur un seul écran
role-general-text = La vue par mois tient désormais sur un téléphone, avec les absences et les remplacements.
role-general-teaser = la nouvelle vue par mois
role-general-button = Découvrir la vue
role-general-link = https://cadran.example/fr/nouveautes/mois

## Lettre : la suite
more-seats-eyebrow = Votre formule
more-seats-title = Plus de monde que de places
more-seats-text = Votre équipe a grandi. Ajoutez des places quand vous voulez : elles sont comptées au jour près sur la facture suivante.
more-seats-button = Ajouter des places
more-seats-link = https://cadran.example/fr/compte/places

more-upgrade-eyebrow = Votre formule
more-upgrade-title = Quand un site ne suffit plus
more-upgrade-text = La formule Équipe ajoute plusieurs sites, les remplacements et l’export vers la paie. L’essai dure un mois et s’arrête tout seul.
more-upgrade-button = Comparer les formules
more-upgrade-link = https://cadran.example/fr/formules

more-guide-eyebrow = À lire
more-guide-title = Le repos, expliqué simplement
more-guide-text = Onze heures, trente-cinq heures, un dimanche sur deux : ce que dit la règle, et ce que Cadran vérifie pour vous.
more-guide-button = Lire le guide
more-guide-link = https://cadran.example/fr/guides/repos

## Premiers jours
lesson-plan-eyebrow = Premier jour
lesson-plan-title = Votre première semaine, en dix minutes
lesson-plan-teaser = Partez d’un modèle, changez trois créneaux, publiez.
lesson-plan-text = Commencez par une semaine, pas par un mois. Choisissez un modèle, posez les prénoms, publiez : chacun reçoit ses heures, et vous verrez tout de suite ce qui manque.
lesson-plan-button = Créer une semaine
lesson-plan-link = https://cadran.example/fr/debuter/semaine
lesson-plan-alt = Une semaine vide avec trois créneaux posés

lesson-team-eyebrow = Quatrième jour
lesson-team-title = Faites venir l’équipe
lesson-team-teaser = Un lien suffit, sans mot de passe.
lesson-team-text = Chacun indique ses absences et propose ses échanges depuis son téléphone. Un lien suffit ; vous gardez le dernier mot.
lesson-team-button = Inviter l’équipe
lesson-team-link = https://cadran.example/fr/debuter/equipe
lesson-team-alt = Des créneaux de plusieurs couleurs, une par personne

lesson-hours-eyebrow = Neuvième jour
lesson-hours-title = Les heures se comptent seules
lesson-hours-teaser = Vos premiers totaux sont prêts.
lesson-hours-text = Une semaine de planning suffit pour voir les heures prévues et les heures faites. Vérifiez-les une fois ; ensuite, l’export part vers la paie.
lesson-hours-button = Vérifier les heures
lesson-hours-link = https://cadran.example/fr/debuter/heures
lesson-hours-alt = Deux rangées de barres, prévues et faites

## Fin de contrat
renewal-eyebrow = { $n ->
    [0] Dernier jour
    [one] Encore un jour
   *[other] Dans { $n } jours
}
renewal-title = Votre contrat se termine le { $date }
renewal-text = Ce contrat ne se renouvelle pas de lui-même. Voici ce que nous avons noté :
renewal-text-name = Le contrat de { $name } ne se renouvelle pas de lui-même. Voici ce que nous avons noté :
contract-plan = Formule
contract-seats = Places
contract-price = Prix annuel, hors taxes
contract-ends = Dernier jour

actor-decider-teaser = Renouveler, changer ou arrêter : c’est vous qui décidez.
actor-decider-text = Vous pouvez renouveler aux mêmes conditions, changer de formule ou laisser le contrat s’arrêter. Sans réponse de votre part, le planning reste lisible trente jours, puis vos données vous sont remises.
actor-decider-button = Décider de la suite
actor-decider-link = https://cadran.example/fr/contrat

actor-buyer-teaser = Le devis de renouvellement est prêt.
actor-buyer-text = Le devis de renouvellement vous attend dans votre espace. Si vous émettez un bon de commande, ajoutez-y son numéro : il figurera sur la facture.
actor-buyer-button = Ouvrir le devis
actor-buyer-link = https://cadran.example/fr/contrat/devis

actor-general-teaser = Les personnes qui signent sont prévenues.
actor-general-text = Les personnes qui signent chez vous sont prévenues. Si vous pensez que quelqu’un d’autre doit l’être, dites-le-nous en répondant à ce message.
actor-general-button = Voir le contrat
actor-general-link = https://cadran.example/fr/contrat

## Carte
card-eyebrow = Moyen de paiement
card-title = Votre carte arrive à échéance
card-text = { $n ->
    [0] La carte qui règle votre abonnement expire aujourd’hui. Remplacez-la pour que le planning de l’équipe reste ouvert.
    [one] La carte qui règle votre abonnement expire demain. Remplacez-la pour que le planning de l’équipe reste ouvert.
   *[other] La carte qui règle votre abonnement expire dans { $n } jours. Remplacez-la pour que le planning de l’équipe reste ouvert.
}
card-label = Carte
card-expires = Dernier jour
card-button = Remplacer la carte
card-link = https://cadran.example/fr/compte/paiement
card-safety = Nous ne demandons jamais un numéro de carte par e-mail : le bouton mène à votre espace, où vous vous connectez comme d’habitude.

## Parties texte : entre un nom et sa valeur
colon =  :
