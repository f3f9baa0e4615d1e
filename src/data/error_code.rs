//! The codes of service errors, with their Diffusion names and a text for people.

/// The code of a service error. Unknown codes are kept as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub i32);

macro_rules! codes {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl ErrorCode {
            $(#[doc = $text] pub const $name: Self = Self($code);)*
            /// Every code this program knows by name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name of the code, if it is known.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($code => Some(stringify!($name)),)* _ => None }
            }

            /// What the code means, if it is known.
            #[must_use]
            pub const fn meaning(self) -> Option<&'static str> {
                match self.0 { $($code => Some($text),)* _ => None }
            }
        }
    };
}

codes! {
    COMMUNICATION_FAILURE = 100, "could not talk to the other side";
    SESSION_CLOSED = 101, "the session is closed";
    REQUEST_TIME_OUT = 102, "no answer in time";
    ACCESS_DENIED = 103, "a permission is missing";
    UNSUPPORTED = 104, "the server does not offer this service";
    CALLBACK_EXCEPTION = 105, "the application's handler failed";
    INVALID_DATA = 106, "the server could not accept the data";
    NO_SUCH_SESSION = 107, "there is no such session";
    INCOMPATIBLE_DATATYPE = 108, "the data type does not fit";
    UNHANDLED_MESSAGE = 109, "nobody handles requests there";
    CLUSTER_REPARTITION = 110, "the cluster is moving this partition";
    INCOMPATIBLE_STATE = 111, "the topic is managed by a component that forbids this";
    CLUSTER_ROUTING = 112, "the request could not be routed in the cluster";
    TOPIC_TREE_REGISTRATION_CONFLICT = 200, "another registration on the branch conflicts";
    HANDLER_CONFLICT = 201, "another handler is registered there";
    INVALID_PATH = 202, "the path is not valid";
    INCOMPATIBLE_UPDATE = 500, "the value's type is not the topic's";
    UPDATE_FAILED = 501, "the update could not be applied";
    MISSING_TOPIC = 503, "there is no topic to update";
    DELTA_WITHOUT_VALUE = 505, "a delta came for a topic without a value";
    NO_SUCH_TOPIC = 9000, "there is no such topic";
    NOT_A_TIME_SERIES_TOPIC = 9001, "the topic is not a time series";
    NO_SUCH_EVENT = 9002, "there is no such time-series event";
    REJECTED_REQUEST = 9003, "the recipient rejected the request";
    TOPIC_EXISTS_MISMATCH = 9004, "a topic with another specification exists there";
    INVALID_TOPIC_PATH = 9005, "the topic path is not valid";
    INVALID_TOPIC_SPECIFICATION = 9006, "the topic specification is not valid";
    TOPIC_LICENSE_LIMIT = 9007, "the licence allows no more topics";
    INCOMPATIBLE_EXISTING_TOPIC = 9010, "a topic owned by another component exists there";
    UNEXPECTED_TOPIC_ADD_FAILURE = 9011, "adding the topic failed unexpectedly";
    UNSATISFIED_CONSTRAINT = 9012, "the update constraint is not met";
    INVALID_UPDATE_STREAM = 9013, "the update stream is no longer valid";
    INVALID_JSON_PATCH = 9014, "the JSON patch cannot be parsed";
    APPLY_PATCH_FAIL = 9015, "the JSON patch cannot be applied";
    REMOTE_SERVER_EXISTS = 9016, "a remote server of that name exists";
    INVALID_BRANCH_MAPPING = 9017, "the branch mapping is not valid";
}
