//! Graphs on their way into a file: checked and packed as those of a data set, and handed on a few at a time.
//!
//! What is handed on, piece after piece, are the columns of the data set that all the graphs together would be.

use super::append::{ClassMap, settle};
use super::arrays::GraphArrays;
use super::builder::GraphBuilder;
use super::column::{Element, PackedColumn};
use super::columns::Unit;
use super::dataset::{ATTRIBUTES_GIVEN, Dataset};
use super::description::Description;
use super::input::{GraphInput, GraphRules};
use super::limits::{check_class_names, check_values, check_vocabulary, check_word_offsets};
use super::view::GraphRef;
use crate::error::{Result, bail};
use crate::memory::try_extend;

/// Takes a piece of a column.
type Sink<'a> = &'a mut dyn FnMut(PackedColumn<'_>) -> Result<()>;

/// Values that are handed on at a time for rows that were given none.
const AT_ONCE: usize = 1024;

/// Weights of edges and of graphs that were given none.
const ONES: &[f32] = &[1.0; AT_ONCE];

/// Where the ids of graphs before the first that has one begin.
const ZEROS: &[usize] = &[0; AT_ONCE];

/// The graphs of a data set that is never in memory as a whole.
#[derive(Debug)]
pub struct GraphStream {
    /// The rows that have not been handed on, with the description of all graphs. Targets may lag behind the graphs.
    part: Dataset,
    taken: Taken,
    /// Whether the edges have weights.
    weighted: bool,
    /// Whether the graphs have weights.
    graphs_weighted: bool,
    /// The first graph of the largest class, and that class.
    largest: Option<(usize, usize)>,
    /// Graphs that have numbers as targets.
    numbered: usize,
    /// Graphs that have words.
    worded: usize,
}

/// What has been handed on.
#[derive(Debug, Default)]
struct Taken {
    graphs: usize,
    nodes: usize,
    entries: usize,
    words: usize,
    id_bytes: usize,
    /// Whether columns of offsets have begun, with a 0, and whether there are weights for all entries so far.
    offsets: bool,
    word_offsets: bool,
    id_offsets: bool,
    weights: bool,
    graph_weights: bool,
}

impl GraphStream {
    /// No graphs, which will follow `rules`.
    pub fn new(name: impl Into<String>, rules: GraphRules) -> Self {
        Self {
            part: Dataset::new(name, rules),
            taken: Taken::default(),
            weighted: false,
            graphs_weighted: false,
            largest: None,
            numbered: 0,
            worded: 0,
        }
    }

    /// Number of graphs so far.
    pub fn len(&self) -> usize {
        self.taken.graphs + self.part.len()
    }

    /// Whether there are no graphs so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What all graphs have in common.
    pub fn rules(&self) -> GraphRules {
        self.part.rules()
    }

    /// Bytes in memory that can be handed on.
    pub fn pending(&self) -> usize {
        self.part.columns.size()
    }

    /// Checks a graph and appends it with its class `y`, as [`Dataset::add`] does. On failure everything is as it was.
    pub fn add(&mut self, builder: &mut GraphBuilder, input: &GraphInput<'_>, y: usize) -> Result<()> {
        let at = self.len();
        let graph = builder.build(input, self.part.rules());
        graph.and_then(|graph| self.add_graph(graph, y)).map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    /// Checks a graph and appends it with all that belongs to it, as [`Dataset::add_arrays`] does.
    pub fn add_arrays(&mut self, builder: &mut GraphBuilder, graph: &GraphArrays) -> Result<()> {
        let words = (self.part.sequence_length(), self.part.vocabulary());
        let at = self.len();
        let one = graph.to_dataset(builder, self.rules().directed, words);
        let appended = one.and_then(|one| {
            let map = self.begin_append(&one)?;
            self.append(&one, 0, &map)
        });
        appended.map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    /// Says how many words of a sequence are to be predicted, and how many there are, before graphs are added.
    pub fn set_vocabulary(&mut self, length: usize, vocabulary: usize) -> Result<()> {
        if !self.is_empty() {
            bail!(InvalidState, "there are {} graphs already, which have no words", self.len());
        }
        check_vocabulary(length, vocabulary, self.part.description.class_names.len())?;
        self.expect_words(length, vocabulary)
    }

    fn add_graph(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        let Dataset { description, .. } = &self.part;
        if description.edge_attribute_width > 0 || description.graph_attribute_width > 0 {
            bail!(InvalidState, "{ATTRIBUTES_GIVEN}");
        }
        self.part.check_graph(&graph, y)?;
        let words = description.vocabulary;
        if words > 0 && y >= words {
            bail!(InvalidArgument, "its class is {y}, but the vocabulary has {words} words");
        }
        let at = self.len();
        self.part.columns.push(&self.part.description, graph, y)?;
        self.note(at, y, graph.edge_weight().is_some());
        Ok(())
    }

    /// Takes note of graph `at`, which has been appended.
    fn note(&mut self, at: usize, y: usize, weighted: bool) {
        // As in a data set, where weights are forgotten as long as there is no edge that could have one.
        self.weighted |= weighted && self.entries() > 0;
        if self.largest.is_none_or(|(_, largest)| y > largest) {
            self.largest = Some((at, y));
        }
    }

    fn entries(&self) -> usize {
        self.taken.entries + self.part.total_entries()
    }

    /// Gives the graphs that have none yet `width` targets each, see [`Dataset::set_targets`]. All that are added later
    /// need as many.
    pub fn add_targets(&mut self, values: &[f32], width: usize) -> Result<()> {
        check_values(values, width, self.numbered..self.len())?;
        let before = self.part.target_width();
        if self.numbered > 0 && width != before {
            bail!(ShapeMismatch, "a graph is to have {width} targets, but those before it have {before}");
        }
        try_extend(self.part.columns.targets.own()?, values)?;
        self.part.description.target_width = width;
        self.numbered = self.len();
        Ok(())
    }

    /// Gives the graphs that have none yet a sequence of words each, see [`Dataset::set_sequences`]. All that are added
    /// later need one, too.
    pub fn add_sequences(&mut self, offsets: &[usize], words: &[u32], length: usize, vocabulary: usize) -> Result<()> {
        check_vocabulary(length, vocabulary, self.part.description.class_names.len())?;
        if let Some((graph, y)) = self.largest.filter(|&(_, y)| y >= vocabulary) {
            bail!(InvalidArgument, "graph {graph}: its class is {y}, but the vocabulary has {vocabulary} words");
        }
        check_word_offsets(offsets, words.len(), self.len() - self.worded)?;
        self.expect_words(length, vocabulary)?;
        self.part.columns.push_sequences(offsets, words, length, vocabulary)?;
        self.worded = self.len();
        Ok(())
    }

    /// Makes sequences be of this kind, or checks that they are.
    fn expect_words(&mut self, length: usize, vocabulary: usize) -> Result<()> {
        let before = (self.part.sequence_length(), self.part.vocabulary());
        if before == (0, 0) {
            self.part.columns.begin_sequences()?;
            (self.part.description.sequence_length, self.part.description.vocabulary) = (length, vocabulary);
        } else if before != (length, vocabulary) {
            bail!(
                ShapeMismatch,
                "{length} words of {vocabulary} are to be predicted, but {} of {} in the graphs before",
                before.0,
                before.1
            );
        }
        Ok(())
    }

    /// Names the classes, see [`Dataset::set_class_names`].
    pub fn set_class_names(&mut self, names: Vec<String>) -> Result<()> {
        let used = self.largest.map_or(0, |(_, y)| y + 1);
        check_class_names(names.len(), used, self.part.vocabulary())?;
        self.part.description.class_names = names;
        Ok(())
    }

    /// Checks that all graphs of `dataset` can be appended, and gets ready for what they have besides numbers. On
    /// failure everything is as it was.
    pub fn begin_append(&mut self, dataset: &Dataset) -> Result<ClassMap> {
        self.check_complete()?;
        let first = self.is_empty();
        let map = settle(&mut self.part.description, first, dataset, "the file")?;
        if self.part.sequence_length() > 0 {
            self.part.columns.begin_sequences()?;
        }
        Ok(map)
    }

    /// Appends graph `index` of the data set that [`begin_append`](Self::begin_append) looked at, with all it has.
    pub fn append(&mut self, dataset: &Dataset, index: usize, map: &ClassMap) -> Result<()> {
        let (at, y) = (self.len(), dataset.y(index));
        let y = map.class(y);
        self.part.columns.append(&dataset.columns, &dataset.description, index, y)?;
        self.note(at, y, !dataset.columns.edge_weight.is_empty());
        self.graphs_weighted |= dataset.has_graph_weights();
        self.numbered = if self.part.target_width() > 0 { self.len() } else { 0 };
        self.worded = if self.part.sequence_length() > 0 { self.len() } else { 0 };
        Ok(())
    }

    /// What there is to be known of all graphs besides the columns. Every graph must have what others have.
    pub fn description(&self) -> Result<Description> {
        self.check_complete()?;
        Ok(self.part.description.clone())
    }

    fn check_complete(&self) -> Result<()> {
        let (graphs, part) = (self.len(), &self.part);
        let kinds = [("targets", part.target_width(), self.numbered), ("words", part.sequence_length(), self.worded)];
        for (what, size, done) in kinds {
            if size > 0 && done < graphs {
                bail!(InvalidState, "the graphs from {done} on have no {what} yet");
            }
        }
        Ok(())
    }

    /// Hands on everything that is pending. Where the sink fails, what the stream holds is of no more use.
    pub fn take(&mut self, sink: Sink<'_>) -> Result<()> {
        self.take_offsets(sink)?;
        self.take_weights(sink)?;
        let Self { part: Dataset { columns, .. }, taken, .. } = self;
        let graphs = columns.len();
        taken.graphs += graphs;
        taken.nodes += columns.node_offsets[graphs];
        taken.entries += columns.entry_offsets[graphs];
        taken.words += columns.word_offsets.last().copied().unwrap_or(0);
        taken.id_bytes += columns.id_bytes.len();
        for (info, column) in columns.each_mut() {
            if info.unit == Unit::GraphStart {
                // The offsets that follow are counted from here on.
                column.truncate(1)?;
                continue;
            }
            if !column.is_empty() {
                sink(PackedColumn { name: info.name, kind: column.kind(), bytes: column.bytes() })?;
            }
            column.truncate(0)?;
        }
        Ok(())
    }

    /// Hands on where graphs and their words begin, counted over all graphs.
    fn take_offsets(&mut self, sink: Sink<'_>) -> Result<()> {
        let Self { part: Dataset { columns, .. }, taken, .. } = self;
        let first = usize::from(std::mem::replace(&mut taken.offsets, true));
        hand_on_moved("node_offsets", &columns.node_offsets[first..], taken.nodes, sink)?;
        hand_on_moved("entry_offsets", &columns.entry_offsets[first..], taken.entries, sink)?;
        if !columns.word_offsets.is_empty() {
            let first = usize::from(std::mem::replace(&mut taken.word_offsets, true));
            hand_on_moved("word_offsets", &columns.word_offsets[first..], taken.words, sink)?;
        }
        if !columns.id_offsets.is_empty() {
            let begun = std::mem::replace(&mut taken.id_offsets, true);
            hand_on_same("id_offsets", ZEROS, if begun { 0 } else { taken.graphs }, sink)?;
            hand_on_moved("id_offsets", &columns.id_offsets[usize::from(begun)..], taken.id_bytes, sink)?;
        }
        Ok(())
    }

    /// Hands on weights for the entries before the first that has one, if any edge was given one, and for graphs alike.
    fn take_weights(&mut self, sink: Sink<'_>) -> Result<()> {
        let Self { part, taken, weighted, graphs_weighted, .. } = self;
        let missing = |begun: &mut bool, taken: usize, none: bool, pending: usize| {
            let before = if std::mem::replace(begun, true) { 0 } else { taken };
            before + if none { pending } else { 0 }
        };
        if *weighted {
            let none = part.columns.edge_weight.is_empty();
            let ones = missing(&mut taken.weights, taken.entries, none, part.total_entries());
            hand_on_same("edge_weight", ONES, ones, sink)?;
        }
        if *graphs_weighted {
            let none = part.columns.graph_weights.is_empty();
            let ones = missing(&mut taken.graph_weights, taken.graphs, none, part.len());
            hand_on_same("graph_weights", ONES, ones, sink)?;
        }
        Ok(())
    }
}

/// Hands on so many values that are all the same, of which some are given.
fn hand_on_same<T: Element>(name: &'static str, same: &[T], mut missing: usize, sink: Sink<'_>) -> Result<()> {
    while missing > 0 {
        let piece = &same[..missing.min(same.len())];
        sink(PackedColumn::of(name, piece))?;
        missing -= piece.len();
    }
    Ok(())
}

/// Hands on offsets that are counted from `before`.
fn hand_on_moved(name: &'static str, offsets: &[usize], before: usize, sink: Sink<'_>) -> Result<()> {
    let mut moved = [0; 1024];
    for piece in offsets.chunks(moved.len()) {
        moved.iter_mut().zip(piece).for_each(|(moved, offset)| *moved = before + offset);
        sink(PackedColumn::of(name, &moved[..piece.len()]))?;
    }
    Ok(())
}
