//! Requests about many sessions: those that a filter selects, found first and without effect, in slices as with topics.

use super::scan::{SLICE, Scan};
use super::{RequestContext, ServiceError};
use crate::data::session_filter::SessionFilter;
use crate::data::{Account, ErrorCode, Exhausted, SessionId};
use crate::server::world::World;
use crate::wire::codec::Wire;
use crate::wire::services::session_listing::{CountOrErrors, ErrorReport, Selected};
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Sessions that are looked at between two looks at what the slice has cost.
const CHUNK: usize = 64;

/// Reads a stranger's session filter.
///
/// # Errors
/// What is wrong with it, as it is reported.
pub(super) fn read_filter(text: &str, account: &mut Account) -> Result<SessionFilter, Vec<ErrorReport>> {
    SessionFilter::parse_within(text, account).map_err(|error| {
        let place = error.location(text);
        let number = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        vec![ErrorReport { message: error.reason, line: number(place.line), column: number(place.column) }]
    })
}

/// There is no session of an id.
pub(super) fn no_such_session() -> ServiceError {
    ServiceError::new(ErrorCode::NO_SUCH_SESSION, "No such session")
}

/// A walk through the sessions that a filter selects, in the order in which they were opened.
pub(super) struct SessionWalk {
    filter: SessionFilter,
    next: u64,
    is_through: bool,
}

impl SessionWalk {
    /// Through all that it selects.
    pub(super) const fn new(filter: SessionFilter) -> Self {
        Self { filter, next: 0, is_through: false }
    }

    /// Keys of the next sessions; none when everything was looked at.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub(super) fn next(&mut self, world: &World, account: &mut Account) -> Result<Option<Vec<u64>>, Exhausted> {
        if self.is_through {
            return Ok(None);
        }
        let mut found = Vec::new();
        let until = account.spent() + SLICE;
        let mut sessions = world.sessions.range(self.next..);
        for _ in 0..CHUNK {
            let Some((key, session)) = sessions.next() else {
                self.is_through = true;
                break;
            };
            account.visit()?;
            if self.filter.matches(|key| session.properties.value(key), account)? {
                found.push(*key);
            }
            self.next = key + 1;
            if account.spent() >= until {
                break;
            }
        }
        Ok(Some(found))
    }

    /// Bytes that it keeps.
    pub(super) fn kept_bytes(&self) -> usize {
        self.filter.kept_bytes()
    }
}

/// How far an act has come with one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acted {
    /// There is more to do for it.
    InPart,
    /// It is done.
    Done,
}

/// What is done to each session of a request.
pub(super) trait Act: Send {
    /// Looks without effect at what doing it may cost, to one session or to any; whether there is more to look at.
    ///
    /// # Errors
    /// It costs too much.
    fn try_out(&mut self, _cx: &mut RequestContext<'_>, _target: Option<u64>) -> Result<bool, ServiceError> {
        Ok(false)
    }

    /// Does a little of it to a session that is there. A session is done before the next is begun.
    ///
    /// # Errors
    /// It cannot be done to this session, and nothing was.
    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError>;

    /// Bytes that it keeps.
    fn kept_bytes(&self) -> usize;
}

/// How many sessions something was done to, or what is wrong with their filter.
pub(super) trait Count: Wire {
    /// So many.
    fn of(count: i32) -> Self;
    /// The filter cannot be read.
    fn bad_filter(reports: Vec<ErrorReport>) -> Self;
}

impl Count for CountOrErrors {
    fn of(count: i32) -> Self {
        Self { count, errors: Vec::new() }
    }

    fn bad_filter(errors: Vec<ErrorReport>) -> Self {
        Self { count: 0, errors }
    }
}

impl Count for Selected {
    fn of(count: i32) -> Self {
        Self::Sessions(count)
    }

    fn bad_filter(reports: Vec<ErrorReport>) -> Self {
        Self::BadFilter(reports)
    }
}

/// An act at one session on its way.
pub(super) struct OnOne<A> {
    act: A,
    target: u64,
    is_tried_out: bool,
}

