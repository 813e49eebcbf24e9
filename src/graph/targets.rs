//! What is to be predicted of a graph besides its class: numbers, some of which may be missing, or a sequence of words.

use super::columns::Columns;
use super::dataset::Dataset;
use super::limits::{MAX_WEIGHT, check_values, check_vocabulary, check_word_offsets, is_weight};
use crate::error::{Error, Result, bail};

impl Columns {
    /// Appends sequences with offsets that have been checked, see [`Dataset::set_sequences`]. On failure nothing is.
    pub fn push_sequences(&mut self, offsets: &[usize], words: &[u32], length: usize, vocabulary: usize) -> Result<()> {
        let graphs = offsets.len() - 1;
        let (unknown, end) = (vocabulary as u32 - 2, vocabulary as u32 - 1);
        let heads = graphs.checked_mul(length).ok_or_else(Error::out_of_memory)?;
        let (own_offsets, own_words, all_heads) =
            (self.word_offsets.own()?, self.words.own()?, self.first_words.own()?);
        own_offsets.try_reserve(graphs)?;
        own_words.try_reserve(words.len())?;
        all_heads.try_reserve(heads)?;
        let before = all_heads.len();
        all_heads.resize(before + heads, end);
        for (graph, heads) in all_heads[before..].chunks_exact_mut(length).enumerate() {
            let own = &words[offsets[graph]..offsets[graph + 1]];
            let own = own.split(|&word| word == end).next().unwrap_or(&[]);
            // No end is left among them: what is larger than the unknown word is beyond the vocabulary.
            heads.iter_mut().zip(own).for_each(|(head, &word)| *head = word.min(unknown));
            own_words.extend_from_slice(own);
            own_offsets.push(own_words.len());
        }
        Ok(())
    }
}

impl Dataset {
    /// Attaches `width` targets to every graph, row-major `[len, width]`, in place of any that there are. NaN stands
    /// for one that is missing. After it no graph can be added.
    pub fn set_targets(&mut self, values: Vec<f32>, width: usize) -> Result<()> {
        check_values(&values, width, 0..self.len())?;
        self.columns.targets = values.into();
        self.description.target_width = width;
        // They were those of the targets before.
        self.description.names.targets.clear();
        Ok(())
    }

    /// Makes the attributes of the graphs their targets, of the same names.
    pub fn use_graph_attributes_as_targets(&mut self) -> Result<()> {
        let width = if self.is_empty() { 0 } else { self.graph_attributes(0).len() };
        if width == 0 {
            bail!(InvalidState, "the graphs have no attributes that could be their targets");
        }
        let mut values = Vec::new();
        values.try_reserve_exact(self.len().saturating_mul(width))?;
        (0..self.len()).for_each(|index| values.extend_from_slice(self.graph_attributes(index)));
        self.set_targets(values, width)?;
        self.description.names.targets.clone_from(&self.description.names.graph_attributes);
        Ok(())
    }

    /// Says how much each graph counts in the loss of the task: 1 is as usual, 2 as if it were there twice, 0 not at
    /// all. Graphs that are added later count 1, and so do all where the list is empty.
    pub fn set_graph_weights(&mut self, weights: Vec<f32>) -> Result<()> {
        if !weights.is_empty() && weights.len() != self.len() {
            bail!(ShapeMismatch, "{} weights do not fit {} graphs", weights.len(), self.len());
        }
        if let Some(at) = weights.iter().position(|weight| !is_weight(*weight)) {
            bail!(InvalidArgument, "the weight of graph {at} is {}, but must be from 0 to {MAX_WEIGHT:?}", weights[at]);
        }
        self.columns.graph_weights = weights.into();
        Ok(())
    }

    /// How much graph `index` counts in the loss of the task.
    pub fn graph_weight(&self, index: usize) -> f32 {
        self.columns.graph_weights.get(index).copied().unwrap_or(1.0)
    }

    /// Whether graphs were given weights.
    pub fn has_graph_weights(&self) -> bool {
        !self.columns.graph_weights.is_empty()
    }

