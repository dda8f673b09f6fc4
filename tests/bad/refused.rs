//! A server that refuses the sender: the campaign pauses, and says why until it is mended.

use super::program::Program;
use super::rogue::{Act, Conduct, Rogue, Rule, Step};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sender_pauses_the_campaign_and_is_told_until_it_is_mended() {
    const WORDS: &str = "550 5.7.515 access denied, sending domain does not meet the required level";
    let server = Rogue::start(Conduct::with([Rule::at(Step::Dot, Act::say(WORDS))]));
    let program = Program::new();
    let smtp = format!("to = \"smtp\"\n\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {}\nconnections = 1", server.address.port());
    program.edit("relance.toml", "to = \"eml\"\npath = \"outbox\"", &smtp);
    let (program, server) = tokio::task::spawn_blocking(move || {
        let refused = program.run("run newsletter --yes");
        refused.failed(69, "the server refuses the sender: `550 5.7.515 access denied");
        assert_eq!((program.count("deferred"), program.count("sent"), program.count("bounced")), (1, 0, 0), "it stopped at the first");
        assert!(program.done("suppress export -q").stdout.lines().count() <= 1, "nobody is suppressed");
        let status = program.done("status").stdout;
        assert!(status.contains("stopped: the server refuses the sender: `550 5.7.515"), "{status}");

        let again = program.run("run newsletter --yes");
        again.failed(69, "5.7.515");
        assert!(again.stderr.contains("The last run of newsletter, 2026-03-05 09:00, was stopped: the server refuses"), "{again:?}");
        program.run("send newsletter").failed(69, "The last run of newsletter");

        server.behave(Conduct::default());
        let mended = program.done("run newsletter --yes");
        assert!(mended.stderr.contains("was stopped: the server refuses"), "said once more, then all is sent: {mended:?}");
        let calm = program.done("run newsletter --yes");
        assert!(!calm.stderr.contains("was stopped"), "{calm:?}");
        (program, server)
    })
    .await
    .expect("it runs");
    let recipients = server.recipients();
    let distinct: std::collections::BTreeSet<&String> = recipients.iter().collect();
    assert!(!recipients.is_empty() && recipients.len() == distinct.len(), "each once");
    drop(program);
}
