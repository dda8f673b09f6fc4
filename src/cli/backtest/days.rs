//! The days that are simulated, and what their mails leave behind: a ledger in memory.

use relance::audience::history::Past;
use relance::clock::{Now, Span, Timestamp};
use relance::error::{Error, Kind, Result};
use relance::id::ContactId;
use relance::plan::{Admission, Used};
use relance::project::checked::Campaign;
use relance::selection::Filling;

use super::{Args, DAYS, DAYS_MAX};
use crate::cli::app::{App, Memory};

/// A mail is on its way a moment after it was decided, as with a real run: a day later its 24 hours are not over.
const ON_ITS_WAY: Span = Span(1_000_000);

/// Lists the instants to simulate, in order; there is at least one.
pub(super) fn of(args: &Args, app: &App) -> Result<Vec<Timestamp>> {
    let zone = app.project.zone;
    let hour = match &args.hour {
        Some(hour) if hour.len() == 5 && Timestamp::parse(&format!("2026-01-01T{hour}"), zone).is_some() => hour.clone(),
        Some(hour) => return Err(Error::new(Kind::Usage, format!("`{hour}` is not an hour of the day")).help("write it as `--hour 09:00`")),
        None => usual_hour(app),
    };
    let at = |date: chrono::NaiveDate| Timestamp::parse(&format!("{date}T{hour}"), zone);
    let unknown = |date| Error::new(Kind::Usage, format!("there is no {hour} on {date} in {zone}")).help("choose another `--hour`");
    let today = app.now.at.date(zone);
    let has_come = at(today).is_some_and(|at| at <= app.now.at);
    let latest = if has_come { today } else { today - chrono::Days::new(1) };
    let to = args.to.unwrap_or(latest);
    if to > latest {
        return Err(Error::new(Kind::Usage, format!("{hour} of {to} has not come yet")).help(format!("the latest is `--to {latest}`")));
    }
    let from = args.from.unwrap_or(to - chrono::Days::new(DAYS.unsigned_abs() - 1));
    let n_days = (to - from).num_days() + 1;
    if n_days < 1 {
        return Err(Error::new(Kind::Usage, format!("the first day, {from}, is after the last, {to}")).help("exchange `--from` and `--to`"));
    }
    if n_days > DAYS_MAX {
        let help = format!("begin at `--from {}`", to - chrono::Days::new(DAYS_MAX.unsigned_abs() - 1));
        return Err(Error::new(Kind::Usage, format!("{n_days} days are more than {DAYS_MAX}")).help(help));
    }
    from.iter_days().take_while(|date| *date <= to).map(|date| at(date).ok_or_else(|| unknown(date))).collect()
}

/// Returns the hour at which the last list of a day is due: then each edition is decided on its own day.
fn usual_hour(app: &App) -> String {
    let zone = app.project.zone;
    let midnight = Timestamp::start_of_day(app.now.at.date(zone), zone);
    let hour = |campaign: &Campaign| {
        let next = campaign.schedule.as_ref()?.next(campaign.zone.unwrap_or(zone), Timestamp(midnight.0 - 1))?;
        Some(next.at.local(zone).format("%H:%M").to_string())
    };
    app.project.campaigns.values().filter_map(hour).max().unwrap_or_else(|| "09:00".to_owned())
}

/// What the simulated mails leave behind.
pub(super) struct Diary {
    memory: Memory,
    /// Mails of the day, which the history holds once it is over.
    today: Vec<(ContactId, Past)>,
}

