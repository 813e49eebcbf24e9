//! Which tensor of theirs becomes which of ours, for each of the four sources.
//!
//! Everything is derived from the names that are there, so a model with other widths, with one pooling or with five
//! converts as well. `docs/python-weights.md` has the tables for people.

use super::Source;
use super::names::Names;
use super::shapes::Dim;

/// One tensor of ours, and the tensors of theirs whose columns it is made of (nearly always one).
pub struct Entry {
    pub ours: String,
    pub theirs: Vec<String>,
    /// That of one of the parts in our layout.
    shape: Vec<Dim>,
    pub transposed: bool,
    pub zero_if_missing: bool,
}

impl Entry {
    fn new(ours: String, theirs: String, shape: &[&Dim], transposed: bool) -> Self {
        let shape = shape.iter().map(|&dim| dim.clone()).collect();
        Self { ours, theirs: vec![theirs], shape, transposed, zero_if_missing: false }
    }

    /// The shape of our tensor, of all parts side by side.
    pub fn own_shape(&self) -> Vec<Dim> {
        let mut shape = self.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = vec![last.clone(); self.theirs.len()].concat();
        }
        shape
    }

    /// The shape of one of theirs.
    pub fn their_shape(&self) -> Vec<Dim> {
        let mut shape = self.shape.clone();
        if self.transposed {
            shape.reverse();
        }
        shape
    }
}

/// A convolution: our path, their path, columns before and after.
type Conv = fn(&str, &str, &Dim, &Dim) -> Vec<Entry>;

/// The table of a source for a state dict with these names.
pub fn table(source: Source, names: &Names) -> Vec<Entry> {
    match source {
        Source::Pyg => pyg(names),
        Source::Errica => errica(names),
        Source::Authors => authors(names),
        Source::OgbCode2 => ogb_code2(names),
    }
}

fn dim(name: impl Into<String>) -> Dim {
    vec![name.into()]
}

// Sizes that all stacks of a model share have one name, as they have one key in the configuration.
fn features() -> Dim {
    dim("features")
}

fn output() -> Dim {
    dim("embed_output")
}

fn clusters(level: usize) -> Dim {
    dim(format!("clusters {level}"))
}

fn linear(ours: &str, theirs: &str, before: &Dim, after: &Dim) -> Vec<Entry> {
    vec![
        Entry::new(format!("{ours}.weight"), format!("{theirs}.weight"), &[before, after], true),
        Entry::new(format!("{ours}.bias"), format!("{theirs}.bias"), &[after], false),
    ]
}

fn batch_norm(ours: &str, theirs: &str, width: &Dim) -> Vec<Entry> {
    let parts = ["weight", "bias", "running_mean", "running_var"];
    parts.map(|part| Entry::new(format!("{ours}.{part}"), format!("{theirs}.{part}"), &[width], false)).into()
}

fn sage(ours: &str, theirs: &str, before: &Dim, after: &Dim) -> Vec<Entry> {
    vec![
        Entry::new(format!("{ours}.weight_rel"), format!("{theirs}.lin_rel.weight"), &[before, after], true),
        Entry::new(format!("{ours}.weight_root"), format!("{theirs}.lin_root.weight"), &[before, after], true),
        Entry::new(format!("{ours}.bias"), format!("{theirs}.lin_root.bias"), &[after], false),
    ]
}

/// A convolution of one weight, not transposed: that of the authors, and that of PyTorch Geometric up to 1.4.
fn plain(ours: &str, theirs: &str, before: &Dim, after: &Dim) -> Vec<Entry> {
    vec![
        Entry::new(format!("{ours}.weight"), format!("{theirs}.weight"), &[before, after], false),
        Entry::new(format!("{ours}.bias"), format!("{theirs}.bias"), &[after], false),
    ]
}

/// The same, where biases may have been switched off.
fn plain_without_bias(ours: &str, theirs: &str, before: &Dim, after: &Dim) -> Vec<Entry> {
    let mut entries = plain(ours, theirs, before, after);
    entries[1].zero_if_missing = true;
    entries
}

/// The widths of the convolutions of a stack. `ours` ends in the kind of the stack.
fn widths(ours: &str, count: usize, last: &Dim) -> Vec<Dim> {
    let kind = ours.rsplit('.').next().unwrap_or_default();
    let mut widths = vec![dim(format!("{kind}_hidden")); count.saturating_sub(1)];
    widths.push(last.clone());
    widths
}

