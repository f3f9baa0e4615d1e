//! The inputs that are tried: recorded samples, texts of every kind that is read, and these stirred.

// The driver, which is a crate of its own, calls these functions.
#![allow(unreachable_pub)]

/// Longer inputs find little more and take their time.
const MAX_INPUT: usize = 4096;
const SAMPLES: &[&str] = &[
    include_str!("../samples/data.json"),
    include_str!("../samples/session.json"),
    include_str!("../samples/topic-services.json"),
];
/// Texts of which the recorded samples have none or few.
const TEXTS: &[&str] = &[
    r#"$Principal is "admin" and not ($Country in "DE","FR" or hasRoles ["A" "B"])"#,
    "all",
    r"$ClientIP matches '10\.0\..*' or has Own",
    r#"[{"op":"add","path":"/a/-","value":[1,{"b":null}]},{"op":"move","from":"/a/0","path":"/c~1d"}]"#,
    r#"[{"op":"copy","from":"","path":"/x"},{"op":"test","path":"/x/a","value":[]},{"op":"remove","path":"/a"}]"#,
    r#"[{"op":"replace","path":"","value":1e400}]"#,
    "path,type,value,CONFLATION\na/b,JSON,\"{\"\"n\"\":1}\",off\n\"c\"\"d\",STRING,x,\n",
    "path;type\r\na;INT64\r\n\r\nb;RECORD_V2",
    "\u{feff}path\ttype\tvalue\na\tDOUBLE\t1.5\na\tBINARY\tAAEC",
    r#"[{"path":"a","type":"INT64","value":12345678901234567890},{"path":"a//","type":"JSON","bytes":"AQI="}]"#,
    "{\n\"format\": \"brownian-branch\",\n\"version\": 1,\n\"selector\": \"?a//\",\n\"topics\": [\n{\"path\":\"a\",\"type\":\"TIME_SERIES\",\"properties\":{\"TIME_SERIES_EVENT_VALUE_TYPE\":\"double\"},\"events\":[{\"timestamp\":5,\"value\":1.25}]},\n{\"path\":\"b\",\"type\":\"JSON\",\"value\":{\"x\":[1,null]}}\n]\n}\n",
    "when no session has '$Principal is \\'x\\'' for 5s after 1m or this session closes remove '?a//'",
];

/// What the engine found in long runs, each for the code that it reached: one input a line, in hex.
const FOUND: &str = include_str!("corpus.txt");

/// Every text of the samples, what those that are hex stand for, and what the engine found.
pub fn corpus() -> Vec<Vec<u8>> {
    fn collect(sample: &serde_json::Value, out: &mut Vec<Vec<u8>>) {
        match sample {
            serde_json::Value::String(text) if text.len() <= 2 * MAX_INPUT => {
                if let Some(bytes) = bytes_of_hex(text) {
                    out.push(bytes);
                }
                out.push(text.clone().into_bytes());
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
            serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    for samples in SAMPLES {
        collect(&serde_json::from_str(samples).expect("the samples are JSON"), &mut out);
    }
    out.extend(TEXTS.iter().map(|text| text.as_bytes().to_vec()));
    out.extend(FOUND.lines().filter_map(bytes_of_hex));
    out.sort();
    out.dedup();
    out
}

/// One of the samples with a few changes.
pub fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(9) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.byte(),
            2 => input.insert(at, random.byte()),
            3 if at < input.len() => {
                input.remove(at);
            }
            4 => input.truncate(at),
            5 => {
                let end = (at + random.below(16)).min(input.len());
                let piece = input[at..end].to_vec();
                let times = 1 + random.below(8);
                input.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(32)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            7 => {
                const EDGES: &[&[u8]] = &[
                    &[0xff; 5],
                    &[0xff, 0xff, 0xff, 0xff, 0x07],
                    &[0x80; 10],
                    &[0x1b, 0xff, 0xff],
                    &[0x9f],
                    &[0xbf],
                    &[0x5f],
                    b"////",
                    b"\\Q",
                    b"(?i)",
                    b"[^",
                    b"{2,}",
                    b"'",
                    b"(",
                    b"\xf0\x9f\x98\x80",
                    b"\n",
                ];
                input.splice(at..at, EDGES[random.below(EDGES.len())].iter().copied());
            }
            _ => input.insert(0, b"?*#>"[random.below(4)]),
        }
    }
    input.truncate(MAX_INPUT);
    input
}

/// xorshift64*: small, seeded, good enough to stir bytes.
pub struct Random(u64);

impl Random {
    /// The same seed stirs the same way.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 33) as usize) % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        (self.next() >> 56) as u8
    }
}

/// What hex digits stand for, if the text is nothing else.
pub fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}
