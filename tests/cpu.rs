//! The same bits with every kernel, and `DIFFPOOL_CPU`: this file runs itself again with the variable set.
#![allow(missing_docs)]

mod common;

use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;

use common::graphs::{ATTRIBUTED, Kind, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset};
use common::models::{all, config, disturb, fit, model, small, train_batch};
use diffpool::config::{Conv, Readout};
use diffpool::model::{Model, Session};
use diffpool::ops::runtime::cpu::{Cpu, VARIABLE, cpu};
use diffpool::train::Trainer;
use serde_json::{Value, json};

/// A hash of the bits of many numbers, in one line.
fn digest(values: impl IntoIterator<Item = f32>) -> String {
    let hash = values
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, v| (hash ^ u64::from(v.to_bits())).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// Logits, gradient and predictions of a model in f32.
fn pass(kind: Kind, keys: &Value) -> String {
    let dataset = random_dataset(&[6, 9, 5, 40, 33, 1], kind, 1);
    // Wider than a tile of every kernel.
    let wide = json!({"embed_hidden": 37, "embed_output": 33, "assign_hidden": 19, "clusters": [17, 5]});
    let mut model: Model<f32> = model(&[&small(), &wide, keys], &dataset);
    disturb(&mut model, 1);
    let passed = train_batch(&model, &dataset, &all(&dataset), 2, 1);
    let mut session = Session::new(Arc::new(model)).unwrap();
    let mut predicted = Vec::new();
    for index in all(&dataset) {
        session.predict_graph(dataset.graph(index)).unwrap();
        predicted.extend_from_slice(session.probabilities().unwrap());
    }
    format!("logits {} gradient {} predictions {}", digest(passed.logits.concat()), digest(passed.gradient), {
        digest(predicted)
    })
}

/// Logits of a model that is not trained: training would enlarge differences that are those of rounding.
fn logits() -> Vec<f32> {
    let dataset = random_dataset(&[6, 9, 5, 40, 33, 1], WEIGHTED, 1);
    let mut model: Model<f32> = model(&[&small()], &dataset);
    disturb(&mut model, 1);
    train_batch(&model, &dataset, &all(&dataset), 2, 1).logits.concat()
}

/// Everything that is compared, one line each; the last one is numbers in full.
fn report() -> String {
    let mut out = String::new();
    for convolution in Conv::ALL.iter().map(|conv| conv.name()) {
        let keys = json!({"embed_conv": convolution, "assign_conv": convolution});
        if convolution != "gine" {
            let _ = writeln!(out, "{convolution}: {}", pass(WEIGHTED, &keys));
        }
    }
    for convolution in Conv::ALL.iter().filter(|conv| conv.reads_edges()).map(|conv| conv.name()) {
        let keys = json!({"embed_conv": convolution, "assign_conv": convolution, "edge_features": "attributes"});
        let _ = writeln!(out, "{convolution} with edges: {}", pass(ATTRIBUTED, &keys));
    }
    let _ = writeln!(out, "virtual node: {}", pass(WEIGHTED, &json!({"virtual_node": true})));
    for activation in ["leaky_relu", "elu", "tanh", "sigmoid", "silu", "gelu"] {
        let _ = writeln!(out, "{activation}: {}", pass(PLAIN, &json!({"activation": activation, "dropout": 0.2})));
    }
    for readout in Readout::ALL.iter().map(|readout| readout.name()) {
        let keys = json!({"readout": readout, "readout_levels": "pooled"});
        let _ = writeln!(out, "{readout}: {}", pass(PLAIN, &keys));
    }
    let _ = writeln!(out, "cross_entropy: {}", pass(PLAIN, &json!({"link_loss": "cross_entropy"})));
    let dataset = Arc::new(cycles_and_cliques(40, 2));
    let config = config(&[&small(), &json!({"learning_rate": 0.01})]);
    let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &all(&dataset), &[]).unwrap();
    fit(&mut trainer);
    let _ = writeln!(out, "trained: parameters {}", digest(trainer.model().unwrap().parameters().iter().copied()));
    let _ = writeln!(out, "logits: {:?}", logits());
    out
}

/// What a process prints that runs one test of this file with the variable set. A test that is emulated has to be
/// told what emulates it.
fn child(test: &str, value: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let emulator = std::env::var("DIFFPOOL_TEST_EMULATOR").unwrap_or_default();
    let mut words = emulator.split_whitespace().map(std::ffi::OsStr::new).chain([program.as_os_str()]);
    let output = Command::new(words.next().unwrap())
        .args(words)
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, value)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{value}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    let begin = text.find("<<").unwrap_or_else(|| panic!("{value}: {text}")) + 2;
    text[begin..text.rfind(">>").unwrap()].to_owned()
}

#[test]
#[ignore = "run by the other tests, with the variable set"]
fn print_report() {
    // SAFETY: the string lives as long as the program.
    let name = unsafe { std::ffi::CStr::from_ptr(diffpool::ffi::version::diffpool_cpu()) };
    assert_eq!(name.to_str(), Ok(cpu().name()));
    print!("<<{}\n{}>>", cpu().name(), report());
}

#[test]
#[ignore = "run by the other tests, with the variable set"]
fn print_refusals() {
    let dataset = Arc::new(random_dataset(&[6, 9, 5], PLAIN, 1));
    let untrained: Model<f32> = model(&[&small()], &dataset);
    let session = Session::new(Arc::new(untrained)).err().unwrap();
    let trainer = Trainer::<f32>::new(&config(&[&small()]).check().unwrap(), dataset, &[0, 1, 2], &[]).err().unwrap();
    assert_eq!(session, trainer);
    print!("<<{:?}: {session}>>", session.kind());
}

fn last_line(report: &str) -> Vec<f64> {
    let list = report.lines().last().unwrap().strip_prefix("logits: [").unwrap().trim_end_matches(']');
    list.split(", ").map(|v| v.parse().unwrap()).collect()
}

/// The bits are written down, so that a machine of another kind is held to them, too. With `matrixmultiply` they
/// depend on the processor, and are only near.
#[test]
fn every_kernel_gives_the_bits_written_down() {
    let portable = child("print_report", "portable");
    assert_eq!(portable.lines().next(), Some("portable"));
    let kernels: Vec<Cpu> = Cpu::available().filter(|&cpu| cpu != Cpu::Portable).collect();
    for cpu in &kernels {
        let found = child("print_report", cpu.name());
        let (name, bits) = found.split_once('\n').unwrap();
        assert_eq!(name, cpu.name());
        for (a, b) in last_line(bits).into_iter().zip(last_line(&portable)) {
            assert!((a - b).abs() < 1e-5 * a.abs().max(1.0), "{name}: {a}, portable: {b}");
        }
        insta::assert_snapshot!("bits_of_every_kernel", bits.rsplit_once("logits:").unwrap().0);
    }
    println!("compared: portable, {kernels:?}");
}

#[test]
fn a_wrong_variable_is_refused() {
    assert_eq!(
        child("print_refusals", "sse9"),
        "InvalidConfig: the environment variable DIFFPOOL_CPU is \"sse9\"; \
         it can be one of portable, neon, avx2, avx512"
    );
    for missing in Cpu::ALL.into_iter().filter(|cpu| !cpu.is_available()) {
        let message = child("print_refusals", missing.name());
        let begin = format!("Unsupported: the environment variable DIFFPOOL_CPU is {:?}, but", missing.name());
        assert!(message.starts_with(&begin), "{message}");
    }
}
