//! Checks of `[privacy.blur]`: no limit that leaves nothing to learn, none that hides nobody.

use super::Notes;
use crate::project::blur::{Blur, BlurSection};
use crate::project::config::Config;

/// Reads the section; `None` when it is not written, what is wrong in it is noted and left as it is by default.
pub(super) fn check(notes: &mut Notes<'_>, config: &Config) -> Option<Blur> {
    let section = config.privacy.blur.as_ref()?;
    let BlurSection { time, per_person, per_product, support, noise } = section;
    let usual = Blur::default();
    let mut refuse = |key: &'static str, message: String, label: &str, help: String| {
        notes.error("blur::no-limit", notes.locate(&["privacy", "blur", key]), message, label, help);
    };
    if let Some(n) = per_person.filter(|n| *n < 2) {
        let message = format!("with {n} of each person nothing goes together with anything");
        refuse("per_person", message, "2 or more", format!("write for example `per_person = {}`", usual.per_person));
    }
    let most = per_person.unwrap_or(usual.per_person);
    match *per_product {
        Some(0) => {
            let message = "with 0 of each person and product nothing is learned".to_owned();
            refuse(
                "per_product",
                message,
                "1 or more",
                format!("write for example `per_product = {}`", usual.per_product.min(most.max(1))),
            );
        }
        Some(n) if n > most => {
            let message = format!("`per_product` of {n} limits nothing: a person has {most} in all");
            refuse(
                "per_product",
                message,
                "no more than `per_person`",
                format!("write `per_product = {most}` or less, or raise `per_person`"),
            );
        }
        _ => {}
    }
    if let Some(n) = support.filter(|n| *n < Blur::SUPPORT_LEAST) {
        let least = Blur::SUPPORT_LEAST;
        let message = format!("a pair with {n} people behind it shows what one of them bought to the others");
        refuse(
            "support",
            message,
            &format!("{least} or more"),
            format!("write `support = {least}` or more; to keep every pair, remove [privacy.blur]"),
        );
    }
    if let Some(scale) = noise.filter(|scale| !(0.0..=Blur::NOISE_MOST).contains(scale)) {
        let message = format!("`{scale}` is no scale of noise");
        refuse("noise", message, "people, from 0 to 100", format!("write for example `noise = {:.1}`; 0 adds none", usual.noise));
    }
    let within = |scale: &f64| (0.0..=Blur::NOISE_MOST).contains(scale);
    Some(Blur {
        time: time.unwrap_or(usual.time),
        per_person: most.max(2),
        per_product: per_product.unwrap_or(usual.per_product.min(most)).max(1),
        support: support.unwrap_or(usual.support).max(Blur::SUPPORT_LEAST),
        noise: noise.filter(within).unwrap_or(usual.noise),
    })
}
