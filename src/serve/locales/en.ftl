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
