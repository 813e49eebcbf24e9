//! Learning curves as an SVG picture. It is written by hand because all it takes is lines and text, and because colours
//! that follow the reader's light or dark theme are a style sheet that drawing libraries do not write.

use std::fmt::Write;

use super::curves::{Learning, Series};
use crate::scale::{self, Scale, rounded};
use crate::text::in_markup;

const WIDTH: f64 = 872.0;
/// Left and right end of the two panels.
const PANELS: [(f64, f64); 2] = [(58.0, 418.0), (490.0, 850.0)];
/// Upper and lower end of the curves.
const CURVES: (f64, f64) = (82.0, 300.0);
/// Upper and lower end of the strip that shows how many runs go on, where not all do.
const STRIP: (f64, f64) = (352.0, 380.0);
/// Points of a line; a picture shows no more.
const POINTS: usize = 140;

/// Okabe and Ito's colours, which colour-blind readers tell apart; lines differ in their dashes, too.
const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.h{font-size:15px;font-weight:600}.s{fill:#59636e}.e{text-anchor:end}.m{text-anchor:middle}
.p{fill:#fff}.g{stroke:#d1d9e0}.a{stroke:#59636e}.r{fill:#59636e;fill-opacity:.25}
.k{stroke:#59636e;stroke-dasharray:2 3}.b{stroke:#59636e;stroke-opacity:.7}
.l{fill:none;stroke-width:2;stroke-linejoin:round}.t{stroke:#0072b2;stroke-dasharray:6 3}.v{stroke:#d55e00}
.tb{fill:#0072b2;fill-opacity:.18}.vb{fill:#d55e00;fill-opacity:.18}.d{fill:#d55e00;stroke:#fff;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.s{fill:#9198a1}.p{fill:#0d1117}.g{stroke:#3d444d}
.a,.k,.b{stroke:#9198a1}.r{fill:#9198a1}.t{stroke:#56b4e9}.v{stroke:#e69f00}.tb{fill:#56b4e9}.vb{fill:#e69f00}
.d{fill:#e69f00;stroke:#0d1117}}";

/// The picture, with a title such as "DiffPool on ENZYMES, fair".
pub fn picture(title: &str, learning: &Learning) -> String {
    let uneven = learning.last() < learning.runs();
    let height = if uneven { STRIP.1 + 12.0 } else { 344.0 };
    let accuracy = Panel::new(0, "accuracy (%)", learning, &learning.accuracy, Some((0.0, 100.0)));
    let loss = Panel::new(1, "loss", learning, &learning.loss, None);
    let (title, description) = (in_markup(title), in_markup(&description(learning, loss.cut)));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{title}</title>\n\
         <desc id=\"desc\">{description}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"p\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"h\" x=\"58\" y=\"24\">{title}</text>\n"
    );
    legend(&mut svg, learning);
    for panel in [&accuracy, &loss] {
        panel.draw(&mut svg);
        if uneven {
            panel.strip(&mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What the picture shows, for readers who do not see it.
fn description(learning: &Learning, cut: bool) -> String {
    let (runs, last, epochs) = (learning.runs(), learning.last(), learning.running.len());
    let at = |series: &Series, epoch: usize| series.get(epoch - 1).map_or(0.0, |point| point.0);
    let mut text =
        format!("Mean and deviation over {runs} runs of training and validation accuracy and loss, by epoch.");
    if let Some(best) = learning.median_best() {
        let shown = best.min(epochs);
        let [train, validation] = [&learning.accuracy[0], &learning.accuracy[1]].map(|series| at(series, shown));
        let what =
            if learning.best.len() > 1 { "Half of the runs have their best epoch by" } else { "The best epoch is" };
        let _ = write!(text, " {what} {best}; at epoch {shown} the mean training accuracy is {train:.1} %");
        let _ = write!(text, " and the mean validation accuracy {validation:.1} %.");
    }
    if last < runs {
        let _ = write!(
            text,
            " {last} of {runs} runs go on to epoch {epochs}, where the curves end; each mean is over those"
        );
        text.push_str(" that go on.");
    }
    if cut {
        text.push_str(" A few losses are beyond the picture.");
    }
    text
}

fn legend(svg: &mut String, learning: &Learning) {
    let y = 46.0;
    let entries = [("t", "training", 58.0), ("v", "validation", 160.0)];
    for (class, name, x) in entries {
        let (top, right, text) = (y - 9.0, x + 28.0, x + 34.0);
        let _ = writeln!(svg, "<rect class=\"{class}b\" x=\"{x}\" y=\"{top}\" width=\"28\" height=\"10\"/>");
        let middle = y - 4.0;
        let _ = writeln!(svg, "<path class=\"l {class}\" d=\"M{x} {middle}H{right}\"/>");
        let _ = writeln!(svg, "<text x=\"{text}\" y=\"{y}\">{name}</text>");
    }
    let (runs, last) = (learning.runs(), learning.last());
    let mut text = if runs == 1 { "one run".to_string() } else { format!("mean ± deviation of {runs} runs") };
    if last < runs {
        let _ = write!(text, "; {last} of them go on to the end of the curves");
    }
    let _ = writeln!(svg, "<text class=\"s\" x=\"270\" y=\"{y}\">{text}</text>");
    let Some(best) = learning.median_best() else { return };
    let text = match learning.best.len() {
        1 => format!("best epoch: {best}"),
        _ => format!("best epoch: {best} (median); short lines: best epoch of each run"),
    };
    let _ = writeln!(svg, "<path class=\"k\" d=\"M72 54V68\"/>");
    let _ = writeln!(svg, "<text class=\"s\" x=\"92\" y=\"65\">{text}</text>");
}

/// One of the two pictures side by side.
struct Panel<'a> {
    name: &'static str,
    learning: &'a Learning,
    series: &'a [Series; 2],
    x: Scale,
    y: Scale,
    /// What is between two ticks of `y`, and its decimals.
    step: (f64, usize),
    /// Whether some values are beyond the scale.
    cut: bool,
    clip: usize,
}

impl<'a> Panel<'a> {
    fn new(
        place: usize,
        name: &'static str,
        learning: &'a Learning,
        series: &'a [Series; 2],
        within: Option<(f64, f64)>,
    ) -> Self {
        let (left, right) = PANELS[place];
        let (lowest, highest) = limits(series);
        let clamped = within.map_or((lowest, highest), |(low, high)| (lowest.max(low), highest.min(high)));
        let (from, to, step) = rounded(clamped);
        let epochs = learning.running.len().max(2) as f64;
        let cut = series.iter().flatten().any(|&(mean, _)| mean > to);
        let x = Scale { from: 1.0, to: epochs, start: left, end: right };
        let y = Scale { from, to, start: CURVES.1, end: CURVES.0 };
        Self { name, learning, series, x, y, step, cut, clip: place }
    }

    fn draw(&self, svg: &mut String) {
        let Self { name, x, y, clip, .. } = self;
        let ((top, bottom), (left, right)) = (CURVES, (x.start, x.end));
        let (width, height) = (right - left, bottom - top);
        let rect = format!("<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>");
        let _ = writeln!(svg, "<clipPath id=\"c{clip}\">{rect}</clipPath>");
        let (step, decimals) = self.step;
        let ticks = ((y.to - y.from) / step).round() as usize;
        for tick in (0..=ticks).map(|number| y.from + number as f64 * step) {
            let (place, before) = (y.place(tick), left - 7.0);
            let _ = writeln!(svg, "<path class=\"g\" d=\"M{left} {place:.1}H{right}\"/>");
            let _ =
                writeln!(svg, "<text class=\"s e\" x=\"{before}\" y=\"{:.1}\">{tick:.decimals$}</text>", place + 4.0);
        }
        for tick in self.epochs() {
            let place = x.place(tick);
            let _ = writeln!(svg, "<path class=\"a\" d=\"M{place:.1} {bottom}v4\"/>");
            let _ = writeln!(svg, "<text class=\"s m\" x=\"{place:.1}\" y=\"{}\">{tick}</text>", bottom + 17.0);
        }
        let _ = writeln!(svg, "<path class=\"a\" d=\"M{left} {bottom}H{right}\"/>");
        let (middle, across) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let _ = writeln!(svg, "<text class=\"m\" x=\"{middle}\" y=\"{}\">epoch</text>", bottom + 34.0);
        let beside = left - 42.0;
        let turned = format!("rotate(-90 {beside} {across})");
        let _ = writeln!(svg, "<text class=\"m\" x=\"{beside}\" y=\"{across}\" transform=\"{turned}\">{name}</text>");
        let _ = writeln!(svg, "<g clip-path=\"url(#c{clip})\">");
        let points = points(self.learning.running.len(), self.learning.median_best());
        for (class, series) in ["t", "v"].into_iter().zip(self.series) {
            let _ = writeln!(svg, "<path class=\"{class}b\" d=\"{}\"/>", self.band(series, &points));
        }
        for (class, series) in ["t", "v"].into_iter().zip(self.series) {
            let line = points.iter().map(|&epoch| (epoch, series[epoch].0));
            let _ = writeln!(svg, "<path class=\"l {class}\" d=\"M{}\"/>", self.path(line));
        }
        svg.push_str("</g>\n");
        self.best(svg);
    }

    /// The epochs that are written below the axis; the first is 1, and none would hide the next.
    fn epochs(&self) -> Vec<f64> {
        let (mut ticks, _) = self.x.ticks(6);
        ticks.retain(|tick| tick.fract() == 0.0 && *tick >= 1.0);
        let crowded = |tick: &f64| self.x.place(*tick) - self.x.start < 24.0;
        ticks.retain(|tick| *tick == 1.0 || !crowded(tick));
        if ticks.first() != Some(&1.0) {
            ticks.insert(0, 1.0);
        }
        ticks
    }

    /// Marks the best epoch, and those of the runs.
    fn best(&self, svg: &mut String) {
        let (top, bottom) = CURVES;
        let epochs = self.learning.running.len();
        let Some(best) = self.learning.median_best().filter(|best| *best <= epochs) else { return };
        let x = self.x.place(best as f64);
        let _ = writeln!(svg, "<path class=\"k\" d=\"M{x:.1} {top}V{bottom}\"/>");
        if self.learning.best.len() > 1 {
            let shown = self.learning.best.iter().filter(|best| **best <= epochs);
            let lines: String = shown.map(|best| format!("M{:.1} {bottom}v-7", self.x.place(*best as f64))).collect();
            let _ = writeln!(svg, "<path class=\"b\" d=\"{lines}\"/>");
        }
        let mean = self.series[1][best - 1].0;
        if mean >= self.y.from && mean <= self.y.to {
            let y = self.y.place(mean);
            let _ = writeln!(svg, "<circle class=\"d\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>");
        }
    }

    /// How many runs have each epoch.
    fn strip(&self, svg: &mut String) {
        let Self { learning, x, .. } = self;
        let (runs, (top, bottom)) = (learning.runs(), STRIP);
        let y = Scale { from: 0.0, to: runs as f64, start: bottom, end: top };
        let mut path = format!("M{:.1} {bottom}V{:.1}", x.start, y.place(runs as f64));
        let mut before = runs;
        for (epoch, &running) in learning.running.iter().enumerate() {
            if running != before {
                // Halfway between the last epoch of some and the next of the others.
                let _ = write!(path, "H{:.1}V{:.1}", x.place(0.5 + epoch as f64), y.place(running as f64));
                before = running;
            }
        }
        let _ = writeln!(svg, "<path class=\"r\" d=\"{path}H{:.1}V{bottom}Z\"/>", x.end);
        let _ = writeln!(svg, "<path class=\"a\" d=\"M{} {bottom}H{}\"/>", x.start, x.end);
        let (before, middle) = (x.start - 7.0, f64::midpoint(top, bottom));
        let _ = writeln!(svg, "<text class=\"s e\" x=\"{before}\" y=\"{}\">{runs}</text>", top + 8.0);
        let _ = writeln!(svg, "<text class=\"s e\" x=\"{before}\" y=\"{}\">0</text>", bottom + 2.0);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\">runs that go on</text>", x.start + 8.0, middle + 4.0);
    }

    fn path(&self, points: impl Iterator<Item = (usize, f64)>) -> String {
        let place = |(epoch, value): (usize, f64)| {
            // What is far beyond the picture is cut off anyway, and would be a long number.
            let value = value.clamp(self.y.from - self.span(), self.y.to + self.span());
            format!("{:.1} {:.1}", self.x.place(1.0 + epoch as f64), self.y.place(value))
        };
        points.map(place).collect::<Vec<_>>().join("L")
    }

    fn span(&self) -> f64 {
        self.y.to - self.y.from
    }

    fn band(&self, series: &Series, points: &[usize]) -> String {
        let edge = |epoch: usize, sign: f64| (epoch, series[epoch].0 + sign * series[epoch].1);
        let upper = points.iter().map(|&epoch| edge(epoch, 1.0));
        let lower = points.iter().rev().map(|&epoch| edge(epoch, -1.0));
        format!("M{}Z", self.path(upper.chain(lower)))
    }
}

/// The epochs from 0 that are drawn: evenly spaced, with the last and the marked one.
fn points(epochs: usize, marked: Option<usize>) -> Vec<usize> {
    let mut points: Vec<usize> = (0..epochs).step_by(epochs.div_ceil(POINTS).max(1)).collect();
    points.push(epochs.saturating_sub(1));
    points.extend(marked.map(|best| best.saturating_sub(1)).filter(|&epoch| epoch < epochs));
    points.sort_unstable();
    points.dedup();
    points
}

/// What a scale must show: all means, and most of what is around them.
fn limits(series: &[Series; 2]) -> (f64, f64) {
    let all = || series.iter().flatten();
    let low = all().map(|(mean, deviation)| mean - deviation).fold(f64::INFINITY, f64::min);
    scale::limits(low, all().map(|(mean, deviation)| mean + deviation).collect())
}
