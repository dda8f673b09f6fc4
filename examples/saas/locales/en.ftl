# The texts of the mails in English.

## Everywhere
unsubscribe = Unsubscribe
preferences = Choose my e-mails
hello = Hello,
hello-name = Hello { $name },
signature = The Cadran team

## Why this e-mail
why-digest = You receive this letter because you agreed to it.
why-onboarding = Three messages go with your first ten days. This one sells nothing.
why-data = To put it together we used
because-orders = your orders
because-views = your visits
because-searches = your searches
because-cart = your basket
because-location = your city
because-declared = what your company told us of itself and of your role
because-demographics = your date of birth
because-contracts = your contracts and payment methods
because-consent = your communication choices
because-answers = your answers to our questions
because-scores = estimates
because-segments = the group you belong to
service-why = This service message is about your contract. It carries no advertising.

## Letter: the trade
sector-hospitality-eyebrow = Restaurants and hotels
sector-hospitality-title = Spring is planned in March
sector-hospitality-text = Terraces, bank holidays, Saturday extras: three model rotas to copy, with split shifts and the eleven hours of rest already checked.
sector-hospitality-teaser = the terrace rota
sector-hospitality-button = Copy a model rota
sector-hospitality-link = https://cadran.example/en/models/hospitality
sector-hospitality-alt = A rota of evenings, two services a day

sector-health-eyebrow = Health care
sector-health-title = Nights, more fairly shared
sector-health-text = A six-week rotation gives everybody two weekends in a row. Here is how to start it without touching a contract.
sector-health-teaser = the six-week rotation
sector-health-button = See the rotation
sector-health-link = https://cadran.example/en/models/health
sector-health-alt = A rota around the clock, day and night

sector-retail-eyebrow = Retail
sector-retail-title = Saturdays without lost hours
sector-retail-text = Put the extra hands where the crowd is, not where they always were: one Saturday seen twice, before and after, and the method in four steps.
sector-retail-teaser = the Saturday method
sector-retail-button = Read the method
sector-retail-link = https://cadran.example/en/models/retail
sector-retail-alt = A rota that thickens towards the weekend

sector-logistics-eyebrow = Transport and logistics
sector-logistics-title = From two shifts to three
sector-logistics-text = When to add a night shift, and how to let handovers overlap so that nobody waits for a dock.
sector-logistics-teaser = handovers that overlap
sector-logistics-button = See the three shifts
sector-logistics-link = https://cadran.example/en/models/logistics
sector-logistics-alt = A rota of three staggered shifts

sector-general-eyebrow = Every trade
sector-general-title = A rota published on Thursday
sector-general-text = A team that knows its week four days ahead swaps half as many shifts. Here is how to keep that rhythm.
sector-general-teaser = publishing on Thursday
sector-general-button = Keep the rhythm
sector-general-link = https://cadran.example/en/models/publish-on-thursday
sector-general-alt = The rota of one week, Monday to Sunday

## Letter: the desk
role-decider-eyebrow = For you who run it
role-decider-title = What a rota costs, on one page
role-decider-text = Hours planned, worked and paid now stand side by side, by site and by week.
role-decider-teaser = what a rota costs, on one page
role-decider-button = Open the report
role-decider-link = https://cadran.example/en/new/cost

role-buyer-eyebrow = For you who keep the accounts
role-buyer-title = Invoices the way your software likes them
role-buyer-text = The accounting export now follows your cost codes, and the order number stands on every invoice.
role-buyer-teaser = invoices in the right format
role-buyer-button = Set up the export
role-buyer-link = https://cadran.example/en/new/invoices

role-user-eyebrow = For you who make the rota
role-user-title = Swap a shift in two moves
role-user-text = Drag a shift onto a colleague: Cadran checks the rest, tells both people and keeps the record.
role-user-teaser = the swap in two moves
role-user-button = See how
role-user-link = https://cadran.example/en/new/swap

role-general-eyebrow = New
role-general-title = The whole rota on one screen
role-general-text = The month view now fits a phone, absences and replacements included.
role-general-teaser = the new month view
role-general-button = See the view
role-general-link = https://cadran.example/en/new/month

