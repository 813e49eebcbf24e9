//! Text in the encodings that people have: UTF-8, and UTF-16 where a byte order mark says so.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::error::{Error, Result, error};

/// The same text in UTF-8, without the byte order mark that it may begin with. Nothing else of UTF-8 is looked at.
pub fn utf8<R: Read>(reader: R) -> DecodeReaderBytes<R, Vec<u8>> {
    DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(reader)
}

/// The text of a whole file, which must be valid.
pub fn read_text(path: &Path) -> Result<String> {
    let failed = |e: std::io::Error| Error::io(path, &e);
    let mut bytes = Vec::new();
    utf8(BufReader::new(File::open(path).map_err(failed)?)).read_to_end(&mut bytes).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| error!(Parse, "{}: not text in UTF-8 or UTF-16", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Stärke, 数\r\n{}\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
        ];
        let file = tempfile::NamedTempFile::new().unwrap();
        for bytes in cases {
            std::fs::write(file.path(), &bytes).unwrap();
            assert_eq!(read_text(file.path()).unwrap(), text, "{bytes:?}");
        }
        for (bytes, wanted) in [(&b""[..], ""), (b"\xef", "bad"), (b"\xef\xbb\xbf", ""), (b"1", "1"), (b"a\xff", "bad")]
        {
            std::fs::write(file.path(), bytes).unwrap();
            let found = read_text(file.path()).unwrap_or_else(|e| {
                assert!(e.message().ends_with(": not text in UTF-8 or UTF-16"), "{e}");
                "bad".to_string()
            });
            assert_eq!(found, wanted, "{bytes:?}");
        }
    }
}
