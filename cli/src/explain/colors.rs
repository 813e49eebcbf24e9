//! Colours that stay apart on light and dark paper, also to people who see fewer of them.

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

/// The first clusters: Paul Tol's qualitative schemes "bright" and "muted", without those that are alike.
const FIRST: [Color; 12] = [
    Color(0x44, 0x77, 0xaa),
    Color(0xee, 0x66, 0x77),
    Color(0x22, 0x88, 0x33),
    Color(0xcc, 0xbb, 0x44),
    Color(0x66, 0xcc, 0xee),
    Color(0xaa, 0x33, 0x77),
    Color(0xee, 0x77, 0x33),
    Color(0x44, 0xaa, 0x99),
    Color(0x77, 0x66, 0xcc),
    Color(0x99, 0x99, 0x33),
    Color(0x88, 0x22, 0x55),
    Color(0xdd, 0xcc, 0x77),
];

/// What clusters are drawn in that no node belongs to most.
pub const UNUSED: Color = Color(0x9a, 0x9a, 0x9a);

/// Against a class, neither, and for it: blue, grey and orange, which differ for every eye.
const DIVERGING: [Color; 5] = [
    Color(0x21, 0x66, 0xac),
    Color(0x8c, 0xb4, 0xd8),
    Color(0xd4, 0xd4, 0xd0),
    Color(0xf0, 0xa3, 0x5e),
    Color(0xc0, 0x4f, 0x08),
];

impl Color {
    /// The colour as CSS, SVG and DOT write it.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Whether black text can be read on it better than white text.
    pub fn is_light(self) -> bool {
        299 * u32::from(self.0) + 587 * u32::from(self.1) + 114 * u32::from(self.2) > 140_000
    }

    /// The colour on the way to another.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// The colour of the cluster that comes `rank`-th by its size.
pub fn of_rank(rank: usize) -> Color {
    match FIRST.get(rank) {
        Some(&color) => color,
        None => {
            // Neighbours in the order are far apart on the wheel, and of another lightness.
            let turn = rank - FIRST.len();
            let hue = (turn as f64 * 137.508) % 360.0;
            let (saturation, lightness) = [(0.55, 0.45), (0.65, 0.68), (0.45, 0.34)][turn % 3];
            of_wheel(hue, saturation, lightness)
        }
    }
}

/// A colour by hue in degrees, saturation and lightness.
fn of_wheel(hue: f64, saturation: f64, lightness: f64) -> Color {
    let reach = saturation * lightness.min(1.0 - lightness);
    let channel = |offset: f64| {
        let k = (offset + hue / 30.0) % 12.0;
        (255.0 * (lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))).round() as u8
    };
    Color(channel(0.0), channel(8.0), channel(4.0))
}

/// The colour of a number from -1 to 1.
pub fn diverging(value: f64) -> Color {
    let place = 2.0 * (value.clamp(-1.0, 1.0) + 1.0);
    let below = (place.floor() as usize).min(DIVERGING.len() - 2);
    DIVERGING[below].mix(DIVERGING[below + 1], place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_of_many_clusters_differ_from_each_other() {
        let colors: Vec<Color> = (0..200).map(of_rank).collect();
        for (i, a) in colors.iter().enumerate() {
            assert!(!colors[..i].contains(a), "{a:?}");
        }
        let distance = |a: Color, b: Color| {
            let part = |x: u8, y: u8| (i32::from(x) - i32::from(y)).pow(2);
            part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)
        };
        assert!((0..12).all(|i| (0..i).all(|j| distance(colors[i], colors[j]) > 900)));
        assert_eq!(of_wheel(0.0, 1.0, 0.5), Color(255, 0, 0));
        assert_eq!(of_wheel(240.0, 1.0, 0.5).hex(), "#0000ff");
    }

    #[test]
    fn numbers_run_from_blue_over_grey_to_orange() {
        assert_eq!([-2.0, 0.0, 1.0].map(diverging), [DIVERGING[0], DIVERGING[2], DIVERGING[4]]);
        assert!(diverging(0.0).is_light() && !diverging(-1.0).is_light());
    }
}
