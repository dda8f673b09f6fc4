# The texts of the mails in English.

unsubscribe = Unsubscribe
preferences = Choose my e-mails
continue-title = Pick up where you left off
fresh-title = New for you
fresh-title-general = Our serials

read = Read this article
wall-reached-title = Your five articles of the month are read
wall-reached-text = The count starts again on the first. To read without counting, the first month of a subscription can be ended in one click.
wall-reached-button = Subscribe
wall-reached-link = https://courrier.example/en/subscribe

wall-near-title = One more free article this month
wall-near-text = Keep it for a good one. To read without counting, the first month of a subscription can be ended in one click.
wall-near-button = See subscriptions
wall-near-link = https://courrier.example/en/subscribe

wall-none-title = The map of the tides
wall-none-text = Heights and hours of the week, port by port, to keep at hand.
wall-none-button = Open the map
wall-none-link = https://courrier.example/en/tides

why-intro = You receive this letter because you asked for it.
why-data = To put it together we used
why-nothing = It is the same for everybody of whom we know nothing.
because-orders = your orders
because-views = what you read on our site
because-searches = your searches
because-cart = your basket
because-location = your town
because-declared = what you have told us
because-demographics = your date of birth
because-contracts = your subscription
because-consent = your communication choices
because-answers = your answers
because-scores = estimates
because-segments = the group you belong to
