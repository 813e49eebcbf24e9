//! How many classes, targets and words there may be, and the checks of what is said about them.

use std::ops::Range;

use crate::error::{Result, bail};

/// Classes are counted from 0 without gaps, so a huge number is a mistake of the caller's, and would be a huge model.
pub const MAX_CLASSES: usize = 65_536;

/// Most targets of a graph: columns of numbers, or words of a sequence that are predicted.
pub const MAX_TARGETS: usize = 65_536;

/// Largest weight of a graph in the loss, so that sums of them stay finite.
pub(super) const MAX_WEIGHT: f32 = 1e30;

/// Whether a graph can have this weight in the loss.
pub(super) fn is_weight(weight: f32) -> bool {
    (0.0..=MAX_WEIGHT).contains(&weight)
}

/// Smallest vocabulary: one word, the unknown word and the end.
pub const MIN_VOCABULARY: usize = 3;

/// Checks that so many names can be given to classes of which the first `used` are in use, or to the words of a
/// vocabulary where there is one.
pub(super) fn check_class_names(names: usize, used: usize, vocabulary: usize) -> Result<()> {
    if names > MAX_CLASSES {
        bail!(InvalidArgument, "{names} class names are given, but at most {MAX_CLASSES} are possible");
    }
    if names < used || names == 0 {
        bail!(InvalidArgument, "{names} class names are given, but the graphs use {used} classes");
    }
    if ![0, names].contains(&vocabulary) {
        bail!(InvalidArgument, "{names} class names are given, but the vocabulary has {vocabulary} words");
    }
    Ok(())
}

/// Checks targets of the graphs of this range, `width` for each.
pub(super) fn check_values(values: &[f32], width: usize, graphs: Range<usize>) -> Result<()> {
    if width == 0 || width > MAX_TARGETS {
        bail!(InvalidArgument, "a graph is to have {width} targets, but must have from 1 to {MAX_TARGETS}");
    }
    if Some(values.len()) != graphs.len().checked_mul(width) {
        bail!(ShapeMismatch, "{} targets do not fit {} graphs of {width}", values.len(), graphs.len());
    }
    if let Some(at) = values.iter().position(|v| v.is_infinite()) {
        bail!(InvalidArgument, "target {} of graph {} is {}", at % width, graphs.start + at / width, values[at]);
    }
    Ok(())
}

/// Checks how many words are to be predicted out of how many, where so many classes have names.
pub(super) fn check_vocabulary(length: usize, vocabulary: usize, named: usize) -> Result<()> {
    if !(MIN_VOCABULARY..=MAX_CLASSES).contains(&vocabulary) {
        bail!(
            InvalidArgument,
            "the vocabulary has {vocabulary} words, but must have from {MIN_VOCABULARY}, with the unknown word and \
             the end, to {MAX_CLASSES}"
        );
    }
    if length == 0 || length > MAX_TARGETS {
        bail!(InvalidArgument, "{length} words are to be predicted, but must be from 1 to {MAX_TARGETS}");
    }
    if named > 0 && named != vocabulary {
        bail!(InvalidArgument, "the vocabulary has {vocabulary} words, but the data set names {named} classes");
    }
    Ok(())
}

/// Checks that these offsets divide so many words among so many graphs.
pub(super) fn check_word_offsets(offsets: &[usize], words: usize, graphs: usize) -> Result<()> {
    check_offsets(("offsets", "words"), offsets, words, graphs)
}

/// Checks that offsets of this name divide so many values, of which the plural is the second name, among so many
/// graphs.
pub(super) fn check_offsets((name, what): (&str, &str), offsets: &[usize], values: usize, graphs: usize) -> Result<()> {
    if offsets.len() != graphs + 1 {
        let (given, needed) = (offsets.len(), graphs + 1);
        bail!(ShapeMismatch, "{name} has {given} values, but {needed} are needed for {} graphs", graphs);
    }
    if offsets[0] != 0 || offsets[graphs] != values {
        let (first, last) = (offsets[0], offsets[graphs]);
        bail!(InvalidArgument, "{name} goes from {first} to {last}, but must go from 0 to {values}, all {what}");
    }
    if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
        let (before, after) = (offsets[at], offsets[at + 1]);
        bail!(InvalidArgument, "{name}[{}] is {after}, less than {before} before it", at + 1);
    }
    Ok(())
}
