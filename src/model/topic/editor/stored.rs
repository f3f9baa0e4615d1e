//! Drafts as they are stored between runs of the program.

use super::{Aim, Draft, Editor};
use crate::data::value::DataType;
use crate::data::{Timestamp, TopicPath};
use crate::model::Model;
use crate::model::change::stored_form::{base64_bytes, optional_bytes};
use crate::model::stored::Stored;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Drafts stored for a connection at most; the newest stay.
const MOST: usize = 50;
/// Texts and values of more bytes are not stored.
const MOST_BYTES: usize = 1 << 20;

/// The drafts of every connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drafts {
    /// Version of the form.
    pub version: u32,
    /// By the key of the connection.
    pub connections: BTreeMap<String, Vec<StoredDraft>>,
}

impl Default for Drafts {
    fn default() -> Self {
        Self { version: Self::VERSION, connections: BTreeMap::new() }
    }
}

impl Stored for Drafts {
    const NAME: &'static str = "drafts";
    const VERSION: u32 = 1;

    /// The drafts of every connection, open or not, but those of environments whose values are not kept.
    fn of(model: &Model) -> Self {
        let mut drafts = model.drafts.clone();
        for connected in model.links.iter().filter(|at| model.settings.keeps_values(at.environment)) {
            drafts.connections.entry(connected.key.clone()).or_default().extend(connected.editor.stored());
        }
        drafts.connections.retain(|_, list| !list.is_empty());
        drafts
    }

    fn restore(self, model: &mut Model) {
        model.drafts = self;
    }
}

/// One draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredDraft {
    path: String,
    aim: Aim,
    data_type: String,
    text: String,
    timestamp: String,
    /// None if there was no value.
    #[serde(with = "optional_bytes")]
    base: Option<Bytes>,
    base_at_micros: i64,
    file: Option<StoredFile>,
}

/// The name and the content of a file that was chosen as the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredFile(String, #[serde(with = "base64_bytes")] Bytes);

impl Editor {
    /// The drafts to be stored.
    #[must_use]
    pub fn stored(&self) -> Vec<StoredDraft> {
        let mut drafts: Vec<(&TopicPath, &Draft)> = self.drafts.iter().filter(|(_, d)| fits(d)).collect();
        drafts.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.base_at.0));
        drafts.truncate(MOST);
        drafts
            .into_iter()
            .map(|(path, draft)| StoredDraft {
                path: path.as_str().to_owned(),
                aim: draft.aim,
                data_type: draft.data_type.name().to_owned(),
                text: draft.text.clone(),
                timestamp: draft.timestamp.clone(),
                base: draft.base.clone(),
                base_at_micros: draft.base_at.0,
                file: draft.file.as_ref().map(|(name, bytes)| StoredFile(name.clone(), bytes.clone())),
            })
            .collect()
    }

    /// Takes up what an earlier run left; what cannot be understood is left out.
    pub fn restore(&mut self, stored: &[StoredDraft]) {
        for draft in stored.iter().take(MOST) {
            let (Ok(path), Some(data_type)) = (TopicPath::parse(&draft.path), DataType::from_name(&draft.data_type))
            else {
                continue;
            };
            let (base, at) = (draft.base.clone(), Timestamp(draft.base_at_micros));
            let mut restored = Draft::new(draft.aim, data_type, base, at);
            restored.text.clone_from(&draft.text);
            restored.timestamp.clone_from(&draft.timestamp);
            restored.file = draft.file.clone().map(|StoredFile(name, bytes)| (name, bytes));
            restored.in_front = false;
            restored.check();
            self.drafts.insert(path, restored);
        }
    }
}

fn fits(draft: &Draft) -> bool {
    let base = draft.base.as_ref().map_or(0, Bytes::len);
    let file = draft.file.as_ref().map_or(0, |(_, bytes)| bytes.len());
    draft.text.len() + base + file <= MOST_BYTES && (draft.is_changed() || draft.checked.is_err())
}
