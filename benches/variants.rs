//! Every variant of the paper's Table 1 and Table 2 that can be computed, and every component, on the first published
//! fold of ENZYMES: the same seeds, the same epochs, weights of the best validation loss. Prints a table in Markdown.
//!
//! `cargo bench --bench variants`; `VARIANT_EPOCHS` and `VARIANT_SEEDS` change the budget, `VARIANT_ROWS` picks rows
//! whose name contains it. Needs the data; see `tests/common`.
#![allow(missing_docs)]

mod shared;

use std::sync::Arc;

use diffpool::config::Config;
use diffpool::data::splits::{self, ModelSelection};
use diffpool::data::tu;
use diffpool::graph::Dataset;
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde_json::{Value, json};
use shared::common::models::with;
use shared::{common, setting};

/// Name and keys of every row.
fn rows() -> Vec<(&'static str, Value)> {
    let flat = |keys: Value| with(json!({"clusters": []}), &keys);
    let conv = |name: &str| json!({"embed_conv": name, "assign_conv": name});
    vec![
        ("GraphSAGE, mean (flat)", flat(json!({"readout": "mean"}))),
        ("GraphSAGE, max (flat)", flat(json!({}))),
        ("Set2Set (flat)", flat(json!({"readout": "set2set"}))),
        ("SortPool (flat)", flat(json!({"readout": "sort_pool"}))),
        ("attention (flat)", flat(json!({"readout": "attention"}))),
        ("DiffPool-Det", json!({"assignment": "graclus"})),
        ("DiffPool-NoLP", json!({"link_weight": 0.0})),
        ("DiffPool", json!({})),
        ("Structure2Vec (flat)", flat(with(conv("structure2vec"), &json!({"embed_layers": 1})))),
        (
            "Structure2Vec with DiffPool",
            with(conv("structure2vec"), &json!({"embed_layers": 1, "assign_layers": 1, "final_layers": 1})),
        ),
        ("random assignments", json!({"assignment": "random"})),
        ("hard assignments in evaluation", json!({"hard_assignment": true})),
        ("fully adjacent last level", json!({"final_adjacency": "full"})),
        ("cross-entropy link loss", json!({"link_loss": "cross_entropy"})),
        ("losses of the batch", json!({"loss_scope": "batch"})),
        ("gcn", conv("gcn")),
        ("gcn_self", conv("gcn_self")),
        ("gcn_mean", conv("gcn_mean")),
        ("gcn_raw", conv("gcn_raw")),
        ("sage_max", conv("sage_max")),
        ("sage without root weight", json!({"root_weight": false})),
        ("graph_conv", conv("graph_conv")),
        ("gin", conv("gin")),
        ("gin, learned epsilon", with(conv("gin"), &json!({"gin_learn_epsilon": true}))),
        ("gat, 4 heads", with(conv("gat"), &json!({"gat_heads": 4}))),
        ("layer norm", json!({"normalization": "layer"})),
        ("batch norm before the activation", json!({"norm_position": "pre"})),
        ("no norm, standardised attributes", json!({"normalization": "none", "standardize_attributes": true})),
        ("largest of the layers", json!({"jumping_knowledge": "max"})),
        ("last of the layers", json!({"jumping_knowledge": "last"})),
        ("attention", json!({"readout": "attention"})),
        ("set2set", json!({"readout": "set2set"})),
        ("sort_pool", json!({"readout": "sort_pool"})),
        ("preset paper", json!({"preset": "paper"})),
        ("preset authors", json!({"preset": "authors"})),
        ("preset pyg", json!({"preset": "pyg"})),
        ("preset errica", json!({"preset": "errica"})),
    ]
}

struct Row {
    train: f64,
    validation: f64,
    test: f64,
    parameters: usize,
}

fn run(
    keys: &Value,
    seed: usize,
    epochs: usize,
    dataset: &Arc<Dataset>,
    split: &ModelSelection,
    test: &[usize],
) -> Row {
    let preset = keys.get("preset").and_then(Value::as_str).unwrap_or("default");
    let mut config = Config::preset(preset).unwrap();
    for (key, value) in keys.as_object().unwrap().iter().filter(|(key, _)| *key != "preset") {
        config.set(key, value.clone()).unwrap();
    }
    config.set("seed", json!(seed)).unwrap();
    config.set("epochs", json!(epochs)).unwrap();
    config.set("patience", json!(0)).unwrap();
    config.set("early_stopping", json!("loss")).unwrap();
    let mut trainer =
        Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &split.train, &split.validation).unwrap();
    trainer.fit(&mut Callbacks::default()).unwrap();
    let model = trainer.model().unwrap();
    let accuracy = |graphs: &[usize]| 100.0 * evaluate(&model, dataset, graphs, 2).unwrap().accuracy;
    Row {
        train: accuracy(&split.train),
        validation: accuracy(&split.validation),
        test: accuracy(test),
        parameters: model.parameter_count(),
    }
}

fn main() {
    let (Some(folder), Some(folds)) = (common::data_folder("ENZYMES"), common::data_folder("splits")) else { return };
    let dataset = Arc::new(tu::load(&folder, &tu::TuOptions::default()).unwrap());
    let fold = splits::read_published(&folds.join("ENZYMES.json")).unwrap().swap_remove(0);
    let split = &fold.model_selection[0];
    let (epochs, seeds) = (setting("VARIANT_EPOCHS", 100), setting("VARIANT_SEEDS", 3));
    let wanted = std::env::var("VARIANT_ROWS").unwrap_or_default();
    println!("{epochs} epochs, seeds 1 to {seeds}, means; accuracies in %, chance 16.7\n");
    println!("| variant | parameters | train | validation | test |\n|---|--:|--:|--:|--:|");
    for (name, keys) in rows().into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let runs: Vec<Row> = (1..=seeds).map(|seed| run(&keys, seed, epochs, &dataset, split, &fold.test)).collect();
        let mean = |of: fn(&Row) -> f64| runs.iter().map(of).sum::<f64>() / seeds as f64;
        println!(
            "| {name} | {} | {:.1} | {:.1} | {:.1} |",
            runs[0].parameters,
            mean(|r| r.train),
            mean(|r| r.validation),
            mean(|r| r.test)
        );
    }
}
