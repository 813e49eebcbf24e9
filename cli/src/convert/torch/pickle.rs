//! Reads the tensors in a file of `torch.save`, and nothing else of it.
//!
//! Such a file is a program for a small machine with a stack, which may ask for any Python function to be called. This
//! machine knows the few that make mappings and tensors; whatever else the program makes is an unknown thing, which is
//! no harm unless it stands where a tensor is wanted. Nothing is ever executed. All things live in one table, and refer
//! to each other by their places in it, so that no nesting is too deep.

use std::collections::{BTreeMap, BTreeSet};

use super::tensor::{self, Array, State, Tensor};
use super::zip;

/// The most sizes of a tensor that is read; those of models have two. All tensors of a file may use one tuple of sizes,
/// and each makes a copy.
const MOST_SIZES: usize = 8;

/// Reads a state dict: that in the file, or that under `key` in the mapping in the file.
pub fn read(bytes: &[u8], key: Option<&str>) -> Result<State, String> {
    let files = zip::read(bytes)?;
    let (name, program) = files
        .iter()
        .find(|(name, _)| **name == "data.pkl" || name.ends_with("/data.pkl"))
        .ok_or("the archive has no data.pkl, so torch.save did not write it")?;
    let folder = &name[..name.len() - "data.pkl".len()];
    if files.get(format!("{folder}byteorder").as_str()).is_some_and(|order| *order != b"little") {
        return Err("the numbers begin with their highest byte, which is not supported".to_string());
    }
    let mut machine = Machine { program, ..Machine::default() };
    let top = machine.run()?;
    let mut found = machine.mapping(top).ok_or("the file holds no mapping of names to tensors")?;
    if let Some(key) = key {
        let inner = found.iter().find(|(name, _)| *name == key).and_then(|&(_, id)| machine.mapping(id));
        found = inner.ok_or_else(|| format!("there is no mapping under the key {key:?}"))?;
    }
    // One mapping may stand there under many names.
    let mut seen = BTreeSet::new();
    if let Some((name, _)) = found.iter().find(|&&(_, id)| seen.insert(id) && machine.holds_tensors(id)) {
        return Err(format!("the file is no state dict but has one within: --key {name} reads it"));
    }
    let (mut state, mut numbers) = (State::new(), 0_usize);
    for (name, id) in found {
        let tensor = match &machine.things[id] {
            Thing::Tensor(tensor) => tensor,
            Thing::Large => {
                return Err(format!("tensor {name:?} has more than {MOST_SIZES} sizes, which no model here has"));
            }
            Thing::Dict(_) => {
                return Err(format!("{name:?} is a mapping itself: --key {name} reads the tensors in it"));
            }
            _ => {
                return Err(format!(
                    "{name:?} is no tensor, so this is no state dict; --key names one within the file"
                ));
            }
        };
        let content = files.get(format!("{folder}data/{}", tensor.storage.key).as_str());
        let missing = || format!("tensor {name:?}: the archive has no data/{}", tensor.storage.key);
        let tensor = tensor.read(content.ok_or_else(missing)?).ok_or_else(|| {
            let Strided { size, stride, offset, .. } = &**tensor;
            format!("tensor {name:?} of size {size:?}, stride {stride:?} and offset {offset} is not within its data")
        })?;
        // Tensors may share their data, but not so often that they are much larger than the file.
        numbers = tensor.shape().iter().product::<usize>().saturating_add(numbers);
        if numbers > bytes.len() {
            return Err(format!("tensor {name:?}: the tensors up to it are several times as large as the file"));
        }
        state.insert(name.to_string(), tensor);
    }
    Ok(state)
}

/// The place of a thing in the table.
type Id = usize;

