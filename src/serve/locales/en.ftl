# Words shared by all pages.
no-such-page = There is no such page
