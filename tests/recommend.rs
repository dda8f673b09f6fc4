//! What was learned of what people want: on shops of several kinds, on bad data, and judged as another program would judge.

#[path = "support/markets.rs"]
mod markets;

#[path = "recommend/blur.rs"]
mod blur;
#[path = "recommend/evaluate.rs"]
mod evaluate;
#[path = "recommend/odd.rs"]
mod odd;
#[path = "recommend/shops.rs"]
mod shops;
