//! Reading the JSON of a header, whose memory is asked for and may be refused.
//!
//! A header is an object of objects that hold strings and lists of whole numbers, and nothing else. A general parser
//! would end the process where a long string finds no memory.

use crate::error::{Result, bail};
use crate::memory::reserve;

/// Where reading is.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Reads an object. `value` is called behind every colon, with the key.
    pub fn object(&mut self, mut value: impl FnMut(&mut Self, String) -> Result<()>) -> Result<()> {
        self.expect(b'{', "an object")?;
        self.items(b'}', |scanner| {
            let key = scanner.string()?;
            scanner.expect(b':', "a colon")?;
            value(scanner, key)
        })
    }

    /// Reads a list. `value` is called for every item.
    pub fn list(&mut self, value: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.expect(b'[', "a list")?;
        self.items(b']', value)
    }

    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if self.takes(end) {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.takes(end) {
                return Ok(());
            }
            self.expect(b',', if end == b'}' { "a comma or }" } else { "a comma or ]" })?;
        }
    }

    /// Reads a whole number.
    pub fn number(&mut self) -> Result<usize> {
        self.skip_space();
        let begin = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let digits = &self.text[begin..self.at];
        if digits.is_empty() || (digits[0] == b'0' && digits.len() > 1) {
            self.at = begin;
            return self.fault("a whole number");
        }
        let value = digits
            .iter()
            .try_fold(0_usize, |value, digit| value.checked_mul(10)?.checked_add(usize::from(digit - b'0')));
        match value {
            // What follows would belong to the number, and make it no whole one.
            Some(value) if !matches!(self.text.get(self.at), Some(b'.' | b'e' | b'E')) => Ok(value),
            Some(_) => self.fault("a whole number"),
            None => bail!(InvalidFile, "the number at byte {begin} is too large"),
        }
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<String> {
        self.expect(b'"', "a string")?;
        let begin = self.at;
        let mut bytes = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain =
                rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ').unwrap_or(rest.len());
            reserve(&mut bytes, plain)?;
            bytes.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let letter = self.escape()?;
                    reserve(&mut bytes, 4)?;
                    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(byte) => bail!(InvalidFile, "the string at byte {begin} has the control character {byte}"),
                None => bail!(InvalidFile, "the string at byte {begin} has no end"),
            }
        }
        self.at += 1;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(_) => bail!(InvalidFile, "the string at byte {begin} is not UTF-8"),
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char> {
        let at = self.at;
        self.at += 1;
        Ok(match self.text.get(at) {
            Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut unit = self.unit(at)?;
                if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.unit(at)?;
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    }
                }
                match char::from_u32(unit) {
                    Some(letter) => letter,
                    None => bail!(InvalidFile, "the escape at byte {at} is no letter"),
                }
            }
            _ => bail!(InvalidFile, "the escape at byte {at} is none of JSON"),
        })
    }

    /// Reads four hexadecimal digits.
    fn unit(&mut self, escape: usize) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or(&[]);
        let unit = digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?));
        match unit.filter(|_| !digits.is_empty()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => bail!(InvalidFile, "the escape at byte {escape} has no four hexadecimal digits"),
        }
    }

    /// Refuses anything but space up to the end.
    pub fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { self.fault("the end") }
    }

    fn expect(&mut self, byte: u8, name: &str) -> Result<()> {
        if self.takes(byte) { Ok(()) } else { self.fault(name) }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let takes = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(takes);
        takes
    }

    fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn fault<T>(&self, expected: &str) -> Result<T> {
        match self.text.get(self.at) {
            Some(&byte) => {
                let found = char::from(byte);
                bail!(InvalidFile, "byte {} is {found:?}, but {expected} was expected", self.at)
            }
            None => bail!(InvalidFile, "it ends at byte {}, where {expected} was expected", self.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Result<String> {
        let mut scanner = Scanner::new(text.as_bytes());
        let string = scanner.string()?;
        scanner.end()?;
        Ok(string)
    }

    #[test]
    fn strings_are_those_of_json() {
        let texts = [
            r#""""#,
            r#""a""#,
            r#" "\"\\\/\b\f\n\r\t" "#,
            r#""\u00e4\uD83D\uDE42 ä🙂""#,
            r#""\ud83d""#,
            r#""\ude42\ud83d""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83d\u0041""#,
            r#""\uD83Dx""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\x""#,
            "\"\n\"",
            "\"\u{7f}\"",
            r#""a"#,
            "a",
            "",
            r#""\"#,
            r#""\u"#,
            r#""a" b"#,
            r#""\u0000""#,
            r#""\udbff\udfff""#,
        ];
        for text in texts {
            let expected: serde_json::Result<String> = serde_json::from_str(text);
            assert_eq!(string(text).ok(), expected.ok(), "{text}");
        }
        let bytes = b"\"\xff\"";
        assert!(Scanner::new(bytes).string().unwrap_err().message().contains("not UTF-8"));
    }

    #[test]
    fn numbers_are_whole() {
        for text in ["0", "7", "18446744073709551615", "18446744073709551616", "-1", "01", "1.0", "1e3", "", "x"] {
            let mut scanner = Scanner::new(text.as_bytes());
            let found = scanner.number().and_then(|number| scanner.end().map(|()| number));
            assert_eq!(found.ok(), serde_json::from_str(text).ok(), "{text}");
        }
    }

    #[test]
    fn messages_tell_the_place() {
        let lists = ["[1,2", "[1 2]", "[1,]", "{}", ""];
        let messages = lists.map(|text| {
            let mut scanner = Scanner::new(text.as_bytes());
            scanner.list(|scanner| scanner.number().map(drop)).unwrap_err().message().to_owned()
        });
        insta::assert_snapshot!(messages.join("\n"), @r"
        it ends at byte 4, where a comma or ] was expected
        byte 3 is '2', but a comma or ] was expected
        byte 3 is ']', but a whole number was expected
        byte 0 is '{', but a list was expected
        it ends at byte 0, where a list was expected
        ");
    }
}
