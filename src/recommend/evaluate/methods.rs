//! The methods that are compared: plain ones, those of known libraries, and the blend.

use serde::Serialize;

use super::super::blend::Weights;
use super::super::context::Context;
use super::super::evidence::Evidence;
use super::super::history::History;
use super::super::likeness::Likeness;
use super::super::linear::{Linear, weight};
use super::super::lines::Interactions;
use super::super::pairs::Pairs;
use super::super::popular::Popular;
use super::super::rerank::{Ranked, Rules, SHORTLIST_MAX, choose};
use super::super::room::Room;
use super::super::train::Recommender;
use super::super::vectors::Vectors;
use super::super::{N_PARTS, Track};
use super::gain::K;
use crate::catalogue::{Neighbour, Similar};
use crate::id::ProductIx;
use crate::project::campaign::Purpose;

/// Neighbours of a person that vote.
const NEIGHBOURS: usize = 100;
/// What a person's own purchases count for beside those of their neighbours.
const OWN_SHARE: f32 = 0.7;
/// People among whom neighbours are looked for, at most.
const NEIGHBOURHOOD_MAX: usize = 50_000;

/// A way to choose products for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// What everybody ever bought.
    PopularAllTime,
    /// What everybody buys now.
    PopularRecent,
    /// What the person bought most often, then what everybody buys now.
    OwnRepeat,
    /// What the same people buy: cosine, decayed history.
    ItemCosine,
    /// What the same people buy: BM25, decayed history.
    ItemBm25,
    /// The linear model.
    Ease,
    /// Own decayed history and that of alike people.
    UserNeighbours,
    /// The blend, tuned on the days before the cut.
    Hybrid,
    /// The blend, with alike products drawn apart as in mails.
    Reranked,
}

impl Method {
    /// All of them, the plain ones first.
    pub const ALL: [Self; 9] = [
        Self::PopularAllTime,
        Self::PopularRecent,
        Self::OwnRepeat,
        Self::ItemCosine,
        Self::ItemBm25,
        Self::Ease,
        Self::UserNeighbours,
        Self::Hybrid,
        Self::Reranked,
    ];

    /// Returns its name in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::PopularAllTime => "popular, all time",
            Self::PopularRecent => "popular, recent",
            Self::OwnRepeat => "own repeat",
            Self::ItemCosine => "item-KNN cosine",
            Self::ItemBm25 => "item-KNN BM25",
            Self::Ease => "EASE",
            Self::UserNeighbours => "user-KNN",
            Self::Hybrid => "hybrid (for_you)",
            Self::Reranked => "blend, re-ranked",
        }
    }
}

/// A method that has learned.
#[derive(Debug)]
pub struct Ranker<'a> {
    popular: Popular,
    model: Model,
    /// What draws alike products apart, and how much it weighs.
    apart: Option<(&'a Likeness<'a>, [f32; 2])>,
}

#[derive(Debug)]
enum Model {
    Popular,
    Repeat,
    /// Neighbours of products, what a product says for itself, and whether a history weighs as in the linear model.
    Items {
        pairs: Pairs,
        own: Vec<f32>,
    },
    Linear(Linear),
    People {
        vectors: Vectors,
        columns: Vectors,
        norms: Vec<f32>,
    },
    Blend(Box<Recommender>),
}

/// Scores of products, kept from one person to the next so that nothing the size of the catalogue is made for each.
#[derive(Debug, Default)]
pub struct Board {
    scores: Vec<f32>,
    touched: Vec<u32>,
    room: Room,
}

impl Board {
    fn add(&mut self, product: u32, score: f32) {
        let known = &mut self.scores[product as usize];
        if *known == 0.0 {
            self.touched.push(product);
        }
        *known += score;
    }
}

