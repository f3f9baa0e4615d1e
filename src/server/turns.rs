//! Who works next: one at a time, in slices, and between two slices whoever has little to do.
//!
//! All sessions share one thread. Work that costs something (a request, a slice of a scan, a batch of messages to send)
//! needs the turn; there is one. It goes to the address that has had least, and there to the session that has had
//! least, so neither many requests nor many sessions make others wait for more than a slice. A session that asks for
//! little, such as a ping now and then, needs no turn at all: it has an [`Allowance`].

use super::places::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// Units after which the turn rests until everything else that is ready has been looked after.
const REST_AFTER: u64 = 50_000;
/// Units after which it rests for [`REST`], so that other threads get at the world too.
const LONG_REST_AFTER: u64 = 800_000;
/// A rest.
pub(super) const REST: Duration = Duration::from_millis(1);
/// Units after which everything that was had counts half.
const FORGET_AFTER: u64 = 100_000_000;
/// The cost of a message besides what is in it, in units of an account.
pub(super) const MESSAGE_COST: u64 = 1500;

/// Whose work it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker {
    /// The session.
    pub session: u64,
    /// Where it comes from.
    pub source: Source,
}

struct Waiting {
    worker: Worker,
    turn: mpsc::Sender<Turn>,
}

#[derive(Default)]
struct State {
    taken: bool,
    waiting: Vec<Waiting>,
    by_source: HashMap<Source, u64>,
    by_session: HashMap<u64, u64>,
    /// Units since everything counted half.
    spent: u64,
    since_rest: u64,
    since_long_rest: u64,
}

/// The one turn, and who waits for it.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<State>>);

/// The turn. Dropping it gives it to the next.
pub(super) struct Turn {
    turns: Turns,
    worker: Worker,
    /// False once it has been handed back.
    held: bool,
}

/// What a session may do without a turn.
#[derive(Debug)]
pub(super) struct Allowance {
    units: u64,
    filled: Instant,
}

impl Allowance {
    /// Units at one time: about ten pings.
    const MOST: u64 = 10 * MESSAGE_COST;
    /// Units added in a millisecond: two hundred pings a second.
    const PER_MILLI: u64 = MESSAGE_COST / 5;

    /// A full allowance.
    pub(super) fn new(now: Instant) -> Self {
        Self { units: Self::MOST, filled: now }
    }

    /// Takes units, if there are as many.
    pub(super) fn take(&mut self, units: u64, now: Instant) -> bool {
        let millis = u64::try_from(now.saturating_duration_since(self.filled).as_millis()).unwrap_or(u64::MAX);
        if millis > 0 {
            self.units = self.units.saturating_add(millis.saturating_mul(Self::PER_MILLI)).min(Self::MOST);
            self.filled = now;
        }
        let enough = units <= self.units;
        if enough {
            self.units -= units;
        }
        enough
    }
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn.
    pub(super) async fn wait(&self, worker: Worker) -> Turn {
        let mut receiver = {
            let mut state = self.state();
            if !state.taken {
                state.taken = true;
                return Turn { turns: self.clone(), worker, held: true };
            }
            let (turn, receiver) = mpsc::channel(1);
            state.waiting.push(Waiting { worker, turn });
            receiver
        };
        match receiver.recv().await {
            Some(turn) => turn,
            // Nobody drops a sender without sending but the end of the server, after which nothing is to be done.
            None => std::future::pending().await,
        }
    }

    /// Gives the turn to the next.
    fn pass_on(&self) {
        loop {
            let next = {
                let mut state = self.state();
                let Some(next) = state.next() else {
                    state.taken = false;
                    return;
                };
                next
            };
            let turn = Turn { turns: self.clone(), worker: next.worker, held: true };
            match next.turn.try_send(turn) {
                Ok(()) => return,
                // It has gone meanwhile; this loop, and not the drop of the turn, looks for another.
                Err(TrySendError::Closed(mut turn) | TrySendError::Full(mut turn)) => turn.held = false,
            }
        }
    }
}

