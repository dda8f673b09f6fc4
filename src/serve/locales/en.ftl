# Words shared by all pages.
no-such-page = There is no such page

# What recipients reach.
door-gone = This link does not work any more
door-gone-help = It may be incomplete or too old. Use the link of a more recent mail, or write to the sender of the mail.
door-busy = Not now, please
door-busy-help = Nothing was changed. Try again in a minute.
door-hello = Hello { $name },
door-unsubscribe = No more mails from { $shop }?
door-unsubscribe-help = You will get no more advertising from us. Mails about your orders, your contracts and your cards will still reach you.
door-unsubscribe-do = Unsubscribe
door-rather-choose = Rather choose what you get, and how often
door-unsubscribed = You are unsubscribed
door-unsubscribed-help = { $shop } will send you no more advertising. It is effective now.
door-undo = It was a mistake: undo
door-choose = Your preferences
door-resubscribed = You are back
door-resubscribed-help = It is as it was before you unsubscribed.

# The studio.
back = Back
studio-at = as of
studio-language = Language
studio-trouble = The files cannot be used as they are
studio-trouble-kept = Below is the last mail that could be made.
studio-whom = Whom to look at
studio-campaigns = Campaigns
studio-search = Find somebody
studio-search-hint = id, address, name
studio-people = People of this campaign
studio-personas = Personas of the tests
studio-locale = Language of the mail
studio-own = own
studio-now = As if it were
studio-apply = Look
studio-keys = Keys
studio-random = Somebody else who gets one
studio-dark = Dark
studio-images = Images
studio-images-off = Images off
studio-width = Width
studio-full = All
studio-sheet = Twelve mails at a glance
studio-nothing = Gets nothing:
studio-parts = Parts of the mail
studio-looks = Ways to look
studio-variants = Variants
variant-own = Their own
variant-personalised = Personalised
variant-general = General
studio-pair = Side by side
studio-would = This person gets no mail. It can be looked at all the same.
studio-cannot = No mail can be composed for this person.
studio-anyway = Show it anyway
studio-frame = The mail
studio-mail-of = Mail of
studio-send-to = Send a test to
studio-send = Send
studio-sent = The test mail was sent
studio-sent-through = Through
studio-why = Why
check-passed = passed
check-shut = stopped
studio-segments = Segments
segment-in = in
segment-out = not in
studio-passed-over = { $n } passed over
studio-length = Length
length-of = { $n } of { $max } things to read
length-block = Without { $block }, slot { $slot }
length-products = Without { $n } of { $of } in slot { $slot }
length-priority = the mail was too long; priority { $priority }
studio-offer = Offer
studio-intrusion = What it lets its reader see
intrusion = { $n ->
    [one] { $n } point
   *[other] { $n } points
}
intrusion-of = { $n } of { $budget } points
intrusion-fresh = within a day
intrusion-sensitive = sensitive
intrusion-dropped = Dropped, over the budget:
studio-data = Data used:
studio-data-none = none about the person
studio-mails = { $n ->
    [one] { $n } mail
   *[other] { $shown } mails
}
studio-looked = Among the first { $n } of { $all } people.
studio-worst = Worst cases
worst-name = longest name
worst-weight = heaviest
worst-picks = fewest picks
worst-fallbacks = most fallbacks
worst-intrusion = most intrusive
studio-skipped = Nothing, because
studio-found = Found
studio-found-cut = There are more: say more of the name.
studio-found-none = Nobody.
studio-error = This cannot be shown
studio-start = To the first campaign
studio-pages = Pages
studio-before = before
studio-after = after
studio-nobody = Nobody gets a mail of this campaign now.
page-mails = Mails
page-plan = Plan
page-report = Report
plan-nothing-sent = What a run would do now, of this campaign alone. Nothing is sent.
report-title = What the mails brought
counting = Being counted: { $n } of { $all } people. This page shows it when it is done.
counting-mails = All { $all } people are counted; some mails are being made and checked. This page shows it when it is done.
counting-report = Being counted. This page shows it when it is done.
counting-look = Look again
studio-again = Count again
studio-queries = Read by a query, and again only when you count again: { $names }.
part-html = Mail
part-text = Text
part-mjml = MJML
part-headers = Headers
part-raw = Source
part-size = Size
part-links = Links
part-context = Data
part-checks = Checks
checks-found = { $n ->
    [0] nothing found
    [one] { $n } finding
   *[other] { $n } findings
}
checks-none = Nothing to mend in this mail.
checks-must = { $n ->
    [one] { $n } thing to mend before it leaves
   *[other] { $n } things to mend before it leaves
}
checks-should = { $n ->
    [one] { $n } thing that readers or filters will mind
   *[other] { $n } things that readers or filters will mind
}
checks-note = { $n ->
    [one] { $n } thing that some mail programs show otherwise
   *[other] { $n } things that some mail programs show otherwise
}
checks-as-of = What mail programs do not support is as caniemail.com knew it on { $day }.
checks-unknown = Nothing is said of features that nobody has tried:
checks-known = { $n } known of { $of }
checks-note-help = See that the mail can be read without what a program does not support.
checks-clients = Mail programs concerned
size-clip = The HTML part takes { $n } % of what Gmail shows before it cuts (102 KB).
size-part = Part
size-bytes = Bytes
size-html = HTML
size-text = Text
size-headers = Headers
size-message = Whole message
links-target = Target
links-times = Times
reason-bad-address = bad address
reason-same-address = same address as another
reason-suppressed = suppressed
reason-objected = objected
reason-no-consent = no consent
reason-not-in-audience = not in the audience
reason-goal-reached = goal reached
reason-holdout = kept untreated, to measure
reason-already-sent = already sent
reason-too-late = too late
reason-frequency-cap = had enough mails lately
reason-account-cap = the company had enough mails lately
reason-lower-priority = another campaign comes first
reason-missing-data = a field is missing
reason-slot-unfilled = a slot cannot be filled

