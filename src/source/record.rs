//! The rows of the data contract, typed; text is borrowed from the batch it was read in.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::clock::Timestamp;
use crate::money::Money;

/// Columns the contract does not know, kept for conditions (`attr.size`) and templates: name and text.
pub type Attributes<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// A CRM record.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact<'a> {
    /// Unique id.
    pub id: &'a str,
    /// Address as written; validated when a decision needs it.
    pub email: &'a str,
    /// Given name.
    pub first_name: Option<&'a str>,
    /// Family name.
    pub last_name: Option<&'a str>,
    /// Language tag, e.g. `fr-FR`.
    pub locale: Option<Cow<'a, str>>,
    /// IANA time zone.
    pub timezone: Option<&'a str>,
    /// Day of birth.
    pub birthday: Option<NaiveDate>,
    /// `f`, `m` or `x`.
    pub gender: Option<&'a str>,
    /// Town.
    pub city: Option<&'a str>,
    /// Postal code.
    pub postcode: Option<&'a str>,
    /// Country, as written.
    pub country: Option<&'a str>,
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// When the record was made.
    pub created_at: Option<Timestamp>,
    /// Loyalty tier.
    pub loyalty_tier: Option<&'a str>,
    /// Loyalty balance in points.
    pub loyalty_points: Option<i64>,
    /// Company, in B2B.
    pub account_id: Option<&'a str>,
    /// Role in the company.
    pub role: Option<&'a str>,
    /// One entry per `consent_PURPOSE` column.
    pub consents: Vec<Consent<'a>>,
    /// The person opposed commercial use of their data.
    pub objection: bool,
    /// Other columns.
    pub attributes: Attributes<'a>,
}

/// A company, in B2B.
#[derive(Debug, Clone, PartialEq)]
pub struct Account<'a> {
    /// Unique id.
    pub id: &'a str,
    /// Name shown.
    pub name: Option<&'a str>,
    /// Sector, e.g. `retail`.
    pub industry: Option<&'a str>,
    /// What it subscribed to.
    pub plan: Option<&'a str>,
    /// People who work there.
    pub employees: Option<i64>,
    /// People who may use what it subscribed to.
    pub seats: Option<i64>,
    /// First day as a customer.
    pub customer_since: Option<NaiveDate>,
    /// Other columns.
    pub attributes: Attributes<'a>,
}

/// What a company pays for a product in place of the price of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPrice<'a> {
    /// The company, as contacts name it.
    pub account_id: &'a str,
    /// The product.
    pub product_id: &'a str,
    /// Its price for them.
    pub price: Money,
    /// First instant at which it holds.
    pub valid_from: Option<Timestamp>,
    /// Last instant at which it holds.
    pub valid_until: Option<Timestamp>,
}

/// What a person agreed to: columns `consent_PURPOSE`, and `consent_PURPOSE_at`, `_basis`, `_source`.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent<'a> {
    /// Purpose: `newsletter`, `profiling`, ...
    pub purpose: &'a str,
    /// Yes or no.
    pub given: bool,
    /// Since when.
    pub at: Option<Timestamp>,
    /// Legal basis, e.g. `opt_in`, `existing_customer`.
    pub basis: Option<&'a str>,
    /// Where it was given.
    pub source: Option<&'a str>,
}

/// A link from a visitor (cookie, device) to a contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity<'a> {
    /// Cookie or device id.
    pub visitor_id: &'a str,
    /// CRM id.
    pub contact_id: &'a str,
    /// When the link was made.
    pub linked_at: Option<Timestamp>,
}

/// An on-site act.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind<'a>,
    /// Who, as a visitor.
    pub visitor_id: Option<&'a str>,
    /// Who, as a contact.
    pub contact_id: Option<&'a str>,
    /// On which product.
    pub product_id: Option<&'a str>,
    /// In which category.
    pub category: Option<&'a str>,
    /// Words searched.
    pub query: Option<&'a str>,
    /// Pieces, for cart acts.
    pub quantity: Option<i64>,
    /// Page title.
    pub title: Option<&'a str>,
    /// Page address.
    pub url: Option<&'a str>,
    /// Traffic source: `google`, `newsletter`, ...
    pub source: Option<&'a str>,
    /// Traffic medium: `organic`, `email`, ...
    pub medium: Option<&'a str>,
    /// `mobile`, `desktop`, `tablet`.
    pub device: Option<&'a str>,
    /// Seconds on the page.
    pub duration_s: Option<i64>,
    /// Seen on another site: never used for a person.
    pub third_party: bool,
}

