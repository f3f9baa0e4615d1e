//! The official binary diff: a bounded search from both ends, whose results are merged and written as a delta.

use super::delta::{NO_CHANGE, write_insert, write_match};

/// How many edits a search may take before it settles for what it has.
const DEFAULT_LIMIT: i64 = 10_000;

/// Makes the delta from old to new.
pub(super) fn diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut differ = Differ {
        old,
        new,
        tasks: Vec::new(),
        forward: Diagonals::new(-1),
        backward: Diagonals::new(i64::from(i32::MAX)),
    };
    let mut coalescer = Coalescer { writer: Writer::new(new), pending: None, passed: false };
    let whole = Range { a: 0, n: old.len() as i64, b: 0, m: new.len() as i64 };
    differ.tasks.push(Task::Both(whole, DEFAULT_LIMIT));
    while let Some(task) = differ.tasks.pop() {
        differ.run(task, &mut coalescer);
        if coalescer.writer.exhausted {
            break;
        }
    }
    coalescer.finish(old.len() as i64)
}

/// So many bytes of old and so many of new, each from a start.
#[derive(Clone, Copy, Debug)]
struct Range {
    a: i64,
    n: i64,
    b: i64,
    m: i64,
}

/// What remains to be done, next on top: a list in place of recursion, which large values could make too deep.
enum Task {
    /// Solve a range that may have a common prefix and suffix.
    Both(Range, i64),
    /// Solve a range without a common prefix.
    Left(Range, i64),
    /// Solve a range without a common suffix.
    Right(Range, i64),
    /// Solve what lies between the best points of two searches of a larger range (its two sizes).
    Middle(Range, i64, i64, i64),
    /// Solve a range without either.
    Search(Range, i64),
    Match(i64, i64),
    Insert(i64, i64),
    Delete,
}

/// The furthest point on each diagonal.
struct Diagonals {
    cells: Vec<i64>,
    centre: i64,
    default: i64,
}

impl Diagonals {
    const fn new(default: i64) -> Self {
        Self { cells: Vec::new(), centre: 0, default }
    }

    fn reset(&mut self, reach: i64) {
        self.cells.clear();
        self.cells.resize((2 * reach + 1) as usize, self.default);
        self.centre = reach;
    }

    fn at(&self, diagonal: i64) -> i64 {
        self.cells.get((diagonal + self.centre) as usize).copied().unwrap_or(self.default)
    }

    fn set(&mut self, diagonal: i64, x: i64) {
        self.cells[(diagonal + self.centre) as usize] = x;
    }
}

struct Differ<'a> {
    old: &'a [u8],
    new: &'a [u8],
    tasks: Vec<Task>,
    forward: Diagonals,
    backward: Diagonals,
}

