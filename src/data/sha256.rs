//! SHA-256 of bytes that are named but not kept: values too large for the journal, certificates.

use ring::digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, bytes);
        let mut out = [0; 32];
        out.copy_from_slice(digest.as_ref());
        Self(out)
    }

    /// From 64 hexadecimal digits, with or without colons between bytes; none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .trim()
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16)?.try_into().ok())
            .collect::<Option<_>>()?;
        let mut out = [0; 32];
        let pairs = digits.chunks_exact(2);
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in out.iter_mut().zip(pairs) {
            *byte = pair[0] << 4 | pair[1];
        }
        Some(Self(out))
    }

    /// As certificates' fingerprints are usually written: upper-case pairs with colons.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Sha256 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a SHA-256 has 64 hexadecimal digits")
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one of FIPS 180-2 for “abc”.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn both_written_forms_are_read_again() {
        let hash = Sha256::of(b"abc");
        assert_eq!(hash.to_string(), ABC);
        assert!(hash.fingerprint().starts_with("BA:78:16:BF:"));
        assert_eq!(Sha256::parse(ABC), Some(hash));
        assert_eq!(Sha256::parse(&format!(" {} ", hash.fingerprint())), Some(hash));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "ba78", &ABC[1..], &format!("{ABC}00"), &ABC.replace('b', "g"), &ABC.replace('b', "ß")] {
            assert_eq!(Sha256::parse(text), None, "{text}");
        }
    }
}
