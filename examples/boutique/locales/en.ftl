# The texts of the mails in English.

## Everywhere
tagline = Gifts and things for the home, from London to Nantes
top-line-newsletter = The letter from the house ·
top-line-relance = A word about your basket ·
top-line-reminder = About your account ·
unsubscribe = Unsubscribe
preferences = Choose my e-mails
hello = Hello,
hello-name = Hello { $name },
signature = See you soon, all of us at Maison Héron

## Why this e-mail
why-intro = You receive this e-mail because you agreed to it.
why-data = To put it together we used
why-nothing = Your first name and language aside, it is the same for all our readers.
because-orders = your orders
because-views = your visits to our site
because-searches = your searches on our site
because-cart = your basket
because-location = your city
because-declared = what you have told us
because-demographics = your date of birth or title
because-contracts = your contracts and payment methods
because-consent = your communication choices
because-answers = your answers to our questions
because-scores = estimates drawn from your orders and visits
because-segments = the group of readers your orders and visits place you in
service-why = This service message is about your account. It carries no advertising and is only sent when there is something for you to do.

## Departments
category-noel = Christmas
category-maison = Home
category-cuisine = Kitchen
category-fete = Party
category-papeterie = Stationery
category-sacs = Bags
category-enfants = Children
category-jardin = Garden
category-bijoux = Jewellery
category-bien-etre = Well-being

## Where each proposal comes from
label-usual = Your usual
label-cart = In your basket
label-recently_viewed = Worth another look
label-also_bought = Goes with your finds
label-similar = In the same spirit
label-up_sell = A finer version
label-complement = To go with it
label-popular_in_category = Well liked in this department
label-popular_recent = Popular this week
label-new_in = New in
label-trigger = Picked up where you left off
label-for_you = Chosen for you
label-pinned = The house’s choice
label-exploration = For a change

## What is true of the item on the day
card-orders = { $n } orders in { $days } days
card-left = { $n ->
    [one] The last one
   *[other] The last { $n }
}

## Letter: the selection
picks-title = A selection for you
picks-title-general = At home, this week
picks-intro = A few things to give, or to keep.
picks-intro-name = { $name }, here are a few things to give, or to keep.
picks-button = See the whole shop

## Letter: the front pages
hero-season-eyebrow = Autumn at home
hero-season-title = The light comes back indoors
hero-season-text = Candle holders, a blanket, a pot of tea: all it takes to enjoy the short days.
hero-season-button = Discover the season
hero-season-link = https://boutique.example/en/season
hero-season-alt = A teapot and candles by a window, in the evening

hero-christmas-eyebrow = Christmas
hero-christmas-title = The first garlands are up
hero-christmas-text = Paper chains, felt birds, little boxes to hang: the Christmas collection is here.
hero-christmas-button = Open the collection
hero-christmas-link = https://boutique.example/en/christmas
hero-christmas-alt = A Christmas tree, paper chains and felt birds

hero-welcome-eyebrow = Welcome
hero-welcome-title = Pleased to meet you
hero-welcome-text = Thank you for your first order. Here is how we choose our things, and who makes them.
hero-welcome-button = Visit the house
hero-welcome-link = https://boutique.example/en/house
hero-welcome-alt = The window of Maison Héron

hero-bakers-eyebrow = Teatime
hero-bakers-title = A cake deserves a stage
hero-bakers-text = Tiered stands, cake cases and biscuit tins: all you need for the Sunday table.
hero-bakers-button = See the baking shelf
hero-bakers-link = https://boutique.example/en/baking
hero-bakers-alt = A cake stand with three tiers

hero-loyal-eyebrow = Private view
hero-loyal-title = You are almost at home here
hero-loyal-text = To thank you for your loyalty, the new things of December are open to you from today.
hero-loyal-button = Come in
hero-loyal-link = https://boutique.example/en/private-view
hero-loyal-alt = A teapot and candles by a window, in the evening

hero-paris-eyebrow = 24 to 27 November
hero-paris-title = Four days in Paris
hero-paris-text = We are opening a pop-up shop in passage des Échassiers. Tea, biscuits, and our things to hold in your hand.
hero-paris-button = Opening hours and map
hero-paris-link = https://boutique.example/en/paris
hero-paris-alt = The window of Maison Héron

hero-lights-eyebrow = At nightfall
hero-lights-title = One more candle
hero-lights-text = Old glass, pierced metal, beeswax: all you need to compose your evening light.
hero-lights-button = See the candle holders
hero-lights-link = https://boutique.example/en/candle-holders
hero-lights-alt = A teapot and candles by a window, in the evening

hero-favourite-eyebrow = In the departments this week
hero-favourite-text = A department we enjoy filling. Some of its pieces may be for you.
hero-favourite-button = Have a look round

## Letter: the pages to read
editorial-workshop-eyebrow = The notebook
editorial-workshop-title = Looking after old glass
editorial-workshop-text = Warm water, a little white vinegar and a linen cloth: the rest is patience. Our advice to keep lanterns and decanters bright.
editorial-workshop-button = Read the notebook
editorial-workshop-link = https://boutique.example/en/notebook/old-glass

editorial-wrapping-eyebrow = The notebook
editorial-wrapping-title = Wrapping without paper
editorial-wrapping-text = A square of cloth, two knots, and the parcel becomes a second present. Furoshiki comes from Japan; it works very well on a kitchen table.
editorial-wrapping-button = Learn the three knots
editorial-wrapping-link = https://boutique.example/en/notebook/wrapping-without-paper

## Basket
cart-title = Your basket is waiting
cart-title-name = { $name }, your basket is waiting
cart-text-reminder = { $n ->
    [one] We have kept the item you chose. It is there if you would like it.
   *[other] We have kept the { $n } items you chose. They are there if you would like them.
}
cart-text-nudge = { $n ->
    [one] The item you chose is still in your basket. We will not mention it again.
   *[other] The { $n } items you chose are still in your basket. We will not mention them again.
}
cart-total = Total
cart-button = Go back to my basket
cart-help = A question before you order? Just reply to this message.
cart-picks-title = They go well together
offer-code = Your code:
offer-until = Valid until { $date }.

## Card
card-title = Your card is about to expire
card-text = { $n ->
    [one] The payment method saved in your account expires very soon. To keep your next orders running smoothly, you can replace it now.
   *[other] The payment method saved in your account expires in { $n } days. To keep your next orders running smoothly, you can replace it now.
}
card-label = Card
card-expires = Valid until
card-button = Update my card
card-link = https://boutique.example/en/account/payment
card-safety = We never ask for a card number by e-mail. If you prefer, open your account from your browser without using this message. If the card has already been replaced, there is nothing to do.

## Text parts: between a name and its value
colon = :
