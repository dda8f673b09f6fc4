# Mots communs à toutes les pages.
no-such-page = Cette page n’existe pas
