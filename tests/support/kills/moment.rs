//! When a program is killed, and how.

use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::rogue::{Pause, Rogue, Step};

/// The moments of a conversation at which a kill is tried, in order.
pub(crate) const POINTS: [Step; 9] =
    [Step::Connect, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Body, Step::Dot, Step::Stored, Step::Acked];

/// Longest time until a program reaches a moment, or ends.
const PATIENCE: Duration = Duration::from_mins(1);

/// One kill.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kill {
    /// SIGKILL while a session is held at a step, the `n`-th time it is reached.
    At(Step, u32),
    /// SIGKILL so many microseconds after a step was reached, with the session going on: at any instruction of the program.
    After(Step, u32, u64),
    /// SIGTERM at a step: the program ends by itself.
    Term(Step, u32),
}

/// How a program that was to be killed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// By the kill.
    Killed,
    /// By itself, after SIGTERM, with this code.
    Stopped(Option<i32>),
    /// By itself, before the moment came.
    Missed(Option<i32>),
}

impl Kill {
    fn step(self) -> (Step, u32) {
        match self {
            Self::At(step, n) | Self::After(step, n, _) | Self::Term(step, n) => (step, n),
        }
    }

    /// Asks the server to hold the moment; before the program starts.
    pub(super) fn prepare(self, rogue: &Rogue) -> Pause {
        let (step, n) = self.step();
        rogue.pause_at(step, n)
    }

    /// Waits for the moment and kills; returns when the program is gone and the server has read all it had sent.
    pub(super) fn strike(self, rogue: &Rogue, pause: Pause, child: &mut Child) -> Death {
        let started = Instant::now();
        while pause.reached(Duration::from_millis(10)).is_none() {
            if let Some(status) = child.try_wait().expect("the program can be waited for") {
                pause.resume();
                return Death::Missed(status.code());
            }
            assert!(started.elapsed() < PATIENCE, "the program neither reached {self:?} nor ended");
        }
        let death = match self {
            Self::At(..) => {
                kill(child);
                pause.resume();
                Death::Killed
            }
            Self::After(_, _, micros) => {
                pause.resume();
                let until = Instant::now() + Duration::from_micros(micros);
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
                kill(child);
                Death::Killed
            }
            Self::Term(..) => {
                let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
                assert!(sent.success(), "the program is there to be stopped");
                pause.resume();
                Death::Stopped(wait(child).code())
            }
        };
        assert!(rogue.wait_until_alone(PATIENCE), "the server still serves a program that is gone");
        // Noted last: whatever the program had sent before it died is in the log by now.
        if death == Death::Killed {
            rogue.note_kill();
        }
        death
    }
}

fn kill(child: &mut Child) {
    // A program that ended by itself in the meantime cannot be killed any more, which is as good.
    let _ = child.kill();
    wait(child);
}

fn wait(child: &mut Child) -> ExitStatus {
    child.wait().expect("the program can be waited for")
}
