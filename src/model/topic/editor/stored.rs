//! Drafts as they are stored between runs of the program.

use super::{Aim, Draft, Editor};
use crate::data::value::DataType;
use crate::data::{Timestamp, TopicPath};
use crate::model::Model;
use crate::model::stored::Stored;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
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

    /// The drafts of every connection, open or not.
    fn of(model: &Model) -> Self {
        let mut drafts = model.drafts.clone();
        for connected in &model.links {
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
    /// In base64; none if there was no value.
    base: Option<String>,
    base_at_micros: i64,
    file: Option<(String, String)>,
}

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
                base: draft.base.as_ref().map(|base| BASE64.encode(base)),
                base_at_micros: draft.base_at.0,
                file: draft.file.as_ref().map(|(name, bytes)| (name.clone(), BASE64.encode(bytes))),
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
            let bytes = |text: &str| BASE64.decode(text).map(Bytes::from).ok();
            let base = draft.base.as_deref().and_then(bytes);
            let mut restored = Draft::new(draft.aim, data_type, base, Timestamp(draft.base_at_micros));
            restored.text.clone_from(&draft.text);
            restored.timestamp.clone_from(&draft.timestamp);
            restored.file = draft.file.as_ref().and_then(|(name, text)| Some((name.clone(), bytes(text)?)));
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