impl Differ<'_> {
    /// The number of equal leading bytes.
    fn prefix(&self, r: Range) -> i64 {
        let most = r.n.min(r.m);
        if most <= 0 {
            return 0;
        }
        let (a, b) = (r.a as usize, r.b as usize);
        let (a, b) = (&self.old[a..a + most as usize], &self.new[b..b + most as usize]);
        a.iter().zip(b).take_while(|(x, y)| x == y).count() as i64
    }

    /// Where the equal trailing bytes start in old, but not before `floor` or where new starts.
    fn suffix(&self, r: Range, floor: i64) -> i64 {
        let end = (r.n - r.m).max(0) + floor;
        let most = r.n - end;
        if most <= 0 {
            return r.n.min(end);
        }
        let (a, b) = ((r.a + r.n) as usize, (r.b + r.m) as usize);
        let (a, b) = (&self.old[a - most as usize..a], &self.new[b - most as usize..b]);
        r.n - a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count() as i64
    }

    fn run(&mut self, task: Task, out: &mut Coalescer<'_>) {
        match task {
            Task::Match(start, length) => out.matched(start, length),
            Task::Insert(start, length) => out.insert(start, length),
            Task::Delete => out.delete(),
            Task::Both(r, limit) => {
                let p = self.prefix(r);
                let u = self.suffix(r, p);
                self.between(r, p, u, limit);
            }
            Task::Left(r, limit) => {
                let u = self.suffix(r, 0);
                self.between(r, 0, u, limit);
            }
            Task::Right(r, limit) => {
                let p = self.prefix(r);
                self.between(r, p, r.n, limit);
            }
            Task::Middle(r, whole_n, whole_m, limit) => self.middle(r, whole_n, whole_m, limit),
            Task::Search(r, limit) => self.search(r, limit),
        }
    }

    /// The range has an equal prefix of `p` bytes and an equal suffix from `u` of old.
    fn between(&mut self, r: Range, p: i64, u: i64, limit: i64) {
        let v = u + r.m - r.n;
        self.tasks.push(Task::Match(r.a + u, r.n - u));
        self.tasks.push(if p == u {
            Task::Insert(r.b + p, v - p)
        } else if p == v {
            Task::Delete
        } else {
            Task::Search(Range { a: r.a + p, n: u - p, b: r.b + p, m: v - p }, limit)
        });
        self.tasks.push(Task::Match(r.a, p));
    }

    /// Looks for the middle of the shortest edit from both ends at once.
    #[expect(clippy::many_single_char_names, reason = "the names of the published algorithm")]
    fn search(&mut self, r: Range, mut limit: i64) {
        let Range { a, n, b, m } = r;
        let difference = n - m;
        let odd = difference % 2 != 0;
        // The two ends meet before they have gone all the way; the search stops one step after its limit.
        let reach = (limit.max(4) + 1).min(n + m) + 2;
        self.forward.reset(reach);
        self.backward.reset(reach);
        self.forward.set(0, 0);
        self.backward.set(0, n);
        for d in 1.. {
            let low = if d <= n { d } else { 2 * n - d };
            let high = if d <= m { d } else { 2 * m - d };
            let mut k = -low;
            while k <= high {
                let (below, above) = (self.forward.at(k - 1), self.forward.at(k + 1));
                let x = if above < below { below } else { above + 1 };
                let u = x + self.prefix(Range { a: a + x, n: n - x, b: b + x + k, m: m - k - x });
                if odd && (k + difference).abs() < d && u >= self.backward.at(k + difference) {
                    return self.split(r, x, u, k);
                }
                self.forward.set(k, u);
                k += 2;
            }
            let mut k = -high;
            while k <= low {
                let (below, above) = (self.backward.at(k - 1), self.backward.at(k + 1));
                let u = if above < below { above } else { below - 1 };
                let j = k - difference;
                let x = self.suffix(Range { a, n: u, b, m: j + u }, 0);
                if !odd && j.abs() <= d && x <= self.forward.at(j) {
                    return self.split(r, x, u, j);
                }
                self.backward.set(k, x);
                k += 2;
            }
            if d % 64 == 0 && self.slow(r, d, low, high) {
                limit -= 48;
            } else if d > limit.max(4) {
                return self.bail(r, self.best(r, low, high), limit / 2);
            }
        }
    }

    /// The ends met on diagonal `k`: everything from `x` to `u` of old is equal.
    fn split(&mut self, r: Range, x: i64, u: i64, k: i64) {
        let Range { a, n, b, m } = r;
        let right = Range { a: a + u, n: n - u, b: b + u + k, m: m - u - k };
        self.tasks.push(Task::Right(right, DEFAULT_LIMIT));
        self.tasks.push(Task::Match(a + x, u - x));
        self.tasks.push(Task::Left(Range { a, n: x, b, m: x + k }, DEFAULT_LIMIT));
    }

    /// The points furthest from the start and from the end in this step.
    fn best(&self, r: Range, low: i64, high: i64) -> Best {
        let Range { n, m, .. } = r;
        let mut best = Best { forward: (0, 0), backward: (n, m) };
        for k in (-low..=high).step_by(2) {
            let x = self.forward.at(k).min(n).min(m - k);
            if x + x + k > best.forward.0 + best.forward.1 {
                best.forward = (x, x + k);
            }
        }
        for k in (-high..=low).step_by(2) {
            let j = k - (n - m);
            let x = self.backward.at(k).max(0).max(-j);
            if x + x + j < best.backward.0 + best.backward.1 {
                best.backward = (x, x + j);
            }
        }
        best
    }

    /// Whether both ends together have come less far than so many steps should bring them.
    fn slow(&self, r: Range, d: i64, low: i64, high: i64) -> bool {
        let Best { forward, backward } = self.best(r, low, high);
        let come = forward.0 + forward.1 + r.n + r.m - backward.0 - backward.1;
        let bits = 64 - d.leading_zeros();
        come < d << bits.div_ceil(2)
    }

    /// Gives up the search and goes on from the best points.
    fn bail(&mut self, r: Range, best: Best, limit: i64) {
        let Range { a, n, b, m } = r;
        let ((xf, yf), (xr, yr)) = (best.forward, best.backward);
        if xf >= xr || yf >= yr {
            let (x, y) = if n + m - xr - yr > xf + yf { (xr, yr) } else { (xf, yf) };
            self.tasks.push(Task::Right(Range { a: a + x, n: n - x, b: b + y, m: m - y }, DEFAULT_LIMIT));
            self.tasks.push(Task::Left(Range { a, n: x, b, m: y }, DEFAULT_LIMIT));
        } else {
            self.tasks.push(Task::Right(Range { a: a + xr, n: n - xr, b: b + yr, m: m - yr }, DEFAULT_LIMIT));
            let middle = Range { a: a + xf, n: xr - xf, b: b + yf, m: yr - yf };
            self.tasks.push(Task::Middle(middle, n, m, limit));
            self.tasks.push(Task::Left(Range { a, n: xf, b, m: yf }, DEFAULT_LIMIT));
        }
    }

    fn middle(&mut self, r: Range, whole_n: i64, whole_m: i64, limit: i64) {
        let Range { a, n, b, m } = r;
        let area = i128::from(n) * i128::from(m);
        if area < (1 << 24) + i128::from(whole_n) * i128::from(whole_m) / 2 {
            self.tasks.push(Task::Search(r, limit));
        } else if limit <= 0 {
            let (n0, m0) = (n / 4, m / 4);
            let (n1, m1) = (n0 + n / 2, m0 + m / 2);
            self.tasks.push(Task::Delete);
            self.tasks.push(Task::Insert(b + m1, m - m1));
            self.tasks.push(Task::Both(Range { a: a + n0, n: n1 - n0, b: b + m0, m: m1 - m0 }, limit));
            self.tasks.push(Task::Delete);
            self.tasks.push(Task::Insert(b, m0));
        } else {
            let (n0, m0) = (n / 2, m / 2);
            self.tasks.push(Task::Right(Range { a: a + n0, n: n - n0, b: b + m0, m: m - m0 }, limit));
            self.tasks.push(Task::Left(Range { a, n: n0, b, m: m0 }, limit));
        }
    }
}

