//! Time-series ranges.
