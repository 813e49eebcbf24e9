//! Every key of the configuration changes something: no option is read and then ignored.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::graphs::{Columns, Kind, WEIGHTED, random_dataset, with_targets};
use common::models::{Bits, bits, config, small, split, still, with};
use diffpool::config::{CheckedConfig, Config, KEYS, Key, Scope};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde_json::{Value, json};

/// What a change of a key must show in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    /// Names and shapes of the tensors.
    Network,
    /// The parameters before training, of the same network.
    Start,
    /// What training does, from the same start.
    Run,
    /// The model that is handed out after the same training.
    Result,
    /// Threads, and no number.
    Threads,
    /// The change is refused where the rest of the configuration or the call does not fit it.
    Refused,
}

/// What a configuration leads to.
#[derive(PartialEq)]
struct Outcome {
    tensors: Vec<(String, Vec<usize>)>,
    start: Vec<u32>,
    run: Bits,
    result: Vec<u32>,
    threads: usize,
}

fn outcome(config: &Config, dataset: &Arc<Dataset>) -> diffpool::Result<Outcome> {
    let (train, validation) = split(dataset);
    let mut trainer = Trainer::<f32>::new(&config.check()?, dataset.clone(), &train, &validation)?;
    let raw = |model: Model<f32>| model.parameters().iter().map(|v| v.to_bits()).collect();
    let start = raw(trainer.model().unwrap());
    trainer.fit(&mut Callbacks::default())?;
    let tensors = trainer.model().unwrap().tensors().into_iter().map(|tensor| (tensor.name, tensor.shape)).collect();
    let run = bits(trainer.state());
    Ok(Outcome { tensors, start, run, result: raw(trainer.model().unwrap()), threads: trainer.threads() })
}

