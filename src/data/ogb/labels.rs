//! The labels of the graphs: numbers, some of which may be missing, or words.

use std::collections::HashMap;

use super::files::Files;
use super::mapping;
use super::options::OgbWords;
use crate::data::columns::Rows;
use crate::data::text::{TextFile, quoted};
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, MAX_CLASSES};
use crate::memory::try_resize;

/// The word for all that are not in a vocabulary, and the end of a label: the last two of every vocabulary.
const UNKNOWN: &str = "__UNK__";
const END: &str = "__EOS__";

/// What the label file holds.
pub(super) enum Labels {
    Numbers(Numbers),
    Words(Words),
}

/// Numbers, row-major `[graphs, width]`; NaN where one is missing.
pub(super) struct Numbers {
    values: Vec<f32>,
    width: usize,
    /// Names of the classes, where there are some.
    names: Vec<String>,
}

/// Words by their number in the vocabulary; those beyond it have numbers after its end.
pub(super) struct Words {
    /// `[graphs + 1]`: where each graph's words begin.
    offsets: Vec<usize>,
    words: Vec<u32>,
    /// The vocabulary, with the unknown word and the end.
    names: Vec<String>,
    length: usize,
}

impl Labels {
    /// Reads numbers, as many on every line as on the first; where classes have names, each is the number of one.
    pub(super) fn read(files: &Files<'_>, graphs: Rows<'_>) -> Result<Self> {
        let names = mapping::class_names(files)?;
        let mut file = files.required("raw/graph-label.csv.gz")?;
        let (mut values, mut width) = (Vec::new(), 0);
        each_label(&mut file, graphs, |row, text| {
            let before = values.len();
            for field in text.split(',') {
                values.try_reserve(1)?;
                values.push(number(field)?);
            }
            let found = values.len() - before;
            if row == 0 {
                width = found;
            }
            if found != width {
                bail!(Parse, "the line has {found} labels, but the first line has {width}");
            }
            let named = |value: &f32| value.fract() == 0.0 && (0.0..names.len() as f32).contains(value);
            if !names.is_empty() && (width > 1 || !values[before..].iter().all(named)) {
                bail!(Parse, "the label is {}, but there are {} names of classes", quoted(text.trim()), names.len());
            }
            Ok(())
        })?;
        Ok(Self::Numbers(Numbers { values, width, names }))
    }

    /// The class of every graph: its label, where the labels are whole numbers from 0 without gaps or classes have
    /// names, else 0.
    pub(super) fn classes(&self) -> Result<Vec<usize>> {
        let mut classes = Vec::new();
        let numbers = match self {
            Self::Words(words) => {
                try_resize(&mut classes, words.offsets.len() - 1, 0)?;
                return Ok(classes);
            }
            Self::Numbers(numbers) => numbers,
        };
        let graphs = numbers.values.len() / numbers.width;
        try_resize(&mut classes, graphs, 0)?;
        let is_class = |value: &f32| value.fract() == 0.0 && (0.0..MAX_CLASSES as f32).contains(value);
        if numbers.width > 1 || !numbers.values.iter().all(is_class) {
            return Ok(classes);
        }
        let mut occurs = vec![false; MAX_CLASSES];
        numbers.values.iter().for_each(|&value| occurs[value as usize] = true);
        let used = occurs.iter().rposition(|&occurs| occurs).map_or(0, |last| last + 1);
        if !numbers.names.is_empty() || occurs[..used].iter().all(|&occurs| occurs) {
            classes.iter_mut().zip(&numbers.values).for_each(|(class, &value)| *class = value as usize);
        }
        Ok(classes)
    }

    /// Makes them the targets of the graphs.
    pub(super) fn attach(self, data: &mut Dataset) -> Result<()> {
        match self {
            Self::Numbers(Numbers { values, width, names }) => {
                data.set_targets(values, width)?;
                if names.is_empty() { Ok(()) } else { data.set_class_names(names) }
            }
            Self::Words(Words { offsets, words, names, length }) => {
                data.set_sequences(&offsets, &words, length, names.len())?;
                data.set_class_names(names)
            }
        }
    }
}