/// Convolutions and norms of a stack, and their widths. `conv_name` and `norm_name` give their paths by number, from 0.
fn layers(
    (ours, names, conv): (&str, &Names, Conv),
    conv_name: impl Fn(usize) -> String,
    norm_name: impl Fn(usize) -> String,
    before: &Dim,
    last: &Dim,
) -> (Vec<Entry>, Vec<Dim>) {
    let widths = widths(ours, names.count(|i| conv_name(i) + ".").max(1), last);
    let mut entries = Vec::new();
    for (i, after) in widths.iter().enumerate() {
        let before = if i == 0 { before } else { &widths[i - 1] };
        entries.extend(conv(&format!("{ours}.convs.{i}"), &conv_name(i), before, after));
    }
    for (i, width) in widths.iter().enumerate() {
        if names.begin(norm_name(i) + ".") {
            entries.extend(batch_norm(&format!("{ours}.norms.{i}"), &norm_name(i), width));
        }
    }
    (entries, widths)
}

/// `conv1`, `bn1`, `conv2` ... and perhaps `lin`. Also what comes out: all layers side by side, or that of `lin`.
fn numbered_stack(
    ours: &str,
    theirs: &str,
    (names, conv): (&Names, Conv),
    before: &Dim,
    last: &Dim,
) -> (Vec<Entry>, Dim) {
    let numbered = |kind: &'static str| move |i: usize| format!("{theirs}.{kind}{}", i + 1);
    let (mut entries, widths) = layers((ours, names, conv), numbered("conv"), numbered("bn"), before, last);
    let all = widths.concat();
    if !names.begin(format_args!("{theirs}.lin.")) {
        return (entries, all);
    }
    entries.extend(linear(&format!("{ours}.linear"), &format!("{theirs}.lin"), &all, last));
    (entries, last.clone())
}

/// The head: one linear layer for each of these paths.
fn head(paths: &[String], before: &Dim) -> Vec<Entry> {
    let mut before = before.clone();
    let mut entries = Vec::new();
    for (i, theirs) in paths.iter().enumerate() {
        let after = dim(if i + 1 == paths.len() { "classes".to_string() } else { format!("head {i}") });
        entries.extend(linear(&format!("head.{i}"), theirs, &before, &after));
        before = after;
    }
    entries
}

fn numbered_head(names: &Names, before: &Dim) -> Vec<Entry> {
    let count = names.count(|i| format!("lin{}.", i + 1)).max(1);
    head(&(1..=count).map(|number| format!("lin{number}")).collect::<Vec<_>>(), before)
}

fn pyg(names: &Names) -> Vec<Entry> {
    let poolings = names.count(|level| format!("gnn{}_pool.", level + 1));
    let (mut entries, mut width) = (Vec::new(), features());
    for level in 0..=poolings {
        let theirs = format!("gnn{}", level + 1);
        let ours = format!("levels.{level}");
        let stack = |kind: &str, their_kind: &str, last: &Dim| {
            numbered_stack(&format!("{ours}.{kind}"), &format!("{theirs}_{their_kind}"), (names, sage), &width, last)
        };
        let (embed, after) = stack("embed", "embed", &output());
        entries.extend(embed);
        if level < poolings {
            entries.extend(stack("assign", "pool", &clusters(level)).0);
        }
        width = after;
    }
    entries.extend(numbered_head(names, &width));
    entries
}

fn errica(names: &Names) -> Vec<Entry> {
    let conv: Conv = if names.begin("final_embed.conv1.lin_") { sage } else { plain };
    let poolings = names.count(|level| format!("diffpool_layers.{level}."));
    let (mut entries, mut width, mut read) = (Vec::new(), features(), Dim::new());
    for level in 0..=poolings {
        let layer = format!("diffpool_layers.{level}");
        let theirs = if level < poolings { format!("{layer}.gnn_embed") } else { "final_embed".to_string() };
        let (embed, after) =
            numbered_stack(&format!("levels.{level}.embed"), &theirs, (names, conv), &width, &output());
        entries.extend(embed);
        if level < poolings {
            let (ours, theirs) = (format!("levels.{level}.assign"), format!("{layer}.gnn_pool"));
            entries.extend(numbered_stack(&ours, &theirs, (names, conv), &width, &clusters(level)).0);
        }
        read.extend(after.clone());
        width = after;
    }
    entries.extend(numbered_head(names, &read));
    entries
}

