//! Files of others: what one is by how it begins, and what to do with it.

use std::fmt;

/// How much of a file's beginning is worth looking at.
pub const BEGINNING: usize = 4096;

/// A kind of file that this library does not read where it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, with its article.
    pub what: &'static str,
    /// What to do with it.
    pub cure: &'static str,
}

impl Foreign {
    /// Whether it is text of no kind that is known better, as most files of text formats are.
    pub fn is_plain_text(&self) -> bool {
        self.what == PLAIN_TEXT || self.what == TEXT_TABLE
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is {}: {}", self.what, self.cure)
    }
}

const PLAIN_TEXT: &str = "text";
const TEXT_TABLE: &str = "a table of text, such as CSV or a list of edges";

const UNPACK: &str = "unpack it, and name the file or folder that comes out";
const DOWNLOAD: &str = "the file itself was never downloaded; `git lfs pull` or `git annex get` brings it";
const NETWORKX: &str = "networkx reads it, and docs/data.md has the lines of Python that write JSON lines of it";
const RDKIT: &str = "RDKit reads it, and docs/data.md has the lines of Python that write JSON lines of it";
const ARRAYS: &str = "docs/data.md has the lines of Python that write JSON lines of arrays";
const EXECUTES: &str = "reading one can execute anything, so none is read; docs/data.md has the lines of Python that \
                        write JSON lines of what is in it";
const TABLE: &str = "a table of edges needs a folder in TU format, or docs/data.md has the lines of Python that write \
                     JSON lines of it";

/// Kinds by their first bytes. Of those that begin alike, the longer one comes first.
const BY_BYTES: [(&[u8], Foreign); 25] = [
    (b"PK\x03\x04", Foreign { what: "a zip archive", cure: UNPACK }),
    (b"PK\x05\x06", Foreign { what: "an empty zip archive", cure: "there is nothing in it" }),
    (b"\x1f\x8b", Foreign { what: "a file compressed by gzip", cure: UNPACK }),
    (b"BZh", Foreign { what: "a file compressed by bzip2", cure: UNPACK }),
    (b"\xfd7zXZ\0", Foreign { what: "a file compressed by xz", cure: UNPACK }),
    (b"\x28\xb5\x2f\xfd", Foreign { what: "a file compressed by zstd", cure: UNPACK }),
    (b"7z\xbc\xaf\x27\x1c", Foreign { what: "a 7z archive", cure: UNPACK }),
    (b"Rar!\x1a\x07", Foreign { what: "a RAR archive", cure: UNPACK }),
    (b"\x80\x02", Foreign { what: "a pickle of Python", cure: EXECUTES }),
    (b"\x80\x03", Foreign { what: "a pickle of Python", cure: EXECUTES }),
    (b"\x80\x04", Foreign { what: "a pickle of Python", cure: EXECUTES }),
    (b"\x80\x05", Foreign { what: "a pickle of Python", cure: EXECUTES }),
    (b"\x93NUMPY", Foreign { what: "an array of numpy", cure: ARRAYS }),
    (b"\x89HDF\r\n\x1a\n", Foreign { what: "an HDF5 file", cure: ARRAYS }),
    (b"MATLAB 5.0 MAT-file", Foreign { what: "a MAT-file of MATLAB", cure: ARRAYS }),
    (b"PAR1", Foreign { what: "a Parquet file", cure: ARRAYS }),
    (b"ARROW1", Foreign { what: "an Arrow file", cure: ARRAYS }),
    (b"SQLite format 3\0", Foreign { what: "an SQLite database", cure: ARRAYS }),
    (b"\x89PNG", Foreign { what: "a PNG image", cure: "graphs are not read from pictures" }),
    (b"%PDF", Foreign { what: "a PDF file", cure: "graphs are not read from pages" }),
    (b"\x7fELF", Foreign { what: "a program or library", cure: "name the file of the model or data set" }),
    (b"version https://git-lfs", Foreign { what: "a pointer of Git LFS", cure: DOWNLOAD }),
    (b"/annex/objects/", Foreign { what: "a pointer of git-annex", cure: DOWNLOAD }),
    (b"\0\x05\x16\x07", Foreign { what: "an AppleDouble file, which macOS makes", cure: "leave it out" }),
    (b"\0\x05\x16\0", Foreign { what: "an AppleSingle file, which macOS makes", cure: "leave it out" }),
];

