//! A run that goes on with other graphs: it keeps what the optimiser knows, and refuses a state that does not fit.

mod common;

use std::sync::Arc;

use common::graphs::cycles_and_cliques;
use common::models::{config, fit, small};
use diffpool::error::Result;
use diffpool::graph::Dataset;
use diffpool::train::{Trainer, continuation};
use serde_json::{Value, json};

/// Training in which an epoch depends on nothing but the state before it.
fn still(epochs: usize) -> Value {
    json!({"epochs": epochs, "patience": 0, "dropout": 0.0, "head_dropout": 0.0, "shuffle": false,
        "checkpoint_every": 0})
}

fn new(keys: &[&Value], data: &Arc<Dataset>, train: &[usize], validation: &[usize]) -> Trainer<f32> {
    Trainer::new(&config(keys).check().unwrap(), data.clone(), train, validation).unwrap()
}

fn continued(
    from: &Trainer<f32>,
    keys: &[&Value],
    data: &Arc<Dataset>,
    (train, validation): (&[usize], &[usize]),
) -> Result<Trainer<f32>> {
    let state = continuation(from.state().clone(), &config(keys).check()?, data, train, validation)?;
    Trainer::resume(state, data.clone(), train, validation)
}

#[test]
fn the_optimiser_goes_on_where_it_was() {
    let data = Arc::new(cycles_and_cliques(30, 1));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..24).collect(), (24..30).collect());
    for keys in [json!({}), json!({"ema_decay": 0.9}), json!({"optimizer": "adamw", "weight_decay": 0.01})] {
        let run = |epochs: usize| new(&[&small(), &still(epochs), &keys], &data, &train, &validation);
        let (mut two, mut three) = (run(2), run(3));
        fit(&mut two);
        fit(&mut three);
        // An epoch more on the same graphs is the third.
        let one = [&small(), &still(1), &keys];
        let mut kept = continued(&two, &one, &data, (&train, &validation)).unwrap();
        assert_eq!((kept.state().epoch, kept.history().len(), kept.state().best.is_none()), (0, 0, true));
        fit(&mut kept);
        assert_eq!(kept.state().model.parameters(), three.state().model.parameters(), "{keys}");
        assert_eq!(kept.state().second_moment, three.state().second_moment, "{keys}");
        assert_eq!(kept.state().average, three.state().average, "{keys}");
        assert_eq!(kept.history()[0].class_loss, three.history()[2].class_loss, "{keys}");
        // A fresh optimiser takes another step.
        let model = two.state().model.clone().with_config(&config(&one).check().unwrap()).unwrap();
        let mut fresh = Trainer::from_model(model, data.clone(), &train, &validation).unwrap();
        fit(&mut fresh);
        assert_ne!(fresh.state().model.parameters(), three.state().model.parameters(), "{keys}");
    }
}

#[test]
fn other_graphs_are_taken_and_what_does_not_fit_is_refused() {
    let data = Arc::new(cycles_and_cliques(30, 1));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..24).collect(), (24..30).collect());
    let mut first = new(&[&small(), &still(2)], &data, &train, &validation);
    fit(&mut first);
    let other = Arc::new(cycles_and_cliques(12, 7));
    let all: Vec<usize> = (0..12).collect();
    let mut kept = continued(&first, &[&small(), &still(2)], &other, (&all, &[])).unwrap();
    fit(&mut kept);
    assert_eq!((kept.history().len(), kept.state().step), (2, first.state().step + 2 * kept_steps(&kept)));
    let cases = [
        (json!({"optimizer": "adamw"}), "optimizer is \"adamw\", but the state to go on with is that of \"adam\""),
        (json!({"ema_decay": 0.5}), "the training state lacks averaged weights, but ema_decay is 0.5"),
        (json!({"patience": 3}), "patience is 3, but there are no validation graphs"),
    ];
    for (keys, message) in cases {
        let refused = continued(&first, &[&small(), &still(2), &keys], &other, (&all, &[])).err().unwrap();
        assert_eq!(refused.message(), message);
    }
    let wider = json!({"embed_hidden": 64});
    assert!(continued(&first, &[&small(), &still(2), &wider], &other, (&all, &[])).is_err());
    let outside = continued(&first, &[&small(), &still(2)], &other, (&[0, 12], &[])).err().unwrap();
    assert_eq!(outside.message(), "index 1 is 12, but the data set has 12 graphs");
}

/// Steps of the optimiser in an epoch over 12 graphs.
fn kept_steps(trainer: &Trainer<f32>) -> u64 {
    12_usize.div_ceil(trainer.state().model.config().batch_size) as u64
}
