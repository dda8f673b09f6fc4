//! A person as conditions see them.

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;

use super::absorb::day;
use super::{Lifecycle, Profile, tally::ActKind};
use crate::catalogue::{Catalogue, Product};
use crate::clock::{Now, Span, Timestamp};
use crate::condition::{Field, Subject, Truth, Value, like, topic_slug};
use crate::id::ProductIx;
use crate::money::{Currency, Money};
use crate::project::Project;

/// What of the project's configuration bears on how a profile reads.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The instant and zone of the question.
    pub now: Now,
    /// Currency of sums.
    pub currency: Currency,
    /// Silence after which a customer is dormant.
    pub dormant_after: Span,
    /// Age at which a cart line is forgotten.
    pub cart_expires_after: Span,
    /// A consent given then or earlier counts as none.
    pub consents_expired: Option<Timestamp>,
    /// Age under which a product looked at is not picked.
    pub min_age: Span,
}

impl Reading {
    /// Reads the profiles of a project at an instant, as its configuration says.
    pub fn of(project: &Project, now: Now) -> Self {
        let settings = &project.settings;
        Self {
            now,
            currency: project.currency,
            dormant_after: settings.dormant_after,
            cart_expires_after: settings.cart_expires_after,
            consents_expired: settings.privacy.consent_max_age.map(|age| now.at.minus(age)),
            min_age: settings.privacy.min_age,
        }
    }
}

/// Segments already decided for a person: names sorted, and whether they hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memberships<'a> {
    /// Sorted names.
    pub names: &'a [String],
    /// One truth per name.
    pub truths: &'a [Truth],
}

/// One person at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// What is known of them.
    pub profile: &'a Profile,
    /// What the products in their profile are.
    pub catalogue: &'a Catalogue,
    /// When and how to read it.
    pub reading: Reading,
    /// The segments they are in.
    pub segments: Memberships<'a>,
}

impl Person<'_> {
    /// Returns the person's own time zone; the project's when it is unknown or there is no such zone.
    pub fn zone(&self) -> Tz {
        let written = self.profile.contact.timezone.as_deref();
        written.and_then(|zone| zone.trim().parse().ok()).unwrap_or(self.reading.now.zone)
    }

    /// Returns the stage of the person's life as a customer.
    pub fn lifecycle(&self) -> Lifecycle {
        Lifecycle::at(&self.profile.orders, self.reading.now.at, self.reading.dormant_after)
    }

    /// Returns the open cart, expired lines left out.
    pub fn cart(&self) -> Option<super::Cart> {
        self.profile.cart.open_at(self.reading.now.at, self.reading.cart_expires_after)
    }

    /// Returns what the person pays for a product: the price of their company's own, or that of the catalogue.
    pub fn price(&self, product: ProductIx) -> Money {
        self.own_price(product).unwrap_or_else(|| self.catalogue.product(product).price)
    }

    /// Returns the price that the person's company has of its own for a product, if it has one.
    pub fn own_price(&self, product: ProductIx) -> Option<Money> {
        let account = self.profile.contact.account_id.as_deref()?;
        self.catalogue.own_prices.of(account, product, self.reading.now.at)
    }

    /// Returns the last instant at which what the person's company pays for a product is what it pays now; `None` when no change is known.
    pub fn own_price_ends_at(&self, product: ProductIx) -> Option<Timestamp> {
        let account = self.profile.contact.account_id.as_deref()?;
        Some(self.catalogue.own_prices.changes_after(account, product, self.reading.now.at)?.minus(Span(1)))
    }

    /// Returns the price before a reduction. Whoever has a price of their own is told of no reduction: none was made for them.
    pub fn list_price(&self, product: ProductIx) -> Option<Money> {
        self.catalogue.product(product).list_price.filter(|_| self.own_price(product).is_none())
    }

    /// Returns the margin on one piece at the price the person pays; `None` when it is not known.
    pub fn margin(&self, product: ProductIx) -> Option<Money> {
        let Product { price, margin, .. } = self.catalogue.product(product);
        let (margin, paid) = (margin.filter(|margin| margin.currency == price.currency)?, self.price(product));
        // What is paid less is margin less: the cost of the piece is the same.
        let less = price.minor.saturating_sub(paid.minor);
        (paid.currency == price.currency).then(|| Money { minor: margin.minor.saturating_sub(less), ..margin })
    }

    /// Returns the amount of the open cart at today's prices.
    pub fn cart_value(&self) -> Option<Money> {
        let currency = self.reading.currency;
        let cart = self.cart()?;
        let prices = cart.lines.iter().map(|line| (self.price(line.product), line.quantity));
        let minor = prices
            .filter(|(price, _)| price.currency == currency)
            .fold(0_i64, |sum, (price, n)| sum.saturating_add(price.minor.saturating_mul(n)));
        Some(Money { minor, currency })
    }

    /// Returns the person's age in whole years, when the birthday is known and not in the future.
    pub fn age(&self) -> Option<i32> {
        let (birthday, today) = (self.profile.contact.birthday?, self.reading.now.today());
        let passed = (today.month(), today.day()) >= (birthday.month(), birthday.day());
        let age = today.year() - birthday.year() - i32::from(!passed);
        (age >= 0).then_some(age)
    }

    /// Returns the language of the person's locale, e.g. `fr`.
    pub fn language(&self) -> Option<&str> {
        self.profile.contact.locale.as_deref().and_then(|locale| locale.split(['-', '_']).next())
    }

    fn major(&self, minor: i64) -> Value<'static> {
        let amount = Money { minor, currency: self.reading.currency }.decimal();
        Value::number(rust_decimal::prelude::ToPrimitive::to_f64(&amount))
    }

    fn since(&self, span: Span) -> Timestamp {
        self.reading.now.at.minus(span)
    }

    /// Says whether a product is the one, or of the topic, of a slug; `*` is any.
    pub(crate) fn matches(&self, product: &Product, what: &str) -> bool {
        what == "*"
            || product.topics.iter().any(|topic| self.catalogue.topics[topic.at()].slug == what)
            || is_slug_of(product.id.as_str(), what)
    }

    fn count_acts(&self, span: Span, holds: impl Fn(&super::tally::Act) -> bool) -> u64 {
        let since = self.since(span);
        self.profile.acts.iter().take_while(|act| act.at > since).filter(|act| holds(act)).count() as u64
    }
}