## Letter: and then
more-seats-eyebrow = Your plan
more-seats-title = More people than seats
more-seats-text = Your team has grown. Add seats whenever you like: they are counted to the day on the next invoice.
more-seats-button = Add seats
more-seats-link = https://cadran.example/en/account/seats

more-upgrade-eyebrow = Your plan
more-upgrade-title = When one site is not enough
more-upgrade-text = The Team plan adds several sites, replacements and the payroll export. The trial lasts a month and stops by itself.
more-upgrade-button = Compare the plans
more-upgrade-link = https://cadran.example/en/plans

more-guide-eyebrow = To read
more-guide-title = Rest time, in plain words
more-guide-text = Eleven hours, thirty-five hours, every other Sunday: what the rule says, and what Cadran checks for you.
more-guide-button = Read the guide
more-guide-link = https://cadran.example/en/guides/rest

## First days
lesson-plan-eyebrow = Day one
lesson-plan-title = Your first week, in ten minutes
lesson-plan-teaser = Start from a model, change three shifts, publish.
lesson-plan-text = Begin with a week, not with a month. Choose a model, put in the first names, publish: everybody gets their hours, and you see at once what is missing.
lesson-plan-button = Make a week
lesson-plan-link = https://cadran.example/en/start/week
lesson-plan-alt = An empty week with three shifts in it

lesson-team-eyebrow = Day four
lesson-team-title = Bring the team in
lesson-team-teaser = One link is enough, without a password.
lesson-team-text = Everybody tells their absences and offers swaps from their phone. One link is enough; the last word stays yours.
lesson-team-button = Invite the team
lesson-team-link = https://cadran.example/en/start/team
lesson-team-alt = Shifts in several colours, one a person

lesson-hours-eyebrow = Day nine
lesson-hours-title = Hours that count themselves
lesson-hours-teaser = Your first totals are ready.
lesson-hours-text = One week of rota is enough to see the hours planned and the hours worked. Check them once; from then on the export goes to payroll.
lesson-hours-button = Check the hours
lesson-hours-link = https://cadran.example/en/start/hours
lesson-hours-alt = Two rows of bars, planned and worked

## End of contract
renewal-eyebrow = { $n ->
    [0] Last day
    [one] One day left
   *[other] In { $n } days
}
renewal-title = Your contract ends on { $date }
renewal-text = This contract does not renew by itself. Here is what we have on record:
renewal-text-name = The contract of { $name } does not renew by itself. Here is what we have on record:
contract-plan = Plan
contract-seats = Seats
contract-price = Price a year, before tax
contract-ends = Last day

actor-decider-teaser = Renew, change or stop: it is for you to decide.
actor-decider-text = You can renew on the same terms, change plans, or let the contract end. If we hear nothing, the rota stays readable for thirty days; then your data is handed back to you.
actor-decider-button = Decide what comes next
actor-decider-link = https://cadran.example/en/contract

actor-buyer-teaser = The renewal quote is ready.
actor-buyer-text = The renewal quote is waiting in your account. If you raise a purchase order, add its number there: it will stand on the invoice.
actor-buyer-button = Open the quote
actor-buyer-link = https://cadran.example/en/contract/quote

actor-general-teaser = Those who sign have been told.
actor-general-text = Those who sign in your company have been told. If you think somebody else should be, tell us by answering this message.
actor-general-button = See the contract
actor-general-link = https://cadran.example/en/contract

## Card
card-eyebrow = Payment method
card-title = Your card is about to expire
card-text = { $n ->
    [0] The card that pays for your subscription expires today. Replace it so that the team’s rota stays open.
    [one] The card that pays for your subscription expires tomorrow. Replace it so that the team’s rota stays open.
   *[other] The card that pays for your subscription expires in { $n } days. Replace it so that the team’s rota stays open.
}
card-label = Card
card-expires = Last day
card-button = Replace the card
card-link = https://cadran.example/en/account/payment
card-safety = We never ask for a card number by e-mail: the button leads to your account, where you sign in as usual.

## Text parts: between a name and its value
colon = :