impl State {
    /// The waiting worker whose address and session have had least; of equals who waits longest.
    fn next(&mut self) -> Option<Waiting> {
        let had = |waiting: &Waiting| {
            let Worker { session, source } = waiting.worker;
            let units = |known: Option<&u64>| known.copied().unwrap_or(0);
            (units(self.by_source.get(&source)), units(self.by_session.get(&session)))
        };
        let place = (0..self.waiting.len()).min_by_key(|place| had(&self.waiting[*place]))?;
        Some(self.waiting.remove(place))
    }

    fn count(&mut self, worker: Worker, units: u64) {
        *self.by_source.entry(worker.source).or_default() += units;
        *self.by_session.entry(worker.session).or_default() += units;
        self.since_rest += units;
        self.since_long_rest += units;
        self.spent += units;
        if self.spent >= FORGET_AFTER {
            self.spent = 0;
            let halve = |units: &mut u64| {
                *units /= 2;
                *units > MESSAGE_COST
            };
            self.by_source.retain(|_, units| halve(units));
            self.by_session.retain(|_, units| halve(units));
        }
    }
}

impl Turn {
    /// Ends the turn, which has cost so many units; rests first where much has been done without a rest.
    pub(super) async fn end(self, units: u64) {
        let (rests, rests_long) = {
            let mut state = self.turns.state();
            state.count(self.worker, units);
            let rests_long = state.since_long_rest >= LONG_REST_AFTER;
            let rests = state.since_rest >= REST_AFTER;
            if rests {
                state.since_rest = 0;
            }
            if rests_long {
                state.since_long_rest = 0;
            }
            (rests, rests_long)
        };
        if rests_long {
            tokio::time::sleep(REST).await;
        } else if rests {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.held {
            self.turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    const fn worker(session: u64, last_byte: u8) -> Worker {
        let source = Source::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, last_byte)));
        Worker { session, source }
    }

    fn polled<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(out) => Some(out),
            Poll::Pending => None,
        }
    }

    #[test]
    fn who_had_least_is_next_by_address_and_then_by_session() {
        let turns = Turns::default();
        let [greedy, same_address, other] = [worker(1, 1), worker(2, 1), worker(3, 2)];
        let first = polled(pin!(turns.wait(greedy))).expect("it is free");
        let (mut again, mut same, mut another) =
            (pin!(turns.wait(greedy)), pin!(turns.wait(same_address)), pin!(turns.wait(other)));
        assert!(
            polled(again.as_mut()).is_none() && polled(same.as_mut()).is_none() && polled(another.as_mut()).is_none()
        );
        assert!(polled(pin!(first.end(1000))).is_some(), "so little needs no rest");
        assert!(polled(again.as_mut()).is_none() && polled(same.as_mut()).is_none());
        let turn = polled(another.as_mut()).expect("another address comes first");
        drop(turn);
        assert!(polled(again.as_mut()).is_none());
        drop(polled(same.as_mut()).expect("then another session"));
        drop(polled(again.as_mut()).expect("then the greedy one"));
        assert!(!turns.state().taken);
    }

    #[test]
    fn a_turn_given_to_somebody_who_has_gone_goes_on() {
        let turns = Turns::default();
        let first = polled(pin!(turns.wait(worker(1, 1)))).expect("it is free");
        let mut last = Box::pin(turns.wait(worker(3, 1)));
        {
            let mut gone = Box::pin(turns.wait(worker(2, 1)));
            let mut given = Box::pin(turns.wait(worker(4, 2)));
            assert!(polled(gone.as_mut()).is_none() && polled(given.as_mut()).is_none());
            drop(gone);
            drop(first);
        }
        assert!(polled(last.as_mut()).is_some(), "both who waited before have gone, one with the turn in its hands");
    }

    #[test]
    fn an_allowance_lets_a_few_pings_pass_and_fills_with_time() {
        let began = Instant::now();
        let mut allowance = Allowance::new(began);
        assert_eq!((0..100).filter(|_| allowance.take(MESSAGE_COST, began)).count(), 10);
        let later = began + Duration::from_millis(5);
        assert_eq!((0..100).filter(|_| allowance.take(MESSAGE_COST, later)).count(), 1);
        let much_later = began + Duration::from_hours(1);
        assert_eq!((0..100).filter(|_| allowance.take(MESSAGE_COST, much_later)).count(), 10);
    }
}
