//! What each service and each answer does to the server, compared with a list that a person has looked at.

use crate::wire::decode;
use crate::wire::protocol::SPOKEN;
use crate::wire::service::{Effect, Inbound};
use crate::wire::services::{ALL, INBOUND, InboundVisitor, inbound, visit_inbound};
use bytes::Bytes;
use std::fmt::Write as _;

/// Number, name and effect of every service, as `tests/samples/service-effects.txt` has them. A service that is added
/// or changed makes this fail: decide whether a read-only connection may call or answer it, then write the line by hand.
#[test]
fn every_service_says_what_it_does_to_the_server() {
    let kept = include_str!("../../samples/service-effects.txt");
    let mut all = ALL.to_vec();
    all.sort_unstable_by_key(|entry| entry.id);
    let mut now = String::new();
    for entry in all {
        write!(now, "{:#04x} {} {}", entry.id, entry.name, entry.effect.name()).expect("a string takes all");
        if let Some(inbound) = inbound(entry.id) {
            write!(now, " answer:{}", inbound.answer_effect.name()).expect("a string takes all");
        }
        now.push('\n');
    }
    assert_eq!(kept, now, "the list as it should be:\n{now}");
}

#[test]
fn what_only_the_server_sends_can_be_received() {
    for entry in ALL.iter().filter(|entry| entry.effect == Effect::FromServer) {
        assert!(inbound(entry.id).is_some(), "{} is in no list of inbound requests", entry.name);
    }
}

/// An answer without a decision is one that the server can read.
struct Fallbacks;

impl InboundVisitor for Fallbacks {
    fn visit<S: Inbound>(&mut self) {
        let entry = inbound(S::ID).expect("it is listed");
        for version in SPOKEN {
            match (entry.fallback)(version) {
                Ok(payload) => {
                    assert!(decode::<S::Response>(payload.clone(), version).is_ok(), "{}: {payload:?}", S::NAME);
                    assert!(entry.decide_millis.is_some() || payload == Bytes::new(), "{}", S::NAME);
                }
                Err(error) => assert!(!error.description.is_empty() && error.code.name().is_some(), "{}", S::NAME),
            }
        }
    }
}

#[test]
fn an_answer_without_a_decision_is_one_of_the_service() {
    visit_inbound(&mut Fallbacks);
    for entry in INBOUND {
        assert!(entry.decide_millis.is_none_or(|millis| (1..=60_000).contains(&millis)), "{}", entry.name);
    }
}
