//! One line: a graph as it is given, or what is said about all graphs.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::field::{List, OUT_OF_MEMORY, Pairs, Table};
use crate::error::{Error, ErrorKind, Result, bail, error};
use crate::foreign::{BEGINNING, recognise};
use crate::graph::{EdgeInput, GraphInput, GraphRules, Names};

/// Nodes that a line may say to have without describing them. Beyond that it must be as long as it has nodes, so that a
/// short line cannot ask for any amount of memory.
const MOST_NODES_UNSEEN: usize = 1 << 20;

const KEYS: [&str; 15] = [
    "id",
    "directed",
    "nodes",
    "edges",
    "edge_weight",
    "edge_labels",
    "edge_attributes",
    "x",
    "categories",
    "node_labels",
    "class",
    "targets",
    "sequence",
    "graph_attributes",
    "weight",
];

/// What programs write for numbers that JSON does not have.
const NOT_IN_JSON: [&str; 7] = ["NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "-inf"];

/// What others call the keys.
const OTHER_NAMES: [(&str, &str); 18] = [
    ("node_attributes", "x"),
    ("node_features", "x"),
    ("node_feat", "x"),
    ("features", "x"),
    ("num_nodes", "nodes"),
    ("n", "nodes"),
    ("edge_index", "edges"),
    ("edge_list", "edges"),
    ("links", "edges"),
    ("edge_weights", "edge_weight"),
    ("weights", "edge_weight"),
    ("edge_attr", "edge_attributes"),
    ("edge_features", "edge_attributes"),
    ("edge_feat", "edge_attributes"),
    ("y", "targets"),
    ("target", "targets"),
    ("label", "class"),
    ("name", "id"),
];

/// The only key of a line about all graphs.
const ABOUT: &str = "dataset";

/// By what a graph is named, or the name of its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// A string.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A word of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A word by itself, of the vocabulary or not.
    Text(String),
    /// The number of a word outside the vocabulary.
    Number(u32),
}

/// What a first line may say about all graphs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Name of the data set.
    pub name: Option<String>,
    /// Whether edges keep their direction.
    pub directed: Option<bool>,
    /// The classes in their order; of sequences, the vocabulary.
    pub class_names: Option<Vec<String>>,
    /// Words of a sequence that are to be predicted.
    pub sequence_length: Option<usize>,
    /// Names of columns, labels and categories.
    pub names: Option<Names>,
}

/// The last line that was read, in memory that is kept for the next.
#[derive(Debug, Default)]
pub struct Record {
    about: Option<About>,
    id: Option<Id>,
    directed: Option<bool>,
    nodes: Option<usize>,
    edges: Pairs,
    edge_weight: List<f32>,
    edge_labels: List<i64>,
    edge_attributes: Table<f32>,
    x: Table<f32>,
    categories: Table<i32>,
    node_labels: List<i64>,
    class: Option<String>,
    targets: List<Option<f32>>,
    sequence: List<Word>,
    graph_attributes: List<f32>,
    weight: Option<f32>,
    /// The keys that were read, a bit each, and the last of them.
    seen: u16,
    key: &'static str,
}

impl Record {
    /// No line yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a line. After a failure there is nothing to be had of it but its [`id`](Self::id), where that came first.
    pub fn parse(&mut self, line: &[u8]) -> Result<()> {
        self.clear();
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let read = Fields(self).deserialize(&mut deserializer);
        read.and_then(|()| deserializer.end()).map_err(|e| self.refused(&e, line))?;
        if self.about.is_some() {
            return Ok(());
        }
        if !self.edges.given {
            bail!(Parse, "there is no key \"edges\"");
        }
        let nodes = self.settle_nodes()?;
        if nodes > MOST_NODES_UNSEEN && nodes > line.len() {
            bail!(Parse, "nodes is {nodes}, but the line has {} bytes, too few to describe them", line.len());
        }
        self.check_edges(nodes)
    }

    fn clear(&mut self) {
        (self.about, self.id, self.directed, self.nodes, self.class) = (None, None, None, None, None);
        self.edges.clear();
        self.edge_weight.clear();
        self.edge_labels.clear();
        self.edge_attributes.clear();
        self.x.clear();
        self.categories.clear();
        self.node_labels.clear();
        self.targets.clear();
        self.sequence.clear();
        self.graph_attributes.clear();
        (self.weight, self.seen, self.key) = (None, 0, "");
    }

