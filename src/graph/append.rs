//! Graphs of one data set appended to those of another: what must agree, and which class is which.

use super::arrays::GraphArrays;
use super::batch::BatchParts;
use super::builder::GraphBuilder;
use super::columns::Columns;
use super::dataset::Dataset;
use super::description::Description;
use super::limits::check_vocabulary;
use super::names::Conflict;
use crate::error::{Result, bail, error};

/// The class that a graph of another data set will have, by the one that it has there; none where they are the same.
#[derive(Debug)]
pub struct ClassMap(Option<Vec<Option<usize>>>);

impl ClassMap {
    /// The class here of a graph of class `y` there.
    pub(super) fn class(&self, y: usize) -> usize {
        self.0.as_ref().and_then(|map| map[y]).unwrap_or(y)
    }
}

/// Takes over into `ours` what graphs of `dataset` bring with them, after a look at whether they can stand beside those
/// that there are; the first ones settle what all must have. `place` is what holds them, in words. On failure nothing
/// changes.
pub(super) fn settle(ours: &mut Description, first: bool, dataset: &Dataset, place: &str) -> Result<ClassMap> {
    let theirs = attached(dataset);
    check_same_kind(ours, &theirs, first, place)?;
    if let Some(Conflict { what, here, there }) = ours.names.conflict(&theirs.names).filter(|_| !first) {
        bail!(ShapeMismatch, "{what} is called {there:?}, but {here:?} in {place}");
    }
    let map = map_classes(ours, first, dataset, place)?;
    let words = (theirs.sequence_length, theirs.vocabulary);
    if words.0 > 0 && ours.sequence_length == 0 {
        check_vocabulary(words.0, words.1, ours.class_names.len())?;
        // Nothing fails from here on.
        (ours.sequence_length, ours.vocabulary) = words;
    }
    if first {
        (ours.features, ours.categories) = (theirs.features, theirs.categories);
        (ours.node_labels, ours.edge_labels) = (theirs.node_labels, theirs.edge_labels);
    }
    ours.target_width = theirs.target_width;
    ours.edge_attribute_width = theirs.edge_attribute_width;
    ours.graph_attribute_width = theirs.graph_attribute_width;
    if ours.class_names.is_empty() {
        ours.class_names = theirs.class_names;
    }
    if first {
        ours.names = theirs.names;
    } else {
        ours.names.complete(theirs.names);
    }
    Ok(map)
}

/// Whether graphs of one description can stand beside those of the other.
fn check_same_kind(ours: &Description, theirs: &Description, first: bool, place: &str) -> Result<()> {
    if theirs.directed != ours.directed {
        let word = |directed| if directed { "directed" } else { "undirected" };
        bail!(ShapeMismatch, "the graphs are {}, but {place} is {}", word(theirs.directed), word(ours.directed));
    }
    // Graphs that are the first bring with them what all must have.
    let rules = theirs.rule_sizes().into_iter().zip(ours.rule_sizes()).filter(|_| !first);
    let attached = theirs.attached_sizes().into_iter().zip(ours.attached_sizes());
    let attached = attached.filter(|&(_, (_, ours))| !(first && ours == 0));
    match rules.chain(attached).find(|((_, theirs), (_, ours))| theirs != ours) {
        Some(((what, theirs), (_, ours))) => {
            bail!(ShapeMismatch, "there are {theirs} {what} given, but {place} has {ours}")
        }
        None => Ok(()),
    }
}

/// Finds the classes of a data set among those that there are, by their names where both have names.
fn map_classes(own: &Description, first: bool, dataset: &Dataset, place: &str) -> Result<ClassMap> {
    let (ours, theirs) = (&own.class_names, &dataset.description.class_names);
    if ours.is_empty() && !theirs.is_empty() && !first {
        bail!(InvalidState, "the data set names its classes, but those of {place} have no names");
    }
    let used = dataset.columns.y.iter().max().map_or(0, |&y| y as usize + 1);
    if theirs.is_empty() || ours.is_empty() || ours == theirs {
        if !ours.is_empty() && used > ours.len() {
            bail!(InvalidArgument, "its class is {}, but {place} has {} classes", used - 1, ours.len());
        }
        return Ok(ClassMap(None));
    }
    if dataset.vocabulary() > 0 {
        bail!(InvalidArgument, "the words of the data set are not those of {place}");
    }
    let mut map = Vec::new();
    map.try_reserve_exact(theirs.len())?;
    map.extend(theirs.iter().map(|name| ours.iter().position(|own| own == name)));
    if let Some(graph) = (0..dataset.len()).find(|&graph| map[dataset.y(graph)].is_none()) {
        let name: String = theirs[dataset.y(graph)].chars().take(80).collect();
        bail!(InvalidArgument, "graph {graph} of the data set has the class {name:?}, which is not among the names");
    }
    Ok(ClassMap(Some(map)))
}

