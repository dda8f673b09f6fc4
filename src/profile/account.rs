//! Companies that contacts belong to, and who belongs to which.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::condition::Value;
use crate::source::record;

/// What the company knows of another company; the fields are those of [`record::Account`].
#[expect(missing_docs, reason = "each field is documented where it is read, in `record::Account`")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub name: Option<String>,
    pub industry: Option<String>,
    pub plan: Option<String>,
    pub employees: Option<i64>,
    pub seats: Option<i64>,
    pub customer_since: Option<NaiveDate>,
    pub attributes: BTreeMap<String, String>,
}

impl From<&record::Account<'_>> for Account {
    fn from(row: &record::Account<'_>) -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        Self {
            id: row.id.to_owned(),
            name: text(row.name),
            industry: text(row.industry),
            plan: text(row.plan),
            employees: row.employees,
            seats: row.seats,
            customer_since: row.customer_since,
            attributes: row.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_owned())).collect(),
        }
    }
}

impl Account {
    /// Returns a column as a condition sees it, of the type that [`ACCOUNT_COLUMNS`](crate::condition::ACCOUNT_COLUMNS) gives it.
    pub fn value(&self, column: &str) -> Value<'_> {
        #[expect(clippy::cast_precision_loss, reason = "a number of people or seats")]
        let number = |number: Option<i64>| Value::number(number.map(|number| number as f64));
        match column {
            "id" => Value::text(Some(&self.id)),
            "name" => Value::text(self.name.as_deref()),
            "industry" => Value::text(self.industry.as_deref()),
            "plan" => Value::text(self.plan.as_deref()),
            "employees" => number(self.employees),
            "seats" => number(self.seats),
            "customer_since" => Value::date(self.customer_since),
            other => Value::text(self.attributes.get(other).map(String::as_str)),
        }
    }
}

/// All companies by id.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    by_id: BTreeMap<String, Account>,
    /// Ids that came on several different rows: nobody can know which is right, so none is kept.
    pub contradictory: Vec<String>,
    /// Names of the other columns that hold anything.
    pub attributes: BTreeSet<String>,
}

impl Accounts {
    /// Takes rows in any order; equal rows are one company, contradictory rows are none.
    pub fn of(rows: Vec<Account>) -> Self {
        let mut by_id: BTreeMap<String, Account> = BTreeMap::new();
        let mut contradictory = BTreeSet::new();
        let mut attributes = BTreeSet::new();
        for row in rows {
            attributes.extend(row.attributes.keys().cloned());
            match by_id.get(&row.id) {
                Some(known) if *known != row => _ = contradictory.insert(row.id),
                Some(_) => {}
                None => _ = by_id.insert(row.id.clone(), row),
            }
        }
        by_id.retain(|id, _| !contradictory.contains(id));
        Self { by_id, contradictory: contradictory.into_iter().collect(), attributes }
    }

    /// Finds a company.
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.by_id.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, industry: &str) -> Account {
        let attributes = BTreeMap::from([("region".to_owned(), "west".to_owned())]);
        let industry = Some(industry.to_owned());
        Account { id: id.to_owned(), name: None, industry, plan: None, employees: Some(12), seats: None, customer_since: None, attributes }
    }

    #[test]
    fn equal_rows_are_one_company_and_contradictory_rows_are_none() {
        let accounts = Accounts::of(vec![account("a", "food"), account("b", "food"), account("a", "food"), account("b", "steel")]);
        assert_eq!(accounts.get("a"), Some(&account("a", "food")));
        assert_eq!(accounts.get("b"), None);
        assert_eq!(accounts.contradictory, ["b"]);
    }

    #[test]
    fn columns_keep_their_types() {
        let account = account("a", "food");
        assert_eq!(account.value("employees"), Value::Number(12.0));
        assert_eq!(account.value("region"), Value::text(Some("west")));
        assert_eq!((account.value("seats"), account.value("colour")), (Value::Unknown, Value::Unknown));
    }
}