/// How far a search has come from each end, as places in old and new.
struct Best {
    forward: (i64, i64),
    backward: (i64, i64),
}

/// An edit: a match names a place in old, an insert one in new.
#[derive(Clone, Copy)]
enum Edit {
    Match(i64, i64),
    Insert(i64, i64),
}

/// Joins edits of one kind that follow each other.
struct Coalescer<'a> {
    writer: Writer<'a>,
    pending: Option<Edit>,
    passed: bool,
}

impl Coalescer<'_> {
    fn matched(&mut self, start: i64, length: i64) {
        match &mut self.pending {
            _ if length <= 0 => {}
            Some(Edit::Match(_, pending)) => *pending += length,
            _ => {
                self.pass_on();
                self.pending = Some(Edit::Match(start, length));
            }
        }
    }

    fn insert(&mut self, start: i64, length: i64) {
        match &mut self.pending {
            _ if length <= 0 => {}
            Some(Edit::Insert(_, pending)) => *pending += length,
            _ => {
                self.pass_on();
                self.pending = Some(Edit::Insert(start, length));
            }
        }
    }

    fn delete(&mut self) {
        if !matches!(self.pending, Some(Edit::Insert(..))) {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        match self.pending.take() {
            Some(Edit::Match(start, length)) => self.writer.matched(start, length),
            Some(Edit::Insert(start, length)) => self.writer.insert(start, length),
            None => return,
        }
        self.passed = true;
    }

    fn finish(mut self, old_length: i64) -> Vec<u8> {
        match self.pending {
            Some(Edit::Insert(..)) if !self.passed => return self.writer.replacement(),
            Some(Edit::Match(0, length)) if !self.passed && length == old_length => return NO_CHANGE.to_vec(),
            None if !self.passed && old_length == 0 => return NO_CHANGE.to_vec(),
            _ => {}
        }
        self.pass_on();
        self.writer.finish()
    }
}

