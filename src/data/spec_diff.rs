//! What differs between the specification that is wanted and the one that is there.

use super::property::COMPRESSION;
use super::{Properties, TopicSpec};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// “Type” or the key of a property.
    pub what: String,
    /// What is wanted; none for “not set”.
    pub wanted: Option<String>,
    /// What is there; none for “not set”.
    pub there: Option<String>,
}

impl Difference {
    /// The difference in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let word = |side: &Option<String>| side.clone().unwrap_or_else(|| "not set".to_owned());
        format!("{} is {}, wanted is {}", self.what, word(&self.there), word(&self.wanted))
    }
}

/// All differences: the type first, then properties. Internal properties do not count.
#[must_use]
pub fn differences(wanted: &TopicSpec, there: &TopicSpec) -> Vec<Difference> {
    let mut out = Vec::new();
    if wanted.topic_type != there.topic_type {
        out.push(Difference {
            what: "Type".to_owned(),
            wanted: Some(wanted.topic_type.name().to_owned()),
            there: Some(there.topic_type.name().to_owned()),
        });
    }
    let only_there = there.properties.iter().filter(|(key, _)| wanted.properties.value(key).is_none());
    for (key, _) in wanted.properties.iter().chain(only_there).filter(|(key, _)| !key.starts_with('_')) {
        let (mine, theirs) = (value(&wanted.properties, key), value(&there.properties, key));
        if mine != theirs {
            let own = |text: Option<&str>| text.map(str::to_owned);
            out.push(Difference { what: key.to_owned(), wanted: own(mine), there: own(theirs) });
        }
    }
    out
}

/// `COMPRESSION` was a boolean once; both of its forms mean the same.
fn value<'a>(properties: &'a Properties, key: &str) -> Option<&'a str> {
    properties.value(key).map(|value| match value {
        "true" if key == COMPRESSION => "medium",
        "false" if key == COMPRESSION => "off",
        value => value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;

    #[test]
    fn type_and_properties_are_compared_whatever_their_order() {
        let wanted = TopicSpec::new(TopicType::Json).with("PRIORITY", "high").with(COMPRESSION, "off");
        let there = TopicSpec::new(TopicType::String)
            .with(COMPRESSION, "false")
            .with("OWNER", "$Principal is 'x'")
            .with("_VIEW", "v");
        let found: Vec<String> = differences(&wanted, &there).iter().map(Difference::sentence).collect();
        assert_eq!(
            found,
            [
                "Type is STRING, wanted is JSON",
                "PRIORITY is not set, wanted is high",
                "OWNER is $Principal is 'x', wanted is not set",
            ]
        );
        assert_eq!(differences(&wanted, &wanted), []);
    }
}
