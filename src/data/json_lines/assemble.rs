//! Makes a data set of lines.

use std::collections::HashMap;

use super::options::{JsonLinesOptions, JsonLinesWords};
use super::record::{About, Record, Word};
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, GraphBuilder, GraphRules, MAX_CLASSES, Names, unknown_class};
use crate::memory::{try_extend, try_resize};

/// The graphs so far, and what is attached to all of them at the end.
pub(super) struct Assembly {
    directed: bool,
    ignores_classes: bool,
    name: String,
    data: Option<Dataset>,
    builder: GraphBuilder,
    classes: Classes,
    words: Words,
    targets: Column,
    graph_attributes: Column,
    edge_attributes: Column,
    /// Of the graphs up to the last one that says its weight.
    weights: Vec<f32>,
    names: Names,
}

/// A column of numbers that comes with the graphs.
#[derive(Default)]
struct Column {
    /// Numbers of each graph or edge, known from the first on.
    width: usize,
    settled: bool,
    values: Vec<f32>,
}

impl Assembly {
    /// No graphs yet.
    pub fn new(options: &JsonLinesOptions) -> Result<Self> {
        Ok(Self {
            directed: options.directed,
            ignores_classes: options.words.is_some() && options.class_names.is_none(),
            name: options.name.clone().unwrap_or_default(),
            data: None,
            builder: GraphBuilder::new(),
            classes: Classes::new(options.class_names.clone())?,
            words: Words::new(options.words.clone())?,
            targets: Column::default(),
            graph_attributes: Column::default(),
            edge_attributes: Column::default(),
            weights: Vec::new(),
            names: Names::default(),
        })
    }

    /// Adds what a line says.
    pub fn add(&mut self, record: &Record) -> Result<()> {
        if let Some(about) = record.about() {
            return self.begin(about);
        }
        let data = self.data.get_or_insert_with(|| Dataset::new(self.name.clone(), record.rules(self.directed)));
        let (first, rules) = (data.is_empty(), data.rules());
        check_rules(rules, record, self.directed)?;
        let graph = self.builder.build(&record.input(), rules)?;
        // Beside words that the caller knows, classes have no names.
        let class = record.class().filter(|_| !self.ignores_classes);
        let y = self.classes.number(class, first)?;
        self.words.add(record.sequence(), first)?;
        let targets = record.targets().unwrap_or(&[]);
        self.targets.add("targets", targets.iter().map(|value| value.unwrap_or(f32::NAN)))?;
        self.graph_attributes.add("graph_attributes", record.graph_attributes().unwrap_or(&[]).iter().copied())?;
        data.add_graph(graph, y)?;
        record.id().map_or(Ok(()), |id| data.set_last_id(&id.to_string()))?;
        if let Some(weight) = record.weight() {
            try_resize(&mut self.weights, data.len() - 1, 1.0)?;
            try_extend(&mut self.weights, &[weight])?;
        }
        self.edge_attributes.add_of_entries(record, self.builder.entry_source())
    }

    /// Takes what the first line says about all graphs.
    fn begin(&mut self, about: &About) -> Result<()> {
        if self.data.is_some() || self.words.begun || self.classes.begun {
            bail!(Parse, "what is said about all graphs must be on the first line");
        }
        (self.words.begun, self.classes.begun) = (true, true);
        self.directed = about.directed.unwrap_or(self.directed);
        if let Some(name) = &about.name {
            self.name.clone_from(name);
        }
        if let Some(names) = &about.names {
            self.names.clone_from(names);
        }
        match (about.sequence_length, &about.class_names) {
            (Some(_), None) => bail!(Parse, "there is \"sequence_length\", but no vocabulary as \"class_names\""),
            // The caller knows the words.
            (Some(_), Some(_)) if self.words.known.is_some() => Ok(()),
            (Some(length), Some(names)) => {
                self.classes.begin(names)?;
                self.words.settle(JsonLinesWords { vocabulary: names.clone(), length });
                Ok(())
            }
            (None, Some(names)) => self.classes.begin(names),
            (None, None) => Ok(()),
        }
    }