impl<'a> Ranker<'a> {
    /// Learns from what is known at the start of the day `today`.
    pub fn train(method: Method, evidence: &Evidence, today: i32, alike: &Similar) -> Self {
        let table = &evidence.orders;
        let n = table.n_products();
        let popular = if method == Method::PopularAllTime { Popular::of_all_time(table, today) } else { Popular::train(table, today) };
        let model = match method {
            Method::PopularAllTime | Method::PopularRecent => Model::Popular,
            Method::OwnRepeat => Model::Repeat,
            Method::ItemCosine => {
                let vectors = Vectors::new(table, today, 1, |_| 1.0);
                Model::Items { pairs: Pairs::of_cosines(&vectors, n), own: vec![1.0; n] }
            }
            Method::ItemBm25 => {
                let vectors = Vectors::new(table, today, 1, |taste| taste).bm25(n);
                let mut own = vec![0.0; n];
                vectors.entries().iter().for_each(|(product, weight)| own[*product as usize] += weight * weight);
                Model::Items { pairs: Pairs::of_dots(&vectors, n), own }
            }
            Method::Ease => Model::Linear(Linear::train(table, today, 1)),
            Method::UserNeighbours => people(table, today),
            Method::Hybrid | Method::Reranked => Model::Blend(Box::new(Recommender::train(evidence, today, alike, &[]))),
        };
        Self { popular, model, apart: None }
    }

    /// Chooses from now on with the re-rank of mails, at a weight of difference from 0 to 1 for each track.
    #[must_use]
    pub fn reranked(self, likeness: &'a Likeness<'a>, diversity: [f32; 2]) -> Self {
        Self { apart: Some((likeness, diversity)), ..self }
    }

    /// Returns the weights of the blend of a track, when it is one.
    pub fn weights(&self, track: Track) -> Option<Weights> {
        match &self.model {
            Model::Blend(model) => Some(model.tuned(track, Purpose::Newsletter).weights),
            _ => None,
        }
    }

    /// Returns the number of pairs of products that the lists of a blend keep.
    pub fn n_pairs(&self) -> Option<usize> {
        let Model::Blend(model) = &self.model else { return None };
        let lists = [&model.together, &model.browsed, &model.cart_mates].map(|pairs| pairs.neighbours.iter().map(Vec::len).sum::<usize>());
        Some(lists.into_iter().sum::<usize>() + model.linear.n_neighbours())
    }

    /// Returns the bytes that the model takes in memory, nearly.
    pub fn n_bytes(&self) -> usize {
        let floats = |n: usize| n * size_of::<f32>();
        let pairs = |pairs: &Pairs| pairs.neighbours.iter().map(|list| list.len() * size_of::<Neighbour>()).sum::<usize>();
        let linear = |linear: &Linear| linear.n_neighbours() * size_of::<Neighbour>();
        let own = match &self.model {
            Model::Popular | Model::Repeat => 0,
            Model::Items { pairs: list, own } => pairs(list) + floats(own.len()),
            Model::Linear(model) => linear(model),
            Model::People { vectors, norms, .. } => 2 * vectors.entries().len() * size_of::<(u32, f32)>() + floats(norms.len()),
            Model::Blend(model) => {
                let lists = [&model.together, &model.browsed, &model.cart_mates].map(pairs);
                lists.into_iter().sum::<usize>() + linear(&model.linear) + floats(model.rates.len())
            }
        };
        own + floats(self.popular.share.len() + self.popular.top.len())
    }

