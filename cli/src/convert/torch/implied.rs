//! The way back: the same tables, asked about a model that has every tensor which ours implies.

use super::Source;
use super::names::Names;

/// The names of a state dict that would give these tensors of ours, as far as the tables ask for them. `heads` is the
/// number of heads of `ogb-code2`.
pub fn implied(source: Source, ours: &Names, heads: usize) -> Names {
    let poolings = ours.count(|level| format!("levels.{level}.assign."));
    let mut implied = Implied { ours, source, names: Names::default() };
    for level in 0..=poolings {
        implied.level(level, poolings);
    }
    let mut names = implied.names;
    let layers = ours.count(|i| format!("head.{i}.")).max(1);
    match source {
        Source::OgbCode2 => (0..heads).for_each(|i| names.insert(format!("graph_pred_linear_list.{i}.weight"))),
        Source::Authors if layers == 1 => names.insert("pred_model.weight".to_string()),
        Source::Authors => (0..layers).for_each(|i| names.insert(format!("pred_model.{}.weight", 2 * i))),
        Source::Pyg | Source::Errica => (1..=layers).for_each(|i| names.insert(format!("lin{i}.weight"))),
    }
    names
}

struct Implied<'a> {
    ours: &'a Names,
    source: Source,
    names: Names,
}

impl Implied<'_> {
    fn level(&mut self, level: usize, poolings: usize) {
        let (embed, assign) = (format!("levels.{level}.embed"), format!("levels.{level}.assign"));
        let last = level == poolings;
        match self.source {
            Source::Pyg => {
                self.numbered(&embed, &format!("gnn{}_embed", level + 1));
                self.numbered(&assign, &format!("gnn{}_pool", level + 1));
            }
            Source::Errica => {
                let own = format!("diffpool_layers.{level}.gnn_embed");
                self.numbered(&embed, if last { "final_embed" } else { &own });
                self.numbered(&assign, &format!("diffpool_layers.{level}.gnn_pool"));
            }
            Source::Authors => {
                let own = format!("conv_block_after_pool.{}", level.saturating_sub(1));
                self.blocks(&embed, if level == 0 { "conv_block" } else { &own });
                self.blocks(&assign, &format!("assign_conv_block_modules.{level}"));
                if level > 0 {
                    self.names.insert(format!("conv_first_after_pool.{}.weight", level - 1));
                }
            }
            Source::OgbCode2 => {
                let own = format!("diff_pool_layers.{level}.gnn_embed");
                self.listed(&embed, if last { "final_gnn" } else { &own });
                self.listed(&assign, &format!("diff_pool_layers.{level}.gnn_pool"));
            }
        }
    }

    fn count(&self, path: &str, kind: &str) -> usize {
        self.ours.count(|i| format!("{path}.{kind}.{i}."))
    }

    fn numbered(&mut self, path: &str, theirs: &str) {
        // Those of `pyg` always have two weights.
        let plain = self.source == Source::Errica && !self.ours.begin("levels.0.embed.convs.0.weight_");
        let weight = if plain { "weight" } else { "lin_rel.weight" };
        (1..=self.count(path, "convs")).for_each(|i| self.names.insert(format!("{theirs}.conv{i}.{weight}")));
        (1..=self.count(path, "norms")).for_each(|i| self.names.insert(format!("{theirs}.bn{i}.weight")));
        if self.ours.begin(format_args!("{path}.linear.")) {
            self.names.insert(format!("{theirs}.lin.weight"));
        }
    }

    fn blocks(&mut self, path: &str, block: &str) {
        let inner = self.count(path, "convs").saturating_sub(2);
        (0..inner).for_each(|i| self.names.insert(format!("{block}.{i}.weight")));
    }

    fn listed(&mut self, path: &str, theirs: &str) {
        (0..self.count(path, "convs")).for_each(|i| self.names.insert(format!("{theirs}.convs.{i}.lin_rel.weight")));
        (0..self.count(path, "norms")).for_each(|i| self.names.insert(format!("{theirs}.bns.{i}.weight")));
    }
}