impl Subject for Person<'_> {
    fn now(&self) -> Now {
        self.reading.now
    }

    fn field(&self, field: Field) -> Value<'_> {
        let Profile { contact, orders, activity, possessions, .. } = self.profile;
        let count = |n: u32| Value::Number(f64::from(n));
        let touch = |touch: &Option<super::tally::Touch>, of: fn(&super::tally::Touch) -> Option<&str>| {
            touch.as_ref().and_then(of).map_or(Value::Unknown, |text| Value::Text(text.to_owned().into()))
        };
        match field {
            Field::Id => Value::text(Some(contact.id.as_str())),
            Field::FirstName => Value::text(contact.first_name.as_deref()),
            Field::LastName => Value::text(contact.last_name.as_deref()),
            Field::Locale => Value::text(contact.locale.as_deref()),
            Field::Language => Value::text(self.language()),
            Field::EmailDomain => match contact.email.rsplit_once('@') {
                Some((_, domain)) => Value::Text(domain.trim().to_lowercase().into()),
                None => Value::Unknown,
            },
            Field::Age => Value::number(self.age().map(f64::from)),
            Field::Birthday => Value::date(contact.birthday),
            Field::Gender => Value::text(contact.gender.as_deref()),
            Field::City => Value::text(contact.city.as_deref()),
            Field::Postcode => Value::text(contact.postcode.as_deref()),
            Field::Country => Value::text(contact.country.as_deref()),
            Field::CreatedAt => Value::instant(contact.created_at),
            Field::LoyaltyTier => Value::text(contact.loyalty_tier.as_deref()),
            #[expect(clippy::cast_precision_loss, reason = "a balance of points")]
            Field::LoyaltyPoints => Value::number(contact.loyalty_points.map(|points| points as f64)),
            Field::AccountId => Value::text(contact.account_id.as_deref()),
            Field::Role => Value::text(contact.role.as_deref()),
            Field::Lifecycle => Value::text(Some(self.lifecycle().word())),
            Field::OrdersCount => count(orders.n),
            Field::Spent => self.major(orders.spent),
            Field::AverageOrder if orders.n == 0 => Value::Unknown,
            Field::AverageOrder => self.major(orders.spent / i64::from(orders.n)),
            Field::Margin => self.major(orders.margin),
            Field::FirstOrderAt => Value::instant(orders.first_at),
            Field::LastOrderAt => Value::instant(orders.last_at),
            Field::OrderRhythmDays => Value::number(orders.rhythm_days),
            Field::PriceLow => orders.price_band.map_or(Value::Unknown, |band| self.major(band.0)),
            Field::PriceHigh => orders.price_band.map_or(Value::Unknown, |band| self.major(band.1)),
            Field::FirstEventAt => Value::instant(activity.first_at),
            Field::LastEventAt => Value::instant(activity.last_at),
            Field::ViewsCount => count(activity.n_views),
            Field::VisitsCount => count(activity.n_visits),
            Field::LastViewAt => Value::instant(self.profile.acts.iter().find(|act| act.kind == ActKind::View).map(|act| act.at)),
            Field::Device => Value::text(activity.device.as_deref()),
            Field::FavouriteHour => Value::number(activity.hour.map(f64::from)),
            Field::FirstSource => touch(&activity.first_touch, |touch| Some(&touch.source)),
            Field::FirstMedium => touch(&activity.first_touch, |touch| touch.medium.as_deref()),
            Field::LastSource => touch(&activity.last_touch, |touch| Some(&touch.source)),
            Field::LastMedium => touch(&activity.last_touch, |touch| touch.medium.as_deref()),
            Field::EntryPage => touch(&activity.last_touch, |touch| touch.page.as_deref()),
            Field::FavouriteCategory => {
                let known = self.profile.affinities.iter().find(|affinity| self.profile.affinity(affinity.topic) > 0.0);
                Value::text(known.map(|affinity| self.catalogue.topics[affinity.topic.at()].slug.as_str()))
            }
            Field::CartOpen => Value::Bool(self.cart().is_some()),
            Field::CartOpenedAt => Value::instant(self.cart().and_then(|cart| cart.touched_at())),
            Field::CartValue => self.cart_value().map_or(Value::Unknown, |value| self.major(value.minor)),
            #[expect(clippy::cast_precision_loss, reason = "at most a few dozen lines")]
            Field::CartLines => Value::Number(self.cart().map_or(0, |cart| cart.lines.len()) as f64),
            Field::PaymentExpiresOn => Value::date(earliest(&possessions.payment_methods)),
            Field::ContractEndsOn => Value::date(earliest(&possessions.contracts)),
        }
    }

    fn attribute(&self, name: &str) -> Value<'_> {
        Value::text(self.profile.contact.attributes.get(name).map(String::as_str))
    }

    fn account(&self, column: &str) -> Value<'_> {
        self.profile.contact.account.as_ref().map_or(Value::Unknown, |account| account.value(column))
    }

    fn location(&self) -> Option<(f64, f64)> {
        self.profile.contact.lat.zip(self.profile.contact.lon)
    }

    fn affinity(&self, topic: &str) -> f64 {
        self.catalogue.topic(topic).map_or(0.0, |topic| f64::from(self.profile.affinity(topic)))
    }

    fn count_bought(&self, what: &str, span: Span) -> u64 {
        let since = self.since(span);
        if what == "*" {
            return self.profile.orders.recent.iter().take_while(|at| **at > since).count() as u64;
        }
        let first_day = day(since);
        let recent = self.profile.purchased.iter().take_while(|purchased| purchased.last_at > since);
        let matching = recent.filter(|purchased| self.matches(self.catalogue.product(purchased.product), what));
        let mut days: Vec<i32> = matching.flat_map(|purchased| &purchased.recent_days).filter(|day| **day >= first_day).copied().collect();
        days.sort_unstable();
        days.dedup();
        days.len() as u64
    }

    fn count_viewed(&self, what: &str, span: Span) -> u64 {
        self.count_acts(span, |act| {
            let on_product = || act.product.is_some_and(|product| self.matches(self.catalogue.product(product), what));
            let on_topic = || act.topic.is_some_and(|topic| self.catalogue.topics[topic.at()].slug == what);
            act.kind == ActKind::View && (what == "*" || on_product() || on_topic())
        })
    }

    fn count_event(&self, kind: &str, span: Span) -> u64 {
        let Some(known) = ActKind::named(kind) else {
            let since = self.since(span);
            let found = self.profile.customs.iter().find(|(name, _)| **name == *kind);
            return found.map_or(0, |(_, times)| times.iter().take_while(|at| **at > since).count() as u64);
        };
        self.count_acts(span, |act| act.kind == known)
    }

    fn searched(&self, text: &str, span: Span) -> bool {
        let (words, since) = (text.trim().to_lowercase(), self.since(span));
        self.profile.searches.iter().any(|search| search.at > since && search.text.contains(&words))
    }

    fn count_titles(&self, pattern: &str, span: Span) -> u64 {
        let since = self.since(span);
        self.profile.titles.iter().filter(|title| title.at > since && like(&title.text, pattern)).count() as u64
    }

    fn in_segment(&self, name: &str) -> Truth {
        let place = self.segments.names.binary_search_by(|known| known.as_str().cmp(name));
        place.ok().and_then(|at| self.segments.truths.get(at)).copied().unwrap_or(Truth::Unknown)
    }

    fn score(&self, name: &str) -> Option<f64> {
        let declared = self.profile.scores.iter().find(|scored| *scored.name == *name).map(|scored| scored.value);
        // An offer may go by an extra column that no score of the project declares.
        declared.or_else(|| self.profile.contact.attributes.get(name)?.trim().parse().ok())
    }

    fn undecided(&self, name: &str) -> Truth {
        self.profile.scores.iter().find(|scored| *scored.name == *name).and_then(|scored| scored.is_undecided).into()
    }

    fn answered(&self, question: &str, value: &str) -> Truth {
        self.profile.contact.attributes.get(question).map(|answer| answer.trim().eq_ignore_ascii_case(value)).into()
    }

    fn consent(&self, purpose: &str) -> Truth {
        self.profile.contact.consents.get(purpose).map(|consent| consent.stands(self.reading.consents_expired)).into()
    }
}

/// Says whether a text has this slug; an id of plain letters is compared without writing its slug.
fn is_slug_of(text: &str, slug: &str) -> bool {
    if !text.is_ascii() {
        return topic_slug(text) == slug;
    }
    let mut letters = text.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let is_same = slug.bytes().filter(|letter| *letter != b'-').all(|letter| letters.next() == Some(letter)) && letters.next().is_none();
    // The dashes are compared where everything else agrees.
    is_same && topic_slug(text) == slug
}

fn earliest(owned: &[super::Owned]) -> Option<NaiveDate> {
    owned.iter().map(|owned| owned.ends_on).min()
}
