//! What a backslash means in Java's regular expressions.

use super::super::syntax::Parsed;
use super::translate::Translator;

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\x{20}\t\n\x{B}\x{C}\r";
const HORIZONTAL: &str = r"\x{20}\t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x{B}\x{C}\r\x{85}\x{2028}\x{2029}";

/// What a backslash and its followers mean.
pub(super) enum Escape {
    Char(char),
    Set {
        items: String,
        negated: bool,
    },
    /// Stands for itself and can be repeated.
    Raw(String),
    /// Matches a place, not a character.
    Place(String),
    Quoted(Vec<char>),
}

impl Translator<'_> {
    /// Reads what follows a backslash.
    pub(super) fn escape(&mut self, position: usize, in_class: bool) -> Parsed<Escape> {
        let Some(c) = self.cursor.bump() else {
            return Self::fail(position, "the last `\\` escapes nothing; write `\\\\` for the character");
        };
        let set = |items: &str, negated| Escape::Set { items: items.to_owned(), negated };
        Ok(match c {
            'Q' => {
                let mut chars = Vec::new();
                while let Some(c) = self.cursor.bump() {
                    if c == '\\' && self.cursor.eat('E') {
                        break;
                    }
                    chars.push(c);
                }
                Escape::Quoted(chars)
            }
            'E' => Escape::Quoted(Vec::new()),
            'd' | 'D' => set(DIGIT, c == 'D'),
            'w' | 'W' => set(WORD, c == 'W'),
            's' | 'S' => set(SPACE, c == 'S'),
            'h' | 'H' => set(HORIZONTAL, c == 'H'),
            'v' | 'V' => set(VERTICAL, c == 'V'),
            'p' | 'P' => self.property(position, c == 'P')?,
            't' => Escape::Char('\t'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            'f' => Escape::Char('\u{c}'),
            'a' => Escape::Char('\u{7}'),
            'e' => Escape::Char('\u{1b}'),
            'c' => match self.cursor.bump() {
                Some(c) if c.is_ascii() => Escape::Char(char::from(c as u8 ^ 0x40)),
                _ => return Self::fail(position, "`\\c` needs a character"),
            },
            '0' => {
                let most = if self.cursor.peek().is_some_and(|c| c <= '3') { 3 } else { 2 };
                Escape::Char(self.number(position, 8, 1, most)?)
            }
            'x' if self.cursor.eat('{') => {
                let c = self.number(position, 16, 1, 6)?;
                if !self.cursor.eat('}') {
                    return Self::fail(position, "`\\x{` needs hexadecimal digits and `}`");
                }
                Escape::Char(c)
            }
            'x' => Escape::Char(self.number(position, 16, 2, 2)?),
            'u' => Escape::Char(self.utf16(position)?),
            'R' if !in_class => Escape::Raw(format!(r"(?:\r\n|[{VERTICAL}])")),
            'b' if !in_class => Escape::Place(format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")),
            'B' if !in_class => Escape::Place(format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))")),
            'A' if !in_class => Escape::Place(r"\A".into()),
            'z' if !in_class => Escape::Place(r"\z".into()),
            'Z' if !in_class => Escape::Place(r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)".into()),
            '1'..='9' if !in_class => self.back_reference(c, position)?,
            'k' if !in_class && self.cursor.eat('<') => {
                let name = self.name(position)?;
                if !self.names.contains(&name) {
                    return Self::fail(position, format!("no group before this is called `{name}`"));
                }
                self.refer_back(position)?;
                Escape::Raw(format!(r"(?:\k<{name}>)"))
            }
            c if c.is_ascii_alphanumeric() => {
                return Self::fail(position, format!("`\\{c}` is not supported here"));
            }
            c => Escape::Char(c),
        })
    }

    fn refer_back(&mut self, position: usize) -> Parsed {
        if self.flags.ignore_case {
            return Self::fail(position, "a back-reference under `(?i)` is not supported");
        }
        self.refers_back = true;
        Ok(())
    }

    /// One digit always counts; more only while so many groups have begun.
    fn back_reference(&mut self, first: char, position: usize) -> Parsed<Escape> {
        let mut number = first as usize - '0' as usize;
        while let Some(digit) = self.cursor.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if longer > self.captures {
                break;
            }
            number = longer;
            self.cursor.bump();
        }
        if number > self.captures {
            return Self::fail(position, format!("`\\{number}` refers to a group that does not exist"));
        }
        self.refer_back(position)?;
        Ok(Escape::Raw(format!(r"(?:\{number})")))
    }

    fn digits(&mut self, position: usize, radix: u32, least: usize, most: usize) -> Parsed<u32> {
        let (mut value, mut count) = (0, 0);
        while let Some(digit) = self.cursor.peek().filter(|_| count < most).and_then(|c| c.to_digit(radix)) {
            value = value * radix + digit;
            count += 1;
            self.cursor.bump();
        }
        if count < least {
            return Self::fail(position, "this escape needs more digits");
        }
        Ok(value)
    }

    fn number(&mut self, position: usize, radix: u32, least: usize, most: usize) -> Parsed<char> {
        let value = self.digits(position, radix, least, most)?;
        match char::from_u32(value) {
            Some(c) => Ok(c),
            None => Self::fail(position, format!("U+{value:X} is no character")),
        }
    }

    /// `hhhh` after `\u`, or two of them that make one character.
    fn utf16(&mut self, position: usize) -> Parsed<char> {
        let high = self.digits(position, 16, 4, 4)?;
        if (0xd800..0xdc00).contains(&high)
            && self.cursor.peek() == Some('\\')
            && self.cursor.peek_second() == Some('u')
        {
            self.cursor.bump();
            self.cursor.bump();
            let low = self.digits(position, 16, 4, 4)?;
            if (0xdc00..0xe000).contains(&low) {
                let value = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(value).map_or_else(|| Self::fail(position, "no character"), Ok);
            }
        }
        char::from_u32(high).map_or_else(|| Self::fail(position, "half a surrogate pair is no character"), Ok)
    }

    fn property(&mut self, position: usize, negated: bool) -> Parsed<Escape> {
        let mut name = String::new();
        if self.cursor.eat('{') {
            loop {
                match self.cursor.bump() {
                    Some('}') if !name.is_empty() => break,
                    Some(c) if c.is_ascii_alphanumeric() || "_=- ".contains(c) => name.push(c),
                    _ => return Self::fail(position, "`\\p{` needs the name of a property and `}`"),
                }
            }
        } else {
            match self.cursor.bump() {
                Some(c) if c.is_ascii_alphabetic() => name.push(c),
                _ => return Self::fail(position, "`\\p` needs the name of a property"),
            }
        }
        let either_case = self.flags.ignore_case;
        let items = match name.as_str() {
            "Lower" | "Upper" if either_case => "A-Za-z".to_owned(),
            "Lower" => "a-z".to_owned(),
            "Upper" => "A-Z".to_owned(),
            "ASCII" => r"\x{0}-\x{7F}".to_owned(),
            "Alpha" => "A-Za-z".to_owned(),
            "Digit" => DIGIT.to_owned(),
            "Alnum" => "0-9A-Za-z".to_owned(),
            "Punct" => r"\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}".to_owned(),
            "Graph" => r"\x{21}-\x{7E}".to_owned(),
            "Print" => r"\x{20}-\x{7E}".to_owned(),
            "Blank" => r"\x{20}\t".to_owned(),
            "Cntrl" => r"\x{0}-\x{1F}\x{7F}".to_owned(),
            "XDigit" => "0-9A-Fa-f".to_owned(),
            "Space" => SPACE.to_owned(),
            "L" | "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "M" | "Mn" | "Mc" | "Me" | "N" | "Nd" | "Nl" | "No" | "P"
            | "Pc" | "Pd" | "Ps" | "Pe" | "Pi" | "Pf" | "Po" | "S" | "Sm" | "Sc" | "Sk" | "So" | "Z" | "Zs" | "Zl"
            | "Zp" | "C" | "Cc" | "Cf" | "Co" | "Cn"
                if !either_case =>
            {
                format!(r"\p{{{name}}}")
            }
            name => match name.strip_prefix("Is").or_else(|| name.strip_prefix("script=")) {
                Some(bare) if !either_case && !bare.is_empty() => format!(r"\p{{{bare}}}"),
                _ => return Self::fail(position, format!("the property `{name}` is not supported")),
            },
        };
        Ok(Escape::Set { items, negated })
    }
}
