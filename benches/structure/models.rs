//! The networks that are compared: name and keys, on top of what all have in common.

use serde_json::{Value, json};

use crate::shared::common::models::with;

/// Every network. Those with pooling have three convolutions before each pooling and three after the last; a flat one
/// has as many in all as its name says. `STRUCTURE_TRY`, an object of keys by name, adds more.
pub fn models() -> Vec<(String, Value)> {
    let no_losses = json!({"link_weight": 0, "modularity_weight": 0, "collapse_weight": 0});
    let link = json!({"modularity_weight": 0, "collapse_weight": 0});
    let modularity = json!({"link_weight": 0});
    // What `default` had before.
    let cancelling = with(json!({"link_normalizer": "nodes_squared", "entropy_weight": 0.1}), &link);
    let graclus = with(json!({"assignment": "graclus"}), &no_losses);
    let random = with(json!({"assignment": "random"}), &no_losses);
    let flat = json!({"clusters": []});
    let located = |keys: &Value| with(json!({"features": "auto,laplacian:8"}), keys);
    let models = vec![
        ("flat, 6 layers", json!({"clusters": [], "embed_layers": 6})),
        ("flat, 3 layers", flat.clone()),
        ("random", random.clone()),
        ("graclus", graclus.clone()),
        ("no losses", no_losses.clone()),
        ("default", json!({})),
        ("tuned", json!({"preset": "tuned"})),
        ("paper", json!({"preset": "paper"})),
        ("link by n^2 and entropy", cancelling.clone()),
        ("link alone", link.clone()),
        ("modularity alone", modularity.clone()),
        ("mincut", json!({"preset": "mincut"})),
        ("dmon", json!({"preset": "dmon"})),
        ("just_balance", json!({"preset": "just_balance"})),
        ("laplacian, flat, 3 layers", located(&flat)),
        ("laplacian, random", located(&random)),
        ("laplacian, graclus", located(&graclus)),
        ("laplacian, no losses", located(&no_losses)),
        ("laplacian, default", located(&json!({}))),
        ("laplacian, link by n^2 and entropy", located(&cancelling)),
        ("laplacian, link alone", located(&link)),
        ("laplacian, modularity alone", located(&modularity)),
        ("laplacian, mincut", located(&json!({"preset": "mincut"}))),
        ("laplacian, dmon", located(&json!({"preset": "dmon"}))),
    ];
    let tried = std::env::var("STRUCTURE_TRY").map_or_else(
        |_| serde_json::Map::new(),
        |text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("STRUCTURE_TRY: {error}")),
    );
    models.into_iter().map(|(name, keys)| (name.to_owned(), keys)).chain(tried).collect()
}
