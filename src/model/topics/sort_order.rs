//! The two orders of siblings: by bytes, and with numbers by their value.

use std::cmp::Ordering;

/// How siblings are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Order {
    /// By the bytes of the name, as the server sorts.
    #[default]
    Bytes,
    /// Runs of digits by their value: `2` before `10`.
    Natural,
}

impl Order {
    /// Compares two names; equal only for equal names.
    #[must_use]
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Bytes => a.cmp(b),
            Self::Natural => natural(a.as_bytes(), b.as_bytes()).then_with(|| a.cmp(b)),
        }
    }
}

fn natural(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_a, rest_a) = split_number(a);
                let (number_b, rest_b) = split_number(b);
                // Without leading zeros the longer number is the larger one, whatever its length.
                let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
                if order.is_ne() {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) => {
                if x != y {
                    return x.cmp(y);
                }
                (a, b) = (&a[1..], &b[1..]);
            }
            (a, b) => return a.is_some().cmp(&b.is_some()),
        }
    }
}

/// The number at the start without its leading zeros, and the rest.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let start = text[..end].iter().position(|&b| b != b'0').unwrap_or(end);
    (&text[start..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_sort_by_value_and_ties_by_bytes() {
        let mut names = ["a10", "a2", "a02", "a", "b1", "a2b", "10", "9", "a100000000000000000000000000001", "a1"];
        names.sort_by(|a, b| Order::Natural.compare(a, b));
        assert_eq!(names, ["9", "10", "a", "a1", "a02", "a2", "a2b", "a10", "a100000000000000000000000000001", "b1"]);
        names.sort_by(|a, b| Order::Bytes.compare(a, b));
        assert_eq!(names[..3], ["10", "9", "a"]);
    }

    proptest! {
        #[test]
        fn natural_order_is_a_total_order(a in "[a0-2]{0,5}", b in "[a0-2]{0,5}", c in "[a0-2]{0,5}") {
            let order = |x: &str, y: &str| Order::Natural.compare(x, y);
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            prop_assert_eq!(order(&a, &b) == Ordering::Equal, a == b);
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
