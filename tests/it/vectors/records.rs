//! Record schemas, models and changes against recorded results of the official client.

use crate::vectors::data::{hex_of, records_of, section, text};
use brownian::data::value::record::{Model, ModelError, Records, Schema, changes};
use serde_json::Value as Sample;

fn schema_of(sample: &Sample) -> Schema {
    Schema::from_text(text(sample, "schema")).unwrap_or_else(|e| panic!("{e}: {sample}"))
}

fn value_of(sample: &Sample, key: &str) -> Records {
    Records::from_bytes(&hex_of(sample, key)).expect("records")
}

#[test]
fn schemas_are_read_checked_and_printed() {
    for sample in section("recordv2_schemas") {
        let read = Schema::from_text(text(sample, "json"));
        assert_eq!(read.is_ok(), sample["valid"] == Sample::Bool(true), "{sample} gave {read:?}");
        if let Ok(schema) = read {
            assert_eq!(schema.to_text(), text(sample, "canonical"), "{sample}");
            assert_eq!(Schema::from_text(&schema.to_text()), Ok(schema));
        }
    }
}

#[test]
fn values_are_checked_against_schemas() {
    for sample in section("recordv2_models") {
        let checked = schema_of(sample).validate(&value_of(sample, "hex"));
        assert_eq!(checked.is_ok(), sample["valid"] == Sample::Bool(true), "{sample} gave {checked:?}");
    }
}

#[test]
fn fields_are_found_by_their_keys() {
    for sample in section("recordv2_lookups") {
        let schema = schema_of(sample);
        let model = Model::of(&schema, value_of(sample, "hex"));
        let found = model.field(text(sample, "key"));
        assert_eq!(found.as_deref().ok(), sample["value"].as_str(), "{sample}");
    }
}

/// Runs an operation of a sample: its name and its arguments, of which some may be left out.
fn run(model: &mut Model<'_>, op: &[Sample]) -> Result<(), ModelError> {
    let word = |i: usize| op[i].as_str().expect("text");
    let number = |i: usize| usize::try_from(op[i].as_u64().expect("number")).expect("small");
    match (word(0), op.len()) {
        ("set", 3) => model.set(word(1), word(2)),
        ("set", 4) => model.set_at(word(1), 0, word(2), 0, word(3)),
        ("set", 6) => model.set_at(word(1), number(2), word(3), number(4), word(5)),
        ("add", _) => {
            let index = op[2].as_u64().map(|i| usize::try_from(i).expect("small"));
            let values: Vec<&str> = op[2..].iter().filter_map(Sample::as_str).collect();
            model.add_fields(word(1), index, &values)
        }
        ("addRecord", _) => model.add_record(),
        ("removeRecord", _) => model.remove_record(number(1)),
        ("removeField", _) => model.remove_field(word(1), number(2), number(3)),
        _ => panic!("unknown operation {op:?}"),
    }
}

#[test]
fn models_change_and_refuse_what_the_schema_forbids() {
    for sample in section("recordv2_mutable_models") {
        let schema = schema_of(sample);
        let mut model = Model::new(&schema).expect("a small schema");
        let ops = sample["ops"].as_array().expect("operations");
        let failed = ops.iter().position(|op| run(&mut model, op.as_array().expect("operation")).is_err());
        assert_eq!(failed.map(|at| at as u64), sample["error"]["at"].as_u64(), "{sample}");
        assert_eq!(model.records(), &records_of(&sample["records"]), "{sample}");
        assert_eq!(hex::encode(model.records().to_bytes()), text(sample, "hex"), "{sample}");
    }
}

#[test]
fn changes_are_named_by_the_schema() {
    for sample in section("recordv2_diffs") {
        let found = changes(&schema_of(sample), &value_of(sample, "old"), &value_of(sample, "new"));
        let Some(expected) = sample["changes"].as_array() else {
            assert!(found.is_err(), "{sample} gave {found:?}");
            continue;
        };
        let listed: Vec<Sample> = found
            .unwrap_or_else(|e| panic!("{e}: {sample}"))
            .iter()
            .map(|change| {
                serde_json::json!({
                    "type": change.kind.name(), "key": change.to_string(), "recordName": change.record_name,
                    "recordIndex": change.record_index, "fieldName": change.field_name, "fieldIndex": change.field_index,
                })
            })
            .collect();
        assert_eq!(&listed, expected, "{sample}");
    }
}

#[test]
fn an_unreasonable_schema_makes_no_value() {
    let schema = r#"{"records":[{"name":"R","occurs":2000000000,"fields":[{"name":"F","occurs":2000000000}]}]}"#;
    assert!(Model::new(&Schema::from_text(schema).expect("valid")).is_err());
}
