# Words shared by all pages.
no-such-page = There is no such page

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
