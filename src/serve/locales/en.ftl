# Words shared by all pages.
no-such-page = There is no such page

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
variant-own = Personalised
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
   *[other] { $n } mails
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
part-html = Mail
part-text = Text
part-mjml = MJML
part-headers = Headers
part-raw = Source
part-size = Size
part-links = Links
part-context = Data
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
sandbox-none = Nothing was caught yet. Send mails to
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
