//! Any request of the server reaches its feature and is answered through the read-only gate.

use super::*;
use crate::client::api::{CallError, Command, ConnectOptions, InboundReply, LinkId, Target};
use crate::data::ErrorCode;
use crate::model::connections::Environment;
use crate::model::effects::Effect;
use crate::model::gate::Gate;
use crate::wire::service::{Answering, Effect as ServiceEffect, Fallback, Service, ServiceError};
use crate::wire::services::INBOUND;

/// A service made up here, with a typed answer.
struct Weigh;

impl Service for Weigh {
    const ID: u32 = 0x7001;
    const NAME: &'static str = "weigh";
    const EFFECT: ServiceEffect = ServiceEffect::FromServer;
    type Request = String;
    type Response = i32;
}

impl Inbound for Weigh {
    const ANSWER_EFFECT: ServiceEffect = ServiceEffect::ChangesServer;
    const ANSWER: Answering<i32> = Answering::Decided {
        within_millis: 100,
        otherwise: Fallback::Refuse(ErrorCode::REJECTED_REQUEST, "Nobody weighs it"),
    };
}

/// Answers by the length of what is weighed; what is empty cannot be weighed, and air is left to the server.
fn weigh(at: &mut Connected, fx: &mut Effects, load: ServerRequest<Weigh>) {
    let outcome = match load.request.as_str() {
        "" => fx.refuse::<Weigh>(load.id, ServiceError::new(ErrorCode::INVALID_DATA, "Nothing to weigh")),
        "air" => {
            fx.reply_by_default::<Weigh>(load.id);
            Ok(())
        }
        what => fx.reply::<Weigh>(load.id, &i32::try_from(what.len()).unwrap_or(i32::MAX)),
    };
    if let Err(error) = outcome {
        at.name = format!("{error:?}");
    }
}

fn overdue(at: &mut Connected, _fx: &mut Effects, id: RequestId, why: AutoAnswered) {
    at.name = format!("{} {why:?}", id.0);
}

fn connected() -> Connected {
    let options = ConnectOptions::to(Target::Embedded);
    Connected::new(LinkId(1), "c".into(), "c", Environment::Test, options, Timestamp(0))
}

fn request(id: i64, what: &str) -> InboundRequest {
    let (at, until) = (Timestamp(1), Some(Timestamp(2)));
    InboundRequest {
        id: RequestId(id),
        service: Weigh::ID,
        request: Box::new(what.to_owned()),
        size_bytes: 1,
        at,
        until,
    }
}

fn answers(table: &Table, at: &mut Connected, read_only: bool, what: &str) -> Vec<InboundReply> {
    let mut fx = Effects::through(Gate::new(Some(LinkId(1)), read_only), Timestamp(1), 0);
    table.route(at, request(7, what), &mut fx);
    let reply = |effect| match effect {
        Effect::Send(LinkId(1), Command::Reply(reply), _) => reply,
        other => panic!("{other:?}"),
    };
    fx.take().into_iter().map(reply).collect()
}

#[test]
fn one_line_brings_a_request_to_its_feature_and_its_typed_answer_back() {
    let table = Table::of([on_request::<Weigh>(weigh).auto_answered(overdue)]);
    let mut at = connected();
    let id = RequestId(7);
    assert_eq!(answers(&table, &mut at, false, "stone"), [InboundReply::response::<Weigh>(id, &5)]);
    let nothing = ServiceError::new(ErrorCode::INVALID_DATA, "Nothing to weigh");
    assert_eq!(answers(&table, &mut at, false, ""), [InboundReply::error::<Weigh>(id, nothing)]);
    assert_eq!(answers(&table, &mut at, false, "air"), [InboundReply::fallback::<Weigh>(id)]);
    let then = table.0[&Weigh::ID].auto_answered.expect("a function");
    then(&mut at, &mut Effects::default(), id, AutoAnswered::TimedOut);
    assert_eq!(at.name, "7 TimedOut");
}

#[test]
fn a_read_only_connection_gives_only_the_answer_without_a_decision() {
    let table = Table::of([on_request::<Weigh>(weigh)]);
    let mut at = connected();
    for what in ["stone", ""] {
        at.name.clear();
        assert_eq!(answers(&table, &mut at, true, what), []);
        assert_eq!(at.name, format!("{:?}", CallError::ReadOnly), "{what}");
    }
    assert_eq!(answers(&table, &mut at, true, "air"), [InboundReply::fallback::<Weigh>(RequestId(7))]);
}

#[test]
fn what_no_feature_takes_is_answered_as_not_offered() {
    let table = Table::of([]);
    for read_only in [false, true] {
        let mut at = connected();
        let [reply] = &answers(&table, &mut at, read_only, "stone")[..] else { panic!("one answer") };
        assert_eq!(reply.answer.as_ref().map_err(|error| error.code), Err(ErrorCode::COMMUNICATION_FAILURE));
        assert_eq!(at.log.lines.len(), 1);
    }
}

#[test]
fn every_request_that_waits_for_a_decision_has_its_feature() {
    for entry in INBOUND.iter().filter(|entry| entry.decide_millis.is_some()) {
        assert!(TABLE.0.contains_key(&entry.id), "{} has no on_request line", entry.name);
    }
}
