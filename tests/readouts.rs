//! Readouts give what those of PyTorch Geometric give, with the gradients of its autograd.
//!
//! `tests/reference/readouts.py` wrote the numbers, in f64.
#![allow(missing_docs)]

use diffpool::config::Config;
use diffpool::layers::params::Layout;
use diffpool::layers::readout::{ReadoutLayer, ReadoutWorkspace};
use diffpool::ops::runtime::buffer::{Buffer, matrix, matrix_mut};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("{what:<32} {worst:.1e}");
    assert!(worst <= 1e-12, "{what} differs by {worst:e}");
}

#[test]
fn as_in_pytorch_geometric() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/readouts.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let sizes: Vec<usize> = numbers(&all["sizes"]).iter().map(|&v| v as usize).collect();
    let offsets: Vec<usize> = (0..=sizes.len()).map(|g| sizes[..g].iter().sum()).collect();
    let (n, d, b) = (offsets[sizes.len()], all["columns"].as_u64().unwrap() as usize, sizes.len());
    for case in all["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let key = |key: &str| case["keys"][key].as_u64().unwrap_or(1) as usize;
        let config = Config {
            readout: serde_json::from_value(case["name"].clone()).unwrap(),
            set2set_steps: key("set2set_steps"),
            sort_pool_nodes: key("sort_pool_nodes"),
            ..Config::default()
        };
        let mut layout = Layout::default();
        let layer = ReadoutLayer::new(&config, "readout", d, false, 0, &mut layout);
        let (mut parameters, mut dparameters) = (vec![0.0; layout.len()], vec![0.0; layout.len()]);
        let stored = |name: &str, kind: &str| numbers(&case["parameters"][&name["readout.".len()..]][kind]);
        for spec in layout.specs() {
            spec.slot.of_mut(&mut parameters).copy_from_slice(&stored(&spec.name, "value"));
        }
        let z = numbers(&case["z"]);
        let (mut work, mut out) = (ReadoutWorkspace::default(), Buffer::new());
        layer.reserve(b, n, true, &mut work).unwrap();
        out.reshape(b, layer.output_columns()).unwrap();
        layer.forward(&parameters, &offsets, 0, matrix(&z, n, d), &mut work, &mut out.view_mut());
        close(out.slice(), &numbers(&case["out"]), name);
        out.slice_mut().copy_from_slice(&numbers(&case["weights"]));
        let mut dz = vec![0.0; z.len()];
        let mut dnodes = matrix_mut(&mut dz, n, d);
        layer.backward(&parameters, &offsets, matrix(&z, n, d), &mut work, &out, &mut dnodes, &mut dparameters);
        close(&dz, &numbers(&case["gradient"]), &format!("{name}, gradient of the nodes"));
        for spec in layout.specs() {
            close(spec.slot.of(&dparameters), &stored(&spec.name, "gradient"), &format!("{name}, {}", spec.name));
        }
    }
}