    /// The data set.
    pub fn finish(mut self) -> Result<Dataset> {
        let Some(mut data) = self.data else {
            bail!(Parse, "there are no graphs");
        };
        data.shrink_to_fit();
        let Column { values, width, .. } = self.edge_attributes;
        if width > 0 {
            data.set_edge_attributes(values, width)?;
        }
        let Column { values, width, .. } = self.graph_attributes;
        if width > 0 {
            data.set_graph_attributes(values, width)?;
        }
        let Column { values, width, .. } = self.targets;
        if width > 0 {
            data.set_targets(values, width)?;
        }
        if !self.weights.is_empty() {
            try_resize(&mut self.weights, data.len(), 1.0)?;
            data.set_graph_weights(self.weights)?;
        }
        self.classes.attach(&mut data)?;
        self.words.attach(&mut data)?;
        if data.total_entries() == 0 {
            // Nothing says how many attributes an edge would have.
            self.names.edge_attributes.clear();
        }
        data.set_names(self.names).map_err(|e| error!(Parse, "names: {}", e.message()))?;
        Ok(data)
    }
}

/// Checks that a graph has what those before it have.
fn check_rules(rules: GraphRules, record: &Record, directed: bool) -> Result<()> {
    let own = record.rules(directed);
    let differ = |key: &str, own: usize, before: usize| {
        bail!(Parse, "{key} has {own} columns, but {before} in the graphs before");
    };
    if own.features != rules.features {
        return differ("x", own.features, rules.features);
    }
    if own.categories != rules.categories {
        return differ("categories", own.categories, rules.categories);
    }
    let given = |key: &str, own: bool| match own {
        true => error!(Parse, "the graph has {key}, but those before it have none"),
        false => error!(Parse, "the graph has no {key}, but those before it do"),
    };
    if own.node_labels != rules.node_labels {
        return Err(given("node_labels", own.node_labels));
    }
    // Without edges there is nothing to label.
    if own.edge_labels != rules.edge_labels && (own.edge_labels || !record.input().edges.is_empty()) {
        return Err(given("edge_labels", own.edge_labels));
    }
    if own.directed != rules.directed {
        bail!(Parse, "directed is {}, but {} for the graphs before", own.directed, rules.directed);
    }
    Ok(())
}

impl Column {
    /// Appends the numbers of a graph, as many as of the first.
    fn add(&mut self, key: &str, values: impl ExactSizeIterator<Item = f32>) -> Result<()> {
        self.settle(key, values.len())?;
        self.values.try_reserve(values.len())?;
        self.values.extend(values);
        Ok(())
    }

    /// Appends the attributes of the entries of a graph, which are those of the edges that they came from.
    fn add_of_entries(&mut self, record: &Record, entry_source: &[u32]) -> Result<()> {
        // A graph without edges does not say how many attributes they would have.
        if entry_source.is_empty() {
            return Ok(());
        }
        let (values, width) = record.edge_attributes();
        self.settle("edge_attributes", width)?;
        self.values.try_reserve(entry_source.len().saturating_mul(width))?;
        for &edge in entry_source {
            self.values.extend_from_slice(&values[edge as usize * width..][..width]);
        }
        Ok(())
    }

    fn settle(&mut self, key: &str, width: usize) -> Result<()> {
        if !self.settled {
            (self.width, self.settled) = (width, true);
        }
        if width != self.width {
            bail!(Parse, "{key} has {width} values, but {} in the graphs before", self.width);
        }
        Ok(())
    }
}

/// The classes, numbered as they come until all are known.
struct Classes {
    y: Vec<u32>,
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    /// Whether the names are settled, in their order.
    settled: bool,
    /// Whether they are those that the caller knows, so that every graph has one.
    required: bool,
    /// Whether the graphs have classes.
    given: bool,
    begun: bool,
}

impl Classes {
    fn new(names: Option<Vec<String>>) -> Result<Self> {
        let required = names.is_some();
        let mut classes = Self {
            y: Vec::new(),
            numbers: HashMap::new(),
            names: Vec::new(),
            settled: false,
            required,
            given: required,
            begun: false,
        };
        if let Some(names) = names {
            classes.settle(&names)?;
        }
        Ok(classes)
    }

    /// Takes names in their order.
    fn settle(&mut self, names: &[String]) -> Result<()> {
        if names.len() > MAX_CLASSES {
            bail!(Parse, "there are {} class names, but at most {MAX_CLASSES} are possible", names.len());
        }
        for (name, number) in names.iter().zip(0..) {
            if self.numbers.insert(name.clone(), number).is_some() {
                bail!(Parse, "the class name {} is there twice", crate::data::text::quoted(name));
            }
        }
        self.names = names.to_vec();
        self.settled = true;
        Ok(())
    }