impl<A: Act> OnOne<A> {
    /// Acts on the session of an id.
    ///
    /// # Errors
    /// 107.
    pub(super) fn new(cx: &RequestContext<'_>, id: SessionId, act: A) -> Result<Self, ServiceError> {
        let target = cx.world.session_key(id).ok_or_else(no_such_session)?;
        Ok(Self::at(target, act))
    }

    /// Acts on a session.
    pub(super) const fn at(target: u64, act: A) -> Self {
        Self { act, target, is_tried_out: false }
    }

    /// Does a slice; whether there is more.
    pub(super) fn go_on(&mut self, cx: &mut RequestContext<'_>) -> Result<bool, ServiceError> {
        cx.slice(|cx| {
            if !self.is_tried_out {
                self.is_tried_out = !self.act.try_out(cx, Some(self.target))?;
                return Ok(true);
            }
            if !cx.world.sessions.contains_key(&self.target) {
                // It was there when the request began; it has ended meanwhile, with all that was to be done to it.
                return Ok(false);
            }
            Ok(self.act.act(cx, self.target)? == Acted::InPart)
        })
    }
}

impl<A: Act> Scan for OnOne<A> {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        self.act.kept_bytes()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        Ok((!self.go_on(cx)?).then_some(()))
    }
}

/// An act at the sessions that a filter selects, on its way. They are found before anything is done; the session that
/// asks is the last, since it may be closed by what it does.
pub(super) struct OnSelected<A, R> {
    act: A,
    bad_filter: Vec<ErrorReport>,
    walk: Option<SessionWalk>,
    is_tried_out: bool,
    targets: VecDeque<u64>,
    count: i32,
    answer: PhantomData<fn() -> R>,
}

impl<A: Act, R: Count> OnSelected<A, R> {
    /// Acts on the sessions that a filter selects.
    pub(super) fn new(cx: &mut RequestContext<'_>, filter: &str, act: A) -> Self {
        let (walk, bad_filter) = match read_filter(filter, cx.account) {
            Ok(filter) => (Some(SessionWalk::new(filter)), Vec::new()),
            Err(reports) => (None, reports),
        };
        let targets = VecDeque::new();
        Self { act, bad_filter, walk, is_tried_out: false, targets, count: 0, answer: PhantomData }
    }

    /// Finds some more of the sessions.
    fn find(&mut self, cx: &mut RequestContext<'_>) -> Result<bool, ServiceError> {
        let Some(walk) = &mut self.walk else { return Ok(false) };
        if let Some(found) = walk.next(cx.world, cx.account)? {
            self.targets.extend(found);
        } else {
            self.walk = None;
            if let Some(at) = self.targets.iter().position(|target| *target == cx.key) {
                self.targets.remove(at);
                self.targets.push_back(cx.key);
            }
        }
        Ok(true)
    }
}

impl<A: Act, R: Count> Scan for OnSelected<A, R> {
    type Output = R;

    fn kept_bytes(&self) -> usize {
        let walk = self.walk.as_ref().map_or(0, SessionWalk::kept_bytes);
        self.act.kept_bytes() + walk + self.targets.len() * size_of::<u64>()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<R>, ServiceError> {
        if !self.bad_filter.is_empty() {
            return Ok(Some(R::bad_filter(std::mem::take(&mut self.bad_filter))));
        }
        let more = cx.slice(|cx| {
            if self.find(cx)? {
                return Ok(true);
            }
            if !self.is_tried_out {
                self.is_tried_out = !self.act.try_out(cx, None)?;
                return Ok(true);
            }
            cx.commit();
            let Some(target) = self.targets.front().copied() else { return Ok(false) };
            cx.account.note(crate::data::cost::VISIT);
            let acted = if cx.world.sessions.contains_key(&target) { self.act.act(cx, target).ok() } else { None };
            if acted != Some(Acted::InPart) {
                self.targets.pop_front();
                self.count += i32::from(acted.is_some());
            }
            Ok(true)
        })?;
        Ok((!more).then(|| R::of(self.count)))
    }
}
