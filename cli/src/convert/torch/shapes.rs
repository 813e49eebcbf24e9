//! Whether the shapes of a model's tensors fit each other, and which tensor is to blame where they do not.
//!
//! Every size of a tensor is the sum of some named sizes of the model: a linear layer that reads three layers side by
//! side has `embed_hidden + embed_hidden + embed_output` inputs. All tensors together say what the named sizes are,
//! most of them many times over. Where they contradict each other, the tensor to blame is the one without which they
//! do not.

use std::collections::BTreeMap;

/// The names of the sizes that add up to one size of a tensor.
pub type Dim = Vec<String>;
/// The named sizes.
pub type Sizes = BTreeMap<String, usize>;

/// So many tensors, and no more, are asked in turn whether the others agree without them, which takes the square of
/// their number. Models have some hundred.
const MOST_SUSPECTS: usize = 1000;

/// What a tensor says: `shape` is found, `dims` are the names of what it is made of.
pub struct Claim<'a> {
    pub name: &'a str,
    pub shape: &'a [usize],
    pub dims: Vec<Dim>,
}

/// The named sizes, or which tensor contradicts the others, with the shape it has and the one it must have.
pub fn check(claims: &[Claim<'_>]) -> Result<Sizes, String> {
    let fits = |claim: &&Claim<'_>| claim.shape.len() == claim.dims.len();
    let (sizes, culprit) = solve(claims.iter().filter(fits));
    if let Some(claim) = claims.iter().find(|claim| !fits(claim)) {
        return Err(complaint(claim, &sizes));
    }
    let Some(culprit) = culprit else { return Ok(sizes) };
    // Usually one. Two tensors may stand against each other with nothing to tell which is right.
    let mut suspects = Vec::new();
    for claim in claims.iter().filter(|_| claims.len() <= MOST_SUSPECTS) {
        let (others, contradiction) = solve(claims.iter().filter(|other| !std::ptr::eq(*other, claim)));
        if contradiction.is_none() {
            suspects.push(complaint(claim, &others));
        }
    }
    if suspects.is_empty() {
        suspects.push(complaint(culprit, &sizes));
    }
    Err(suspects.join(", or "))
}

/// The named sizes as far as they follow, and the first claim that contradicts those before it, if one does.
fn solve<'c, 'a: 'c>(claims: impl Iterator<Item = &'c Claim<'a>>) -> (Sizes, Option<&'c Claim<'a>>) {
    let mut sizes = Sizes::new();
    let mut waiting: Vec<(&Claim<'_>, usize, &Dim)> = Vec::new();
    for claim in claims {
        waiting.extend(claim.shape.iter().zip(&claim.dims).map(|(&size, dim)| (claim, size, dim)));
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut unclear = Vec::new();
        for entry in waiting {
            let (claim, size, dim) = entry;
            let mut unknown = dim.iter().filter(|name| !sizes.contains_key(*name));
            let first = unknown.next();
            if unknown.any(|name| Some(name) != first) {
                unclear.push(entry);
                continue;
            }
            let known =
                dim.iter().filter_map(|name| sizes.get(name)).try_fold(0, |sum: usize, &size| sum.checked_add(size));
            let Some(rest) = known.and_then(|known| size.checked_sub(known)) else { return (sizes, Some(claim)) };
            let fits = match first {
                None => rest == 0 && size > 0,
                Some(name) => {
                    let count = dim.iter().filter(|other| *other == name).count();
                    let fits = rest > 0 && rest % count == 0;
                    if fits {
                        sizes.insert(name.clone(), rest / count);
                    }
                    fits
                }
            };
            if !fits {
                return (sizes, Some(claim));
            }
        }
        if unclear.len() == before {
            break;
        }
        waiting = unclear;
    }
    (sizes, None)
}

fn complaint(claim: &Claim<'_>, sizes: &Sizes) -> String {
    let wanted = claim.dims.iter().map(|dim| {
        let unknown: Vec<&String> = dim.iter().filter(|name| !sizes.contains_key(*name)).collect();
        if unknown.is_empty() {
            dim.iter().map(|name| sizes[name]).sum::<usize>().to_string()
        } else if unknown.len() == dim.len() && dim.len() > 1 && dim.iter().all(|name| *name == dim[0]) {
            format!("a multiple of {}", dim.len())
        } else {
            "any".to_string()
        }
    });
    let wanted: Vec<String> = wanted.collect();
    format!("tensor {:?} has shape {:?}, but must have [{}]", claim.name, claim.shape, wanted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims<'a>(shapes: impl Iterator<Item = &'a [usize; 1]>) -> Vec<Claim<'a>> {
        shapes.map(|shape| Claim { name: "layer", shape, dims: vec![vec!["hidden".to_string()]] }).collect()
    }

    #[test]
    fn every_suspect_is_named() {
        let complaint = check(&claims([[5], [6]].iter())).unwrap_err();
        let [five, six] =
            [(5, 6), (6, 5)].map(|(a, b)| format!("tensor \"layer\" has shape [{a}], but must have [{b}]"));
        assert_eq!(complaint, format!("{five}, or {six}"));
        assert_eq!(check(&claims([[5], [5], [6]].iter())), Err(six));
    }

    /// Asking every one of so many tensors would take hours.
    #[test]
    fn of_very_many_tensors_the_first_contradiction_is_named() {
        let shapes = std::iter::repeat_n(&[5], 200_000).chain([&[6], &[6]]);
        let six = "tensor \"layer\" has shape [6], but must have [5]";
        assert_eq!(check(&claims(shapes)), Err(six.to_string()));
    }
}
