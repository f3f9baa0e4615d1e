//! Random numbers of the demo: the same seed gives the same demo. Not for secrets.

/// A generator with the distributions that the demo needs.
#[derive(Clone, Debug)]
pub(super) struct Random(fastrand::Rng);

impl Random {
    /// A generator of its own for each `stream`, so that branches do not disturb one another.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        // Near streams are spread apart before they meet the seed.
        Self(fastrand::Rng::with_seed(seed ^ fastrand::Rng::with_seed(stream).u64(..)))
    }

    /// Fills bytes.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    /// At least 0, less than 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.f64()
    }

    /// At least `from`, less than `to`.
    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + self.unit() * (to - from)
    }

    /// Less than `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0.usize(..limit)
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// About normally distributed around 0, with deviation 1: the sum of twelve.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// One of some things.
    pub(super) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}
