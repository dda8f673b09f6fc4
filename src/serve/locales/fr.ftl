# Mots communs à toutes les pages.
no-such-page = Cette page n’existe pas

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
sandbox-none = Rien n’est encore arrivé. Envoyez des mails à
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
