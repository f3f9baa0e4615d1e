//! How the samples write what several families of services carry.

use brownian::data::{Properties, TopicSpec};
use brownian::wire::services as s;
use brownian::wire::services::shared::{
    AddAndSetRequest, AddOutcome, Comparison, Constraint, ConstraintType, Operator,
};
use serde_json::{Value as Sample, json};

pub(super) fn spec_of(spec: &TopicSpec) -> Sample {
    json!({ "type": spec.topic_type.name(), "properties": properties_of(&spec.properties) })
}

pub(super) fn properties_of(properties: &Properties) -> Sample {
    properties
        .iter()
        .map(|(key, value)| (key.to_owned(), Sample::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(super) fn outcome_of(outcome: AddOutcome) -> Sample {
    match outcome {
        AddOutcome::Created => "CREATED",
        AddOutcome::Exists => "EXISTS",
    }
    .into()
}

pub(super) fn comparison_of(comparison: &Comparison, version: u8, mut out: Sample) -> Sample {
    if version >= 26 {
        out["operator"] = match comparison.operator {
            Operator::Is => "IS",
            Operator::Eq => "EQ",
            Operator::Ne => "NE",
            Operator::Gt => "GT",
            Operator::Ge => "GE",
            Operator::Lt => "LT",
            Operator::Le => "LE",
        }
        .into();
        out["valueType"] = match comparison.value_type {
            ConstraintType::Null => "NULL",
            ConstraintType::String => "STRING",
            ConstraintType::Int64 => "INT64",
            ConstraintType::Double => "DOUBLE",
            ConstraintType::Binary => "BINARY",
            ConstraintType::Json => "JSON",
            ConstraintType::RecordV2 => "RECORD_V2",
            ConstraintType::Boolean => "BOOLEAN",
        }
        .into();
    }
    out["value_hex"] = hex::encode(&comparison.value).into();
    out
}

pub(super) fn constraint_of(constraint: &Constraint, version: u8) -> Sample {
    let part = |constraint| constraint_of(constraint, version);
    match constraint {
        Constraint::Unconstrained => json!({ "type": "UNCONSTRAINED" }),
        Constraint::And(parts) if version < 27 => {
            json!({ "type": "CONJUNCTION", "constraints": parts.iter().map(part).collect::<Vec<_>>() })
        }
        Constraint::And(parts) => {
            let [left, right] = &parts[..] else { panic!("not two sides: {parts:?}") };
            json!({ "type": "CONJUNCTION", "left": part(left), "right": part(right) })
        }
        Constraint::Or(left, right) => json!({ "type": "DISJUNCTION", "left": part(left), "right": part(right) }),
        Constraint::Value(comparison) => comparison_of(comparison, version, json!({ "type": "TOPIC_VALUE" })),
        Constraint::NoValue => json!({ "type": "NO_VALUE" }),
        Constraint::Locked { name, sequence } => json!({ "type": "LOCKED", "name": name, "sequence": sequence }),
        Constraint::NoTopic => json!({ "type": "NO_TOPIC" }),
        Constraint::PartialJson { with, without } => {
            let with = with.iter().map(|(at, value)| comparison_of(value, version, json!({ "pointer": at })));
            json!({ "type": "PARTIAL_JSON", "with": with.collect::<Vec<_>>(), "without": without })
        }
    }
}

pub(super) fn add_and_set_of(request: &AddAndSetRequest, version: u8) -> Sample {
    json!({
        "path": request.path,
        "specification": spec_of(&request.spec),
        "value_hex": hex::encode(&request.value),
        "constraint": constraint_of(&request.constraint, version),
    })
}

pub(super) fn set_of(request: &s::topic_set::Request, version: u8) -> Sample {
    json!({
        "path": request.path,
        "topicType": request.topic_type.name(),
        "value_hex": hex::encode(&request.value),
        "constraint": constraint_of(&request.constraint, version),
    })
}

pub(super) fn void((): ()) -> Sample {
    json!({})
}