/// What a program makes. Text is borrowed from it.
enum Thing<'a> {
    None,
    Whole(i64),
    Text(&'a str),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or class of Python: module and name.
    Global(&'a str, &'a str),
    Storage(Storage<'a>),
    Tensor(Box<Strided<'a>>),
    /// A tensor of too many sizes.
    Large,
    Unknown,
}

/// Reads a number at the beginning of some bytes.
type Number = fn(&[u8]) -> f32;

/// The numbers of one or more tensors.
#[derive(Clone, Copy)]
struct Storage<'a> {
    /// Such as `FloatStorage`.
    kind: &'a str,
    key: &'a str,
}

/// A tensor within a storage.
struct Strided<'a> {
    storage: Storage<'a>,
    offset: usize,
    size: Vec<usize>,
    stride: Vec<usize>,
}

impl Strided<'_> {
    /// The tensor, if all of it is within the data. It may not be larger than the data, however often it reads them.
    fn read(&self, data: &[u8]) -> Option<Tensor> {
        let Self { storage, offset, size, stride } = self;
        let len = size.iter().try_fold(1_usize, |len, &size| len.checked_mul(size))?;
        let reach = size.iter().zip(stride).try_fold(*offset, |reach, (size, stride)| {
            size.saturating_sub(1).checked_mul(*stride).and_then(|step| reach.checked_add(step))
        })?;
        let shape = size.clone();
        let number: Option<(usize, Number)> = match storage.kind {
            "FloatStorage" => Some((4, |bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))),
            "HalfStorage" => Some((2, |bytes| tensor::half([bytes[0], bytes[1]]))),
            "BFloat16Storage" => Some((2, |bytes| tensor::brain([bytes[0], bytes[1]]))),
            _ => None,
        };
        let Some((width, number)) = number else {
            let (kind, bytes) = (storage.kind.trim_end_matches("Storage").to_string(), Vec::new());
            return Some(Tensor::Other { shape, kind, bytes });
        };
        let count = data.len() / width;
        if !data.len().is_multiple_of(width) || size.len() != stride.len() || len > count || (len > 0 && reach >= count)
        {
            return None;
        }
        let place = |mut row: usize| {
            // The last index runs fastest.
            let steps = size.iter().zip(stride).rev().map(|(size, stride)| {
                let index = row % size;
                row /= size;
                index * stride
            });
            offset + steps.sum::<usize>()
        };
        let values = (0..len).map(|row| number(&data[place(row) * width..])).collect();
        Some(Tensor::F32(Array { shape, values }))
    }
}

#[derive(Default)]
struct Machine<'a> {
    program: &'a [u8],
    at: usize,
    things: Vec<Thing<'a>>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: BTreeMap<usize, Id>,
}

impl<'a> Machine<'a> {
    /// Runs the program, and gives what it ends with.
    fn run(&mut self) -> Result<Id, String> {
        loop {
            let (at, code) = (self.at, self.bytes(1).ok_or("data.pkl ends in the middle")?[0]);
            if code == b'.' {
                return self.stack.pop().ok_or_else(|| "data.pkl makes nothing".to_string());
            }
            match self.step(code) {
                Some(true) => {}
                Some(false) => return Err(format!("data.pkl: the instruction {code:#04x} at byte {at} is not known")),
                None => return Err(format!("data.pkl is damaged at byte {at}")),
            }
        }
    }

    /// One instruction; `false` where it is not known, nothing where it does not fit.
    fn step(&mut self, code: u8) -> Option<bool> {
        match code {
            // PROTO, FRAME, and the marks.
            0x80 => drop(self.bytes(1)?),
            0x95 => drop(self.bytes(8)?),
            b'(' => self.marks.push(self.stack.len()),
            // Constants.
            b'N' => self.push(Thing::None),
            0x88 | 0x89 => self.push(Thing::Unknown),
            b'G' => {
                self.bytes(8)?;
                self.push(Thing::Unknown);
            }
            b'K' | b'M' | b'J' => {
                let length = [(b'K', 1), (b'M', 2), (b'J', 4)].into_iter().find(|(own, _)| *own == code)?.1;
                let whole = self.whole(length)?;
                // The longest has a sign.
                self.push(Thing::Whole(if code == b'J' { i64::from(whole as u32 as i32) } else { whole }));
            }
            0x8a => {
                let length = self.whole(1)? as usize;
                let whole = if length <= 8 { Thing::Whole(self.whole(length)?) } else { Thing::Unknown };
                if matches!(whole, Thing::Unknown) {
                    self.bytes(length)?;
                }
                self.push(whole);
            }
            b'X' => self.text(4)?,
            0x8c => self.text(1)?,
            // Bytes are of no use here.
            b'C' => self.skip(1)?,
            b'B' => self.skip(4)?,
            // The memo.
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            0x94 => {
                self.memo.insert(self.memo.len(), *self.stack.last()?);
            }
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            _ => return self.build(code),
        }
        Some(true)
    }

