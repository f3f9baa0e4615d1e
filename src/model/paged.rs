//! A fetch in pages, for a reducer: each page is asked for, given to its owner, and followed by the next.
//!
//! The pages themselves, what comes after each and when to stop are the service's
//! ([`crate::wire::services::fetch::Pages`]), so that window and command line go on alike. An owner keeps the [`Pages`]
//! beside the [`Remote`] that they fill:
//!
//! ```text
//! begin   sheet.pages = Pages::of(Request::paths(selector), BOUNDS);
//!         sheet.count.ask_page(&sheet.pages, (), on_page, fx);
//! on_page let Some((page, next)) = sheet.count.take_page(&mut sheet.pages, reply, fx) else { return };
//!         …add the page…
//!         match next { Next::Ask => ask_page(…) again, Next::Complete | Next::Bound => finish(Ok(…), fx) }
//! ```

use super::Connected;
use super::effects::{Effects, Reply};
use super::remote::Remote;
use crate::client::api::CallError;
use crate::wire::services::Fetch;
use crate::wire::services::fetch::{Next, Pages, Response};

impl<T> Remote<T> {
    /// Asks for the page that comes next; its answer goes to the function, with what the owner wants to know by then.
    pub fn ask_page<C: Send + 'static>(
        &mut self,
        pages: &Pages,
        context: C,
        then: fn(&mut Connected, &mut Effects, C, Reply<Fetch>),
        fx: &mut Effects,
    ) {
        let call = fx.call_for::<Fetch, C>(pages.request(), context, then);
        self.go_on(call, fx.now);
    }

    /// The page that was asked for and what comes after it. None if another call is waited for here, or if it failed:
    /// then the error is kept here.
    pub fn take_page(&mut self, pages: &mut Pages, reply: Reply<Fetch>, fx: &Effects) -> Option<(Response, Next)> {
        if !self.awaits(fx) {
            return None;
        }
        let page = reply.and_then(|page| match pages.take(&page) {
            Ok(next) => Ok((page, next)),
            Err(error) => Err(CallError::Paging(error)),
        });
        match page {
            Ok(page) => Some(page),
            Err(error) => {
                self.finish(Err(error), fx);
                None
            }
        }
    }
}
