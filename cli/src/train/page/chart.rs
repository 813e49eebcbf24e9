//! Plots as SVG within the page: the colours are those of its style sheet, so that they follow a light or dark theme,
//! which drawing libraries do not do; all it takes is lines and text.

use maud::{Markup, html};

use crate::scale::{Scale, limits, rounded};

/// Width and height of a plot.
const SIZE: (f64, f64) = (400.0, 208.0);
/// Left and right end of the curves.
const ACROSS: (f64, f64) = (52.0, 384.0);
/// Upper and lower end of the curves.
const DOWN: (f64, f64) = (12.0, 166.0);
/// Epochs of a line, about; a picture shows no more.
const POINTS: usize = 600;

/// A line of a plot, and how it looks.
pub struct Line {
    /// Class of the style sheet: `t` is dashed, `v` is not.
    pub class: &'static str,
    /// A number an epoch, from the first on; there is a gap where one is not finite.
    pub values: Vec<f64>,
}

/// Numbers by epoch.
pub struct Chart<'a> {
    /// What is plotted, for readers who do not see it.
    pub label: &'a str,
    pub lines: Vec<Line>,
    /// Epoch that is marked as the best, from 1.
    pub best: Option<usize>,
    /// Epochs that something is to be said of, from 1.
    pub warned: Vec<usize>,
}

impl Chart<'_> {
    /// Whether there is any number.
    pub fn is_empty(&self) -> bool {
        !self.lines.iter().flat_map(|line| &line.values).any(|value| value.is_finite())
    }

    /// The plot.
    pub fn picture(&self) -> Markup {
        let epochs = self.lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
        let (from, to, (step, decimals)) = rounded(self.span());
        let x = Scale { from: 1.0, to: epochs.max(2) as f64, start: ACROSS.0, end: ACROSS.1 };
        let y = Scale { from, to, start: DOWN.1, end: DOWN.0 };
        let ticks = (0..=((to - from) / step).round() as usize).map(|number| from + number as f64 * step);
        let middle = f64::midpoint(ACROSS.0, ACROSS.1);
        html! {
            svg.plot viewBox=(format!("0 0 {} {}", SIZE.0, SIZE.1)) role="img" aria-label=(self.label) {
                @for tick in ticks {
                    (rule(y.place(tick), &number(tick, decimals)))
                }
                @for epoch in whole_ticks(&x, epochs) {
                    path.axis d=(format!("M{:.1} {}v4", x.place(epoch), DOWN.1)) {}
                    text.middle x=(round(x.place(epoch))) y=(DOWN.1 + 18.0) { (epoch) }
                }
                path.axis d=(format!("M{} {}H{}", ACROSS.0, DOWN.1, ACROSS.1)) {}
                text.middle x=(middle) y=(DOWN.1 + 36.0) { "epoch" }
                @if let Some(best) = self.best.filter(|best| *best <= epochs) {
                    path.best d=(format!("M{:.1} {}V{}", x.place(best as f64), DOWN.0, DOWN.1)) {}
                }
                @for line in &self.lines {
                    (drawn(line, &x, &y))
                }
                @for &epoch in self.warned.iter().filter(|epoch| **epoch <= epochs) {
                    path.warned d=(format!("M{:.1} {}l6 10h-12z", x.place(epoch as f64), DOWN.0 - 8.0)) {}
                }
            }
        }
    }

    /// What the scale of the numbers shows.
    fn span(&self) -> (f64, f64) {
        let values: Vec<f64> =
            self.lines.iter().flat_map(|line| &line.values).copied().filter(|value| value.is_finite()).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        widened(limits(low, values))
    }
}

/// A scale from 0 where all numbers are the same, as step sizes can be.
pub fn widened((low, high): (f64, f64)) -> (f64, f64) {
    match high - low > 1e-9 * high.abs() {
        true => (low, high),
        false if high == 0.0 => (0.0, 1.0),
        false => (low.min(0.0).min(2.0 * low), high.max(0.0).max(2.0 * high)),
    }
}

/// A line across the plot, and its number before it.
fn rule(y: f64, label: &str) -> Markup {
    html! {
        path.grid d=(format!("M{} {y:.1}H{}", ACROSS.0, ACROSS.1)) {}
        text.end x=(ACROSS.0 - 7.0) y=(round(y + 4.0)) { (label) }
    }
}

