//! JSON pointers (RFC 6901).
