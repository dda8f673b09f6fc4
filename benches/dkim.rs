//! CPU time of signing one mail of 61 KB: RSA of 2048 bits, Ed25519, both, and the hash of the body alone.
//!
//! ```console
//! $ cargo bench --bench dkim -- --mails N
//! ```
//!
//! Prints one JSON line per measure; the time includes a copy of the mail.

use std::fs;
use std::hint::black_box;
use std::io::Write as _;

use clap::Parser;
use relance::clock::Timestamp;
use relance::message::dkim::{Signer, SigningKey};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Args {
    /// Mails signed by each measure.
    #[arg(long, default_value_t = 2000)]
    mails: u32,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let rsa = || SigningKey::from_pem(include_str!("../tests/support/dkim/rsa.pem")).map(|key| ("s1-rsa".to_owned(), key));
    let ed25519 = || SigningKey::from_pem(include_str!("../tests/support/dkim/ed25519.pem")).map(|key| ("s1-ed25519".to_owned(), key));
    for (what, keys) in
        [("rsa-2048", vec![rsa()?]), ("ed25519", vec![ed25519()?]), ("both", vec![rsa()?, ed25519()?]), ("body hash and copy", vec![])]
    {
        let signer = Signer::new("shop.example", keys);
        let message = message();
        let sign = |n: u32| {
            for _ in 0..n {
                let mut bytes = message.clone();
                signer.sign(&mut bytes, Timestamp(1_795_251_600_000_000));
                black_box(&bytes);
            }
        };
        sign(args.mails / 10);
        let cpu = cpu_ns()?;
        sign(args.mails);
        #[expect(clippy::cast_precision_loss, reason = "a run is far shorter than 2^53 nanoseconds")]
        let each = ((cpu_ns()? - cpu) as f64 / 10.0 / f64::from(args.mails)).round() / 100.0;
        let line = json!({ "what": what, "mails": args.mails, "bytes": message.len(), "cpu_us_per_mail": each });
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}

/// A mail as `relance` builds them: headers, then lines of quoted-printable of at most 76.
fn message() -> Vec<u8> {
    let header = "From: Shop <news@shop.example>\r\nTo: Ana <ana@client.example>\r\nReply-To: help@shop.example\r\nSubject: This week, chosen for you\r\n\
                  Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMessage-ID: <wtnmkatlwhryauqkuii6iroi5ohprozo@shop.example>\r\n\
                  List-Id: <newsletter.shop.example>\r\nList-Unsubscribe: <https://shop.example/u/k1.ftpjspilclmeohsllinpqd2jat3oezby.qvgj2>\r\n\
                  List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: newsletter:newsletter:relance-shop:shop-example\r\n\
                  MIME-Version: 1.0\r\nContent-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    let line = "<td align=3D\"left\" style=3D\"font-size:0px;padding:10px 25px;word-break:bre=\r\n";
    let mut bytes = header.as_bytes().to_vec();
    while bytes.len() < 61_000 {
        bytes.extend_from_slice(line.as_bytes());
    }
    bytes
}

/// Returns the CPU time of the process's main thread, the only one, in nanoseconds.
fn cpu_ns() -> Result<u64, Failure> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split_whitespace().next().ok_or("no figure in /proc/self/schedstat")?.parse()?)
}