/// The epochs that are written below the axis: the first is 1, and none would hide the next.
fn whole_ticks(x: &Scale, epochs: usize) -> Vec<f64> {
    let mut ticks = x.ticks(5).0;
    ticks.retain(|tick| tick.fract() == 0.0 && *tick <= epochs as f64 && x.place(*tick) - x.start > 30.0);
    ticks.insert(0, 1.0);
    ticks
}

/// A line where there are numbers, and a dot where one is alone.
fn drawn(line: &Line, x: &Scale, y: &Scale) -> Markup {
    let step = line.values.len() / POINTS + 1;
    let last = line.values.len().saturating_sub(1);
    let shown = line.values.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
    let (mut path, mut dots) = (String::new(), Vec::new());
    let mut run: Vec<String> = Vec::new();
    for value in shown.map(|(at, value)| Some((at, *value)).filter(|(_, value)| value.is_finite())).chain([None]) {
        if let Some((at, value)) = value {
            // What is far beyond the picture would be a long number.
            let value = value.clamp(y.from - 0.02 * (y.to - y.from), y.to + 0.02 * (y.to - y.from));
            run.push(format!("{:.1} {:.1}", x.place(1.0 + at as f64), y.place(value)));
            continue;
        }
        match run.as_slice() {
            [] => {}
            [one] => dots.extend(one.split_once(' ').map(|(x, y)| (x.to_string(), y.to_string()))),
            more => path.push_str(&format!("M{}", more.join("L"))),
        }
        run.clear();
    }
    html! {
        @if !path.is_empty() { path class=(format!("line {}", line.class)) d=(path) {} }
        @for (x, y) in dots { circle class=(format!("dot {}", line.class)) cx=(x) cy=(y) r="3" {} }
    }
}

/// A number beside an axis.
pub fn number(value: f64, decimals: usize) -> String {
    match value {
        0.0 => "0".to_string(),
        value if decimals > 4 || value.abs() >= 1e5 => format!("{value:.1e}").replace(".0e", "e"),
        value => format!("{value:.decimals$}"),
    }
}

/// To tenths.
pub fn round(value: f64) -> f64 {
    (10.0 * value).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[f64]) -> Chart<'static> {
        let lines = vec![Line { class: "t", values: values.to_vec() }];
        Chart { label: "loss", lines, best: Some(2), warned: vec![3] }
    }

    #[test]
    fn gaps_are_gaps_and_single_epochs_are_dots() {
        let picture = chart(&[1.0, 2.0, f64::NAN, 4.0, f64::INFINITY]).picture().into_string();
        assert_eq!(picture.matches("class=\"line t\"").count(), 1, "{picture}");
        assert_eq!(picture.matches("<circle").count(), 1, "{picture}");
        assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
        assert!(picture.contains("class=\"best\"") && picture.contains("class=\"warned\""), "{picture}");
        assert!(!chart(&[1.0]).picture().into_string().contains(">2</text>"), "an epoch that was not");
        assert!(chart(&[f64::NAN]).is_empty() && chart(&[]).is_empty() && !chart(&[0.0]).is_empty());
    }

    #[test]
    fn a_long_run_is_thinned_and_keeps_its_end() {
        let values: Vec<f64> = (0..9001).map(f64::from).collect();
        let picture = chart(&values).picture().into_string();
        assert!(picture.len() < 15_000 && picture.contains("384.0 "), "{}", picture.len());
    }

    #[test]
    fn what_is_the_same_everywhere_has_a_scale() {
        assert_eq!([0.002, 0.0, -3.0].map(|v| widened((v, v))), [(0.0, 0.004), (0.0, 1.0), (-6.0, 0.0)]);
        assert_eq!(widened((1.0, 2.0)), (1.0, 2.0));
        let shown = [(0.00002, 5), (0.5, 1), (0.0, 3), (150_000.0, 0), (-2.0, 0)].map(|(v, d)| number(v, d));
        assert_eq!(shown, ["2e-5", "0.5", "0", "1.5e5", "-2"]);
    }
}