/// The description of a data set, without edge attributes where it has none for its entries.
fn attached(dataset: &Dataset) -> Description {
    let mut description = dataset.description.clone();
    if dataset.columns.edge_attributes.is_empty() && dataset.total_entries() > 0 {
        description.edge_attribute_width = 0;
        description.names.edge_attributes.clear();
    }
    description
}

impl Dataset {
    /// Appends graphs of another data set with everything that belongs to them: targets, words and attributes, of which
    /// the graphs that are there already must have as many; the first graphs settle what all must have. Classes are
    /// found by their names where both sides name them. On failure nothing changes.
    pub fn append_some(&mut self, other: &Self, graphs: &[usize]) -> Result<()> {
        other.check_indices(graphs)?;
        if self.columns.node_offsets.is_stored() {
            bail!(InvalidState, "the data set was opened from a file, so no graph can be added");
        }
        let before = self.len();
        let map = settle(&mut self.description, before == 0, other, "the data set")?;
        if self.sequence_length() > 0 {
            self.columns.begin_sequences()?;
        }
        for &graph in graphs {
            let appended = self.columns.append(&other.columns, &other.description, graph, map.class(other.y(graph)));
            // A failure half way, for want of memory, leaves the graphs that were there.
            appended.inspect_err(|_| self.columns.truncate(&self.description, before))?;
        }
        Ok(())
    }

    /// Appends all graphs of another data set, as [`append_some`](Self::append_some) does.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        let all: Vec<usize> = (0..other.len()).collect();
        self.append_some(other, &all)
    }

    /// Takes all graphs away, with their targets and attributes. The rules, the names of the classes and of the data
    /// set stay.
    pub fn clear(&mut self) {
        let rules = self.rules();
        let Description { name, class_names, .. } = std::mem::take(&mut self.description);
        self.description = Description { class_names, ..Description::new(name, rules) };
        self.columns = Columns::new();
    }

    /// Checks a graph and appends it with all that belongs to it. The first graph settles what all must have, but for
    /// the vocabulary of sequences. On failure nothing changes.
    pub fn add_arrays(&mut self, builder: &mut GraphBuilder, graph: &GraphArrays) -> Result<()> {
        let words = (self.sequence_length(), self.vocabulary());
        let at = self.len();
        let one = graph.to_dataset(builder, self.rules().directed, words);
        one.and_then(|one| self.append(&one)).map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    /// Appends the graphs of a batch, whose nodes are those between successive `node_offsets`, with these classes where
    /// they are given. On failure nothing changes.
    pub fn add_batch(
        &mut self,
        builder: &mut GraphBuilder,
        batch: &GraphArrays,
        node_offsets: &[i64],
        classes: Option<&[i64]>,
    ) -> Result<()> {
        if let Some(id) = batch.id() {
            bail!(InvalidArgument, "the batch has the id {id:?}, but an id is that of one graph");
        }
        batch.check_rows()?;
        let parts = BatchParts::new(batch, node_offsets)?;
        let (before, kept) = (self.len(), self.description.clone());
        let mut graph = GraphArrays::new();
        let mut add = |data: &mut Self| {
            for index in 0..parts.len() {
                parts.graph(index, &mut graph)?;
                if let Some(classes) = classes {
                    let class = usize::try_from(classes[index]);
                    graph.set_class(
                        class.map_err(|_| error!(InvalidArgument, "classes[{index}] is {}", classes[index]))?,
                    );
                }
                data.add_arrays(builder, &graph)?;
            }
            Ok(())
        };
        add(self).inspect_err(|_| {
            self.columns.truncate(&self.description, before);
            self.description = kept;
        })
    }

    /// Says how many words of a sequence are to be predicted, and how many words there are, before graphs are added.
    pub fn set_vocabulary(&mut self, length: usize, vocabulary: usize) -> Result<()> {
        if !self.is_empty() {
            bail!(InvalidState, "the data set has {} graphs already, which have no words", self.len());
        }
        check_vocabulary(length, vocabulary, self.description.class_names.len())?;
        self.columns.begin_sequences()?;
        (self.description.sequence_length, self.description.vocabulary) = (length, vocabulary);
        Ok(())
    }
}
