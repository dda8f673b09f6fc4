//! A shop of any size drawn with a seed: a few products that most buy, tastes by category, people who come back for the same.
//!
//! The file is little-endian: products, people and lines as three `u64`, then four `u32` a line: who, product, day, order.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use relance::id::ProductIx;
use relance::recommend::evaluate::below;
use relance::recommend::{Interactions, Line};

/// Days of trade.
pub(crate) const DAYS: u32 = 730;
/// Categories that share the products: that of a product is the remainder of its number.
pub(crate) const CATEGORIES: u32 = 200;
/// Categories that a person likes.
const LIKED: u32 = 3;
/// Lines of an order, at most.
const BASKET: u32 = 5;
/// Thousandths of the lines that are something the person bought before.
const REPEATS: u32 = 250;
/// Thousandths of the other lines that are of a category the person likes.
const TASTES: u32 = 600;
/// How fast the demand of products falls with their rank (Zipf).
const ZIPF: f64 = 0.9;
/// How unequal people are: the exponent of the tail of their numbers of orders (Pareto).
const PARETO: f64 = 1.6;

/// The size of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) people: u32,
    pub(crate) products: u32,
    pub(crate) lines: u32,
}

/// Draws numbers, always the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(below(&mut self.0, n as usize)).unwrap_or(0)
    }

    fn share(&mut self) -> f64 {
        f64::from(self.below(1 << 30)) / f64::from(1 << 30)
    }
}

/// Draws every line, by person.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of orders")]
pub(crate) fn draw(size: Size, seed: u64) -> Vec<Line> {
    let mut chance = Chance(seed);
    let of_rank: Vec<f64> = (1..=size.products).map(|rank| f64::from(rank).powf(-ZIPF)).collect();
    let (all, in_category) = (sums(of_rank.iter()), sums(of_rank.iter().take((size.products / CATEGORIES).max(1) as usize)));
    // The mean of a Pareto number from 1 on is a / (a - 1); an order has 3 lines.
    let orders_each = f64::from(size.lines) / f64::from(size.people.max(1)) / f64::from(BASKET.midpoint(1));
    let least = orders_each * (PARETO - 1.0) / PARETO;
    let mut lines = Vec::with_capacity(size.lines as usize);
    let (mut own, mut order) = (Vec::new(), 0);
    for who in 0..size.people {
        own.clear();
        let liked: [u32; LIKED as usize] = std::array::from_fn(|_| chance.below(CATEGORIES));
        let drawn = least * (1.0 - chance.share()).powf(-1.0 / PARETO) + chance.share();
        for _ in 0..drawn.min(500.0) as u32 {
            order += 1;
            let day = chance.below(DAYS).cast_signed();
            for _ in 0..=chance.below(BASKET) {
                let product = if !own.is_empty() && chance.below(1_000) < REPEATS {
                    own[chance.below(u32::try_from(own.len()).unwrap_or(0)) as usize]
                } else if chance.below(1_000) < TASTES {
                    // Categories are striped over the ranks, so that each has products that sell.
                    rank(&in_category, &mut chance) * CATEGORIES + liked[chance.below(LIKED) as usize]
                } else {
                    rank(&all, &mut chance)
                };
                own.push(product);
                lines.push(Line { who, product: ProductIx(product), day, order });
            }
        }
    }
    lines.truncate(size.lines as usize);
    lines
}

fn sums<'a>(weights: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let add = |sum: &mut f64, weight: &f64| {
        *sum += weight;
        Some(*sum)
    };
    weights.scan(0.0, add).collect()
}

fn rank(sums: &[f64], chance: &mut Chance) -> u32 {
    let drawn = chance.share() * sums.last().copied().unwrap_or_default();
    u32::try_from(sums.partition_point(|sum| *sum < drawn)).unwrap_or(0)
}

/// Writes a shop.
pub(crate) fn write(path: &Path, size: Size, lines: &[Line]) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(path)?);
    for number in [u64::from(size.products), u64::from(size.people), lines.len() as u64] {
        file.write_all(&number.to_le_bytes())?;
    }
    for line in lines {
        for number in [line.who, line.product.0, line.day.cast_unsigned(), line.order] {
            file.write_all(&number.to_le_bytes())?;
        }
    }
    file.flush()
}

/// Reads a shop.
pub(crate) fn read(path: &Path) -> io::Result<Interactions> {
    let mut file = io::BufReader::with_capacity(1 << 20, std::fs::File::open(path)?);
    let mut number = [0; 8];
    let mut next = |file: &mut io::BufReader<std::fs::File>| {
        file.read_exact(&mut number)?;
        usize::try_from(u64::from_le_bytes(number)).map_err(io::Error::other)
    };
    let (products, people, n_lines) = (next(&mut file)?, next(&mut file)?, next(&mut file)?);
    let mut lines = Vec::with_capacity(n_lines);
    let mut bytes = [0; 16];
    for _ in 0..n_lines {
        file.read_exact(&mut bytes)?;
        let at = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        lines.push(Line { who: at(0), product: ProductIx(at(4)), day: at(8).cast_signed(), order: at(12) });
    }
    Ok(Interactions::new(lines, people, products))
}