    /// What an error of the JSON reader means, with the key that it was reading and the place in the line.
    fn refused(&self, e: &serde_json::Error, line: &[u8]) -> Error {
        let message = e.to_string();
        let message = message.rfind(" at line ").map_or(&*message, |at| &message[..at]);
        if message == OUT_OF_MEMORY {
            return Error::out_of_memory();
        }
        let (what, wanted) = message.rsplit_once(", expected ").unwrap_or((message, ""));
        // The JSON reader speaks of types of this language.
        let wanted = match wanted {
            "" => String::new(),
            "usize" => ", expected a whole number from 0".to_string(),
            "i32" => ", expected a whole number of 32 bits".to_string(),
            "i64" => ", expected a whole number of 64 bits".to_string(),
            "f32" => ", expected a number".to_string(),
            other => format!(", expected {other}"),
        };
        let place = if e.column() > 0 { format!("column {}: ", e.column()) } else { String::new() };
        let key = if self.key.is_empty() { String::new() } else { format!("{}: ", self.key) };
        let cure = self.cure(e, line).map_or_else(String::new, |cure| format!("; {cure}"));
        Error::new(ErrorKind::Parse, format!("{place}{key}{what}{wanted}{cure}"))
    }

    /// What to do about a line that is not JSON, or not of a graph.
    fn cure(&self, e: &serde_json::Error, line: &[u8]) -> Option<String> {
        let foreign = recognise(&line[..line.len().min(BEGINNING)]).filter(|foreign| !foreign.is_plain_text());
        if let Some(foreign) = foreign.filter(|_| !line.trim_ascii().is_empty()) {
            return Some(foreign.to_string());
        }
        if e.is_eof() {
            return Some("JSON lines have the whole of a graph on one line".to_string());
        }
        let after = line.get(e.column().saturating_sub(1)..)?;
        let word = NOT_IN_JSON.iter().find(|word| after.starts_with(word.as_bytes()))?;
        Some(match self.key {
            "targets" => format!("JSON has no {word}: null stands for a target that is missing"),
            _ => format!(
                "JSON has no {word}, and null stands for targets alone: leave out the graph, or fill in a number"
            ),
        })
    }

    /// Finds out how many nodes there are; whatever has a row for each must agree.
    fn settle_nodes(&mut self) -> Result<usize> {
        let said = [
            ("nodes", "says", self.nodes),
            ("x", "has", self.x.given.then_some(self.x.rows)),
            ("categories", "has", self.categories.given.then_some(self.categories.rows)),
            ("node_labels", "has", self.node_labels.get().map(<[i64]>::len)),
        ];
        let mut said = said.into_iter().filter_map(|(key, verb, nodes)| nodes.map(|nodes| (key, verb, nodes)));
        let Some((first, verb, nodes)) = said.next() else {
            bail!(Parse, "there is no key \"nodes\", and none that has a row for each node");
        };
        if let Some((other, _, found)) = said.find(|&(_, _, found)| found != nodes) {
            bail!(Parse, "{first} {verb} {nodes} nodes, but {other} has {found}");
        }
        self.nodes = Some(nodes);
        Ok(nodes)
    }

    fn check_edges(&self, nodes: usize) -> Result<()> {
        let edges = self.edges.sources.len();
        let outside = |&node: &i32| usize::try_from(node).map_or(true, |node| node >= nodes);
        let pairs = || self.edges.sources.iter().zip(&self.edges.targets);
        if let Some((at, (source, target))) = pairs().enumerate().find(|(_, (s, t))| outside(s) || outside(t)) {
            bail!(InvalidGraph, "edge {at} joins {source} and {target}, but the graph has {nodes} nodes");
        }
        let rows = [
            ("edge_weight", self.edge_weight.get().map(<[f32]>::len)),
            ("edge_labels", self.edge_labels.get().map(<[i64]>::len)),
            ("edge_attributes", self.edge_attributes.given.then_some(self.edge_attributes.rows)),
        ];
        match rows.into_iter().find_map(|(key, rows)| rows.filter(|&rows| rows != edges).map(|rows| (key, rows))) {
            Some((key, rows)) => Err(error!(Parse, "there are {edges} edges, but {key} has {rows}")),
            None => Ok(()),
        }
    }

    /// What the line says about all graphs, where it is not a graph.
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// The name of the graph.
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Whether edges keep their direction, where the line says it.
    pub fn directed(&self) -> Option<bool> {
        self.directed
    }

    /// The name of the class.
    pub fn class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// The targets; `None` for one that is missing. There may be no such list.
    pub fn targets(&self) -> Option<&[Option<f32>]> {
        self.targets.get()
    }

    /// The words to predict.
    pub fn sequence(&self) -> Option<&[Word]> {
        self.sequence.get()
    }

    /// The attributes of the graph.
    pub fn graph_attributes(&self) -> Option<&[f32]> {
        self.graph_attributes.get()
    }

    /// How much the graph counts in the loss, where the line says it.
    pub fn weight(&self) -> Option<f32> {
        self.weight
    }

