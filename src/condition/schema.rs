//! What a condition may name: the table of fields, their types and kinds of data, and the names a project adds.

use std::collections::{BTreeMap, BTreeSet};

/// Type of a value in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// True, false or unknown.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A point in time.
    Instant,
    /// A calendar day.
    Date,
    /// An extra column: text, read as what it is compared with.
    Any,
}

impl Type {
    /// Returns the word used in messages, with its article.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Instant => "an instant",
            Self::Date => "a date",
            Self::Any => "an extra column",
        }
    }
}

/// Kind of data a condition looks at: what a mail says about itself ("because"), and what consent it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// What the company's own records hold: names, language, loyalty, extra columns.
    Declared,
    /// Day of birth, age, gender.
    Demographics,
    /// Where the person lives.
    Location,
    /// What the person bought.
    Orders,
    /// What the person looked at, when, on what, and where they came from.
    Views,
    /// What the person searched for.
    Searches,
    /// What is in the cart.
    Cart,
    /// Payment methods and contracts.
    Contracts,
    /// What the person agreed to.
    Consent,
    /// What the person answered.
    Answers,
    /// A computed score.
    Scores,
    /// A segment, which has uses of its own.
    Segments,
}

impl Use {
    /// Returns the word that stands in a mail's `because`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Demographics => "demographics",
            Self::Location => "location",
            Self::Orders => "orders",
            Self::Views => "views",
            Self::Searches => "searches",
            Self::Cart => "cart",
            Self::Contracts => "contracts",
            Self::Consent => "consent",
            Self::Answers => "answers",
            Self::Scores => "scores",
            Self::Segments => "segments",
        }
    }

    /// Returns whether it comes from watching the person, which needs the consent to profiling.
    pub fn is_behaviour(self) -> bool {
        matches!(self, Self::Views | Self::Searches | Self::Cart | Self::Scores)
    }
}

/// One line of the table of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldInfo {
    /// The field.
    pub field: Field,
    /// Its name in a condition.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Kind of data.
    pub data: Use,
    /// What it is, in one line.
    pub about: &'static str,
}

macro_rules! fields {
    ($($variant:ident $name:literal $kind:ident $data:ident $about:literal,)+) => {
        /// A field of a person; the table is [`FIELDS`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {$(
            #[doc = $about]
            $variant,
        )+}

        /// Every field a condition can name, in the order of the documentation.
        pub const FIELDS: &[FieldInfo] = &[$(
            FieldInfo { field: Field::$variant, name: $name, kind: Type::$kind, data: Use::$data, about: $about },
        )+];
    };
}

fields! {
    Id "id" Text Declared "CRM id.",
    FirstName "first_name" Text Declared "Given name.",
    LastName "last_name" Text Declared "Family name.",
    Locale "locale" Text Declared "Language tag, e.g. `fr-FR`.",
    Language "language" Text Declared "Language of the locale, e.g. `fr`.",
    EmailDomain "email_domain" Text Declared "Part of the address after the `@`, lower case.",
    Age "age" Number Demographics "Whole years since the birthday.",
    Birthday "birthday" Date Demographics "Day of birth.",
    Gender "gender" Text Demographics "`f`, `m` or `x`.",
    City "city" Text Location "Town.",
    Postcode "postcode" Text Location "Postal code.",
    Country "country" Text Location "Country, as written.",
    CreatedAt "created_at" Instant Declared "When the record was made.",
    LoyaltyTier "loyalty_tier" Text Declared "Loyalty tier.",
    LoyaltyPoints "loyalty_points" Number Declared "Loyalty balance in points.",
    AccountId "account_id" Text Declared "Company, in B2B.",
    Role "role" Text Declared "Role in the company.",
    Lifecycle "lifecycle" Text Orders "Stage: `prospect`, `new`, `active`, `loyal`, `at_risk` or `dormant`.",
    OrdersCount "orders_count" Number Orders "Orders placed, all time.",
    Spent "spent" Number Orders "Money spent, all time, in major units.",
    AverageOrder "average_order" Number Orders "Mean amount of an order, in major units.",
    Margin "margin" Number Orders "Margin made, all time, in major units.",
    FirstOrderAt "first_order_at" Instant Orders "First order.",
    LastOrderAt "last_order_at" Instant Orders "Last order.",
    OrderRhythmDays "order_rhythm_days" Number Orders "Usual number of days between two orders.",
    PriceLow "price_low" Number Orders "Low end of the prices usually paid, in major units.",
    PriceHigh "price_high" Number Orders "High end of the prices usually paid, in major units.",
    FirstEventAt "first_event_at" Instant Views "First act on the site.",
    LastEventAt "last_event_at" Instant Views "Last act on the site.",
    ViewsCount "views_count" Number Views "Pages and products looked at, all time.",
    VisitsCount "visits_count" Number Views "Visits to the site, all time.",
    LastViewAt "last_view_at" Instant Views "Last page or product looked at.",
    Device "device" Text Views "Usual device: `mobile`, `desktop` or `tablet`.",
    FavouriteHour "favourite_hour" Number Views "Hour of the day of most visits, 0 to 23.",
    FirstSource "first_source" Text Views "Traffic source of the first visit, e.g. `google`.",
    FirstMedium "first_medium" Text Views "Traffic medium of the first visit, e.g. `organic`.",
    LastSource "last_source" Text Views "Traffic source of the last visit.",
    LastMedium "last_medium" Text Views "Traffic medium of the last visit, e.g. `cpc`.",
    EntryPage "entry_page" Text Views "Path of the first page of the last visit, e.g. `/product/tea-pot`.",
    FavouriteCategory "favourite_category" Text Views "Topic liked best, a slug.",
    CartOpen "cart_open" Bool Cart "The cart holds something not bought since.",
    CartOpenedAt "cart_opened_at" Instant Cart "When the last product went into the open cart.",
    CartValue "cart_value" Number Cart "Amount of the open cart, in major units.",
    CartLines "cart_lines" Number Cart "Products in the open cart.",
    PaymentExpiresOn "payment_expires_on" Date Contracts "Last day of the means of payment that expires first.",
    ContractEndsOn "contract_ends_on" Date Contracts "Last day of the contract that ends first.",
}

