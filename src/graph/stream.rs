//! Graphs on their way into a file: checked and packed as those of a data set, and handed on a few at a time.
//!
//! What is handed on, piece after piece, are the columns of the data set that all the graphs together would be.

use super::column::Column;
use super::dataset::{ATTRIBUTES_GIVEN, Dataset, check_class_names};
use super::packed::packed;
use super::targets::{Targets, check_values, check_vocabulary, check_word_offsets};
use super::{Description, Element, GraphBuilder, GraphInput, GraphRef, GraphRules, PackedColumn};
use crate::error::{Result, bail};
use crate::memory::try_extend;

/// Takes a piece of a column.
type Sink<'a> = &'a mut dyn FnMut(PackedColumn<'_>) -> Result<()>;

/// Weights of edges that were given none, as many as are handed on at a time.
const ONES: [f32; 1024] = [1.0; 1024];

/// The graphs of a data set that is never in memory as a whole.
#[derive(Debug)]
pub struct GraphStream {
    /// The graphs that have not been handed on, with the names of all classes and the widths of all attributes.
    part: Dataset,
    /// The targets that have not been handed on, with the sizes of all.
    targets: Targets,
    taken: Taken,
    /// Whether the edges have weights.
    weighted: bool,
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
    /// Whether columns of offsets have begun, with a 0, and whether there are weights for all entries so far.
    offsets: bool,
    word_offsets: bool,
    weights: bool,
}

/// The class that a graph of another data set will have, by the one that it has there; none where they are the same.
#[derive(Debug)]
pub struct ClassMap(Option<Vec<Option<usize>>>);

impl GraphStream {
    /// No graphs, which will follow `rules`.
    pub fn new(name: impl Into<String>, rules: GraphRules) -> Self {
        Self {
            part: Dataset::new(name, rules),
            targets: Targets::default(),
            taken: Taken::default(),
            weighted: false,
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
        self.part.rules
    }

    /// Bytes in memory that can be handed on.
    pub fn pending(&self) -> usize {
        let (part, targets) = (&self.part, &self.targets);
        size_of_val(&*part.node_offsets)
            + size_of_val(&*part.entry_offsets)
            + size_of_val(&*part.indptr)
            + size_of_val(&*part.indices)
            + size_of_val(&*part.edge_weight)
            + size_of_val(&*part.edge_labels)
            + size_of_val(&*part.edge_attributes)
            + size_of_val(&*part.x)
            + size_of_val(&*part.categories)
            + size_of_val(&*part.node_labels)
            + size_of_val(&*part.y)
            + size_of_val(&*part.graph_attributes)
            + size_of_val(&*targets.values)
            + size_of_val(&*targets.offsets)
            + size_of_val(&*targets.words)
            + size_of_val(&*targets.heads)
    }

    /// Checks a graph and appends it with its class `y`, as [`Dataset::add`] does. On failure everything is as it was.
    pub fn add(&mut self, builder: &mut GraphBuilder, input: &GraphInput<'_>, y: usize) -> Result<()> {
        let at = self.len();
        let graph = builder.build(input, self.part.rules);
        graph.and_then(|graph| self.add_graph(graph, y)).map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    fn add_graph(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        if self.part.edge_attribute_width > 0 || self.part.graph_attribute_width > 0 {
            bail!(InvalidState, "{ATTRIBUTES_GIVEN}");
        }
        self.part.check_graph(&graph, y)?;
        let words = self.targets.vocabulary;
        if words > 0 && y >= words {
            bail!(InvalidArgument, "its class is {y}, but the vocabulary has {words} words");
        }
        self.push(graph, y)
    }

    /// Appends a graph that has been checked.
    fn push(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        let at = self.len();
        self.part.push(graph, y)?;
        // As in a data set, where weights are forgotten as long as there is no edge that could have one.
        self.weighted |= graph.edge_weight().is_some() && self.entries() > 0;
        if self.largest.is_none_or(|(_, largest)| y > largest) {
            self.largest = Some((at, y));
        }
        Ok(())
    }

    fn entries(&self) -> usize {
        self.taken.entries + self.part.total_entries()
    }

    /// Gives the graphs that have none yet `width` targets each, see [`Dataset::set_targets`]. All that are added later
    /// need as many.
    pub fn add_targets(&mut self, values: &[f32], width: usize) -> Result<()> {
        check_values(values, width, self.numbered..self.len())?;
        if self.numbered > 0 && width != self.targets.width {
            let before = self.targets.width;
            bail!(ShapeMismatch, "a graph is to have {width} targets, but those before it have {before}");
        }
        try_extend(self.targets.values.own()?, values)?;
        self.targets.width = width;
        self.numbered = self.len();
        Ok(())
    }

    /// Gives the graphs that have none yet a sequence of words each, see [`Dataset::set_sequences`]. All that are added
    /// later need one, too.
    pub fn add_sequences(&mut self, offsets: &[usize], words: &[u32], length: usize, vocabulary: usize) -> Result<()> {
        check_vocabulary(length, vocabulary, self.part.named_classes())?;
        if let Some((graph, y)) = self.largest.filter(|&(_, y)| y >= vocabulary) {
            bail!(InvalidArgument, "graph {graph}: its class is {y}, but the vocabulary has {vocabulary} words");
        }
        check_word_offsets(offsets, words.len(), self.len() - self.worded)?;
        self.expect_words(length, vocabulary)?;
        self.targets.push_sequences(offsets, words)?;
        self.worded = self.len();
        Ok(())
    }

    /// Makes sequences be of this kind, or checks that they are.
    fn expect_words(&mut self, length: usize, vocabulary: usize) -> Result<()> {
        let before = (self.targets.length, self.targets.vocabulary);
        if before == (0, 0) {
            let Targets { offsets, length, vocabulary, .. } = Targets::of_sequences(length, vocabulary)?;
            self.targets = Targets { offsets, length, vocabulary, ..std::mem::take(&mut self.targets) };
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
        check_class_names(names.len(), used, self.targets.vocabulary)?;
        self.part.class_names = names;
        Ok(())
    }

    /// Checks that all graphs of `dataset` can be appended, and gets ready for what they have besides numbers. On
    /// failure everything is as it was.
    pub fn begin_append(&mut self, dataset: &Dataset) -> Result<ClassMap> {
        self.check_complete()?;
        let map = self.check_same_kind(dataset).and_then(|()| self.map_classes(dataset))?;
        let words = (dataset.sequence_length(), dataset.vocabulary());
        if words.0 > 0 {
            self.expect_words(words.0, words.1)?;
        }
        self.targets.width = dataset.target_width();
        self.part.edge_attribute_width = edge_attributes(dataset);
        self.part.graph_attribute_width = dataset.graph_attribute_width;
        if self.part.class_names.is_empty() {
            self.part.class_names.clone_from(&dataset.class_names);
        }
        Ok(map)
    }

    /// Appends graph `index` of the data set that [`begin_append`](Self::begin_append) looked at, with all it has.
    pub fn append(&mut self, dataset: &Dataset, index: usize, map: &ClassMap) -> Result<()> {
        let y = dataset.y(index);
        let y = map.0.as_ref().and_then(|map| map[y]).unwrap_or(y);
        let (rows, width) = (dataset.entry_range(index), dataset.edge_attribute_width);
        let attributes = dataset.edge_attributes.get(rows.start * width..rows.end * width).unwrap_or(&[]);
        try_extend(self.part.edge_attributes.own()?, attributes)?;
        try_extend(self.part.graph_attributes.own()?, dataset.graph_attributes(index))?;
        if dataset.target_width() > 0 {
            try_extend(self.targets.values.own()?, dataset.targets(index))?;
        }
        if dataset.sequence_length() > 0 {
            let words = dataset.sequence(index);
            self.targets.push_sequences(&[0, words.len()], words)?;
        }
        self.push(dataset.graph(index), y)?;
        self.numbered = if self.targets.width > 0 { self.len() } else { 0 };
        self.worded = if self.targets.length > 0 { self.len() } else { 0 };
        Ok(())
    }

    /// Whether graphs of the data set can stand beside those that there are.
    fn check_same_kind(&self, dataset: &Dataset) -> Result<()> {
        let (ours, theirs, flag) = (self.part.rules, dataset.rules, usize::from);
        let part = &self.part;
        let rules = [
            ("features of a node", theirs.features, ours.features),
            ("categories of a node", theirs.categories, ours.categories),
            ("labels of a node", flag(theirs.node_labels), flag(ours.node_labels)),
            ("labels of an edge", flag(theirs.edge_labels), flag(ours.edge_labels)),
            ("directions of an edge that are kept", flag(theirs.directed), flag(ours.directed)),
        ];
        // Graphs that are the first bring these with them.
        let sizes = [
            ("targets", dataset.target_width(), self.targets.width),
            ("words to predict", dataset.sequence_length(), self.targets.length),
            ("words in the vocabulary", dataset.vocabulary(), self.targets.vocabulary),
            ("attributes of an edge", edge_attributes(dataset), part.edge_attribute_width),
            ("attributes of a graph", dataset.graph_attribute_width, part.graph_attribute_width),
        ];
        let first = self.is_empty();
        let sizes = sizes.into_iter().filter(|&(_, _, ours)| !(first && ours == 0));
        match rules.into_iter().chain(sizes).find(|(_, theirs, ours)| theirs != ours) {
            Some((what, theirs, ours)) => {
                bail!(ShapeMismatch, "the data set has {theirs} {what}, but the file has {ours}")
            }
            None => Ok(()),
        }
    }

    /// Finds the classes of a data set among those that there are, by their names where both have names.
    fn map_classes(&self, dataset: &Dataset) -> Result<ClassMap> {
        let (ours, theirs) = (&self.part.class_names, &dataset.class_names);
        if ours.is_empty() && !theirs.is_empty() && !self.is_empty() {
            bail!(InvalidState, "the data set names its classes, but those of the file have no names");
        }
        let used = dataset.y.iter().max().map_or(0, |&y| y as usize + 1);
        if theirs.is_empty() || ours.is_empty() || ours == theirs {
            if !ours.is_empty() {
                check_class_names(ours.len(), used, self.targets.vocabulary.max(dataset.vocabulary()))?;
            }
            return Ok(ClassMap(None));
        }
        if dataset.vocabulary() > 0 {
            bail!(InvalidArgument, "the words of the data set are not those of the file");
        }
        let mut map = Vec::new();
        map.try_reserve_exact(theirs.len())?;
        map.extend(theirs.iter().map(|name| ours.iter().position(|own| own == name)));
        if let Some(graph) = (0..dataset.len()).find(|&graph| map[dataset.y(graph)].is_none()) {
            let name: String = theirs[dataset.y(graph)].chars().take(80).collect();
            bail!(
                InvalidArgument,
                "graph {graph} of the data set has the class {name:?}, which is not among the names"
            );
        }
        Ok(ClassMap(Some(map)))
    }

    /// What there is to be known of all graphs besides the columns. Every graph must have what others have.
    pub fn description(&self) -> Result<Description> {
        self.check_complete()?;
        let Targets { width, length, vocabulary, .. } = self.targets;
        Ok(Description { target_width: width, sequence_length: length, vocabulary, ..self.part.description() })
    }

    fn check_complete(&self) -> Result<()> {
        let (graphs, targets) = (self.len(), &self.targets);
        for (what, size, done) in [("targets", targets.width, self.numbered), ("words", targets.length, self.worded)] {
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
        let Self { part, targets, taken, .. } = self;
        taken.graphs += part.len();
        taken.nodes += part.node_offsets[part.len()];
        taken.entries += part.entry_offsets[part.len()];
        for offsets in [&mut part.node_offsets, &mut part.entry_offsets] {
            offsets.own()?.truncate(1);
        }
        hand_on("indptr", &mut part.indptr, sink)?;
        hand_on("indices", &mut part.indices, sink)?;
        hand_on("edge_labels", &mut part.edge_labels, sink)?;
        hand_on("edge_attributes", &mut part.edge_attributes, sink)?;
        hand_on("x", &mut part.x, sink)?;
        hand_on("categories", &mut part.categories, sink)?;
        hand_on("node_labels", &mut part.node_labels, sink)?;
        hand_on("y", &mut part.y, sink)?;
        hand_on("graph_attributes", &mut part.graph_attributes, sink)?;
        hand_on("targets", &mut targets.values, sink)?;
        hand_on("words", &mut targets.words, sink)?;
        hand_on("first_words", &mut targets.heads, sink)
    }

    /// Hands on where graphs and their words begin, counted over all graphs.
    fn take_offsets(&mut self, sink: Sink<'_>) -> Result<()> {
        let Self { part, targets, taken, .. } = self;
        let first = usize::from(std::mem::replace(&mut taken.offsets, true));
        for (name, column, before) in
            [("node_offsets", &part.node_offsets, taken.nodes), ("entry_offsets", &part.entry_offsets, taken.entries)]
        {
            hand_on_moved(name, &column[first..], before, sink)?;
        }
        if let Some(&last) = targets.offsets.last() {
            let first = usize::from(std::mem::replace(&mut taken.word_offsets, true));
            hand_on_moved("word_offsets", &targets.offsets[first..], taken.words, sink)?;
            taken.words += last;
            targets.offsets.own()?.truncate(1);
        }
        Ok(())
    }

    /// Hands on a weight for every entry, if any edge was given one.
    fn take_weights(&mut self, sink: Sink<'_>) -> Result<()> {
        if !self.weighted {
            return Ok(());
        }
        let mut missing = if std::mem::replace(&mut self.taken.weights, true) { 0 } else { self.taken.entries };
        if self.part.edge_weight.is_empty() {
            missing += self.part.total_entries();
        }
        while missing > 0 {
            let ones = &ONES[..missing.min(ONES.len())];
            sink(packed("edge_weight", ones))?;
            missing -= ones.len();
        }
        hand_on("edge_weight", &mut self.part.edge_weight, sink)
    }
}

/// Attributes that every edge of a data set has.
fn edge_attributes(dataset: &Dataset) -> usize {
    let missing = dataset.edge_attributes.is_empty() && dataset.total_entries() > 0;
    if missing { 0 } else { dataset.edge_attribute_width }
}

/// Hands on the numbers of a column, which is empty after it.
fn hand_on<T: Element>(name: &'static str, column: &mut Column<T>, sink: Sink<'_>) -> Result<()> {
    if !column.is_empty() {
        sink(packed(name, column))?;
    }
    column.own()?.clear();
    Ok(())
}

/// Hands on offsets that are counted from `before`.
fn hand_on_moved(name: &'static str, offsets: &[usize], before: usize, sink: Sink<'_>) -> Result<()> {
    let mut moved = [0; 1024];
    for piece in offsets.chunks(moved.len()) {
        moved.iter_mut().zip(piece).for_each(|(moved, offset)| *moved = before + offset);
        sink(packed(name, &moved[..piece.len()]))?;
    }
    Ok(())
}