    /// Takes the names that the first line gives, unless the caller knows them.
    fn begin(&mut self, names: &[String]) -> Result<()> {
        if self.settled { Ok(()) } else { self.settle(names) }
    }

    /// The number of a class.
    fn number(&mut self, class: Option<&str>, first: bool) -> Result<usize> {
        if first {
            self.given = self.required || class.is_some();
        }
        let y = match class {
            None if self.given => bail!(Parse, "the graph has no class"),
            None => 0,
            Some(_) if !self.given => bail!(Parse, "the graph has a class, but those before it have none"),
            Some(class) => match self.numbers.get(class) {
                Some(&number) => number,
                None if self.settled => return Err(unknown_class(class, &self.names)),
                None => self.new_class(class)?,
            },
        };
        try_extend(&mut self.y, &[y])?;
        // The data set learns of classes at the end, when all are known.
        Ok(0)
    }

    fn new_class(&mut self, class: &str) -> Result<u32> {
        let number = self.names.len();
        if number >= MAX_CLASSES {
            bail!(Parse, "there are more than {MAX_CLASSES} classes");
        }
        self.names.push(class.to_string());
        self.numbers.insert(class.to_string(), number as u32);
        Ok(number as u32)
    }

    fn attach(mut self, data: &mut Dataset) -> Result<()> {
        if !self.settled && self.given {
            self.sort();
        }
        match self.names.is_empty() {
            true => Ok(()),
            false => data.set_classes(self.y, self.names),
        }
    }

    /// Brings the names into order: as numbers where all are whole numbers, else as text.
    fn sort(&mut self) {
        let number = |name: &String| name.parse::<i64>().ok();
        let numbers: Option<Vec<i64>> = self.names.iter().map(number).collect();
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&at| (numbers[at], &self.names[at])),
            None => order.sort_by_key(|&at| &self.names[at]),
        }
        let mut place = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&at, to)| place[at] = to);
        self.y.iter_mut().for_each(|y| *y = place[*y as usize]);
        self.names = order.iter().map(|&at| std::mem::take(&mut self.names[at])).collect();
    }
}

/// The sequences.
struct Words {
    known: Option<JsonLinesWords>,
    numbers: HashMap<String, u32>,
    /// Words so far that are not in the vocabulary.
    outside: u32,
    offsets: Vec<usize>,
    words: Vec<u32>,
    given: bool,
    begun: bool,
}

impl Words {
    fn new(known: Option<JsonLinesWords>) -> Result<Self> {
        let mut words = Self {
            known: None,
            numbers: HashMap::new(),
            outside: 0,
            offsets: Vec::new(),
            words: Vec::new(),
            given: known.is_some(),
            begun: false,
        };
        words.offsets.try_reserve(1)?;
        words.offsets.push(0);
        if let Some(known) = known {
            words.settle(known);
        }
        Ok(words)
    }

    /// Takes the vocabulary.
    fn settle(&mut self, known: JsonLinesWords) {
        self.numbers = known.vocabulary.iter().cloned().zip(0..).collect();
        self.known = Some(known);
    }

    fn add(&mut self, sequence: Option<&[Word]>, first: bool) -> Result<()> {
        if first {
            self.given |= sequence.is_some();
        }
        let Some(sequence) = sequence else {
            return if self.given { Err(error!(Parse, "the graph has no sequence")) } else { Ok(()) };
        };
        let Some(known) = &self.known else {
            bail!(
                Parse,
                "the graph has a sequence, but there is no first line with \"sequence_length\" and the vocabulary as \
                 \"class_names\""
            );
        };
        if !self.given {
            bail!(Parse, "the graph has a sequence, but those before it have none");
        }
        let vocabulary = known.vocabulary.len() as u32;
        self.words.try_reserve(sequence.len())?;
        for word in sequence {
            let number = match word {
                Word::Number(number) => number.saturating_add(vocabulary),
                // Words that are not in the vocabulary are told apart by numbers from the top.
                Word::Text(text) => *self.numbers.entry(text.clone()).or_insert_with(|| {
                    self.outside += 1;
                    u32::MAX - self.outside
                }),
            };
            self.words.push(number);
        }
        try_extend(&mut self.offsets, &[self.words.len()])
    }

    fn attach(self, data: &mut Dataset) -> Result<()> {
        match self.known {
            Some(known) if self.given => {
                data.set_sequences(&self.offsets, &self.words, known.length, known.vocabulary.len())?;
                data.set_class_names(known.vocabulary)
            }
            _ => Ok(()),
        }
    }
}
