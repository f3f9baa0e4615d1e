//! Tests of this program's client at protocol versions of every kind that servers speak.

/// Makes a test of each function for every version: the oldest one, the last ones before a message has changed, and the
/// newest. The functions take the version.
macro_rules! at_every_version {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                fn at_18() {
                    super::$test(18);
                }
                #[test]
                fn at_21() {
                    super::$test(21);
                }
                #[test]
                fn at_24() {
                    super::$test(24);
                }
                #[test]
                fn at_25() {
                    super::$test(25);
                }
                #[test]
                fn at_29() {
                    super::$test(29);
                }
            }
        )+
    };
}
