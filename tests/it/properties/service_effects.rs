//! What each service does to the server, compared with a list that a person has looked at.

use crate::wire::services::ALL;
use std::fmt::Write as _;

/// Number, name and effect of every service, as `tests/samples/service-effects.txt` has them. A service that is added
/// or changed makes this fail: decide whether a read-only connection may call it, then write the line by hand.
#[test]
fn every_service_says_what_it_does_to_the_server() {
    let kept = include_str!("../../samples/service-effects.txt");
    let mut all = ALL.to_vec();
    all.sort_unstable_by_key(|entry| entry.id);
    let mut now = String::new();
    for entry in all {
        writeln!(now, "{:#04x} {} {}", entry.id, entry.name, entry.effect.name()).expect("a string takes all");
    }
    assert_eq!(kept, now, "the list as it should be:\n{now}");
}
