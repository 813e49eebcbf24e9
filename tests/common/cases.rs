//! Every kind of model, for tests of gradients.

use diffpool::config::{Conv, PoolLoss};
use serde_json::{Value, json};

use super::graphs::{ATTRIBUTED, CATEGORICAL, DIRECTED, Kind, LABELLED, LABELLED_DIRECTED, PLAIN, WEIGHTED};
use super::models::{with, without_losses};

/// A model that differs from the small one in `keys`, for graphs of a kind.
pub struct Case {
    pub name: String,
    pub keys: Value,
    pub kind: Kind,
}

/// Every kind of model.
pub fn cases() -> Vec<Case> {
    let mut cases = cases_of_networks();
    cases.extend(cases_of_every_convolution());
    cases.extend(cases_of_edges());
    cases.extend(cases_of_virtual_nodes());
    cases.push(virtual_node("dropout", PLAIN, json!({"dropout": 0.3, "embed_layers": 3})));
    let categories = json!({"features": "degree,categories", "embedding_width": 4});
    cases.push(virtual_node("categories", CATEGORICAL, categories));
    cases.extend(cases_of_convolutions());
    cases.extend(cases_of_norms_and_losses());
    cases.extend(cases_of_every_loss());
    cases.extend(cases_of_relations_and_assignments());
    cases.extend(cases_of_readouts());
    cases
}

/// Every readout of all levels, of the last one, of the pooled features and of a flat model.
fn cases_of_readouts() -> Vec<Case> {
    let mut cases = Vec::new();
    let readouts = [
        ("attention", json!({"readout": "attention"})),
        ("set2set", json!({"readout": "set2set"})),
        ("set2set, one step", json!({"readout": "set2set", "set2set_steps": 1})),
        ("sort_pool", json!({"readout": "sort_pool", "sort_pool_nodes": 3})),
        ("sort_pool, filled up", json!({"readout": "sort_pool", "sort_pool_nodes": 8})),
        ("mean readout", json!({})),
        ("max readout", json!({"readout": "max"})),
        ("max readout, padded", json!({"readout": "max", "padding": "7"})),
    ];
    let levels = [
        ("of all", json!({"readout_levels": "all"})),
        ("of the last", json!({"readout_levels": "last"})),
        ("of the pooled", json!({"readout_levels": "pooled"})),
        ("of a flat model", json!({"clusters": []})),
    ];
    for ((readout, keys), (level, more)) in readouts.iter().flat_map(|r| levels.iter().map(move |l| (r, l))) {
        let merged = keys.as_object().unwrap().iter().chain(more.as_object().unwrap());
        let keys = merged.map(|(key, value)| (key.clone(), value.clone())).collect();
        cases.push(Case { name: format!("{readout} {level}"), keys: Value::Object(keys), kind: WEIGHTED });
    }
    cases
}