/// What the file that begins so is, where it is a kind that is known. `beginning` is [`BEGINNING`] bytes of it or all.
pub fn recognise(beginning: &[u8]) -> Option<Foreign> {
    if beginning.is_empty() {
        return Some(Foreign { what: "an empty file", cure: "was it written or downloaded to the end?" });
    }
    if beginning.starts_with(b"PK\x03\x04") {
        return Some(of_zip(beginning));
    }
    if beginning.get(257..262) == Some(b"ustar") {
        return Some(Foreign { what: "a tar archive", cure: UNPACK });
    }
    if let Some((_, found)) = BY_BYTES.iter().find(|(bytes, _)| beginning.starts_with(bytes)) {
        return Some(*found);
    }
    text(beginning).and_then(|text| of_text(&text))
}

/// Programs that write zip archives are known by the first file in them.
fn of_zip(beginning: &[u8]) -> Foreign {
    let has = |name: &[u8]| beginning.windows(name.len()).any(|window| window == name);
    if has(b"/data.pkl") || has(b"/byteorder") || has(b"/.format_version") {
        let cure = "`diffpool convert weights` makes a model of a state dict; of graphs, docs/data.md has the lines of \
                    Python that write JSON lines";
        return Foreign { what: "a file of torch.save", cure };
    }
    if has(b".npy") {
        return Foreign { what: "an archive of numpy (.npz)", cure: ARRAYS };
    }
    if has(b"[Content_Types].xml") {
        return Foreign { what: "an Office document", cure: TABLE };
    }
    BY_BYTES[0].1
}

/// The beginning as text without a byte order mark, where it is text.
fn text(beginning: &[u8]) -> Option<String> {
    let units = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = beginning[2..].as_chunks::<2>().0.iter().map(|&bytes| unit(bytes)).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match beginning {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning)).into_owned(),
    };
    let strange = |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    // A letter may have been cut in two at the end.
    let odd = text.chars().filter(|&c| strange(c)).count();
    (odd <= usize::from(beginning.len() == BEGINNING)).then_some(text)
}