/// The kind of an on-site act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind<'a> {
    /// A page or product was looked at.
    View,
    /// Words were searched.
    Search,
    /// A product went into the cart.
    CartAdd,
    /// A product left the cart.
    CartRemove,
    /// The order form was opened.
    Checkout,
    /// An order was placed.
    Purchase,
    /// Another kind, counted and usable by name.
    Custom(&'a str),
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLine<'a> {
    /// Order it belongs to.
    pub order_id: &'a str,
    /// Buyer; absent for a guest.
    pub contact_id: Option<&'a str>,
    /// When it was placed.
    pub at: Timestamp,
    /// What was bought.
    pub product_id: &'a str,
    /// Pieces, at least 1.
    pub quantity: i64,
    /// Price of one piece.
    pub unit_price: Money,
    /// What became of it.
    pub status: OrderStatus,
    /// Discount on the line.
    pub discount: Option<Money>,
    /// Margin on the line.
    pub margin: Option<Money>,
}

/// What became of an order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// Bought.
    Placed,
    /// Given up before delivery: counts for nothing.
    Cancelled,
    /// Sent back: counts against the money, not as a taste.
    Returned,
}

/// A product, article, contract or service of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Product<'a> {
    /// Unique id.
    pub id: &'a str,
    /// Name shown.
    pub title: &'a str,
    /// Price now.
    pub price: Money,
    /// Its page.
    pub url: &'a str,
    /// `product`, `article`, `contract`, `service`.
    pub kind: Option<&'a str>,
    /// Path, `a > b`.
    pub category: Option<&'a str>,
    /// Maker.
    pub brand: Option<&'a str>,
    /// Picture.
    pub image_url: Option<&'a str>,
    /// A sentence or two.
    pub description: Option<&'a str>,
    /// Pieces left; absent when not counted.
    pub stock: Option<i64>,
    /// First instant it can be sold.
    pub available_from: Option<Timestamp>,
    /// Last instant it can be sold.
    pub available_until: Option<Timestamp>,
    /// Price before a reduction.
    pub list_price: Option<Money>,
    /// Margin on one piece.
    pub margin: Option<Money>,
    /// Words separated by `,` or `|`.
    pub tags: Vec<&'a str>,
    /// When it came into the catalogue.
    pub published_at: Option<Timestamp>,
    /// Town it is about.
    pub city: Option<&'a str>,
    /// Postal code of what it is about.
    pub postcode: Option<&'a str>,
    /// Latitude of what it is about, in degrees.
    pub lat: Option<f64>,
    /// Longitude of what it is about, in degrees.
    pub lon: Option<f64>,
    /// Other columns.
    pub attributes: Attributes<'a>,
}

/// A means of payment that can expire.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentMethod<'a> {
    /// Holder.
    pub contact_id: &'a str,
    /// Unique id.
    pub method_id: &'a str,
    /// Last day it works; `MM/YY` and `YYYY-MM` mean the last day of that month.
    pub expires_on: NaiveDate,
    /// `visa`, ...
    pub brand: Option<&'a str>,
    /// Last four digits, shown in the mail.
    pub last4: Option<&'a str>,
    /// The method that took its place.
    pub replaced_by: Option<&'a str>,
    /// `active` or anything else.
    pub active: bool,
}

/// A contract that can end.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract<'a> {
    /// Holder.
    pub contact_id: &'a str,
    /// Unique id.
    pub contract_id: &'a str,
    /// Last day.
    pub ends_on: NaiveDate,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// What it is for.
    pub product_id: Option<&'a str>,
    /// Price.
    pub price: Option<Money>,
    /// Renews by itself.
    pub auto_renew: bool,
    /// `active` or anything else.
    pub active: bool,
}

/// An address not to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression<'a> {
    /// Address in any spelling, or `#` and the hash of a forgotten one.
    pub email: &'a str,
    /// Why, when it is said.
    pub reason: Option<SuppressionReason>,
    /// Since when.
    pub at: Option<Timestamp>,
}

/// Why an address must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionReason {
    /// The person unsubscribed.
    Unsubscribed,
    /// The address does not exist.
    HardBounce,
    /// The person complained to their mail provider.
    Complaint,
    /// A person of the company asked for it.
    Manual,
}

impl SuppressionReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Unsubscribed, Self::HardBounce, Self::Complaint, Self::Manual];

    /// Returns the word stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::HardBounce => "hard_bounce",
            Self::Complaint => "complaint",
            Self::Manual => "manual",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}
