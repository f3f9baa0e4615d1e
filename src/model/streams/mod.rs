//! Update streams: values that are set again and again on one topic, by hand or at a rate.

pub mod stream;