fn of_text(text: &str) -> Option<Foreign> {
    let text = text.trim_start();
    let lower = text.to_lowercase();
    let first = lower.lines().next().unwrap_or_default();
    let begins = |with: &[&str]| with.iter().any(|with| lower.starts_with(with));
    let kind = |what, cure| Some(Foreign { what, cure });
    if begins(&["<!doctype html", "<html"]) {
        return kind("a page of HTML", "a download gave an error or a login in place of the file");
    }
    if begins(&["<?xml", "<graphml", "<gexf"]) {
        return match () {
            () if lower.contains("<graphml") => kind("a GraphML file", NETWORKX),
            () if lower.contains("<gexf") => kind("a GEXF file", NETWORKX),
            () => kind("an XML file", "no format of graphs in XML is read; GraphML and GEXF can be converted"),
        };
    }
    if text.starts_with('[') {
        return kind("a list in JSON", "JSON lines have one graph a line; `jq -c '.[]' FILE` writes them");
    }
    if text.contains("V2000") || text.contains("V3000") || text.contains("$$$$") || text.contains("M  END") {
        return kind("a file of molecules (SDF)", RDKIT);
    }
    if first.split([',', '\t', ';', ' ']).any(|name| name.trim_matches('"') == "smiles") {
        return kind("a table of molecules (SMILES)", RDKIT);
    }
    if begins(&["graph [", "graph[", "creator \""]) {
        return kind("a GML file", NETWORKX);
    }
    if begins(&["digraph", "strict graph", "strict digraph"]) || first.starts_with("graph ") && first.contains('{') {
        return kind("a DOT file of Graphviz", NETWORKX);
    }
    if begins(&["*vertices", "*network"]) {
        return kind("a Pajek file", NETWORKX);
    }
    if begins(&["%%matrixmarket"]) {
        return kind("a matrix in the Matrix Market format", ARRAYS);
    }
    if text.starts_with('{') {
        return None;
    }
    let words: Vec<&str> = first.split([',', ';', '\t', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let numbers = words.len() >= 2 && words.iter().all(|word| word.parse::<f64>().is_ok());
    // A header and a line below it, of as many columns.
    let separated = |by: char| {
        let mut counts = lower.lines().take(2).map(|line| line.matches(by).count());
        counts.next() > Some(0) && counts.next().is_some_and(|count| count == first.matches(by).count())
    };
    match numbers || [',', ';', '\t'].into_iter().any(separated) {
        true => kind(TEXT_TABLE, TABLE),
        false => kind(PLAIN_TEXT, "it is in no format of graphs that is read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_how_they_begin() {
        let tar = [&[b'a'; 257][..], b"ustar\x0000"].concat();
        let utf16: Vec<u8> = "\u{feff}[1]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cut = [vec![b'a'; BEGINNING - 1], vec![0xc3]].concat();
        let cases: [(&[u8], &str); 36] = [
            (b"", "an empty file"),
            (b"PK\x03\x04....archive/data.pkl", "a file of torch.save"),
            (b"PK\x03\x04....x.npy", "an archive of numpy (.npz)"),
            (b"PK\x03\x04....MUTAG/MUTAG_A.txt", "a zip archive"),
            (b"PK\x03\x04....[Content_Types].xml", "an Office document"),
            (b"PK\x05\x06", "an empty zip archive"),
            (&tar, "a tar archive"),
            (b"\x1f\x8b\x08\0", "a file compressed by gzip"),
            (b"BZh9", "a file compressed by bzip2"),
            (b"\x80\x04\x95", "a pickle of Python"),
            (b"\x93NUMPY\x01", "an array of numpy"),
            (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "a pointer of Git LFS"),
            (b"/annex/objects/MD5E-s1", "a pointer of git-annex"),
            (b"\0\x05\x16\x07\0\x02", "an AppleDouble file, which macOS makes"),
            (b"\n<!DOCTYPE HTML>", "a page of HTML"),
            (b"<html lang=de>", "a page of HTML"),
            (b"<?xml version=\"1.0\"?>\n<graphml xmlns=\"\">", "a GraphML file"),
            (b"\xef\xbb\xbf<gexf>", "a GEXF file"),
            (b"<?xml version=\"1.0\"?><svg>", "an XML file"),
            (b" [{\"edges\": []}]", "a list in JSON"),
            (&utf16, "a list in JSON"),
            (b"aspirin\n  RDKit\n\n 21 21  0  0 V2000\n", "a file of molecules (SDF)"),
            (b"smiles,label\nCCO,1\n", "a table of molecules (SMILES)"),
            (b"graph [\n  node [", "a GML file"),
            (b"graph G {\n a -- b }", "a DOT file of Graphviz"),
            (b"*Vertices 3\n", "a Pajek file"),
            (b"%%MatrixMarket matrix", "a matrix in the Matrix Market format"),
            (b"source,target\n1,2\n", "a table of text, such as CSV or a list of edges"),
            (b"1 2\n2 3\n", "a table of text, such as CSV or a list of edges"),
            (b"1\t2\n", "a table of text, such as CSV or a list of edges"),
            (b"some notes, and more", "text"),
            (b"caf\xc3\xa9", "text"),
            (&cut, "text"),
            (b"SQLite format 3\0", "an SQLite database"),
            (b"%PDF-1.7", "a PDF file"),
        ];
        for (bytes, what) in cases {
            assert_eq!(recognise(bytes).map(|foreign| foreign.what), Some(what), "{:?}", bytes.escape_ascii());
        }
        // Neither graphs nor numbers of 64 bits are anything else.
        for bytes in [&b"{\"edges\": []}"[..], &[16, 0, 0, 0, 0, 0, 0, 0, b'{'], &[0xc3, 0x28, 0, 1]] {
            assert_eq!(recognise(bytes), None, "{:?}", bytes.escape_ascii());
        }
    }
}
