//! Names of the fixed session properties (protocol/6 section 5), and what their values say.

/// Begins the name of every fixed property; all others are user-defined.
pub const FIXED: char = '$';
/// Text of the session ID.
pub const SESSION_ID: &str = "$SessionId";
/// Name of the principal, empty for anonymous.
pub const PRINCIPAL: &str = "$Principal";
/// Roles in canonical form.
pub const ROLES: &str = "$Roles";
/// Kind of client library.
pub const CLIENT_TYPE: &str = "$ClientType";
/// Address of the client.
pub const CLIENT_IP: &str = "$ClientIP";
/// Milliseconds since 1970 at which the session began.
pub const START_TIME: &str = "$StartTime";
/// Name of the server that has the connection.
pub const SERVER_NAME: &str = "$ServerName";
/// How the client is connected.
pub const TRANSPORT: &str = "$Transport";
/// Connector of the server.
pub const CONNECTOR: &str = "$Connector";
/// Country code, upper case.
pub const COUNTRY: &str = "$Country";
/// Language code, lower case.
pub const LANGUAGE: &str = "$Language";
/// What the client runs in.
pub const ENVIRONMENT: &str = "$Environment";
/// Milliseconds since 1970 at which the session expires.
pub const EXPIRY_TIME: &str = "$ExpiryTime";
/// Degrees, `NaN` if not known.
pub const LATITUDE: &str = "$Latitude";
/// Degrees, `NaN` if not known.
pub const LONGITUDE: &str = "$Longitude";
/// Asks for all fixed properties.
pub const ALL_FIXED: &str = "*F";
/// Asks for all user-defined properties.
pub const ALL_USER: &str = "*U";

/// Fixed properties that are known here, in the order in which they are offered, with the words of a column's head.
pub const KNOWN: &[(&str, &str)] = &[
    (PRINCIPAL, "Principal"),
    (ROLES, "Roles"),
    (CLIENT_TYPE, "Client"),
    (CLIENT_IP, "Address"),
    (START_TIME, "Connected"),
    (SESSION_ID, "ID"),
    (SERVER_NAME, "Server"),
    (TRANSPORT, "Transport"),
    (CONNECTOR, "Connector"),
    (COUNTRY, "Country"),
    (LANGUAGE, "Language"),
    (ENVIRONMENT, "Environment"),
    (EXPIRY_TIME, "Expires"),
    (LATITUDE, "Latitude"),
    (LONGITUDE, "Longitude"),
    ("$MQTTClientId", "MQTT client"),
    ("$GatewayType", "Gateway type"),
    ("$GatewayId", "Gateway"),
];

/// Whether a property is set by the server and not user-defined.
#[must_use]
pub fn is_fixed(key: &str) -> bool {
    key.starts_with(FIXED)
}

/// The words of a column's head, for a fixed property that is known here.
#[must_use]
pub fn title(key: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == key).map(|(_, title)| *title)
}

/// Key and value for reading: `tier = gold`, with quotes that show an empty value.
#[must_use]
pub fn assignment(key: &str, value: &str) -> String {
    if value.is_empty() { format!("{key} = \"\"") } else { format!("{key} = {value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_seen() {
        assert_eq!(assignment("$Country", ""), "$Country = \"\"");
        assert_eq!(assignment("tier", "gold"), "tier = gold");
    }
}