    /// Attributes of the edges as given, row-major, and how many an edge has; none where that is 0.
    pub fn edge_attributes(&self) -> (&[f32], usize) {
        (&self.edge_attributes.values, self.edge_attributes.width)
    }

    /// What the graph brings with it. Its edges keep their direction as it says, else as `directed` says.
    pub fn rules(&self, directed: bool) -> GraphRules {
        GraphRules {
            features: self.x.width,
            categories: self.categories.width,
            node_labels: self.node_labels.given,
            edge_labels: self.edge_labels.given,
            ..GraphRules::plain(self.directed.unwrap_or(directed))
        }
    }

    /// The graph, to be checked by a [`GraphBuilder`](crate::graph::GraphBuilder).
    pub fn input(&self) -> GraphInput<'_> {
        let edges = EdgeInput::List { from: &self.edges.sources, to: &self.edges.targets };
        GraphInput {
            edge_weight: self.edge_weight.get(),
            x: self.x.get(),
            categories: self.categories.get(),
            node_labels: self.node_labels.get(),
            edge_labels: self.edge_labels.get(),
            ..GraphInput::new(self.nodes.unwrap_or(0), edges)
        }
    }
}

/// Reads an object into a record.
struct Fields<'a>(&'a mut Record);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a graph as an object of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let record = self.0;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let key = key.place()?;
            let about = key == KEYS.len();
            let seen = record.seen & (1 << key) > 0;
            if seen || (record.seen > 0 && (about || record.about.is_some())) {
                let name = KEYS.get(key).copied().unwrap_or(ABOUT);
                record.key = "";
                return Err(de::Error::custom(match seen {
                    true => format!("the key \"{name}\" is there twice"),
                    false => format!("the key \"{ABOUT}\" must be on a line by itself"),
                }));
            }
            record.seen |= 1 << key;
            record.key = KEYS.get(key).copied().unwrap_or(ABOUT);
            record.field(&mut map)?;
            record.key = "";
        }
        Ok(())
    }
}

impl Record {
    /// Reads the value of the present key.
    fn field<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> std::result::Result<(), A::Error> {
        match self.key {
            "id" => self.id = Some(map.next_value_seed(IdValue("a string or a whole number"))?),
            "directed" => self.directed = Some(map.next_value()?),
            "nodes" => self.nodes = Some(map.next_value()?),
            "edges" => map.next_value_seed(&mut self.edges)?,
            "edge_weight" => map.next_value_seed(&mut self.edge_weight)?,
            "edge_labels" => map.next_value_seed(&mut self.edge_labels)?,
            "edge_attributes" => map.next_value_seed(&mut self.edge_attributes)?,
            "x" => map.next_value_seed(&mut self.x)?,
            "categories" => map.next_value_seed(&mut self.categories)?,
            "node_labels" => map.next_value_seed(&mut self.node_labels)?,
            "class" => {
                let name = map.next_value_seed(IdValue("the name of a class, a string or a whole number"))?;
                self.class = Some(name.to_string());
            }
            "targets" => map.next_value_seed(&mut self.targets)?,
            "sequence" => map.next_value_seed(&mut self.sequence)?,
            "weight" => self.weight = Some(map.next_value()?),
            "graph_attributes" => map.next_value_seed(&mut self.graph_attributes)?,
            _ => self.about = Some(map.next_value()?),
        }
        Ok(())
    }
}

/// A key as it is written.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Key<'_> {
    /// The place among [`KEYS`]; the one beyond them is [`ABOUT`].
    fn place<E: de::Error>(&self) -> std::result::Result<usize, E> {
        let known = KEYS.iter().chain([&ABOUT]).position(|known| *known == self.0);
        known.ok_or_else(|| {
            let own = OTHER_NAMES.iter().find(|(other, _)| *other == self.0).map(|(_, own)| *own);
            let hint = own.map_or_else(String::new, |own| format!("; it is called \"{own}\" here"));
            E::custom(format_args!("the key {} is not known{hint}", crate::data::text::quoted(&self.0)))
        })
    }
}

/// A string or a whole number, by the name of what it is for.
struct IdValue(&'static str);

impl<'de> DeserializeSeed<'de> for IdValue {
    type Value = Id;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Id, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for IdValue {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Id, E> {
        Ok(Id::Text(text.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> std::result::Result<Id, E> {
        Ok(Id::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Id, E> {
        let fits = i64::try_from(number);
        fits.map(Id::Number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let number = |number: i64| {
            u32::try_from(number)
                .map(Self::Number)
                .map_err(|_| de::Error::custom(format_args!("there is no word {number}")))
        };
        match IdValue("a word, or the number of one outside the vocabulary").deserialize(deserializer)? {
            Id::Text(text) => Ok(Self::Text(text)),
            Id::Number(n) => number(n),
        }
    }
}