    /// Number of targets of a graph, 0 where there are none.
    pub fn target_width(&self) -> usize {
        self.description.target_width
    }

    /// Targets of graph `index`, `[width]`; NaN where one is missing.
    pub fn targets(&self, index: usize) -> &[f32] {
        let width = self.description.target_width;
        &self.columns.targets[index * width..(index + 1) * width]
    }

    /// Attaches a sequence of words to every graph, in place of any that there are: `words[offsets[g]..offsets[g + 1]]`
    /// are those of graph `g`. After it no graph can be added.
    ///
    /// The words that a model can tell apart are numbered from 0 to `vocabulary - 3`; `vocabulary - 2` is any other
    /// word, and `vocabulary - 1` is the end, which may be left out. A number from `vocabulary` up is a word that is
    /// not in the vocabulary, of which a metric knows whether two are the same. A model predicts the first `length`
    /// words, with ends after the last one.
    pub fn set_sequences(&mut self, offsets: &[usize], words: &[u32], length: usize, vocabulary: usize) -> Result<()> {
        self.check_sequences(offsets, words.len(), length, vocabulary)?;
        let mut new = Columns::default();
        new.begin_sequences()?;
        new.push_sequences(offsets, words, length, vocabulary)?;
        let Columns { word_offsets, words, first_words, .. } = new;
        self.columns = Columns { word_offsets, words, first_words, ..std::mem::take(&mut self.columns) };
        (self.description.sequence_length, self.description.vocabulary) = (length, vocabulary);
        Ok(())
    }

    /// Checks that sequences with these offsets, of so many `words` in all, fit the graphs.
    pub(super) fn check_sequences(
        &self,
        offsets: &[usize],
        words: usize,
        length: usize,
        vocabulary: usize,
    ) -> Result<()> {
        check_vocabulary(length, vocabulary, self.description.class_names.len())?;
        if let Some(graph) = (0..self.len()).find(|&graph| self.y(graph) >= vocabulary) {
            let y = self.y(graph);
            bail!(InvalidArgument, "graph {graph}: its class is {y}, but the vocabulary has {vocabulary} words");
        }
        check_word_offsets(offsets, words, self.len())
    }

    /// Number of words of a sequence that a model predicts, 0 where there are no sequences.
    pub fn sequence_length(&self) -> usize {
        self.description.sequence_length
    }

    /// Number of words in the vocabulary of the sequences, 0 where there are none.
    pub fn vocabulary(&self) -> usize {
        self.description.vocabulary
    }

    /// All words of the sequence of graph `index`, without its end; none where there are no sequences.
    pub fn sequence(&self, index: usize) -> &[u32] {
        match self.description.sequence_length {
            0 => &[],
            _ => &self.columns.words[self.columns.words_of(index)],
        }
    }