/// A stack of a first layer, a block of any number of them, and a last one.
fn authors_stack(
    ours: &str,
    [first, block, last]: [String; 3],
    names: &Names,
    before: &Dim,
    output: &Dim,
) -> (Vec<Entry>, Dim) {
    let inner = names.count(|i| format!("{block}.{i}."));
    let paths: Vec<String> =
        std::iter::once(first).chain((0..inner).map(|i| format!("{block}.{i}"))).chain([last]).collect();
    let widths = widths(ours, paths.len(), output);
    let mut entries = Vec::new();
    for (i, (theirs, after)) in paths.iter().zip(&widths).enumerate() {
        let before = if i == 0 { before } else { &widths[i - 1] };
        entries.extend(plain_without_bias(&format!("{ours}.convs.{i}"), theirs, before, after));
    }
    (entries, widths.concat())
}

fn authors(names: &Names) -> Vec<Entry> {
    let parts = ["first", "block", "last"];
    let stack =
        |ours: String, paths: [String; 3], before: &Dim, last: &Dim| authors_stack(&ours, paths, names, before, last);
    let first = parts.map(|part| format!("conv_{part}"));
    let (mut entries, mut width) = stack("levels.0.embed".to_string(), first, &features(), &output());
    let (mut before, mut read) = (features(), width.clone());
    for level in 0..names.count(|level| format!("conv_first_after_pool.{level}.")) {
        let ours = format!("levels.{level}.assign");
        let theirs = parts.map(|part| format!("assign_conv_{part}_modules.{level}"));
        let (assign, all) = stack(ours.clone(), theirs, &before, &clusters(level));
        entries.extend(assign);
        let theirs = format!("assign_pred_modules.{level}");
        entries.extend(linear(&format!("{ours}.linear"), &theirs, &all, &clusters(level)));
        let theirs = parts.map(|part| format!("conv_{part}_after_pool.{level}"));
        let (embed, after) = stack(format!("levels.{}.embed", level + 1), theirs, &width, &output());
        entries.extend(embed);
        read.extend(after.clone());
        before = std::mem::replace(&mut width, after);
    }
    let paths = match names.begin("pred_model.weight") || names.begin("pred_model.bias") {
        true => vec!["pred_model".to_string()],
        // Every other module of the sequence is an activation.
        false => {
            let count = names.count(|i| format!("pred_model.{}.", 2 * i)).max(1);
            (0..count).map(|i| format!("pred_model.{}", 2 * i)).collect()
        }
    };
    entries.extend(head(&paths, &read));
    entries
}

fn ogb_code2(names: &Names) -> Vec<Entry> {
    let mut width = dim("embedding_width");
    let mut entries = Vec::new();
    for (i, name) in ["type_encoder", "attribute_encoder", "depth_encoder"].into_iter().enumerate() {
        let rows = dim(format!("embedding_sizes[{i}]"));
        let (ours, theirs) = (format!("encoder.tables.{i}.weight"), format!("node_encoder.{name}.weight"));
        entries.push(Entry::new(ours, theirs, &[&rows, &width], false));
    }
    let stack = |ours: String, theirs: String, before: &Dim, last: &Dim| {
        let listed = |kind: &'static str| {
            let theirs = theirs.clone();
            move |i: usize| format!("{theirs}.{kind}.{i}")
        };
        layers((&ours, names, sage), listed("convs"), listed("bns"), before, last).0
    };
    let poolings = names.count(|level| format!("diff_pool_layers.{level}."));
    for level in 0..poolings {
        let layer = format!("diff_pool_layers.{level}");
        entries.extend(stack(format!("levels.{level}.embed"), format!("{layer}.gnn_embed"), &width, &output()));
        entries.extend(stack(format!("levels.{level}.assign"), format!("{layer}.gnn_pool"), &width, &clusters(level)));
        // Only the last layer of a stack counts.
        width = output();
    }
    entries.extend(stack(format!("levels.{poolings}.embed"), "final_gnn".to_string(), &width, &output()));
    // One head a position of the sequence there, one linear layer with all of their columns here.
    let count = names.count(|i| format!("graph_pred_linear_list.{i}.")).max(1);
    let parts = |part: &str| (0..count).map(|i| format!("graph_pred_linear_list.{i}.{part}")).collect::<Vec<_>>();
    let classes = dim("classes");
    let weight = Entry::new("head.0.weight".to_string(), String::new(), &[&output(), &classes], true);
    let bias = Entry::new("head.0.bias".to_string(), String::new(), &[&classes], false);
    entries.push(Entry { theirs: parts("weight"), ..weight });
    entries.push(Entry { theirs: parts("bias"), ..bias });
    entries
}