/// Columns of a company that have a type of their own: name and type; others are written `account.NAME` as well.
pub const ACCOUNT_COLUMNS: [(&str, Type); 7] = [
    ("id", Type::Text),
    ("name", Type::Text),
    ("industry", Type::Text),
    ("plan", Type::Text),
    ("employees", Type::Number),
    ("seats", Type::Number),
    ("customer_since", Type::Date),
];

impl Field {
    /// Finds a field by its name, in any case.
    pub fn find(name: &str) -> Option<Self> {
        FIELDS.iter().find(|info| info.name.eq_ignore_ascii_case(name)).map(|info| info.field)
    }

    /// Returns its line of the table.
    pub fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }
}

/// What is known of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreState {
    /// What is wrong with its model.
    pub trouble: Option<Trouble>,
    /// Whether somebody can be undecided by it.
    pub has_band: bool,
}

impl Default for ScoreState {
    /// A score of which the model has not been looked at.
    fn default() -> Self {
        Self { trouble: None, has_band: true }
    }
}

/// What is wrong with the model of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is none.
    NotLearned,
    /// It was made for other columns, another kind or another time.
    OtherForm,
    /// It was learned that many days ago.
    Old {
        /// Days.
        days: i64,
    },
    /// It was learned after the instant of the question.
    Later,
}

impl Trouble {
    /// Says whether there can be no score.
    pub fn is_error(self) -> bool {
        matches!(self, Self::NotLearned | Self::OtherForm)
    }

    /// Says it, after the name of the score.
    pub fn words(self) -> String {
        match self {
            Self::NotLearned => "was not learned yet".to_owned(),
            Self::OtherForm => "was learned for another kind, time or version of this program".to_owned(),
            Self::Old { days } => format!("was learned {days} days ago; people change, learn it again"),
            Self::Later => "was learned from what happened after this instant: it knows too much to be judged by it".to_owned(),
        }
    }
}

/// The names a project adds to the language.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Segments that exist.
    pub segments: BTreeSet<String>,
    /// Scores that exist, and how they are.
    pub scores: BTreeMap<String, ScoreState>,
    /// Extra columns of the contacts (`attr.NAME`); `None` when the data has not been read: any name is accepted.
    pub attributes: Option<BTreeSet<String>>,
    /// Extra columns of the companies (`account.NAME`); `None` when the data has not been read: any name is accepted.
    pub account_attributes: Option<BTreeSet<String>>,
    /// Topics of the catalogue, as slugs; `None` when it has not been read. A topic that is not there is a warning.
    pub topics: Option<BTreeSet<String>>,
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Field};

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_its_names_are_unique() {
        for (position, info) in FIELDS.iter().enumerate() {
            assert_eq!(info.field as usize, position, "{}", info.name);
            assert_eq!(Field::find(&info.name.to_uppercase()), Some(info.field), "{}", info.name);
            assert!(info.about.ends_with('.'), "{}", info.name);
        }
        assert_eq!(Field::find("order_count"), None);
    }
}
