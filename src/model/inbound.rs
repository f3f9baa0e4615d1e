//! Requests of the server: one table says which feature takes which.
//!
//! The session has decoded and bounded them and answers what nobody decides; see [`crate::wire::Inbound`] for how to add
//! one. A feature answers by [`Effects::reply`], [`Effects::refuse`] or [`Effects::reply_by_default`].

use super::effects::Effects;
use super::{Connected, answering, missing_topics, requests, session_list, topics};
use crate::client::api::{AutoAnswered, InboundRequest, Level, LogLine, RequestId};
use crate::data::Timestamp;
use crate::wire::service::Inbound;
use crate::wire::services::{self, name_of};
use hashbrown::HashMap;
use std::sync::LazyLock;

/// Requests by service.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::of([
        on_request::<services::FilterResponse>(requests::on_response),
        on_request::<services::MessagingReceiverClient>(answering::on_handler_request)
            .auto_answered(answering::on_auto_answered),
        on_request::<services::MessagingSend>(answering::on_session_request).auto_answered(answering::on_auto_answered),
        on_request::<services::MissingTopic>(missing_topics::on_request)
            .auto_answered(missing_topics::on_auto_answered),
        on_request::<services::NotificationEvent>(topics::notifications::on_event),
        on_request::<services::NotificationDescendant>(topics::notifications::on_descendant),
        on_request::<services::SessionPropertiesEvent>(session_list::events::on_event),
    ])
});

/// A request of the server as its feature receives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerRequest<S: Inbound> {
    /// Names it in the answer.
    pub id: RequestId,
    /// What the server sent.
    pub request: S::Request,
    /// When it came.
    pub at: Timestamp,
    /// Until when it can be answered; none if it is answered already, or wants no answer.
    pub until: Option<Timestamp>,
}

type OnAutoAnswered = fn(&mut Connected, &mut Effects, RequestId, AutoAnswered);

/// Takes a request whose type is known only inside.
type Take = Box<dyn Fn(&mut Connected, &mut Effects, InboundRequest) + Send + Sync>;

/// What becomes of the requests of one service.
struct Route {
    service: u32,
    take: Take,
    auto_answered: Option<OnAutoAnswered>,
}

/// Hands the requests of a service to a function.
fn on_request<S: Inbound>(take: fn(&mut Connected, &mut Effects, ServerRequest<S>)) -> Route {
    let take = move |at: &mut Connected, fx: &mut Effects, inbound: InboundRequest| {
        let InboundRequest { id, request, at: came, until, .. } = inbound;
        let request = *request.downcast::<S::Request>().expect("the decoder of a service makes its request type");
        take(at, fx, ServerRequest { id, request, at: came, until });
    };
    Route { service: S::ID, take: Box::new(take), auto_answered: None }
}

impl Route {
    /// Says to a function that a request was answered without a decision.
    fn auto_answered(self, then: OnAutoAnswered) -> Self {
        Self { auto_answered: Some(then), ..self }
    }
}

struct Table(HashMap<u32, Route>);

impl Table {
    fn of<const N: usize>(routes: [Route; N]) -> Self {
        Self(routes.into_iter().map(|route| (route.service, route)).collect())
    }

    /// Hands a request to its feature. One that no feature takes is answered as not offered, so that nobody waits.
    fn route(&self, at: &mut Connected, request: InboundRequest, fx: &mut Effects) {
        if let Some(route) = self.0.get(&request.service) {
            return (route.take)(at, fx, request);
        }
        let text = format!("the server asked for {}, which is not offered", name_of(request.service));
        at.log.push(LogLine { at: request.at, level: Level::Warn, text });
        if request.until.is_some() {
            fx.not_offered(request.id, request.service);
        }
    }
}

/// Hands a request to the feature that takes it.
pub(super) fn route(at: &mut Connected, request: InboundRequest, fx: &mut Effects) {
    TABLE.route(at, request, fx);
}

/// Says to the feature that took a request that it was answered without a decision.
pub(super) fn auto_answered(at: &mut Connected, id: RequestId, service: u32, why: AutoAnswered, fx: &mut Effects) {
    if let Some(then) = TABLE.0.get(&service).and_then(|route| route.auto_answered) {
        then(at, fx, id, why);
    }
}

#[cfg(test)]
mod tests;
