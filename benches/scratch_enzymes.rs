//! scratch
#![allow(missing_docs)]
use diffpool::model::Config;
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
fn main() {
    let threads: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1);
    let epochs: usize = std::env::args().filter_map(|a| a.parse().ok()).nth(1).unwrap_or(6);
    let t = Instant::now();
    let data = diffpool::data::tu::load("../shared/data/ENZYMES".as_ref(), &Default::default()).unwrap();
    println!("load {:?} graphs {} nodes {}", t.elapsed(), data.len(), data.total_nodes());
    let split: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("../shared/data/splits/ENZYMES.json").unwrap()).unwrap();
    let test: Vec<usize> = split[0]["test"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let train: Vec<usize> = (0..data.len()).filter(|i| !test.contains(i)).collect();
    let mut c = Config::preset("default").unwrap();
    for (k, v) in [
        ("clusters", json!([32, 8])),
        ("assign_final", json!("linear_activation")),
        ("readout", json!("mean")),
        ("readout_levels", json!("last")),
        ("head_hidden", json!([64])),
        ("entropy_weight", json!(1.0)),
        ("clip_norm", json!(0)),
        ("threads", json!(threads)),
        ("epochs", json!(epochs)),
        ("initialization", json!("fan_in_uniform")),
        ("chunks", json!(std::env::var("CHUNKS").ok().and_then(|c| c.parse::<usize>().ok()).unwrap_or(4))),
    ] {
        c.set(k, v).unwrap();
    }
    let data = Arc::new(data);
    let mut trainer = Trainer::<f32>::new(&c, data.clone(), &train, &[]).unwrap();
    println!("parameters {}", trainer.model().parameter_count());
    let mut on_epoch = |r: &diffpool::model::EpochRecord| {
        if r.epoch <= 8 || r.epoch % 10 == 0 {
            println!(
                "{} loss {:.4} class {:.4} link {:.4} ent {:.4} acc {:.3} {:.1} ms",
                r.epoch,
                r.loss,
                r.class_loss,
                r.link_loss,
                r.entropy_loss,
                r.accuracy,
                r.seconds * 1e3
            );
        }
        true
    };
    trainer.fit(&mut Callbacks { on_epoch: Some(&mut on_epoch), ..Default::default() }).unwrap();
    let model = trainer.model();
    for _ in 0..3 {
        let t = Instant::now();
        let e = evaluate(&model, &data, &train, threads).unwrap();
        println!("eval {:?} acc {}", t.elapsed(), e.accuracy);
    }
    let e = evaluate(&model, &data, &test, threads).unwrap();
    println!("test acc {}", e.accuracy);
    let mut s = diffpool::model::Session::new(Arc::new(model)).unwrap();
    for _ in 0..3 {
        let t = Instant::now();
        for &i in &train {
            s.predict_graph(data.graph(i)).unwrap();
        }
        println!("predict {:?} a graph", t.elapsed() / train.len() as u32);
    }
}