/// Which key, what it is changed to, and what else must be set for it to matter.
type Change = (&'static str, Value, Value, Effect);

fn changes_of_readouts() -> Vec<Change> {
    use Effect::{Network, Run};
    vec![
        ("readout_levels", json!("pooled"), json!({}), Run),
        ("readout", json!("attention"), json!({}), Network),
        ("readout", json!("set2set"), json!({}), Network),
        ("readout", json!("sort_pool"), json!({}), Network),
        ("set2set_steps", json!(2), json!({"readout": "set2set"}), Run),
        ("sort_pool_nodes", json!(2), json!({"readout": "sort_pool"}), Network),
    ]
}

fn changes_of_networks() -> Vec<Change> {
    use Effect::{Network, Refused, Run, Start};
    vec![
        ("preset", json!("paper"), json!({}), Refused),
        ("features", json!("attributes,degree"), json!({}), Network),
        ("features", json!("random_walk:3"), json!({"features": "laplacian:3"}), Run),
        ("standardize_attributes", json!(true), json!({}), Run),
        ("relations", json!("edge_labels"), json!({}), Network),
        ("self_loops", json!("drop"), json!({}), Run),
        ("clusters", json!([5, 2]), json!({}), Network),
        ("cluster_base", json!("max"), json!({"clusters": [0.5]}), Network),
        ("assignment", json!("random"), json!({}), Network),
        ("assignment", json!("graclus"), json!({"assignment": "random"}), Run),
        ("assignment", json!("graclus"), json!({"clusters": []}), Refused),
        ("hard_assignment", json!(true), json!({}), Run),
        ("hard_assignment", json!(true), json!({"assignment": "graclus"}), Refused),
        ("hard_assignment", json!(true), json!({"clusters": []}), Refused),
        ("final_adjacency", json!("full"), json!({}), Run),
        ("final_adjacency", json!("full"), json!({"clusters": []}), Refused),
        ("final_adjacency", json!("full"), json!({"relations": "edge_labels"}), Refused),
        ("virtual_node", json!(true), json!({}), Network),
        ("virtual_node", json!(true), json!({"padding": "30", "padded_rows": "nodes"}), Refused),
        ("embed_layers", json!(3), json!({}), Network),
        ("assign_layers", json!(1), json!({}), Network),
        ("final_layers", json!(1), json!({}), Network),
        ("embed_hidden", json!(6), json!({}), Network),
        ("embed_output", json!(6), json!({}), Network),
        ("assign_hidden", json!(6), json!({}), Network),
        ("jumping_knowledge", json!("last"), json!({}), Network),
        ("embed_final", json!("linear"), json!({}), Network),
        ("embed_final", json!("linear_activation"), json!({"embed_final": "linear"}), Run),
        ("assign_final", json!("none"), json!({"jumping_knowledge": "last"}), Network),
        ("assign_final", json!("none"), json!({}), Refused),
        ("assign_final", json!("linear_activation"), json!({}), Run),
        ("activation", json!("tanh"), json!({}), Run),
        ("activation", json!("leaky_relu"), json!({"initialization": "xavier_uniform"}), Start),
        ("normalization", json!("none"), json!({}), Network),
        ("activate_last", json!(false), json!({}), Network),
        ("l2_normalize", json!(true), json!({}), Run),
        ("dropout", json!(0.1), json!({}), Run),
        ("temperature", json!(2.0), json!({}), Run),
        ("batch_norm_momentum", json!(0.2), json!({}), Run),
        ("batch_norm_epsilon", json!(1e-3), json!({}), Run),
        ("readout", json!("mean"), json!({}), Run),
        ("readout_levels", json!("last"), json!({}), Network),
        ("head_hidden", json!([6, 6]), json!({}), Network),
        ("head_dropout", json!(0.1), json!({}), Run),
        ("jumping_knowledge", json!("max"), json!({"embed_output": 5}), Network),
        ("jumping_knowledge", json!("max"), json!({}), Refused),
        ("normalization", json!("layer"), json!({}), Network),
        ("norm_position", json!("pre"), json!({}), Run),
        ("norm_affine", json!(false), json!({}), Network),
        ("padding", json!("batch"), json!({}), Run),
        ("padding", json!("30"), json!({}), Run),
        ("padded_rows", json!("nodes"), json!({"padding": "30"}), Run),
        ("padded_rows", json!("nodes"), json!({"padding": "30", "dropout": 0.1}), Refused),
        ("link_loss", json!("cross_entropy"), json!({}), Run),
        ("adj_hop", json!(2), json!({"link_loss": "cross_entropy"}), Run),
        ("loss_scope", json!("batch"), json!({}), Run),
        ("cluster_rounding", json!("down"), json!({"clusters": [0.35]}), Network),
        ("linear_initialization", json!("xavier_uniform"), json!({}), Start),
    ]
}

fn changes_of_convolutions() -> Vec<Change> {
    use Effect::{Network, Refused, Run, Start};
    vec![
        ("embed_conv", json!("gcn"), json!({}), Network),
        ("embed_conv", json!("gcn_mean"), json!({"embed_conv": "gcn"}), Run),
        ("embed_conv", json!("gcn_raw"), json!({"embed_conv": "gcn"}), Run),
        ("assign_conv", json!("gcn"), json!({}), Network),
        ("assign_conv", json!("gcn_mean"), json!({"assign_conv": "gcn"}), Run),
        ("embed_conv", json!("gcn_self"), json!({"embed_conv": "gcn"}), Run),
        ("embed_conv", json!("graph_conv"), json!({}), Run),
        ("embed_conv", json!("sage_max"), json!({}), Run),
        ("embed_conv", json!("gin"), json!({}), Network),
        ("embed_conv", json!("gat"), json!({}), Network),
        ("embed_conv", json!("structure2vec"), json!({}), Network),
        ("assign_conv", json!("gin"), json!({}), Network),
        ("assign_conv", json!("gat"), json!({}), Network),
        ("root_weight", json!(false), json!({}), Network),
        ("root_weight", json!(false), json!({"embed_conv": "graph_conv", "assign_conv": "gcn"}), Network),
        ("root_weight", json!(false), json!({"embed_conv": "gcn", "assign_conv": "sage_max"}), Network),
        ("gin_epsilon", json!(0.5), json!({"embed_conv": "gin"}), Run),
        ("gin_epsilon", json!(0.5), json!({"assign_conv": "gin", "gin_learn_epsilon": true}), Start),
        ("gin_learn_epsilon", json!(true), json!({"embed_conv": "gin"}), Network),
        ("gat_heads", json!(5), json!({"embed_conv": "gat"}), Network),
        ("gat_heads", json!(2), json!({"assign_conv": "gat"}), Refused),
        ("s2v_iterations", json!(2), json!({"assign_conv": "structure2vec"}), Run),
    ]
}

fn changes_of_edges() -> Vec<Change> {
    use Effect::{Network, Refused};
    let read = |more: Value| with(json!({"edge_features": "attributes"}), &more);
    vec![
        ("edge_features", json!("attributes"), json!({}), Network),
        ("edge_features", json!("labels"), json!({"edge_features": "attributes"}), Network),
        ("edge_features", json!("categories"), json!({}), Refused),
        ("edge_features", json!("attributes,labels"), json!({"edge_features": "labels"}), Network),
        ("edge_features", json!("attributes"), json!({"assign_conv": "gcn"}), Refused),
        ("edge_features", json!("attributes"), json!({"assign_conv": "gcn", "assignment": "random"}), Network),
        ("edge_features", json!("labels"), json!({"relations": "edge_labels"}), Refused),
        ("edge_features", json!("labels"), json!({"final_adjacency": "full"}), Refused),
        ("edge_features", json!("labels"), json!({"pooled_adjacency": "normalized"}), Refused),
        ("embed_conv", json!("gine"), json!({}), Refused),
        ("embed_conv", json!("gine"), read(json!({})), Network),
        ("assign_conv", json!("gine"), read(json!({})), Network),
        ("embed_conv", json!("sage_max"), read(json!({})), Refused),
        ("gin_epsilon", json!(0.5), read(json!({"embed_conv": "gine"})), Effect::Run),
    ]
}

fn changes_of_training() -> Vec<Change> {
    use Effect::{Refused, Result, Run, Start, Threads};
    vec![
        ("link_weight", json!(0.0), json!({}), Run),
        ("link_normalizer", json!("none"), json!({}), Run),
        ("link_normalizer", json!("nodes"), json!({}), Run),
        ("link_normalizer", json!("edges"), json!({}), Run),
        ("link_normalizer", json!("nodes_squared"), json!({}), Run),
        ("entropy_weight", json!(0.0), json!({}), Run),
        ("class_weights", json!([1.0, 2.0, 0.5]), json!({}), Run),
        ("class_weights", json!([1.0, 2.0]), json!({}), Refused),
        ("initialization", json!("xavier_uniform"), json!({}), Start),
        ("optimizer", json!("adamw"), json!({"weight_decay": 0.1}), Run),
        ("learning_rate", json!(1e-3), json!({}), Run),
        ("beta1", json!(0.8), json!({}), Run),
        ("beta2", json!(0.99), json!({}), Run),
        ("epsilon", json!(1e-3), json!({}), Run),
        ("weight_decay", json!(0.1), json!({}), Run),
        // Adam follows directions: a limit shows where it changes how batches weigh against each other.
        ("clip_norm", json!(0.05), json!({}), Run),
        ("batch_size", json!(5), json!({}), Run),
        ("epochs", json!(5), json!({}), Run),
        ("shuffle", json!(false), json!({}), Run),
        ("chunks", json!(1), json!({}), Run),
        ("patience", json!(1), still(), Run),
        ("early_stopping", json!("accuracy"), json!({}), Run),
        ("early_stopping", json!("metric"), json!({"metric": "macro_f1"}), Run),
        ("min_delta", json!(1e30), json!({"patience": 1, "learning_rate": 0.01, "normalization": "layer"}), Run),
        ("restore_best", json!(false), still(), Result),
        ("ema_decay", json!(0.5), json!({}), Run),
        ("label_smoothing", json!(0.1), json!({}), Run),
        ("label_smoothing", json!(0.1), json!({"task": "regression"}), Refused),
        ("accumulate_batches", json!(2), json!({}), Run),
        ("seed", json!(6), json!({}), Start),
        ("threads", json!(3), json!({}), Threads),
        ("checkpoint_every", json!(2), json!({}), Refused),
        ("diagnostics", json!(false), json!({}), Run),
    ]
}

/// The losses of the assignment: their weights, the epochs over which these rise, and the temperature's.
fn changes_of_losses() -> Vec<Change> {
    use Effect::{Refused, Run};
    let mut changes = vec![
        ("link_weight", json!([0.7, 0.2]), json!({}), Run),
        ("link_weight", json!([0.7]), json!({}), Refused),
        ("entropy_weight", json!([0.3]), json!({}), Refused),
        ("link_rise_epochs", json!(3), json!({}), Run),
        ("entropy_rise_epochs", json!(3), json!({}), Run),
        ("pooled_adjacency", json!("normalized"), json!({}), Run),
        ("temperature_start", json!(2.0), json!({"temperature_epochs": 3}), Run),
        ("temperature_epochs", json!(3), json!({"temperature_start": 2.0}), Run),
        ("temperature_epochs", json!(6), json!({"temperature_start": 2.0}), Refused),
        ("temperature_epochs", json!(3), json!({"assignment": "random"}), Refused),
    ];
    for (weight, rise) in [
        ("cut_weight", "cut_rise_epochs"),
        ("orthogonality_weight", "orthogonality_rise_epochs"),
        ("modularity_weight", "modularity_rise_epochs"),
        ("collapse_weight", "collapse_rise_epochs"),
        ("balance_weight", "balance_rise_epochs"),
    ] {
        changes.push((weight, json!(0.5), json!({}), Run));
        changes.push((weight, json!([0.0, 0.5]), json!({}), Run));
        changes.push((rise, json!(3), json!({weight: 0.5}), Run));
    }
    changes
}

fn changes_of_schedules() -> Vec<Change> {
    use Effect::{Refused, Run};
    let step = || json!({"learning_rate_schedule": "step", "step_epochs": 2});
    // The accuracy stays as it is, so that every epoch is without improvement.
    let keys = |schedule: &str| {
        let mut keys = still();
        keys["plateau_patience"] = json!(0);
        keys["learning_rate_schedule"] = json!(schedule);
        keys
    };
    let plateau = || keys("plateau");
    vec![
        ("learning_rate_schedule", json!("step"), json!({"step_epochs": 2}), Run),
        ("learning_rate_schedule", json!("cosine"), json!({}), Run),
        ("learning_rate_schedule", json!("plateau"), keys("constant"), Run),
        ("warmup_epochs", json!(2), json!({}), Run),
        ("warmup_epochs", json!(6), json!({}), Refused),
        ("step_epochs", json!(3), step(), Run),
        ("step_factor", json!(0.1), step(), Run),
        ("cosine_min", json!(0.5), json!({"learning_rate_schedule": "cosine"}), Run),
        ("plateau_patience", json!(2), plateau(), Run),
        ("plateau_factor", json!(0.1), plateau(), Run),
        ("plateau_min_rate", json!(8e-7), plateau(), Run),
        ("plateau_min_rate", json!(2e-6), plateau(), Refused),
    ]
}

fn changes_of_tables() -> Vec<Change> {
    use Effect::{Network, Refused};
    vec![
        ("features", json!("categories"), json!({}), Network),
        ("embedding_width", json!(6), json!({"features": "categories"}), Network),
        ("embedding_combine", json!("concat"), json!({"features": "categories"}), Network),
        ("embedding_sizes", json!([5, 400]), json!({"features": "categories"}), Network),
        ("embedding_sizes", json!([5, 2]), json!({"features": "categories"}), Refused),
        ("embedding_sizes", json!([5, 400]), json!({}), Refused),
        ("out_of_vocabulary", json!("reserve"), json!({"features": "categories"}), Network),
        (
            "out_of_vocabulary",
            json!("refuse"),
            json!({"features": "categories", "embedding_sizes": [3, 3], "out_of_vocabulary": "reserve"}),
            Refused,
        ),
    ]
}

fn changes_of_tasks() -> Vec<Change> {
    use Effect::{Network, Refused, Run};
    vec![
        ("task", json!("regression"), json!({}), Network),
        ("task", json!("binary"), json!({}), Refused),
        ("task", json!("sequence"), json!({}), Refused),
        ("task", json!("regression"), json!({"class_weights": [1.0, 2.0, 0.5]}), Refused),
        ("task", json!("regression"), json!({"early_stopping": "accuracy"}), Refused),
        ("regression_loss", json!("mae"), json!({"task": "regression"}), Run),
        ("regression_loss", json!("huber"), json!({"task": "regression"}), Run),
        ("huber_delta", json!(0.5), json!({"task": "regression", "regression_loss": "huber"}), Run),
        ("metric", json!("macro_f1"), json!({}), Run),
        ("metric", json!("mae"), json!({"task": "regression"}), Run),
        ("metric", json!("rmse"), json!({}), Refused),
    ]
}

/// All changes, of every key at least one.
fn changes() -> Vec<Change> {
    let mut changes = changes_of_networks();
    changes.extend(changes_of_convolutions());
    changes.extend(changes_of_edges());
    changes.extend(changes_of_training());
    changes.extend(changes_of_losses());
    changes.extend(changes_of_schedules());
    changes.extend(changes_of_readouts());
    changes.extend(changes_of_tasks());
    changes.extend(changes_of_tables());
    for key in KEYS {
        assert!(changes.iter().any(|(changed, ..)| *changed == key.name), "{} is not among the changes", key.name);
    }
    changes
}

fn dataset() -> Arc<Dataset> {
    let sizes: Vec<usize> = (0..24).map(|i| 3 + 5 * i % 13).collect();
    let random = random_dataset(&sizes, Kind { categories: true, labelled: true, attributed: true, ..WEIGHTED }, 3);
    Arc::new(with_targets(random, Columns::Numbers(2), 4))
}

/// The configuration that a change starts from.
fn base(with: &Value) -> Config {
    config(&[&small(), &json!({"features": "attributes"}), with])
}

#[test]
fn every_key_has_an_effect() {
    let dataset = dataset();
    for (key, value, with, effect) in changes() {
        let base = base(&with);
        let mut changed = base.clone();
        let before = outcome(&base, &dataset).unwrap();
        let after = changed.set(key, value.clone()).and_then(|()| outcome(&changed, &dataset));
        let found = match &after {
            Err(_) => Effect::Refused,
            Ok(after) if after.tensors != before.tensors => Effect::Network,
            Ok(after) if after.start != before.start => Effect::Start,
            Ok(after) if after.run != before.run => Effect::Run,
            Ok(after) if after.result != before.result => Effect::Result,
            Ok(after) => {
                assert_ne!(after.threads, before.threads, "{key} = {value} changes nothing");
                Effect::Threads
            }
        };
        assert_eq!(found, effect, "{key} = {value}");
    }
}

/// The configuration with one key changed, where no rule is against it.
fn changed(base: &Config, key: &Key, value: Value) -> diffpool::Result<CheckedConfig> {
    let mut config = base.clone();
    match key.name {
        "preset" => config.preset = value.as_str().unwrap().to_string(),
        name => config.set(name, value)?,
    }
    config.check()
}

#[test]
fn a_trained_model_refuses_what_its_weights_would_not_fit() {
    let dataset = dataset();
    let mut tried = BTreeSet::new();
    for (key, value, with, effect) in changes() {
        let (key, base, place) = (Key::named(key).unwrap(), base(&with), format!("{key} = {value}"));
        let Ok(other) = changed(&base, key, value) else { continue };
        let (train, validation) = split(&dataset);
        let base = Config { epochs: 1, warmup_epochs: 0, temperature_epochs: 0, checkpoint_every: 0, ..base };
        let mut trainer = Trainer::<f32>::new(&base.check().unwrap(), dataset.clone(), &train, &validation).unwrap();
        trainer.fit(&mut Callbacks::default()).unwrap();
        let model = trainer.model().unwrap();
        match model.clone().with_config(&other) {
            Err(error) if key.scope.shapes_network() => {
                let message = error.to_string();
                assert!(message.starts_with(&format!("{} is ", key.name)), "{place}: {message}");
                assert!(message.contains(", but the model was made with "), "{place}: {message}");
            }
            // Whatever the model, the data is against it.
            Err(_) if effect == Effect::Refused => continue,
            Err(error) => panic!("{place}: {error}"),
            Ok(_) if key.scope.shapes_network() => panic!("{place}: a trained model takes it"),
            Ok(taken) => {
                assert_eq!(taken.config().get(key.name).unwrap(), other.get(key.name).unwrap());
                assert_eq!((taken.parameters(), taken.running()), (model.parameters(), model.running()), "{place}");
                assert!(evaluate(&taken, &dataset, &validation, 1).unwrap().loss.is_finite(), "{place}");
            }
        }
        tried.insert(key.name);
    }
    for key in KEYS {
        assert!(tried.contains(key.name), "{} is not tried", key.name);
    }
}

#[test]
fn a_trained_model_takes_what_it_has_settled_left_open() {
    let dataset = dataset();
    let base = base(&json!({"features": "attributes,categories", "clusters": [0.4, 2]}));
    let model = Model::<f32>::new(&base.check().unwrap(), &dataset, &[0, 1, 2, 3]).unwrap();
    for (key, open) in [("features", json!("auto")), ("clusters", json!([0.7, 0.5])), ("embedding_sizes", json!([]))] {
        assert_eq!(Key::named(key).unwrap().scope, Scope::Settled);
        let other = changed(&base, Key::named(key).unwrap(), open).unwrap();
        let taken = model.clone().with_config(&other).unwrap();
        assert_eq!(taken.config(), model.config());
    }
}

#[test]
fn keys_that_make_other_tensors_shape_the_network() {
    // How shares of clusters become counts, which is settled where a model is made.
    const SETTLE: [&str; 2] = ["cluster_base", "cluster_rounding"];
    for (key, _, _, effect) in changes() {
        let shapes = Key::named(key).unwrap().scope.shapes_network();
        assert!(effect != Effect::Network || shapes || SETTLE.contains(&key), "{key}");
    }
}
