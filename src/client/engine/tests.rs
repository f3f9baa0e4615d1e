//! The whole client over real sockets and over the pipe.
