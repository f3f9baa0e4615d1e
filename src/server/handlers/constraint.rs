//! Whether an update constraint is satisfied.

use super::ServiceError;
use crate::data::pointer::Pointer;
use crate::data::value::json::Json;
use crate::data::{Account, DataType, ErrorCode, Exhausted, TopicPath, cost};
use crate::server::topic::Topic;
use crate::server::world::World;
use crate::wire::services::shared::{Comparison, Constraint, ConstraintType, Operator};
use std::cell::OnceCell;
use std::cmp::Ordering;

/// Refuses an update whose constraint is not satisfied.
///
/// # Errors
/// 9012; 106 if finding that out takes more than the account has.
pub(super) fn check(
    world: &World,
    session: u64,
    path: &str,
    constraint: &Constraint,
    account: &mut Account,
) -> Result<(), ServiceError> {
    let topic = TopicPath::parse(path).ok().and_then(|path| world.topics.get(&path));
    let is_locked = |name: &str, sequence| world.locks.holds(name, session, sequence);
    if Subject::of(topic, &is_locked).satisfies(constraint, account)? {
        return Ok(());
    }
    let name = match constraint {
        Constraint::Unconstrained => "Unconstrained",
        Constraint::And(_) => "Conjunction",
        Constraint::Or(..) => "Disjunction",
        Constraint::Value(_) => "TopicValue",
        Constraint::NoValue => "NoValue",
        Constraint::Locked { .. } => "Locked",
        Constraint::NoTopic => "NoTopic",
        Constraint::PartialJson { .. } => "PartialJSON",
    };
    let text = format!("The constraint {name} for path {path} is not satisfied");
    Err(ServiceError::new(ErrorCode::UNSATISFIED_CONSTRAINT, text))
}

/// What a constraint is about.
struct Subject<'a> {
    topic: Option<&'a Topic>,
    is_locked: &'a dyn Fn(&str, i64) -> bool,
    /// The topic's value, read once for all parts of the constraint that look into it.
    json: OnceCell<Option<Json>>,
}

impl<'a> Subject<'a> {
    fn of(topic: Option<&'a Topic>, is_locked: &'a dyn Fn(&str, i64) -> bool) -> Self {
        Self { topic, is_locked, json: OnceCell::new() }
    }

    fn satisfies(&self, constraint: &Constraint, account: &mut Account) -> Result<bool, Exhausted> {
        account.charge(cost::COMPARE)?;
        Ok(match constraint {
            Constraint::Unconstrained => true,
            Constraint::And(parts) => {
                for part in parts {
                    if !self.satisfies(part, account)? {
                        return Ok(false);
                    }
                }
                true
            }
            Constraint::Or(left, right) => self.satisfies(left, account)? || self.satisfies(right, account)?,
            Constraint::NoTopic => self.topic.is_none(),
            Constraint::NoValue => self.topic.is_some_and(|topic| topic.value().is_none()),
            Constraint::Value(comparison) => self.compares(comparison, account)?,
            Constraint::PartialJson { with, without } => self.partial(with, without, account)?,
            Constraint::Locked { name, sequence } => (self.is_locked)(name, *sequence),
        })
    }

    fn json(&self, account: &mut Account) -> Option<&Json> {
        let read = || {
            let value = self.topic?.plain_value()?;
            account.note(value.len() as u64);
            Json::from_cbor(value).ok()
        };
        self.json.get_or_init(read).as_ref()
    }

    fn compares(&self, comparison: &Comparison, account: &mut Account) -> Result<bool, Exhausted> {
        let Some((topic, value)) = self.topic.and_then(|topic| Some((topic, topic.plain_value()?))) else {
            return Ok(false);
        };
        account.charge_bytes(comparison.value.len())?;
        if comparison.operator == Operator::Is {
            return Ok(*value == comparison.value);
        }
        match topic.data_type {
            DataType::Json | DataType::String | DataType::Int64 | DataType::Double => match self.json(account) {
                Some(value) => compared(value, comparison, account),
                None => Ok(false),
            },
            DataType::Binary | DataType::RecordV2 => Ok(equal(value == &comparison.value, comparison.operator)),
        }
    }

