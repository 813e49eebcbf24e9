//! Text: configurations, JSON lines, splits, and folders in TU format and of the Open Graph Benchmark.

use std::fs;
use std::io::Write;
use std::path::Path;

use diffpool::config::Config;
use diffpool::data::json_lines::{self, JsonLinesOptions, Lines};
use diffpool::data::ogb::{self, OgbOptions};
use diffpool::data::splits;
use diffpool::data::tu::{self, TuOptions};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files::FOLDER;

pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(config) = Config::from_json(text) else { return };
    let json = config.to_json();
    assert_eq!(Config::from_json(&json).unwrap(), config, "a configuration that was written and read is another");
    let _ = config.check();
}

pub fn json_lines(bytes: &[u8]) {
    let Ok(dataset) = json_lines::read(Lines::new(bytes, "lines"), &JsonLinesOptions::default()) else { return };
    let _ = diffpool::data::statistics::Statistics::of(&dataset);
}

pub fn split(bytes: &[u8]) {
    let path = FOLDER.path().join("split.json");
    fs::write(&path, bytes).unwrap();
    let _ = splits::read_published(&path);
}

/// The files in the bytes: the name of each stands on a line after `=== `.
fn files(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_prefix(b"=== ") {
            Some(name) => {
                let plain = |c: &char| c.is_ascii_alphanumeric() || "_-./".contains(*c);
                let name: String = String::from_utf8_lossy(name).chars().filter(plain).take(60).collect();
                files.push((name.replace("..", "_").trim_start_matches('/').to_owned(), Vec::new()));
            }
            None => files.iter_mut().last().into_iter().for_each(|(_, content)| content.extend_from_slice(line)),
        }
    }
    files.truncate(20);
    files
}

/// A new folder of these files.
fn folder(name: &str, bytes: &[u8], pack: impl Fn(&[u8]) -> Vec<u8>) -> std::path::PathBuf {
    let folder = FOLDER.path().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in files(bytes) {
        let path = folder.join(Path::new(&name));
        let made = path.parent().is_some_and(|parent| fs::create_dir_all(parent).is_ok());
        // A name may be that of a folder.
        let _ = made && fs::write(&path, pack(&content)).is_ok();
    }
    folder
}

pub fn tu(bytes: &[u8]) {
    let folder = folder("TU", bytes, <[u8]>::to_vec);
    for skip_empty in [false, true] {
        let _ = tu::load(&folder, &TuOptions { skip_empty, ..TuOptions::default() });
    }
}

pub fn ogb(bytes: &[u8]) {
    let pack = |content: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let folder = folder("ogb", bytes, pack);
    let Ok(dataset) = ogb::load(&folder, &OgbOptions::default()) else { return };
    let _ = ogb::load_split(&folder, None, dataset.len());
}
