//! The `REMOVAL` policy: parsing and reading back as a sentence.