/// One label of numbers. What stands for a missing one is what the benchmark's own reader takes for it.
pub(super) fn number(field: &str) -> Result<f32> {
    let text = unquoted(field.trim());
    if matches!(text, "" | "nan" | "NaN" | "-nan" | "-NaN" | "NA" | "N/A" | "n/a" | "NULL" | "null" | "None" | "<NA>") {
        return Ok(f32::NAN);
    }
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(error!(Parse, "{} is not a finite 32-bit number, and not blank or nan", quoted(text))),
    }
}

impl Words {
    /// Reads words, and counts those of the graphs `train`.
    pub(super) fn read(file: &mut TextFile, graphs: Rows<'_>, words: OgbWords, train: &[usize]) -> Result<Self> {
        let mut known: HashMap<Box<str>, u32> = HashMap::new();
        let mut read = Self { offsets: vec![0], words: Vec::new(), names: Vec::new(), length: words.length };
        each_label(file, graphs, |_, text| {
            for word in unquoted(text.trim()).split(' ').filter(|word| !word.is_empty()) {
                let next = u32::try_from(known.len()).map_err(|_| error!(Unsupported, "too many different words"))?;
                let number = match known.get(word) {
                    Some(&number) => number,
                    None => {
                        known.try_reserve(1)?;
                        known.insert(word.into(), next);
                        next
                    }
                };
                read.words.try_reserve(1)?;
                read.words.push(number);
            }
            read.offsets.try_reserve(1)?;
            read.offsets.push(read.words.len());
            Ok(())
        })?;
        read.choose(known, words.vocabulary, train)?;
        if read.names.len() < 3 {
            bail!(Parse, "{}: the labels of the training graphs have no words", file.name());
        }
        Ok(read)
    }

    /// Renumbers the words: first the most frequent ones of the graphs `train`, then the others.
    fn choose(&mut self, known: HashMap<Box<str>, u32>, vocabulary: usize, train: &[usize]) -> Result<()> {
        let mut counts: Vec<usize> = Vec::new();
        try_resize(&mut counts, known.len(), 0)?;
        // In the order in which the training graphs come, which decides between equally frequent words.
        let mut chosen: Vec<u32> = Vec::new();
        for &graph in train {
            for &word in &self.words[self.offsets[graph]..self.offsets[graph + 1]] {
                counts[word as usize] += 1;
                if counts[word as usize] == 1 {
                    chosen.try_reserve(1)?;
                    chosen.push(word);
                }
            }
        }
        chosen.sort_by_key(|&word| std::cmp::Reverse(counts[word as usize]));
        chosen.truncate(vocabulary);
        let size = chosen.len() + 2;
        let mut numbers: Vec<u32> = Vec::new();
        try_resize(&mut numbers, known.len(), u32::MAX)?;
        chosen.iter().zip(0..).for_each(|(&word, number)| numbers[word as usize] = number);
        let others = numbers.iter_mut().filter(|number| **number == u32::MAX);
        for (number, next) in others.zip(size..) {
            *number = u32::try_from(next).map_err(|_| error!(Unsupported, "too many different words"))?;
        }
        self.words.iter_mut().for_each(|word| *word = numbers[*word as usize]);
        self.names = vec![String::new(); chosen.len()];
        for (word, number) in known {
            if let Some(name) = self.names.get_mut(numbers[number as usize] as usize) {
                *name = word.into();
            }
        }
        self.names.extend([UNKNOWN.to_owned(), END.to_owned()]);
        Ok(())
    }
}

/// Calls `f(row, text)` for the label of every graph; blank lines are labels too, but may also end the file.
fn each_label(file: &mut TextFile, graphs: Rows<'_>, mut f: impl FnMut(usize, &str) -> Result<()>) -> Result<()> {
    let rows = file.each_text(|row, text| {
        if row >= graphs.count && text.trim().is_empty() {
            return Ok(());
        }
        graphs.check(row)?;
        f(row, text)
    })?;
    graphs.check_all(file, rows)
}

/// The text without the quotes around it.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
