//! The networks that are compared: name and keys, on top of what all have in common.

use serde_json::{Value, json};

/// Every network. Those with pooling have three convolutions before each pooling and three after the last; a flat one
/// has as many in all as its name says. `STRUCTURE_TRY`, an object of keys by name, adds more.
pub fn models() -> Vec<(String, Value)> {
    let no_losses = json!({"link_weight": 0, "entropy_weight": 0});
    let models = vec![
        ("flat, 3 layers", json!({"clusters": []})),
        ("flat, 6 layers", json!({"clusters": [], "embed_layers": 6})),
        ("random", with(json!({"assignment": "random"}), &no_losses)),
        ("graclus", with(json!({"assignment": "graclus"}), &no_losses)),
        ("no losses", no_losses.clone()),
        ("default", json!({})),
        ("tuned", json!({"preset": "tuned"})),
        ("paper", json!({"preset": "paper"})),
        ("link, relative", json!({"link_normalizer": "adjacency", "entropy_weight": 0})),
        ("mincut", json!({"preset": "mincut"})),
        ("dmon", json!({"preset": "dmon"})),
        ("just_balance", json!({"preset": "just_balance"})),
    ];
    let tried = std::env::var("STRUCTURE_TRY").map_or_else(
        |_| serde_json::Map::new(),
        |text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("STRUCTURE_TRY: {error}")),
    );
    models.into_iter().map(|(name, keys)| (name.to_owned(), keys)).chain(tried).collect()
}

fn with(mut keys: Value, more: &Value) -> Value {
    let keys_of = keys.as_object_mut().expect("keys are an object");
    keys_of.extend(more.as_object().expect("keys are an object").clone());
    keys
}
