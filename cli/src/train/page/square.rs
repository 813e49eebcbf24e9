//! The frame of plots with two scales of the same kind: axes with numbers, and a line where both are equal.

use maud::{Markup, html};

use super::chart::{number, round};
use crate::scale::Scale;

/// Left, right, upper and lower end of what is plotted.
const ENDS: (f64, f64, f64, f64) = (56.0, 326.0, 12.0, 226.0);

/// A frame.
pub struct Square {
    /// From left to right.
    pub x: Scale,
    /// From below upwards.
    pub y: Scale,
}

impl Square {
    /// A frame for the same numbers on both scales.
    pub fn new((from, to): (f64, f64)) -> Self {
        let (left, right, top, bottom) = ENDS;
        Self { x: Scale { from, to, start: left, end: right }, y: Scale { from, to, start: bottom, end: top } }
    }

    /// The plot: `content` is between the axes, which have these names.
    pub fn picture(&self, label: &str, names: [&str; 2], content: Markup) -> Markup {
        let (left, right, top, bottom) = ENDS;
        let (across, decimals) = self.x.ticks(4);
        let (upwards, _) = self.y.ticks(4);
        let middle = [f64::midpoint(left, right), f64::midpoint(top, bottom)];
        let turn = format!("rotate(-90 14 {})", middle[1]);
        html! {
            svg.plot viewBox="0 0 344 268" role="img" aria-label=(label) {
                @for tick in upwards {
                    path.grid d=(format!("M{left} {:.1}H{right}", self.y.place(tick))) {}
                    text.end x=(left - 7.0) y=(round(self.y.place(tick) + 4.0)) { (number(tick, decimals)) }
                }
                @for tick in across {
                    path.axis d=(format!("M{:.1} {bottom}v4", self.x.place(tick))) {}
                    text.middle x=(round(self.x.place(tick))) y=(bottom + 18.0) { (number(tick, decimals)) }
                }
                path.axis d=(format!("M{left} {bottom}H{right}")) {}
                text.middle x=(middle[0]) y=(bottom + 36.0) { (names[0]) }
                text.middle x="14" y=(middle[1]) transform=(turn) { (names[1]) }
                (content)
                path.best d=(format!("M{left} {bottom}L{right} {top}")) {}
            }
        }
    }
}
