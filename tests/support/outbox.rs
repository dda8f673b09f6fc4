//! A ledger with planned mails, and a render function that is as simple as can be.

use std::sync::Arc;

use chrono_tz::Europe::Paris;
use relance::clock::Timestamp;
use relance::delivery::{Destination, Options, Progress, Render, Summary, deliver};
use relance::error::Result;
use relance::id::{CampaignName, ContactId, Edition};
use relance::ledger::{Holder, Lease, Ledger, PlannedMessage, Redo, RunNo, Sharing, State};
use relance::message::{Envelope, Message};
use relance::plan::draft::Draft;
use relance::render::Values;
use tokio_util::sync::CancellationToken;

pub(crate) const NOW: Timestamp = Timestamp(1_321_257_600_000_000);

/// A ledger in a folder of its own.
pub(crate) struct Outbox {
    pub(crate) ledger: Ledger,
    pub(crate) folder: tempfile::TempDir,
}

impl Outbox {
    /// Plans one mail a name.
    pub(crate) async fn with(recipients: &[&str]) -> Self {
        Self::of(recipients.iter().map(|recipient| planned(recipient)).collect()).await
    }

    /// Plans mails.
    pub(crate) async fn of(messages: Vec<PlannedMessage>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&format!("sqlite://{}", folder.path().join("ledger.db").display()), true).await.expect("opens");
        assert_eq!(ledger.enqueue(RunNo(1), &messages).await.expect("enqueue"), messages.len() as u64);
        Self { ledger, folder }
    }

    /// Takes the lease, as a sender that starts now.
    pub(crate) async fn lease(&self, redo: Redo) -> Lease {
        self.ledger.take_lease(&campaign(), &Holder::this(), Sharing::Alone, redo, NOW, Paris).await.expect("free")
    }

    /// Delivers what is due, from taking the lease to releasing it.
    pub(crate) async fn deliver(&self, destination: &Destination, options: &Options) -> Result<Summary> {
        let redo = destination.redo(options.on_uncertain);
        let lease = self.lease(redo).await;
        let mut last = Progress::default();
        let summary =
            deliver(&self.ledger, &lease, destination, &render(), options, CancellationToken::new(), &mut |progress| last = progress).await;
        self.ledger.release(lease, redo, NOW).await.expect("release");
        if let Ok(summary) = &summary {
            assert_eq!(summary.counts, last, "the last progress is the summary");
        }
        summary
    }

    /// Counts messages by state.
    pub(crate) async fn states(&self) -> Vec<(State, u64)> {
        self.ledger.status().await.expect("status").counts.into_iter().map(|row| (row.state, row.n)).collect()
    }
}

pub(crate) fn campaign() -> CampaignName {
    CampaignName::from("newsletter")
}

pub(crate) fn planned(recipient: &str) -> PlannedMessage {
    PlannedMessage {
        draft: Draft {
            campaign: campaign(),
            edition: Edition::from("2011-W46"),
            step: None,
            recipient: ContactId::from(recipient),
            address: format!("{recipient}@shop.example"),
            name: None,
            locale: "en-GB".to_owned(),
            at: NOW,
            variant: None,
            hours: None,
            explored: Vec::new(),
            context: serde_json::Value::Null,
        },
        compulsory: false,
        not_before: NOW,
        expires_at: None,
        products: Vec::new(),
        offer: None,
        cost: None,
        n_personal_blocks: 0,
        pool: None,
    }
}

/// Renders a mail with lines that file formats and SMTP must escape; a recipient `unrenderable` fails, `panic` panics.
pub(crate) fn render() -> Render {
    Arc::new(|draft: Draft<Values>| {
        let recipient = draft.recipient.as_str();
        assert!(recipient != "panic", "this mail panics");
        if recipient == "unrenderable" {
            return Err("no such block".to_owned());
        }
        let message_id = format!("{recipient}.{}@shop.example", draft.edition);
        let bytes = format!(
            "From: Shop <news@shop.example>\r\nTo: <{}>\r\nSubject: Hello {recipient}\r\nMessage-ID: <{message_id}>\r\n\r\n\
             Dear {recipient},\r\n.\r\nFrom now on\r\n>From then\r\n",
            draft.address
        );
        Ok(Message {
            message_id,
            envelope: Envelope { from: "bounce@shop.example".to_owned(), to: draft.address },
            needs_smtputf8: false,
            bytes: bytes.into_bytes(),
        })
    })
}
