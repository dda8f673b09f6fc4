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