fn cases_of_networks() -> Vec<Case> {
    let case = |name: &str, keys, kind| Case { name: name.to_string(), keys, kind };
    vec![
        case("sage, two levels", json!({}), PLAIN),
        case("sage, weighted", json!({}), WEIGHTED),
        case("sage, directed", json!({}), DIRECTED),
        case("narrowing sage", json!({"embed_hidden": 2, "assign_hidden": 2, "embed_output": 2}), DIRECTED),
        case("gcn", json!({"embed_conv": "gcn", "assign_conv": "gcn"}), WEIGHTED),
        case("gcn, directed", json!({"embed_conv": "gcn", "assign_conv": "gcn"}), DIRECTED),
        case("narrowing gcn", json!({"embed_conv": "gcn", "assign_conv": "gcn", "embed_hidden": 2}), DIRECTED),
        case("gcn_mean and gcn_raw", json!({"embed_conv": "gcn_mean", "assign_conv": "gcn_raw"}), DIRECTED),
        case("gcn_raw and sage", json!({"embed_conv": "gcn_raw", "assign_conv": "sage"}), WEIGHTED),
        case("flat", json!({"clusters": []}), PLAIN),
        case("one level", json!({"clusters": [3]}), PLAIN),
        case("three levels", json!({"clusters": [5, 3, 2]}), WEIGHTED),
        case("no batch norm", json!({"normalization": "none"}), PLAIN),
        case("l2 rows", json!({"l2_normalize": true}), PLAIN),
        case("l2 rows, identity", json!({"l2_normalize": true, "activation": "identity"}), PLAIN),
        case("last layer plain", json!({"activate_last": false}), PLAIN),
        case("last of stack", json!({"jumping_knowledge": "last"}), PLAIN),
        case("last, no final layer", json!({"jumping_knowledge": "last", "assign_final": "none"}), PLAIN),
        case("linear ends", json!({"embed_final": "linear", "assign_final": "linear_activation"}), PLAIN),
        case("gelu ends", json!({"embed_final": "linear_activation", "activation": "gelu"}), PLAIN),
        case("silu, l2", json!({"activation": "silu", "l2_normalize": true}), PLAIN),
        case("elu", json!({"activation": "elu"}), PLAIN),
        case("relu and max", json!({"activation": "relu", "readout": "max"}), PLAIN),
        case("leaky relu and sum", json!({"activation": "leaky_relu", "readout": "sum"}), PLAIN),
        case("last level read out", json!({"readout_levels": "last"}), PLAIN),
        case("temperature", json!({"temperature": 0.4}), PLAIN),
        case("link per graph", json!({"link_normalizer": "none"}), DIRECTED),
        case("link per node", json!({"link_normalizer": "nodes"}), PLAIN),
        case("link per edge", json!({"link_normalizer": "edges"}), WEIGHTED),
        case("link per pair of nodes", json!({"link_normalizer": "nodes_squared"}), WEIGHTED),
        case("smoothed labels", json!({"label_smoothing": 0.2, "class_weights": [0.5, 2.0, 1.0]}), PLAIN),
        case("class loss alone", without_losses(json!({})), PLAIN),
        case("class weights", json!({"class_weights": [1.0, 2.5, 0.5]}), PLAIN),
        case("dropout", json!({"dropout": 0.3, "head_dropout": 0.4}), PLAIN),
        case("dropout, silu", json!({"dropout": 0.3, "head_dropout": 0.4, "activation": "silu"}), PLAIN),
        case("deep head", json!({"head_hidden": [6, 5]}), PLAIN),
        case("linear head", json!({"head_hidden": []}), PLAIN),
        case("categories", json!({"features": "categories", "embedding_width": 4}), CATEGORICAL),
        case("categories between", json!({"features": "degree,categories,attributes"}), CATEGORICAL),
        case("categories, side by side", json!({"embedding_combine": "concat", "embedding_width": 3}), CATEGORICAL),
        case("categories, gcn", json!({"embed_conv": "gcn", "assign_conv": "gcn", "clusters": []}), CATEGORICAL),
        case("categories, directed", json!({"embedding_width": 3}), Kind { categories: true, ..DIRECTED }),
        case("uneven stacks", json!({"embed_layers": 1, "assign_layers": 3, "final_layers": 2}), PLAIN),
        case("uneven stacks, other way", json!({"embed_layers": 3, "assign_layers": 1}), PLAIN),
    ]
}

/// Every convolution in either stack, with one relation and with three; the second level is dense.
pub fn cases_of_every_convolution() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in Conv::ALL.iter().map(|conv| conv.name()) {
        for stack in ["embed_conv", "assign_conv"] {
            let mut keys = json!({"gat_heads": 5, "gin_learn_epsilon": true, "gin_epsilon": 0.2});
            keys[stack] = name.into();
            if name == "gine" {
                keys["edge_features"] = "attributes".into();
                cases.push(Case { name: format!("{name} as {stack}"), keys, kind: ATTRIBUTED });
                continue;
            }
            cases.push(Case { name: format!("{name} as {stack}"), keys: keys.clone(), kind: WEIGHTED });
            keys["relations"] = "edge_labels".into();
            cases.push(Case { name: format!("{name} as {stack}, relations"), keys, kind: LABELLED_DIRECTED });
        }
    }
    cases
}

fn virtual_node(name: &str, kind: Kind, more: Value) -> Case {
    let keys = with(json!({"virtual_node": true}), &more);
    Case { name: format!("virtual node, {name}"), keys, kind }
}

/// A virtual node beside all that shares a stack with it, but for what is drawn by chance or looked up.
pub fn cases_of_virtual_nodes() -> Vec<Case> {
    let case = virtual_node;
    vec![
        case("sage", WEIGHTED, json!({})),
        case("flat", PLAIN, json!({"clusters": [], "embed_layers": 3})),
        case("one layer", PLAIN, json!({"embed_layers": 1, "assign_layers": 3})),
        case("silu, last", DIRECTED, json!({"activation": "silu", "jumping_knowledge": "last"})),
        case("gelu before the norm", PLAIN, json!({"activation": "gelu", "norm_position": "pre"})),
        case("relations", LABELLED, json!({"relations": "edge_labels", "embed_conv": "gcn", "embed_layers": 3})),
        case("gin and gat", WEIGHTED, json!({"embed_conv": "gin", "assign_conv": "gat", "normalization": "none"})),
        case("edges", ATTRIBUTED, json!({"embed_conv": "gine", "edge_features": "attributes"})),
        case("narrowing", WEIGHTED, json!({"embed_hidden": 2, "assign_hidden": 2, "assignment": "random"})),
    ]
}