# The sandbox's inbox.
sandbox-title = Sandbox
sandbox-search = Search mails
sandbox-search-hint = Sender, recipient, subject, text
sandbox-count = { $n ->
    [0] No mail
    [one] 1 mail
   *[other] { $shown } mails
}
sandbox-found = { $n ->
    [0] Nothing is found.
    [one] 1 mail is found.
   *[other] { $shown } mails are found.
}
sandbox-all = Show all
sandbox-list = Mails
sandbox-newest = Back to the newest
sandbox-older = Older mails
sandbox-none = Nothing was caught yet.
sandbox-none-help = Send mails to this address, or rehearse a campaign with relance run CAMPAIGN --sandbox. They are shown here as they come, and delivered to nobody.
sandbox-choose = Choose a mail to read it.
sandbox-no-subject = (no subject)
sandbox-attached = { $n ->
    [one] 1 attachment ·
   *[other] { $n } attachments ·
}
sandbox-back = Back to the list
sandbox-from = From
sandbox-to = To
sandbox-envelope = Envelope
sandbox-received = Received
sandbox-size = { $n } KiB
sandbox-parts = Parts of the mail
sandbox-tab-html = HTML
sandbox-tab-text = Text
sandbox-tab-headers = Headers
sandbox-tab-source = Source
sandbox-tab-attachments = Attachments
sandbox-header = Header
sandbox-value = Value
sandbox-frame = The mail as its reader sees it
sandbox-cut = The source is longer than what is shown: download it.
sandbox-download = Download
sandbox-delete = Delete
sandbox-release = Release
sandbox-release-to = Send this mail to
sandbox-release-hint = Only addresses that were allowed when the sandbox started.
sandbox-release-yes = Send it
sandbox-images-hidden = Pictures from elsewhere are not loaded.
sandbox-images-show = Load them
sandbox-images-shown = Pictures from elsewhere are loaded.
sandbox-images-hide = Do not load them
sandbox-chaos = Chaos
sandbox-chaos-on = (faults are being made)
sandbox-chaos-label = Faults to rehearse with
sandbox-chaos-hint = For example
sandbox-chaos-set = Apply
sandbox-empty = Delete all
sandbox-empty-sure = { $n ->
    [one] The only mail is deleted for good.
   *[other] { $shown } mails are deleted for good.
}
sandbox-empty-yes = Delete them all
sandbox-done-deleted = The mail is deleted.
sandbox-done-emptied = All mails are deleted.
sandbox-done-released = The mail was sent.
sandbox-done-chaos = The faults are set.
sandbox-gone = This mail is not there any more
sandbox-not-deleted = It could not be deleted:
sandbox-not-released = It was not sent:
sandbox-no-chaos = These faults cannot be made:
sandbox-trouble-bare-line-feed = Lines end in bare line feeds, which many servers refuse.
sandbox-trouble-bare-carriage-return = There are bare carriage returns, which many servers refuse.
sandbox-trouble-nul = There is a NUL byte, which servers refuse.
sandbox-trouble-long-line = A line has more than 998 bytes, which servers cut or refuse.
sandbox-trouble-no-headers = There are no headers.
sandbox-trouble-no-from = There is no From.
sandbox-trouble-no-date = There is no Date.
sandbox-trouble-no-message-id = There is no Message-ID.
sandbox-trouble-no-subject = There is no Subject.