impl Diary {
    /// Opens an empty one, or one with what the ledger holds of the time before the app's instant.
    ///
    /// The ledger does not say when an address was suppressed nor when a budget was used: suppressions are those of today, and the cost of
    /// an offer is shared evenly over its mails.
    pub(super) fn open(app: &App, with_ledger: bool) -> Result<Self> {
        let mut memory = if with_ledger { app.remembered()? } else { Memory { used: everything_left(app)?, ..Memory::default() } };
        if with_ledger {
            memory.history.given_up.clear();
            memory.history.by_recipient.values_mut().for_each(|past| past.retain(|past| past.at < app.now.at));
            memory.history.by_recipient.retain(|_, past| !past.is_empty());
            use_before(app, &mut memory)?;
        }
        Ok(Self { memory, today: Vec::new() })
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(super) fn used(&self) -> &Used {
        &self.memory.used
    }

    /// Begins a day: whoever has a mail that leaves today is taken.
    pub(super) fn turn_page(&mut self, app: &App) {
        self.memory.offered.clear();
        self.memory.taken.clear();
        let Now { zone, .. } = app.now;
        let mut taken = Vec::new();
        for (recipient, past) in &self.memory.history.by_recipient {
            let today = past.iter().filter(|past| !past.compulsory && past.at.date(zone) == app.now.today());
            taken.extend(today.map(|past| (recipient.clone(), past.campaign.clone())));
        }
        for (recipient, campaign) in taken {
            self.memory.take(&app.project, recipient, &campaign);
        }
    }

    /// Notes the mails of one campaign of the day.
    pub(super) fn note(&mut self, app: &App, campaign: &Campaign, sent: Vec<(ContactId, Box<Admission>)>) {
        for (recipient, admission) in sent {
            let leaves_at = admission.occasion.not_before.unwrap_or(app.now.at);
            let n_personal_blocks = admission.composition.n_personal_blocks();
            let offer = admission.composition.offer;
            if let Some(offer) = &offer {
                let used = self.memory.used.offers.entry(offer.name.clone()).or_default();
                used.mails += 1;
                used.cost = used.cost.saturating_add(offer.cost.map_or(0, |cost| cost.minor));
                if let Some(left) = offer.pool.as_ref().and_then(|pool| self.memory.used.codes_left.get_mut(pool)) {
                    *left = left.saturating_sub(1);
                }
                self.memory.offered.entry(recipient.clone()).or_default().push((offer.name.clone(), leaves_at));
            }
            if !campaign.spec.compulsory {
                self.memory.take(&app.project, recipient.clone(), &campaign.name);
            }
            let products = admission.composition.slots.into_values().flat_map(|filling| match filling {
                Filling::Products { picks, .. } => picks.into_iter().map(|pick| pick.product).collect::<Vec<_>>(),
                _ => Vec::new(),
            });
            let past = Past {
                campaign: campaign.name.clone(),
                edition: admission.occasion.edition,
                at: leaves_at.plus(ON_ITS_WAY),
                compulsory: campaign.spec.compulsory,
                products: products.collect(),
                offer: offer.map(|offer| offer.name),
                n_personal_blocks,
            };
            self.today.push((recipient, past));
        }
    }

    /// Ends a day.
    pub(super) fn close_page(&mut self) {
        for (recipient, past) in self.today.drain(..) {
            self.memory.history.by_recipient.entry(recipient).or_default().push(past);
        }
    }
}

fn everything_left(app: &App) -> Result<Used> {
    let codes_left = app.project.codes()?.into_iter().map(|(pool, codes)| (pool, codes.len() as u64)).collect();
    Ok(Used { codes_left, ..Used::default() })
}

/// Brings what was used up of offers back to the mails of the history that is left.
fn use_before(app: &App, memory: &mut Memory) -> Result<()> {
    let mut before: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for offer in memory.history.by_recipient.values().flatten().filter_map(|past| past.offer.as_deref()) {
        *before.entry(offer).or_default() += 1;
    }
    let mut used = everything_left(app)?;
    for (name, all) in &memory.used.offers {
        let mails = before.get(name.as_str()).copied().unwrap_or(0).min(all.mails);
        let (n, of) = (i128::from(mails), i128::from(all.mails.max(1)));
        let cost = i64::try_from(i128::from(all.cost) * n / of).unwrap_or(i64::MAX);
        used.offers.insert(name.clone(), relance::plan::UsedUp { mails, cost });
        let pool = app.project.offers.get(name).and_then(|offer| offer.spec.codes.as_ref()).map(relance::project::content::CodesSpec::pool);
        if let Some(left) = pool.and_then(|pool| used.codes_left.get_mut(&pool)) {
            *left = left.saturating_sub(mails);
        }
    }
    memory.used = used;
    Ok(())
}