/// Every convolution that reads the features of edges, through two pooled levels and of every kind of features.
pub fn cases_of_edges() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in Conv::ALL.iter().filter(|conv| conv.reads_edges()).map(|conv| conv.name()) {
        let mut case = |what: &str, features: &str, kind: Kind, more: Value| {
            let keys = json!({"embed_conv": name, "assign_conv": name, "edge_features": features, "gat_heads": 1});
            cases.push(Case { name: format!("{name}, {features}, {what}"), keys: with(keys, &more), kind });
        };
        let directed = Kind { attributed: true, ..DIRECTED };
        let both = Kind { attributed: true, ..LABELLED_DIRECTED };
        case("weighted", "attributes", ATTRIBUTED, json!({"clusters": [6, 4, 2]}));
        case("directed", "attributes", directed, json!({"root_weight": false}));
        case("parallel", "attributes", both, json!({"embed_hidden": 2}));
        case("undirected", "labels", LABELLED, json!({"clusters": [5, 3]}));
        case("directed", "labels", LABELLED_DIRECTED, json!({}));
        case("directed", "attributes,labels", both, json!({"embed_hidden": 2, "assign_hidden": 2}));
        case("flat", "attributes,labels", both, json!({"clusters": []}));
        case("random", "attributes", ATTRIBUTED, json!({"assignment": "random"}));
        case("graclus", "attributes", ATTRIBUTED, json!({"assignment": "graclus"}));
        case("padded", "attributes", ATTRIBUTED, json!({"padding": "11", "readout": "mean"}));
    }
    cases
}

fn cases_of_convolutions() -> Vec<Case> {
    let case = |name: &str, keys, kind| Case { name: name.to_string(), keys, kind };
    vec![
        case("sage without root", json!({"root_weight": false}), WEIGHTED),
        case("gcn_self to embed", json!({"embed_conv": "gcn_self"}), WEIGHTED),
        case("gcn_self to assign", json!({"assign_conv": "gcn_self"}), DIRECTED),
        case("graph_conv to embed", json!({"embed_conv": "graph_conv", "embed_hidden": 2}), DIRECTED),
        case("graph_conv to assign", json!({"assign_conv": "graph_conv", "root_weight": false}), WEIGHTED),
        case("sage_max to embed", json!({"embed_conv": "sage_max"}), WEIGHTED),
        case("sage_max to assign", json!({"assign_conv": "sage_max", "root_weight": false}), DIRECTED),
        case("gin to embed", json!({"embed_conv": "gin", "gin_epsilon": 0.3}), DIRECTED),
        case("gin to assign", json!({"assign_conv": "gin", "gin_learn_epsilon": true}), WEIGHTED),
        case("gin, silu", json!({"embed_conv": "gin", "activation": "silu", "gin_learn_epsilon": true}), PLAIN),
        case("gat to embed", json!({"embed_conv": "gat", "gat_heads": 3, "embed_hidden": 6}), WEIGHTED),
        case("gat to assign", json!({"assign_conv": "gat", "gat_heads": 2, "assign_hidden": 4}), DIRECTED),
        case("structure2vec to embed", json!({"embed_conv": "structure2vec"}), WEIGHTED),
        case("structure2vec to assign", json!({"assign_conv": "structure2vec", "s2v_iterations": 2}), DIRECTED),
        case("structure2vec, gelu", json!({"embed_conv": "structure2vec", "activation": "gelu"}), PLAIN),
    ]
}

fn cases_of_norms_and_losses() -> Vec<Case> {
    let case = |name: &str, keys, kind| Case { name: name.to_string(), keys, kind };
    vec![
        case("layer norm", json!({"normalization": "layer"}), PLAIN),
        case(
            "layer norm, first, silu",
            json!({"normalization": "layer", "norm_position": "pre", "activation": "silu"}),
            PLAIN,
        ),
        case("batch norm first", json!({"norm_position": "pre", "l2_normalize": true, "dropout": 0.2}), PLAIN),
        case("batch norm first, gelu", json!({"norm_position": "pre", "activation": "gelu"}), PLAIN),
        case("norms not learned", json!({"norm_affine": false}), PLAIN),
        case("layer norm not learned", json!({"normalization": "layer", "norm_affine": false}), PLAIN),
        case("max of stack", json!({"jumping_knowledge": "max", "embed_output": 5}), PLAIN),
        case("max of stack, linear", json!({"jumping_knowledge": "max", "embed_final": "linear_activation"}), PLAIN),
        case("padded", json!({"padding": "8"}), PLAIN),
        case("padded with nodes", json!({"padding": "8", "padded_rows": "nodes"}), WEIGHTED),
        case(
            "padded with nodes, norms first",
            json!({"padding": "8", "padded_rows": "nodes", "norm_position": "pre",
            "jumping_knowledge": "last", "activate_last": false}),
            DIRECTED,
        ),
        case("losses of the batch", json!({"loss_scope": "batch", "padding": "batch"}), WEIGHTED),
        case("losses of the batch, edges", json!({"loss_scope": "batch", "link_normalizer": "edges"}), DIRECTED),
        case("relative link loss", json!({"link_normalizer": "adjacency"}), DIRECTED),
        case(
            "relative link loss of the batch",
            json!({"link_normalizer": "adjacency", "loss_scope": "batch", "clusters": [5, 3, 2]}),
            WEIGHTED,
        ),
        case("weights a level", json!({"link_weight": [0.5, 2.0], "entropy_weight": [0.3, 0.0]}), PLAIN),
        case("cross-entropy", json!({"link_loss": "cross_entropy"}), DIRECTED),
        case("cross-entropy of the batch", json!({"link_loss": "cross_entropy", "loss_scope": "batch"}), WEIGHTED),
        case("cross-entropy, 3 hops", json!({"link_loss": "cross_entropy", "adj_hop": 3, "clusters": [9, 3]}), PLAIN),
    ]
}