door-preferences = Your preferences
door-saved = Saved. It counts from now on.
door-asked = Your request is noted.
door-is-unsubscribed = You are unsubscribed: you get no advertising from us.
door-frequency = How often may we write to you?
door-frequency-usual = As usual
door-frequency-week = Once a week at most
door-frequency-month = Once a month at most
door-topics = What would you like to hear about?
door-newsletter = Newsletters and offers by e-mail
door-profiling = Mails made for you
door-profiling-help = May we choose what we show you from what you looked at on our site? Without it you get the same mail as everybody.
door-as-it-is = Leave it as it is
door-yes = Yes
door-no = No
door-save = Save
door-why = Why did I get this mail?
door-why-mail = “{ $title }”, of { $day }, was made with what is listed here and nothing else.
door-why-data = It rests on
door-why-nothing = Nothing you did was used: everybody got the same, your name and language aside.
door-why-items = Why each product was shown
door-data = Your data
door-data-help = You may have a copy of everything we know about you. We answer within a month.
door-data-do = Ask for my data
door-data-asked = You asked for your data on { $day }. We answer within a month.
door-leave = No more mails at all?
door-back = Would you like mails again?
door-back-do = Undo my unsubscription
door-data-declared = what you told us: your name, your language, your loyalty programme
door-data-demographics = your age or date of birth
door-data-location = where you live
door-data-orders = what you bought
door-data-views = what you looked at on our site
door-data-searches = what you searched for on our site
door-data-cart = what is in your basket
door-data-contracts = your cards and contracts with us
door-data-consent = what you agreed to
door-data-answers = what you answered to our questions
door-data-scores = an estimate of what may suit you
door-label-trigger = it is what the mail is about
door-label-usual = you buy it regularly
door-label-cart = it is in your basket
door-label-recently-viewed = you looked at it lately
door-label-also-bought = others bought it with something of yours
door-label-similar = it resembles something you looked at or bought
door-label-up-sell = it is a finer version of something you looked at
door-label-complement = it goes with something of yours
door-label-popular-in-category = it sells well in a category that you like
door-label-popular-recent = it sells well at the moment, for everybody
door-label-new-in = it has just come in
door-label-for-you = people who buy as you do like it
door-label-pinned = we show it to everybody
door-label-exploration = it was drawn at random, to learn what people like
door-answered = Thank you, your answer is noted.
door-answer-do = Confirm my answer
door-answer-change = Change my answer
door-answer-help = Your answer serves to choose what we show you. You can change it here at any time.