    /// The instructions that make something out of what is on the stack.
    fn build(&mut self, code: u8) -> Option<bool> {
        match code {
            b')' => self.push(Thing::Tuple(Vec::new())),
            0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(code - 0x84))?;
                let parts = self.stack.split_off(first);
                self.push(Thing::Tuple(parts));
            }
            b't' => {
                let parts = self.since_mark()?;
                self.push(Thing::Tuple(parts));
            }
            b'}' => self.push(Thing::Dict(Vec::new())),
            // Lists and sets are of no use here, so their elements are forgotten.
            b']' | 0x8f => self.push(Thing::Unknown),
            b'a' => drop(self.stack.pop()?),
            b'e' | 0x90 => drop(self.since_mark()?),
            b'd' => {
                let parts = self.since_mark()?;
                self.push(Thing::Dict(Vec::new()));
                self.set(&parts)?;
            }
            b's' => {
                let first = self.stack.len().checked_sub(2)?;
                let parts = self.stack.split_off(first);
                self.set(&parts)?;
            }
            b'u' => {
                let parts = self.since_mark()?;
                self.set(&parts)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Thing::Global(module, name));
            }
            0x93 => {
                let (name, module) = (self.stack.pop()?, self.stack.pop()?);
                let (Thing::Text(module), Thing::Text(name)) = (&self.things[module], &self.things[name]) else {
                    return None;
                };
                self.push(Thing::Global(module, name));
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.stack.pop()?, self.stack.pop()?);
                let made = self.call(function, arguments)?;
                self.stack.push(made);
            }
            // BUILD gives a thing attributes, which are of no use here.
            b'b' => drop(self.stack.pop()?),
            b'Q' => {
                let id = self.stack.pop()?;
                let storage = self.storage(id).map_or(Thing::Unknown, Thing::Storage);
                self.push(storage);
            }
            b'0' => drop(self.stack.pop()?),
            _ => return Some(false),
        }
        Some(true)
    }

    /// What a call of Python would give, where it is one that makes a mapping or a tensor.
    fn call(&mut self, function: Id, arguments: Id) -> Option<Id> {
        let Thing::Tuple(arguments) = &self.things[arguments] else { return None };
        let first = arguments.first().copied();
        let made = match (&self.things[function], first) {
            (Thing::Global("collections", "OrderedDict"), None) => Thing::Dict(Vec::new()),
            (Thing::Global("torch._utils", "_rebuild_parameter"), Some(tensor)) => return Some(tensor),
            (Thing::Global("torch._utils", "_rebuild_tensor_v2"), Some(_)) => {
                self.tensor(arguments).unwrap_or(Thing::Unknown)
            }
            _ => Thing::Unknown,
        };
        self.things.push(made);
        Some(self.things.len() - 1)
    }

    fn tensor(&self, arguments: &[Id]) -> Option<Thing<'a>> {
        let [storage, offset, size, stride, ..] = *arguments else { return None };
        let Thing::Storage(storage) = self.things[storage] else { return None };
        let whole = |id: Id| match self.things[id] {
            Thing::Whole(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let large = |id: Id| matches!(&self.things[id], Thing::Tuple(parts) if parts.len() > MOST_SIZES);
        if large(size) || large(stride) {
            return Some(Thing::Large);
        }
        let wholes = |id: Id| match &self.things[id] {
            Thing::Tuple(parts) => parts.iter().map(|&part| whole(part)).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let strided = Strided { storage, offset: whole(offset)?, size: wholes(size)?, stride: wholes(stride)? };
        Some(Thing::Tensor(Box::new(strided)))
    }

    /// What `('storage', torch.FloatStorage, '0', 'cpu', 12)` stands for.
    fn storage(&self, id: Id) -> Option<Storage<'a>> {
        let Thing::Tuple(parts) = &self.things[id] else { return None };
        let [tag, kind, key, ..] = parts[..] else { return None };
        match (&self.things[tag], &self.things[kind], &self.things[key]) {
            (Thing::Text("storage"), Thing::Global("torch", kind), Thing::Text(key)) => Some(Storage { kind, key }),
            _ => None,
        }
    }

    /// The entries of a mapping whose keys are text.
    fn mapping(&self, id: Id) -> Option<Vec<(&'a str, Id)>> {
        let Thing::Dict(entries) = &self.things[id] else { return None };
        let text = |id: Id| if let Thing::Text(text) = self.things[id] { Some(text) } else { None };
        entries.iter().map(|&(key, value)| Some((text(key)?, value))).collect()
    }

    /// Whether a thing is a mapping with a tensor in it.
    fn holds_tensors(&self, id: Id) -> bool {
        let Thing::Dict(entries) = &self.things[id] else { return false };
        entries.iter().any(|&(_, value)| matches!(self.things[value], Thing::Tensor(_)))
    }

    /// Sets entries of the mapping on top of the stack.
    fn set(&mut self, parts: &[Id]) -> Option<()> {
        let (pairs, []) = parts.as_chunks::<2>() else { return None };
        if let Thing::Dict(entries) = &mut self.things[*self.stack.last()?] {
            entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
        }
        Some(())
    }

    fn push(&mut self, thing: Thing<'a>) {
        self.things.push(thing);
        self.stack.push(self.things.len() - 1);
    }

    fn since_mark(&mut self) -> Option<Vec<Id>> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len())?;
        Some(self.stack.split_off(mark))
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.program.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(bytes)
    }

    /// A whole number of up to eight bytes, the lowest first.
    fn whole(&mut self, length: usize) -> Option<i64> {
        let bytes = self.bytes(length)?;
        Some(bytes.iter().rev().fold(0, |whole, &byte| whole << 8 | i64::from(byte)))
    }

    fn text(&mut self, length: usize) -> Option<()> {
        let length = self.whole(length)? as usize;
        let text = std::str::from_utf8(self.bytes(length)?).ok()?;
        self.push(Thing::Text(text));
        Some(())
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        let length = self.whole(length)? as usize;
        self.bytes(length)?;
        self.push(Thing::Unknown);
        Some(())
    }

    fn line(&mut self) -> Option<&'a str> {
        let length = self.program[self.at..].iter().position(|&byte| byte == b'\n')?;
        let line = std::str::from_utf8(self.bytes(length)?).ok();
        self.at += 1;
        line
    }

    fn remember(&mut self, length: usize) -> Option<()> {
        let place = self.whole(length)? as usize;
        self.memo.insert(place, *self.stack.last()?);
        Some(())
    }

    fn recall(&mut self, length: usize) -> Option<()> {
        let place = self.whole(length)? as usize;
        self.stack.push(*self.memo.get(&place)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of files that are not compressed.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let place = bytes.len() as u32;
            let sizes = [content.len() as u32; 2].map(u32::to_le_bytes).concat();
            let name_length = (name.len() as u16).to_le_bytes();
            let local = [b"PK\x03\x04", &[0; 14][..], &sizes, &name_length, &[0; 2], name.as_bytes(), content];
            bytes.extend(local.concat());
            let entry = [b"PK\x01\x02", &[0; 16][..], &sizes, &name_length, &[0; 12], &place.to_le_bytes()];
            directory.extend(entry.concat());
            directory.extend(name.as_bytes());
        }
        let counts = [(files.len() as u16).to_le_bytes(); 2].concat();
        let places = [directory.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
        [bytes, directory, [b"PK\x05\x06", &[0; 4][..], &counts, &places, &[0; 2]].concat()].concat()
    }

    /// A state dict of `tensors` tensors with one number each, all with the same tuple of `rank` sizes.
    fn state_dict(tensors: u32, rank: usize) -> Vec<u8> {
        state_dict_of("FloatStorage", &[0; 4], tensors, rank)
    }

    /// The same of another type, whose one storage holds these bytes.
    fn state_dict_of(kind: &str, data: &[u8], tensors: u32, rank: usize) -> Vec<u8> {
        let text = |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
        let kind = format!("ctorch\n{kind}\n").into_bytes();
        let storage = [text("storage"), kind, text("0"), text("cpu"), b"K\x01t".to_vec()];
        let whole = |digit: u8| [b"(".to_vec(), [b'K', digit].repeat(rank), b"t".to_vec()].concat();
        let mut program = [
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\x010".to_vec(),
            [b"((".to_vec(), storage.concat(), b"QK\x00".to_vec(), whole(1), whole(0), b"tq\x020".to_vec()].concat(),
            b"}(".to_vec(),
        ]
        .concat();
        for number in 0..tensors {
            program.extend([text(&format!("t{number}")), b"h\x01h\x02R".to_vec()].concat());
        }
        program.extend(b"u.");
        archive(&[("a/data.pkl", &program), ("a/data/0", data)])
    }

    #[test]
    fn tensors_share_the_tuple_of_their_sizes() {
        let state = read(&state_dict(3, MOST_SIZES), None).unwrap();
        assert_eq!(state.keys().collect::<Vec<_>>(), ["t0", "t1", "t2"]);
        assert!(state.values().all(|tensor| tensor.shape() == [1; MOST_SIZES]));
    }

    /// 16 bits widen to 32 exactly, the smallest and the largest numbers too; 64 would be rounded.
    #[test]
    fn numbers_of_16_bits_are_widened() {
        let cases: [(&str, [u8; 2], f32); 7] = [
            ("HalfStorage", [0x00, 0x3c], 1.0),
            ("HalfStorage", [0x01, 0x00], 2.0_f32.powi(-24)),
            ("HalfStorage", [0xff, 0xfb], -65504.0),
            ("HalfStorage", [0x00, 0x7c], f32::INFINITY),
            ("BFloat16Storage", [0x80, 0x3f], 1.0),
            ("BFloat16Storage", [0x01, 0x00], f32::from_bits(0x0001_0000)),
            ("BFloat16Storage", [0x49, 0xc0], -3.140625),
        ];
        for (kind, bytes, wanted) in cases {
            let state = read(&state_dict_of(kind, &bytes, 1, 1), None).unwrap();
            assert_eq!(state["t0"].array("t0").unwrap().values, [wanted], "{kind}, {bytes:?}");
        }
        let state = read(&state_dict_of("DoubleStorage", &[0; 8], 1, 1), None).unwrap();
        let refused = state["t0"].array("t0").unwrap_err();
        assert!(format!("{refused:?}").contains("is of type Double, but must be F32, F16 or BF16"), "{refused:?}");
        assert!(read(&state_dict_of("HalfStorage", &[0; 3], 1, 1), None).is_err());
    }

    /// Copies of the tuple for every tensor would be 32 GB.
    #[test]
    fn a_tuple_of_many_sizes_is_not_copied() {
        let complaint = read(&state_dict(40_000, 50_000), None).map(|_| ()).unwrap_err();
        assert_eq!(complaint, "tensor \"t0\" has more than 8 sizes, which no model here has");
    }
}
