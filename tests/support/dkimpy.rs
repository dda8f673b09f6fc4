//! dkimpy in one Python process: mails in, one verdict out.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use relance::message::dkim::{Record, Signer};

/// A mail and what is expected of each of its signatures, from the top.
pub(crate) struct Case {
    name: String,
    bytes: Vec<u8>,
    good: Vec<bool>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, bytes: Vec<u8>, good: impl Into<Vec<bool>>) -> Self {
        Self { name: name.into(), bytes, good: good.into() }
    }
}

/// What dkimpy says of all mails.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) mails: u64,
    pub(crate) signatures: u64,
    pub(crate) verified: u64,
    /// What was not as expected; the first twenty.
    pub(crate) faults: Vec<String>,
}

/// The process at work.
pub(crate) struct Dkimpy(Child);

impl Dkimpy {
    /// Starts Python with the public keys of a signer; fails when dkimpy is missing, and says how to install it.
    pub(crate) fn start(signer: &Signer) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/dkim/verify.py");
        let mut child = Command::new(python()).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let records = signer.keys().iter().map(|(selector, key)| Record::of(key, selector, signer.domain()));
        let table: BTreeMap<String, String> = records.map(|record| (record.name, record.value)).collect();
        let pipe = child.stdin.as_mut().expect("stdin is piped");
        writeln!(pipe, "{}", serde_json::to_string(&table).expect("JSON")).expect("dkimpy reads");
        Self(child)
    }

    pub(crate) fn check(&mut self, case: &Case) {
        let mail: String = case.bytes.iter().map(|&byte| char::from(byte)).collect();
        let line = serde_json::json!({ "name": case.name, "mail": mail, "good": case.good });
        writeln!(self.0.stdin.as_mut().expect("stdin is piped"), "{line}").expect("dkimpy reads");
    }

    pub(crate) fn end(mut self) -> Verdict {
        drop(self.0.stdin.take());
        let output = self.0.wait_with_output().expect("Python ends");
        assert!(output.status.success(), "Python failed; its words are above");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let number = |key: &str| value[key].as_u64().expect("a number");
        let faults: Vec<String> = serde_json::from_value(value["faults"].clone()).expect("texts");
        assert_eq!(number("n_faults") == 0, faults.is_empty());
        Verdict { mails: number("mails"), signatures: number("signatures"), verified: number("verified"), faults }
    }
}

/// Finds a Python that has dkimpy and `PyNaCl`: the first in PATH, or the system's.
fn python() -> &'static str {
    let has = |python: &&str| {
        Command::new(python).args(["-c", "import dkim, nacl.signing"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has)
        .expect("this test needs dkimpy and PyNaCl: apt-get install python3-dkim python3-nacl")
}
