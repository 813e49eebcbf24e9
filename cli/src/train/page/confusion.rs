//! The confusion between classes.

use maud::{Markup, html};

use super::judged::Judged;
use super::words::{name, percent, table, wide};

/// Classes of a whole matrix; of more of them, what is mistaken most often is listed.
const MOST_CLASSES: usize = 20;
/// Pairs of classes that are listed.
const PAIRS: usize = 20;

/// The panel of the confusion.
pub fn panel(judged: &Judged<'_>) -> Markup {
    let (classes, counts) = (judged.evaluation.classes, &judged.evaluation.confusion);
    if counts.is_empty() {
        return html! {};
    }
    let names = judged.model.class_names();
    html! {
        div.panel.grows {
            h3 { "Confusion" }
            @if classes <= MOST_CLASSES {
                p.soft { "Rows are true classes, columns predicted ones; right predictions are framed." }
                (matrix(names, counts))
            } @else {
                p.soft { "What is mistaken for what most often, of " (classes) " classes." }
                (pairs(names, counts))
            }
        }
        @if classes > MOST_CLASSES {
            div.panel { details { summary { "Recall and precision of all classes" } (all(names, counts)) } }
        }
    }
}

/// How many graphs are of a class, and how many are predicted to be.
fn sums(counts: &[u64], classes: usize, class: usize) -> (u64, u64) {
    let row = counts[class * classes..(class + 1) * classes].iter().sum();
    (row, counts.iter().skip(class).step_by(classes).sum())
}

fn share(part: u64, whole: u64) -> String {
    percent(part as usize, whole as usize)
}

/// The whole matrix, with recall and precision.
fn matrix(names: &[String], counts: &[u64]) -> Markup {
    let classes = names.len();
    let cell = |row: usize, column: usize| {
        let (count, whole) = (counts[row * classes + column], sums(counts, classes, row).0.max(1));
        let look = format!("--share:{:.3}", count as f64 / whole as f64);
        html! { td.number.right[row == column] style=(look) { (count) } }
    };
    wide(
        "Confusion between classes",
        html! {
            table.confusion {
                thead {
                    tr {
                        th scope="col" { "true \\ predicted" }
                        @for class in names { th.number scope="col" { (name(class)) } }
                        th.number scope="col" { "recall" }
                    }
                }
                tbody {
                    @for (row, class) in names.iter().enumerate() {
                        tr {
                            th scope="row" { (name(class)) }
                            @for column in 0..classes { (cell(row, column)) }
                            td.number.edge { (share(counts[row * classes + row], sums(counts, classes, row).0)) }
                        }
                    }
                }
                tfoot {
                    tr {
                        th scope="row" { "precision" }
                        @for class in 0..classes {
                            td.number { (share(counts[class * classes + class], sums(counts, classes, class).1)) }
                        }
                        td {}
                    }
                }
            }
        },
    )
}

/// The pairs that are mistaken most often.
fn pairs(names: &[String], counts: &[u64]) -> Markup {
    let classes = names.len();
    let wrong = |at: &usize| at / classes != at % classes && counts[*at] > 0;
    let mut order: Vec<usize> = (0..counts.len()).filter(wrong).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(counts[at]), at));
    let row = |&at: &usize| {
        let (class, found) = (at / classes, at % classes);
        let whole = sums(counts, classes, class).0;
        vec![names[class].clone(), names[found].clone(), counts[at].to_string(), share(counts[at], whole)]
    };
    let rows: Vec<Vec<String>> = order.iter().take(PAIRS).map(row).collect();
    table("Classes that are mistaken most often", 2, &["true", "predicted", "graphs", "of the class"], &rows)
}

/// Recall and precision of every class.
fn all(names: &[String], counts: &[u64]) -> Markup {
    let classes = names.len();
    let row = |(class, name): (usize, &String)| {
        let ((row, column), right) = (sums(counts, classes, class), counts[class * classes + class]);
        vec![name.clone(), row.to_string(), share(right, row), share(right, column)]
    };
    let rows: Vec<Vec<String>> = names.iter().enumerate().map(row).collect();
    table("Recall and precision of all classes", 1, &["class", "graphs", "recall", "precision"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_classes() {
        let names = ["a", "b", "<c>"].map(String::from);
        let counts = [4, 1, 0, 0, 2, 3, 0, 0, 0];
        assert_eq!((sums(&counts, 3, 1), sums(&counts, 3, 2)), ((5, 3), (0, 3)));
        let text = matrix(&names, &counts).into_string();
        assert!(text.contains("style=\"--share:0.600\">3<") && text.contains(">80.0 %<"), "{text}");
        assert!(text.contains("&lt;c&gt;") && !text.contains("<c>"), "{text}");
        let text = pairs(&names, &counts).into_string();
        assert!(text.find(">3<").unwrap() < text.find(">1<").unwrap() && !text.contains(">4<"), "{text}");
    }
}