/// Every loss alone and with the others, with one relation and with three; the later levels are dense.
fn cases_of_every_loss() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut all = json!({"clusters": [5, 3, 2]});
    for loss in PoolLoss::ALL {
        let mut keys = without_losses(json!({"clusters": [5, 3, 2]}));
        keys[loss.weight_key()] = json!(0.8);
        all[loss.weight_key()] = json!([0.8, 0.5, 1.5]);
        cases.push(Case { name: loss.name().to_string(), keys: keys.clone(), kind: WEIGHTED });
        cases.push(Case { name: format!("{}, directed", loss.name()), keys: keys.clone(), kind: DIRECTED });
        keys["relations"] = "edge_labels".into();
        cases.push(Case { name: format!("{}, relations", loss.name()), keys, kind: LABELLED_DIRECTED });
    }
    cases.push(Case { name: "every loss".to_string(), keys: all.clone(), kind: PLAIN });
    all["link_loss"] = "cross_entropy".into();
    cases.push(Case { name: "every loss, cross-entropy".to_string(), keys: all.clone(), kind: WEIGHTED });
    all["final_adjacency"] = "full".into();
    all["link_loss"] = "frobenius".into();
    cases.push(Case { name: "every loss, full".to_string(), keys: all, kind: DIRECTED });
    cases
}

fn cases_of_relations_and_assignments() -> Vec<Case> {
    let case = |name: &str, keys, kind| Case { name: name.to_string(), keys, kind };
    let relations = |conv: &str| json!({"relations": "edge_labels", "embed_conv": conv, "assign_conv": conv});
    vec![
        case("relations", relations("sage"), LABELLED),
        case("relations, directed", relations("sage"), LABELLED_DIRECTED),
        case("relations, gcn", relations("gcn"), LABELLED),
        case("relations, gcn directed", relations("gcn"), LABELLED_DIRECTED),
        case("relations, gcn_raw", relations("gcn_raw"), LABELLED_DIRECTED),
        case(
            "relations, three levels",
            json!({"relations": "edge_labels", "clusters": [5, 3, 2], "embed_hidden": 2, "link_normalizer": "none"}),
            LABELLED,
        ),
        case("parallel edges", json!({}), LABELLED),
        case("random", json!({"assignment": "random"}), PLAIN),
        case("graclus", json!({"assignment": "graclus"}), WEIGHTED),
        case("graclus, directed", json!({"assignment": "graclus", "relations": "edge_labels"}), LABELLED_DIRECTED),
        case("hard", json!({"hard_assignment": true}), PLAIN),
        case("normalized", json!({"pooled_adjacency": "normalized", "clusters": [5, 3, 2]}), WEIGHTED),
        case(
            "normalized, directed gcn",
            json!({"pooled_adjacency": "normalized", "embed_conv": "gcn", "clusters": [5, 3]}),
            DIRECTED,
        ),
        case(
            "normalized, relations",
            json!({"pooled_adjacency": "normalized", "relations": "edge_labels", "clusters": [5, 3]}),
            LABELLED_DIRECTED,
        ),
        case(
            "normalized, losses",
            json!({
                "pooled_adjacency": "normalized", "clusters": [5, 3, 2],
                "cut_weight": 0.7, "modularity_weight": 0.5, "balance_weight": 0.2
            }),
            LABELLED,
        ),
        case("full", json!({"final_adjacency": "full"}), PLAIN),
        case("full, directed gcn", json!({"final_adjacency": "full", "embed_conv": "gcn"}), DIRECTED),
    ]
}
