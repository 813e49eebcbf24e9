//! Lists of numbers on the command line, such as `0,1,5-9`.

use crate::failure::{Failure, Result};

/// The numbers below `count` that the list given to `option` names, in its order; each is the number of a `thing`.
pub fn parse(option: &str, list: &str, thing: &str, count: usize) -> Result<Vec<usize>> {
    let wrong = |part: &str| {
        let last = count.saturating_sub(1);
        Failure::usage(format!("{option} {list}: \"{part}\" is no {thing} of 0 to {last}"))
    };
    let mut numbers = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse().ok().filter(|&number| number < count).ok_or_else(|| wrong(part));
        let (first, last): (usize, usize) = (number(first)?, number(last)?);
        if first > last {
            return Err(wrong(part));
        }
        numbers.extend(first..=last);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(parse("--folds", "5-7,1, 6", "fold", 10).unwrap(), [5, 6, 7, 1, 6]);
        for wrong in ["", "10", "3-2", "1,,2", "-1", "a", "0-10"] {
            let Err(Failure::Error { code: 2, message }) = parse("--folds", wrong, "fold", 10) else {
                panic!("{wrong}")
            };
            assert!(message.contains("no fold of 0 to 9"), "{message}");
        }
    }
}
