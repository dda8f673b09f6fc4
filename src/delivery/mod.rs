//! Files and SMTP: claim, send, record.
