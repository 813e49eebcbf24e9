//! Whether probabilities mean what they say, as the model is and with a temperature.

use diffpool::train::{BINS, CalibrationBin, Evaluation};
use maud::{Markup, html};

use super::chart::round;
use super::square::Square;
use super::words::{number, percent, section, table};

/// A calibrated model on the same graphs.
pub struct Calibrated {
    /// What the logits are divided by.
    pub temperature: f64,
    /// The evaluation with it.
    pub evaluation: Evaluation,
}

/// The section of the calibration; `after` is a calibrated model, or why there is none. Nothing where the task has no
/// probabilities.
pub fn calibration(before: &Evaluation, part: &str, after: &Result<Calibrated, String>) -> Markup {
    let (Some(bins), Some(error)) = (&before.calibration, before.calibration_error) else { return html! {} };
    section(
        "calibration",
        "Calibration",
        html! {
            p.soft {
                "How often a prediction is right, by the probability that the model gives it, on the " (part)
                " graphs. Where probabilities mean what they say, bars end at the dotted line. The calibration error \
                 (ECE) is the mean distance from it."
            }
            div.columns {
                (panel("As the model is", &format!("ECE {}", number(error)), bins))
                @match after {
                    Ok(Calibrated { temperature, evaluation }) => {
                        @if let (Some(bins), Some(error)) = (&evaluation.calibration, evaluation.calibration_error) {
                            @let facts = format!("ECE {}, logits divided by {temperature:.4}", number(error));
                            (panel("With a temperature", &facts, bins))
                        }
                    }
                    Err(why) => div.panel { h3 { "With a temperature" } p.empty { "Not computed: " (why) "." } },
                }
            }
            @if after.is_ok() {
                p.soft {
                    "The temperature fits the validation graphs best"
                    @if part == "validation" { ", which are these very graphs" }
                    ". The model in the file is as on the left; \
                     " code { "diffpool_predictor_calibrate" } " (" code { "Predictor::calibrate" } " in Rust) makes \
                     one as on the right, which predicts the same."
                }
            }
        },
    )
}

fn panel(title: &str, facts: &str, bins: &[CalibrationBin; BINS]) -> Markup {
    let square = Square::new((0.0, 1.0));
    let all: usize = bins.iter().map(|bin| bin.targets).sum();
    let place = |at: usize| square.x.place(at as f64 / BINS as f64);
    let bars = html! {
        @for (at, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.targets > 0) {
            @let top = square.y.place(bin.right as f64 / bin.targets as f64);
            rect.bar x=(round(place(at) + 1.0)) y=(round(top)) width=(round(place(1) - place(0) - 2.0))
                height=(round(square.y.start - top)) {}
        }
    };
    let edge = |at: usize| format!("{:.3}", at as f64 / BINS as f64);
    let row = |(at, bin): (usize, &CalibrationBin)| {
        vec![
            format!("{} to {}", edge(at), edge(at + 1)),
            bin.targets.to_string(),
            percent(bin.targets, all),
            number(bin.confidence / bin.targets as f64),
            number(bin.right as f64 / bin.targets as f64),
        ]
    };
    let filled = bins.iter().enumerate().filter(|(_, bin)| bin.targets > 0);
    let rows: Vec<Vec<String>> = filled.map(row).collect();
    let label = format!("{title}: share of right predictions by their probability; {facts}");
    html! {
        figure.panel {
            figcaption { h3 { (title) } p.soft { (facts) } }
            (square.picture(&label, ["probability of what is predicted", "share that is right"], bars))
            details {
                summary { "The numbers" }
                (table(&format!("Bins, {title}"), 1, &["probability", "count", "share", "mean", "right"], &rows))
            }
        }
    }
}
