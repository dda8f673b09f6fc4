//! The small web server behind the studio, the sandbox's inbox and the pages that recipients reach.
//!
//! One visual language (`pages/style.css`), two languages (`locales/`), nothing loaded from elsewhere, and no page that needs a script
//! to be read. [`http`] listens, [`guard`] says who may ask and what every answer carries, [`pages`] writes the pages.

pub mod door;
pub mod guard;
pub mod http;
pub mod pages;
pub mod sandbox;
mod words;

pub use words::Lang;
