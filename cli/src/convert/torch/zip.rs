//! The files within a zip archive as `torch.save` writes it: none of them compressed.

use std::collections::BTreeMap;

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// Longest comment at the end, and the record before it.
const LONGEST_END: usize = 0xffff + 22;

/// What says that a number of 32 bits is elsewhere, as one of 64.
const ELSEWHERE: u64 = 0xffff_ffff;

/// The content of every file by its name. Every place in the archive is checked.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<&str, &[u8]>, String> {
    let damaged = || "the archive is damaged".to_string();
    let first = bytes.len().saturating_sub(LONGEST_END);
    let end = bytes[first..].windows(END.len()).rposition(|window| window == END).ok_or_else(damaged)? + first;
    let (count, offset) = directory(bytes, end).ok_or_else(damaged)?;
    let mut at = usize::try_from(offset).map_err(|_| damaged())?;
    let mut files = BTreeMap::new();
    for _ in 0..count {
        let (name, content, next) = entry(bytes, at).ok_or_else(damaged)?;
        let content =
            content.ok_or_else(|| format!("{name:?} in the archive is compressed, which is not supported"))?;
        files.insert(name, content);
        at = next;
    }
    Ok(files)
}

/// Number of entries of the directory, and where it begins.
fn directory(bytes: &[u8], end: usize) -> Option<(u64, u64)> {
    let (count, offset) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    let locator = end.checked_sub(20).filter(|&at| bytes[at..].starts_with(LOCATOR_64));
    let Some(locator) = locator else { return Some((count, offset)) };
    let end = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
    if !bytes.get(end..)?.starts_with(END_64) {
        return None;
    }
    Some((number(bytes, end.checked_add(32)?, 8)?, number(bytes, end.checked_add(48)?, 8)?))
}

/// An entry of the directory at `at`: name, content unless it is compressed, and where the next one is.
fn entry(bytes: &[u8], at: usize) -> Option<(&str, Option<&[u8]>, usize)> {
    let head = bytes.get(at..)?;
    if !head.starts_with(ENTRY) {
        return None;
    }
    let length = |offset| number(head, offset, 2).map(|length| length as usize);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    // Of the content as it lies in the archive, and of the place; as large ones they are in the extra field.
    let mut numbers = [number(head, 24, 4)?, number(head, 20, 4)?, number(head, 42, 4)?];
    let fields = head.get(46 + name..46 + name + extra)?;
    if numbers.contains(&ELSEWHERE) {
        let large = large_numbers(fields)?;
        let mut large = large.as_chunks::<8>().0.iter();
        for number in numbers.iter_mut().filter(|number| **number == ELSEWHERE) {
            *number = u64::from_le_bytes(*large.next()?);
        }
    }
    let [_, size, place] = numbers;
    let local = bytes.get(usize::try_from(place).ok()?..)?;
    if !local.starts_with(LOCAL) {
        return None;
    }
    let begin = 30 + number(local, 26, 2)? as usize + number(local, 28, 2)? as usize;
    let content = local.get(begin..begin.checked_add(usize::try_from(size).ok()?)?)?;
    let name_text = std::str::from_utf8(head.get(46..46 + name)?).ok()?;
    let stored = number(head, 10, 2)? == 0;
    Some((name_text, stored.then_some(content), at + 46 + name + extra + comment))
}

/// The field of 64-bit numbers among the extra fields.
fn large_numbers(mut fields: &[u8]) -> Option<&[u8]> {
    loop {
        let (kind, length) = (number(fields, 0, 2)?, number(fields, 2, 2)? as usize);
        let content = fields.get(4..4 + length)?;
        if kind == 1 {
            return Some(content);
        }
        fields = &fields[4 + length..];
    }
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}