    /// Returns the first picks for a person of this history, best first; on the track of what is new, nothing they bought.
    /// Places that the method leaves open are filled with what everybody buys now, as whoever uses it would.
    pub fn picks(&self, history: &History, track: Track, alike: &Similar, board: &mut Board) -> Vec<ProductIx> {
        let allowed = |product: ProductIx| track == Track::All || history.find(product).is_none();
        let mut scored = self.scored(history, track, alike, board);
        scored.retain(|(score, product)| *score > 0.0 && allowed(*product));
        let order = |a: &(f32, ProductIx), b: &(f32, ProductIx)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let looked_at = if self.apart.is_some() { SHORTLIST_MAX } else { K };
        if scored.len() > looked_at {
            scored.select_nth_unstable_by(looked_at, order);
            scored.truncate(looked_at);
        }
        scored.sort_unstable_by(order);
        let mut picks: Vec<ProductIx> = match self.apart {
            Some((likeness, diversity)) => drawn_apart(&scored, likeness, diversity[track as usize]),
            None => scored.into_iter().map(|(_, product)| product).collect(),
        };
        let rest = self.popular.top.iter().filter(|product| allowed(**product));
        for product in rest {
            if picks.len() >= K {
                break;
            }
            if !picks.contains(product) {
                picks.push(*product);
            }
        }
        picks
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    fn scored(&self, history: &History, track: Track, alike: &Similar, board: &mut Board) -> Vec<(f32, ProductIx)> {
        board.scores.resize(self.popular.share.len(), 0.0);
        match &self.model {
            Model::Popular => {}
            Model::Repeat => {
                for own in history.own() {
                    board.add(own.product.0, own.n_days as f32 + 0.99 * self.popular.share[own.product.at()]);
                }
            }
            Model::Items { pairs, own: of_itself } => {
                for own in history.own().iter().filter(|own| own.taste > 0.0) {
                    board.add(own.product.0, own.taste * of_itself[own.product.at()]);
                    pairs.of(own.product).iter().for_each(|near| board.add(near.product.0, own.taste * near.score));
                }
            }
            Model::Linear(model) => {
                for own in history.own() {
                    model.of(own.product).iter().for_each(|near| board.add(near.product.0, weight(own) * near.score));
                }
            }
            Model::People { vectors, columns, norms } => by_neighbours(history, vectors, columns, norms, board),
            Model::Blend(model) => {
                let weights = model.tuned(track, Purpose::Newsletter).weights;
                model.gather(history, &Context::default(), alike, &mut board.room);
                let bought = history.own().iter().filter(|_| track == Track::New).map(|own| own.product);
                return board.room.best(&weights, SHORTLIST_MAX, bought).map(|best| (best.score, best.product)).collect();
            }
        }
        let Board { scores, touched, .. } = board;
        touched.drain(..).map(|product| (std::mem::take(&mut scores[product as usize]), ProductIx(product))).collect()
    }
}

/// Chooses as a slot of K products does that has no other limit.
fn drawn_apart(scored: &[(f32, ProductIx)], likeness: &Likeness<'_>, diversity: f32) -> Vec<ProductIx> {
    let top = scored.first().map_or(1.0, |best| best.0);
    let ranked = |(score, product): &(f32, ProductIx)| Ranked { product: *product, score: score / top, viewed: false, novel: false };
    let rules = Rules { count: K, diversity, max_per_category: usize::MAX, max_viewed_share: 1.0, min_novel: 0 };
    choose(scored.iter().map(ranked), &[], rules, likeness).into_iter().map(|at| scored[at].1).collect()
}

fn people(table: &Interactions, today: i32) -> Model {
    let vectors = Vectors::new(table, today, table.n_people().div_ceil(NEIGHBOURHOOD_MAX), |taste| taste);
    let norms = (0..vectors.len()).map(|who| vectors.of(who).iter().map(|entry| entry.1 * entry.1).sum::<f32>().sqrt()).collect();
    Model::People { columns: vectors.by_product(table.n_products()), norms, vectors }
}

/// Adds a person's own decayed history and that of alike people (TIFU-KNN: Hu et al., SIGIR 2020).
fn by_neighbours(history: &History, vectors: &Vectors, columns: &Vectors, norms: &[f32], board: &mut Board) {
    let mut likeness = std::collections::HashMap::<u32, f32>::new();
    for own in history.own() {
        for (who, theirs) in columns.of(own.product.at()) {
            *likeness.entry(*who).or_default() += own.taste * theirs;
        }
    }
    let norm = history.own().iter().map(|own| own.taste * own.taste).sum::<f32>().sqrt();
    let mut near: Vec<(f32, u32)> =
        likeness.into_iter().map(|(who, dot)| (dot / (norm * norms[who as usize]).max(f32::MIN_POSITIVE), who)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // The nearest is the person, who votes already.
    near.retain(|(likeness, who)| *likeness < 0.9999 || vectors.of(*who as usize).len() != history.own().len());
    near.truncate(NEIGHBOURS);
    let total: f32 = near.iter().map(|(likeness, _)| likeness).sum::<f32>().max(f32::MIN_POSITIVE);
    for (likeness, who) in near {
        let share = (1.0 - OWN_SHARE) * likeness / total;
        vectors.of(who as usize).iter().for_each(|(product, weight)| board.add(*product, share * weight));
    }
    history.own().iter().filter(|own| own.taste > 0.0).for_each(|own| board.add(own.product.0, OWN_SHARE * own.taste));
}

const _: () = assert!(N_PARTS == 17, "a component was added: say in `docs/picks.md` what it is");
