//! Rust predicts what the other languages predict, to the last bit.
//!
//! `scripts/check_same_bits.sh` runs this with the lines that the C++ program printed. By itself `cargo test` has none,
//! and only what needs no file is tested.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use diffpool::checkpoint::model_file;
use diffpool::config::Config;
use diffpool::data::synthetic::{self, SyntheticKind};
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};

/// A value as `printf` writes it with `%a`: all its bits.
fn hex_float(value: f32) -> String {
    let bits = f64::from(value).to_bits();
    let sign = if bits >> 63 == 1 { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0p+0");
    }
    assert!(value.is_finite(), "{value} is no prediction");
    // Every finite f32 but 0 is a normal f64, so there is always a leading one.
    let exponent = (bits >> 52 & 0x7ff) as i64 - 1023;
    let digits = format!("{:013x}", bits & 0x000f_ffff_ffff_ffff);
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x1{point}{digits}p{exponent:+}")
}

#[test]
fn floats_are_written_as_in_c() {
    let cases = [
        (0.0, "0x0p+0"),
        (-0.0, "-0x0p+0"),
        (1.0, "0x1p+0"),
        (-0.5, "-0x1p-1"),
        (0.1, "0x1.99999ap-4"),
        (3e10, "0x1.bf08ecp+34"),
        (1e-38, "0x1.b38fb8p-127"),
        (1e-45, "0x1p-149"),
        (f32::MAX, "0x1.fffffep+127"),
    ];
    for (value, expected) in cases {
        assert_eq!(hex_float(value), expected);
    }
}

/// A line a graph: its number, the class, and the logits.
fn lines(model: Model<f32>, dataset: &Dataset) -> String {
    let mut session = Session::new(Arc::new(model)).unwrap();
    let mut text = String::new();
    for index in 0..dataset.len() {
        session.predict_graph(dataset.graph(index)).unwrap();
        write!(text, "{index} {}", session.class().unwrap()).unwrap();
        for &logit in session.logits().unwrap() {
            write!(text, " {}", hex_float(logit)).unwrap();
        }
        text.push('\n');
    }
    text
}

/// The graphs of `kind:graphs:seed`.
fn synthetic_dataset(text: &str) -> Dataset {
    let parts: Vec<_> = text.split(':').collect();
    let [kind, graphs, seed] = parts[..] else { panic!("{text} is not kind:graphs:seed") };
    let kind = SyntheticKind::from_name(kind).unwrap();
    synthetic::generate(kind, graphs.parse().unwrap(), seed.parse().unwrap()).unwrap()
}

/// With `DIFFPOOL_EXPECTED`, compares with that file what the model in `DIFFPOOL_MODEL` says of `DIFFPOOL_SYNTHETIC`.
#[test]
fn other_languages_print_the_same_bits() {
    let Ok(expected) = std::env::var("DIFFPOOL_EXPECTED") else { return };
    let model = model_file::load(Path::new(&std::env::var("DIFFPOOL_MODEL").unwrap())).unwrap();
    let dataset = synthetic_dataset(&std::env::var("DIFFPOOL_SYNTHETIC").unwrap());
    let expected = std::fs::read_to_string(expected).unwrap();
    for (number, (found, expected)) in lines(model, &dataset).lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "graph {number}");
    }
    assert_eq!(expected.lines().count(), dataset.len());
}

#[test]
fn a_file_keeps_every_bit() {
    let dataset = synthetic_dataset("ba:10:3");
    let train: Vec<_> = (0..dataset.len()).collect();
    let model = Model::new(&Config::default().check().unwrap(), &dataset, &train).unwrap();
    let loaded = model_file::from_bytes(&model_file::to_bytes(&model).unwrap()).unwrap();
    assert_eq!(lines(model, &dataset), lines(loaded, &dataset));
}