    /// The words of graph `index` that a model is to predict, `[sequence_length]`.
    pub fn sequence_heads(&self, index: usize) -> &[u32] {
        let length = self.description.sequence_length;
        &self.columns.first_words[index * length..(index + 1) * length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    fn dataset() -> Dataset {
        let mut data = Dataset::new("t", GraphRules::default());
        for _ in 0..3 {
            let edges = EdgeInput::List { from: &[0], to: &[1] };
            let input = GraphInput::new(2, edges);
            data.add(&mut GraphBuilder::new(), &input, 0).unwrap();
        }
        data
    }

    #[test]
    fn values_are_kept_by_subsets() {
        let mut data = dataset();
        data.set_targets(vec![1.0, f32::NAN, 3.0, 4.0, 5.0, 6.0], 2).unwrap();
        assert_eq!((data.target_width(), data.targets(1)), (2, &[3.0, 4.0][..]));
        assert!(data.targets(0)[1].is_nan());
        let some = data.subset(&[2, 1]).unwrap();
        assert_eq!((some.targets(0), some.targets(1)), (&[5.0, 6.0][..], &[3.0, 4.0][..]));
        let graph = dataset();
        let error = data.add_graph(graph.graph(0), 0).unwrap_err();
        assert_eq!(error.message(), "graph 3: the data set has targets, so no graph can be added");
    }

    #[test]
    fn graph_attributes_become_targets() {
        let mut data = dataset();
        let error = data.use_graph_attributes_as_targets().unwrap_err();
        assert_eq!(error.message(), "the graphs have no attributes that could be their targets");
        data.set_graph_attributes(vec![1.0, 2.0, 3.0], 1).unwrap();
        data.use_graph_attributes_as_targets().unwrap();
        assert_eq!((data.target_width(), data.targets(2)), (1, &[3.0][..]));
    }

    #[test]
    fn sequences_are_cut_filled_and_kept() {
        let mut data = dataset();
        // Words 0 and 1, 2 is unknown, 3 the end; 7 and 9 are words beyond the vocabulary.
        data.set_sequences(&[0, 4, 4, 7], &[1, 7, 0, 9, 0, 3, 3], 2, 4).unwrap();
        assert_eq!((data.sequence_length(), data.vocabulary(), data.classes()), (2, 4, 4));
        assert_eq!([0, 1, 2].map(|i| data.sequence(i).to_vec()), [vec![1, 7, 0, 9], vec![], vec![0]]);
        assert_eq!([0, 1, 2].map(|i| data.sequence_heads(i).to_vec()), [[1, 2], [3, 3], [0, 3]]);
        let some = data.subset(&[2, 0]).unwrap();
        assert_eq!((some.sequence(0), some.sequence(1)), (&[0][..], &[1, 7, 0, 9][..]));
        assert_eq!((some.sequence_heads(1), some.classes()), (&[1, 2][..], 4));
        let error = data.set_class_names(vec!["a".to_string(); 5]).unwrap_err();
        assert_eq!(error.message(), "5 class names are given, but the vocabulary has 4 words");
        data.set_class_names(["a", "b", "?", "."].map(str::to_string).to_vec()).unwrap();
        assert_eq!(data.class_names()[3], ".");
    }

    #[test]
    fn misuse_is_named_and_changes_nothing() {
        let mut data = dataset();
        data.set_targets(vec![1.0, 2.0, 3.0], 1).unwrap();
        let inf = f32::INFINITY;
        let values = [
            (vec![], 0, "a graph is to have 0 targets, but must have from 1 to 65536"),
            (vec![1.0; 5], 2, "5 targets do not fit 3 graphs of 2"),
            (vec![1.0, 1.0, 1.0, inf, 1.0, 1.0], 2, "target 1 of graph 1 is inf"),
        ];
        for (values, width, message) in values {
            assert_eq!(data.set_targets(values, width).unwrap_err().message(), message);
        }
        let few = "the vocabulary has 2 words, but must have from 3, with the unknown word and the end, to 65536";
        let sequences: [(&[usize], usize, usize, &str); 6] = [
            (&[0, 1, 2, 3], 1, 2, few),
            (&[0, 1, 2, 3], 0, 5, "0 words are to be predicted, but must be from 1 to 65536"),
            (&[0, 1, 3], 1, 5, "offsets has 3 values, but 4 are needed for 3 graphs"),
            (&[0, 1, 2, 4], 1, 5, "offsets goes from 0 to 4, but must go from 0 to 3, all words"),
            (&[1, 1, 2, 3], 1, 5, "offsets goes from 1 to 3, but must go from 0 to 3, all words"),
            (&[0, 2, 1, 3], 1, 5, "offsets[2] is 1, less than 2 before it"),
        ];
        for (offsets, length, vocabulary, message) in sequences {
            let error = data.set_sequences(offsets, &[0, 1, 2], length, vocabulary).unwrap_err();
            assert_eq!(error.message(), message);
        }
        assert_eq!((data.targets(2), data.sequence_length(), data.classes()), (&[3.0][..], 0, 1));
    }
}
