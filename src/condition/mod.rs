//! Conditions: SQL boolean expressions over a person, with three truth values.
