//! A password or token in memory: wiped when dropped, never printed.

use std::fmt;
use zeroize::Zeroizing;

/// Text that `Debug` and logs must never show.
#[derive(Clone, Default, Eq)]
pub struct Secret(Zeroizing<String>);

/// In a time that depends on the lengths alone, so that a guess does not learn how much of it was right.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (self.0.as_bytes(), other.0.as_bytes());
        let differs = own.iter().zip(other).fold(0, |differs, (a, b)| std::hint::black_box(differs | (a ^ b)));
        own.len() == other.len() && differs == 0
    }
}

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends or stores it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text as an edit buffer for an entry field.
    pub fn edit(&mut self) -> &mut String {
        &mut self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