    fn partial(
        &self,
        with: &[(String, Comparison)],
        without: &[String],
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        let is_json = self.topic.is_some_and(|topic| topic.data_type == DataType::Json);
        let Some(value) = self.json(account).filter(|_| is_json) else { return Ok(false) };
        for (pointer, comparison) in with {
            let Ok(pointer) = pointer.parse::<Pointer>() else { return Ok(false) };
            let Some(part) = pointer.find_within(value, account)? else { return Ok(false) };
            if !compared(part, comparison, account)? {
                return Ok(false);
            }
        }
        for pointer in without {
            let Ok(pointer) = pointer.parse::<Pointer>() else { return Ok(false) };
            if pointer.find_within(value, account)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Compares a part of a JSON value, which may mean writing all of it.
fn compared(part: &Json, comparison: &Comparison, account: &mut Account) -> Result<bool, Exhausted> {
    part.charge(account)?;
    account.charge(comparison.value.len() as u64)?;
    Ok(part_compares(part, comparison))
}

/// Compares a part of a JSON value.
fn part_compares(part: &Json, comparison: &Comparison) -> bool {
    let Ok(given) = Json::from_cbor(&comparison.value) else { return false };
    let operator = comparison.operator;
    if operator == Operator::Is {
        return part.to_cbor() == given.to_cbor();
    }
    match comparison.value_type {
        ConstraintType::Null => equal(*part == Json::Null, operator),
        ConstraintType::Boolean => matches!(part, Json::Bool(_)) && equal(*part == given, operator),
        ConstraintType::String => match (part, &given) {
            (Json::String(text), Json::String(given)) => equal(text == given, operator),
            (Json::Int(_) | Json::Float(_), Json::String(given)) => equal(part.to_text() == *given, operator),
            _ => false,
        },
        ConstraintType::Int64 | ConstraintType::Double => order(part, &given).is_some_and(|order| match operator {
            Operator::Is | Operator::Eq => order == Ordering::Equal,
            Operator::Ne => order != Ordering::Equal,
            Operator::Gt => order == Ordering::Greater,
            Operator::Ge => order != Ordering::Less,
            Operator::Lt => order == Ordering::Less,
            Operator::Le => order != Ordering::Greater,
        }),
        ConstraintType::Binary | ConstraintType::Json | ConstraintType::RecordV2 => {
            equal(part.to_cbor() == given.to_cbor(), operator)
        }
    }
}

const fn equal(is_equal: bool, operator: Operator) -> bool {
    match operator {
        Operator::Is | Operator::Eq => is_equal,
        Operator::Ne => !is_equal,
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => false,
    }
}

/// The order of two numbers; text that is a number counts as one.
fn order(part: &Json, given: &Json) -> Option<Ordering> {
    match (part, given) {
        (Json::Int(a), Json::Int(b)) => Some(a.cmp(b)),
        (Json::String(text), _) => {
            let number = text.parse().map(Json::Int).or_else(|_| text.parse().map(Json::Float)).ok()?;
            order(&number, given)
        }
        _ => number(part)?.partial_cmp(&number(given)?),
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(number) => Some(*number as f64),
        Json::Float(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TopicSpec, TopicType};
    use bytes::Bytes;

    /// Locks are held with the sequence 7.
    fn is_satisfied(topic: Option<&Topic>, constraint: &Constraint) -> bool {
        Subject::of(topic, &|_, sequence| sequence == 7).satisfies(constraint, &mut Account::request()).expect("cheap")
    }

    #[test]
    fn a_constraint_costs_what_it_looks_at() {
        let topic = json_topic(&format!(r#"{{"a":[{}1]}}"#, "1,".repeat(20_000)));
        let whole = ("/a".to_owned(), comparison(Operator::Ne, ConstraintType::Json, "0"));
        let constraint = |times| Constraint::PartialJson { with: vec![whole.clone(); times], without: Vec::new() };
        let locked = |_: &str, _| false;
        let satisfied = |times| {
            let mut account = Account::request();
            (Subject::of(Some(&topic), &locked).satisfies(&constraint(times), &mut account), account.spent())
        };
        assert_eq!(satisfied(1).0, Ok(true));
        let (many, spent) = satisfied(5000);
        assert_eq!(many, Err(Exhausted));
        assert!(spent < 2 * cost::REQUEST, "the value is read once: {spent}");
    }

    fn json_topic(text: &str) -> Topic {
        let mut topic = Topic::new(1, TopicSpec::new(TopicType::Json));
        topic.set(Json::from_text(text).unwrap().to_cbor().into(), "", 0);
        topic
    }

    fn comparison(operator: Operator, value_type: ConstraintType, text: &str) -> Comparison {
        Comparison { operator, value_type, value: Json::from_text(text).unwrap().to_cbor().into() }
    }

    #[test]
    fn comparisons_at_pointers() {
        use ConstraintType::{Boolean, Int64, Null, String};
        let topic = json_topic(r#"{"n":1,"t":"1.0","s":"x","z":null,"b":true,"a":[5]}"#);
        for (pointer, operator, value_type, given, expected) in [
            ("/n", Operator::Eq, Int64, "1", true),
            ("/n", Operator::Eq, Int64, "1.0", true),
            ("/t", Operator::Eq, Int64, "1", true),
            ("/n", Operator::Gt, Int64, "0", true),
            ("/n", Operator::Lt, Int64, "1", false),
            ("/n", Operator::Le, Int64, "1", true),
            ("/n", Operator::Eq, String, "\"1\"", true),
            ("/s", Operator::Ne, String, "\"y\"", true),
            ("/z", Operator::Ne, String, "\"y\"", false),
            ("/s", Operator::Ge, Int64, "1", false),
            ("/z", Operator::Eq, Null, "null", true),
            ("/s", Operator::Ne, Null, "null", true),
            ("/b", Operator::Eq, Boolean, "true", true),
            ("/b", Operator::Eq, Boolean, "false", false),
            ("/a/0", Operator::Is, ConstraintType::Binary, "5", true),
            ("/absent", Operator::Ne, Int64, "5", false),
        ] {
            let with = vec![(pointer.to_owned(), comparison(operator, value_type, given))];
            let constraint = Constraint::PartialJson { with, without: Vec::new() };
            assert_eq!(is_satisfied(Some(&topic), &constraint), expected, "{pointer} {operator:?} {given}");
        }
    }

    #[test]
    fn a_null_member_is_there() {
        let topic = json_topic(r#"{"z":null}"#);
        for (pointer, expected) in [("/z", false), ("/y", true), ("", false)] {
            let constraint = Constraint::PartialJson { with: Vec::new(), without: vec![pointer.to_owned()] };
            assert_eq!(is_satisfied(Some(&topic), &constraint), expected, "{pointer}");
        }
    }

    /// Satisfied or not, as a constraint on a topic that is there.
    fn leaf(satisfied: bool) -> Constraint {
        Constraint::Locked { name: "l".to_owned(), sequence: if satisfied { 7 } else { 1 } }
    }

    #[test]
    fn combinations_of_every_kind_and_depth() {
        let topic = json_topic("1");
        let is = |constraint: &Constraint| is_satisfied(Some(&topic), constraint);
        let both = |a: Constraint, b: Constraint| Constraint::And(vec![a, b]);
        let either = |a: Constraint, b: Constraint| Constraint::Or(Box::new(a), Box::new(b));
        for bits in 0..8u8 {
            let holds @ [a, b, c] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
            let [one, two, three] = holds.map(leaf);
            for (constraint, expected) in [
                (both(one.clone(), two.clone()), a && b),
                (either(one.clone(), two.clone()), a || b),
                (Constraint::And(vec![one.clone(), two.clone(), three.clone()]), a && b && c),
                (both(both(one.clone(), two.clone()), three.clone()), a && b && c),
                (both(one.clone(), both(two.clone(), three.clone())), a && b && c),
                (both(either(one.clone(), two.clone()), three.clone()), (a || b) && c),
                (either(both(one.clone(), two.clone()), three.clone()), a && b || c),
                (either(one.clone(), either(two.clone(), three.clone())), a || b || c),
                (both(Constraint::Unconstrained, one.clone()), a),
            ] {
                assert_eq!(is(&constraint), expected, "{a} {b} {c} {constraint:?}");
            }
        }
    }

    #[test]
    fn parts_that_must_be_and_must_not_be_count_together() {
        let topic = json_topic(r#"{"a":1,"b":{"c":null}}"#);
        let one =
            |pointer: &str, text: &str| (pointer.to_owned(), comparison(Operator::Eq, ConstraintType::Int64, text));
        let (holds, fails) = (one("/a", "1"), one("/a", "2"));
        for (with, without, expected) in [
            (vec![], vec![], true),
            (vec![holds.clone()], vec![], true),
            (vec![holds.clone()], vec!["/x"], true),
            (vec![holds.clone(), holds.clone()], vec!["/x", "/b/x"], true),
            (vec![holds.clone()], vec!["/b/c"], false),
            (vec![holds.clone()], vec!["/x", "/b/c"], false),
            (vec![holds.clone(), fails.clone()], vec![], false),
            (vec![fails.clone()], vec!["/x"], false),
            (vec![holds.clone()], vec!["no pointer"], false),
            (vec![one("no pointer", "1")], vec![], false),
        ] {
            let constraint =
                Constraint::PartialJson { with, without: without.iter().map(|p| (*p).to_owned()).collect() };
            assert_eq!(is_satisfied(Some(&topic), &constraint), expected, "{constraint:?}");
            assert!(!is_satisfied(None, &constraint));
            let text = Topic::new(1, TopicSpec::new(TopicType::String));
            assert!(!is_satisfied(Some(&text), &constraint), "no JSON");
            let empty = Topic::new(1, TopicSpec::new(TopicType::Json));
            assert!(!is_satisfied(Some(&empty), &constraint), "no value");
        }
    }

    #[test]
    fn existence_value_and_combinations() {
        let empty = Topic::new(1, TopicSpec::new(TopicType::String));
        let full = json_topic("1");
        let is_one = Constraint::Value(Comparison::is(Bytes::from_static(&[1])));
        assert!(is_satisfied(None, &Constraint::NoTopic) && !is_satisfied(Some(&empty), &Constraint::NoTopic));
        assert!(is_satisfied(Some(&empty), &Constraint::NoValue) && !is_satisfied(None, &Constraint::NoValue));
        assert!(is_satisfied(Some(&full), &is_one) && !is_satisfied(Some(&empty), &is_one));
        let both = Constraint::And(vec![is_one.clone(), Constraint::NoTopic]);
        let either = Constraint::Or(Box::new(Constraint::NoTopic), Box::new(is_one));
        assert!(!is_satisfied(Some(&full), &both) && is_satisfied(Some(&full), &either));
        for (sequence, expected) in [(1, false), (7, true)] {
            let locked = Constraint::Locked { name: "l".to_owned(), sequence };
            assert_eq!(is_satisfied(None, &locked), expected);
        }
    }
}
