//! The tables of `docs/structure.md`.

use std::fmt::Write as _;
use std::fs::{read_to_string, write as write_file};
use std::path::Path;

use crate::models::models;
use crate::run::Run;

/// Between these lines of the page stands what is written here.
const MARKS: [&str; 2] = ["<!-- tables: begin -->", "<!-- tables: end -->"];

/// One table a set: what every model did, mean and deviation over the seeds.
pub fn tables(runs: &[Run], sets: &[&str]) -> String {
    let mut out = String::new();
    for set in sets {
        let rows: Vec<String> = models().into_iter().filter_map(|(model, _)| row(runs, set, &model)).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = write!(
            out,
            "\n### `{set}`\n\n| model | ARI | NMI | clusters in use | train | test | seeds | seconds a run |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|\n{}\n",
            rows.join("\n")
        );
    }
    out
}

fn row(runs: &[Run], set: &str, model: &str) -> Option<String> {
    let own: Vec<&Run> = runs.iter().filter(|run| run.set == set && run.model == model).collect();
    let first = own.first()?;
    let of = |f: &dyn Fn(&Run) -> f64| own.iter().map(|run| f(run)).collect::<Vec<f64>>();
    let share = |f: fn(&Run) -> Option<f64>| match f(first) {
        Some(_) => spread(&of(&|run| f(run).unwrap_or(f64::NAN)), 2),
        None => "-".to_owned(),
    };
    let in_use: Vec<String> =
        (0..first.in_use.len()).map(|level| format!("{:.1}", mean(&of(&|run| run.in_use[level])))).collect();
    Some(format!(
        "| {model} | {} | {} | {} | {:.1} | {} | {} | {:.0} |",
        share(|run| run.ari),
        share(|run| run.nmi),
        if in_use.is_empty() { "-".to_owned() } else { in_use.join(", ") },
        mean(&of(&|run| run.train)),
        spread(&of(&|run| run.test), 1),
        own.len(),
        mean(&of(&|run| run.seconds)),
    ))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean and deviation (of the population).
fn spread(values: &[f64], digits: usize) -> String {
    let center = mean(values);
    let deviation = mean(&values.iter().map(|v| (v - center).powi(2)).collect::<Vec<_>>()).sqrt();
    format!("{center:.digits$} ± {deviation:.digits$}")
}

/// Puts the tables into the page.
pub fn write(page: &Path, tables: &str) {
    let text = read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let places = MARKS.map(|mark| text.find(mark).unwrap_or_else(|| panic!("{} lacks {mark}", page.display())));
    let begin = places[0] + MARKS[0].len();
    write_file(page, format!("{}\n{tables}\n{}", &text[..begin], &text[places[1]..])).unwrap();
}
