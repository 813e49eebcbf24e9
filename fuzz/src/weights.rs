//! State dicts of others: what `diffpool convert weights` reads.

use std::path::Path;

use crate::torch::{self, Source, state};

/// A file of `torch.save` or safetensors; bytes that are no archive become the program in one.
pub fn torch(bytes: &[u8]) {
    let begins = |beginning: &[u8]| bytes.starts_with(beginning);
    match begins(b"PK") || bytes.get(8) == Some(&b'{') {
        true => read(bytes),
        false => read(&archive(&[("a/data.pkl", bytes), ("a/data/0", &[0; 256]), ("a/data/1", &[0; 64])])),
    }
}

fn read(bytes: &[u8]) {
    let Ok(state) = state::read(Path::new("state"), bytes, None) else { return };
    if let Some(source) = Source::guess(&state) {
        let _ = torch::from_torch(source, &state);
    }
}

/// An archive as `torch.save` writes it: files that are stored as they are.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let (at, length) = (archive.len() as u32, content.len() as u32);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(crc32(content).to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, length, count) = (archive.len() as u32, directory.len() as u32, files.len() as u16);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(length.to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