/// Writes edits, folding matches into inserts where that takes fewer bytes.
struct Writer<'a> {
    new: &'a [u8],
    delta: Vec<u8>,
    insert: Option<(i64, i64)>,
    matched: Option<(i64, i64)>,
    budget: i64,
    /// The delta has become as large as the new value.
    exhausted: bool,
}

/// What a number costs in a delta. The official rule takes 255 for one that needs three bytes.
const fn cost(n: i64) -> i64 {
    match n {
        ..24 => 1,
        24..255 => 2,
        255..=65535 => 3,
        _ => 5,
    }
}

/// Whether a match is better written as part of an insert of this length.
const fn cheap((start, length): (i64, i64), insert: i64) -> bool {
    cost(length + insert) - cost(insert) + length <= cost(start) + 1
}

impl<'a> Writer<'a> {
    fn new(new: &'a [u8]) -> Self {
        Self { new, delta: Vec::new(), insert: None, matched: None, budget: new.len() as i64, exhausted: false }
    }

    fn insert(&mut self, start: i64, length: i64) {
        let mut from = start;
        let mut added = length;
        if let Some(matched) = self.matched {
            if cheap(matched, length) {
                self.matched = None;
                from -= matched.1;
                added += matched.1;
            } else {
                self.flush();
            }
        }
        let (start, length) = self.insert.unwrap_or((from, 0));
        self.insert = Some((start, length + added));
    }

    fn matched(&mut self, start: i64, length: i64) {
        if self.matched.is_some() {
            self.flush();
        } else if let Some((from, inserted)) = self.insert
            && cheap((start, length), inserted)
        {
            self.insert = Some((from, inserted + length));
            return;
        }
        self.matched = Some((start, length));
    }

    fn flush(&mut self) {
        if let Some((start, length)) = self.insert.take() {
            self.pay(length + cost(length));
            if !self.exhausted {
                write_insert(&mut self.delta, &self.new[start as usize..(start + length) as usize]);
            }
        }
        if let Some((start, length)) = self.matched.take() {
            self.pay(cost(start) + cost(length));
            if !self.exhausted {
                write_match(&mut self.delta, start as usize, length as usize);
            }
        }
    }

    const fn pay(&mut self, price: i64) {
        self.budget -= price;
        self.exhausted |= self.budget <= 0;
    }

    fn replacement(&self) -> Vec<u8> {
        let mut delta = Vec::new();
        write_insert(&mut delta, self.new);
        delta
    }

    fn finish(mut self) -> Vec<u8> {
        self.flush();
        if self.exhausted { self.replacement() } else { self.delta }
    }
}
