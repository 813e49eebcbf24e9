//! The page: what the rows say, in Markdown.

use super::compare::paired;
use super::details;
use super::markdown::Table;
use super::published::{self, Published};
use super::rows::{Group, REFERENCE, REPEATS, Row};
use crate::runs::record::Protocol;
use crate::text::{duration, in_markdown};

/// What a page is made of.
pub struct Page<'a> {
    /// All runs.
    pub groups: &'a [Group],
    /// For each group the picture of its learning curves, as the page names it.
    pub pictures: &'a [Option<String>],
    /// The files of runs, as the page names them.
    pub files: &'a [String],
    /// Text before everything else.
    pub preface: &'a str,
    /// Text after the tables of all data sets.
    pub notes: &'a str,
}

const PROTOCOLS: &str = "\
Accuracies are in percent, as mean ± deviation over the ten folds of a protocol (deviation of the population).

- `fair` is the protocol of Errica et al.: in each fold the configuration is chosen by validation graphs inside the
  training part, then trained anew several times; the test graphs of the fold are looked at once a run, and choose
  nothing.
- `paper` is what the code of Ying et al. reports: no test graphs; the accuracy on the validation graphs at the epoch
  that is best for the mean of the folds. It is an optimistic number, because the same graphs choose and judge.";

const READING: &str = "\
Differences between models are taken fold by fold, on the same graphs, in percent points. \"Noise\" is a difference
within two standard errors of zero; beyond, it is called better or worse. Folds share training graphs, so this is a rule
of thumb, and of many comparisons some go beyond by chance.";

impl Page<'_> {
    /// The whole text.
    pub fn text(&self) -> String {
        let mut parts = vec![
            "# Results".to_string(),
            "<!-- Written by `diffpool report` from runs of `diffpool cross-validate`. Changes by hand are lost. -->"
                .to_string(),
        ];
        parts.extend(text(self.preface));
        parts.push(PROTOCOLS.to_string());
        parts.push("## Beside the published numbers".to_string());
        parts.push(self.summary());
        parts.push(self.counts());
        parts.push(published::SOURCES.to_string());
        parts.extend(self.variants());
        parts.extend(text(self.notes));
        let mut data = "";
        for (group, picture) in self.groups.iter().zip(self.pictures) {
            if group.data != data {
                data = &group.data;
                parts.push(format!("## {}", in_markdown(data)));
            }
            parts.push(format!("### {}, `{}`", in_markdown(data), group.protocol.name()));
            parts.extend(picture.as_ref().map(|path| {
                format!(
                    "![Learning curves of {} on {}, {}]({path})",
                    group.head().outcome.name,
                    data,
                    group.protocol.name()
                )
            }));
            parts.extend((group.rows.len() > 1).then(|| comparison(group)));
            parts.extend(group.rows.iter().map(details::text));
        }
        parts.push(format!("## Source\n\nThe runs are in {}.", self.files.join(", ")));
        parts.join("\n\n") + "\n"
    }

    /// Every published number and every data set of ours in a row.
    fn summary(&self) -> String {
        let mut table = Table::new(
            &[
                "data set",
                "protocol",
                "published",
                "ours",
                "against it",
                "runs",
                "epochs",
                "processor time",
                "wall time",
            ],
            5,
        );
        let missing = |published: &&Published| self.group(published.data, published.protocol).is_none();
        let mut rows: Vec<(&str, Protocol)> = self.groups.iter().map(|g| (g.data.as_str(), g.protocol)).collect();
        rows.extend(published::ALL.iter().filter(missing).map(|published| (published.data, published.protocol)));
        rows.sort_by_key(|&(data, protocol)| (published::rank(data), data, protocol));
        for (data, protocol) in rows {
            let published = published::of(data, protocol);
            let mut cells = vec![
                in_markdown(data),
                format!("`{}`", protocol.name()),
                published.map_or_else(|| "-".to_string(), Published::text),
            ];
            match self.group(data, protocol) {
                None => cells.extend(["-", "not run", "", "", "", ""].map(str::to_string)),
                Some(group) => cells.extend(ours(group.head(), published)),
            }
            table.push(cells);
        }
        table.text()
    }

    /// How many of the published numbers are reached.
    fn counts(&self) -> String {
        let sentence = |protocol: Protocol| {
            let all = published::ALL.iter().filter(|published| published.protocol == protocol);
            let [mut reached, mut below, mut open] = [0; 3];
            for published in all {
                let head = self.group(published.data, protocol).map(Group::head);
                match head.filter(|row| row.lacking.is_empty()).and_then(|row| row.outcome.mean) {
                    Some(mean) if published.is_reached(100.0 * mean) => reached += 1,
                    Some(_) => below += 1,
                    None => open += 1,
                }
            }
            let (total, name) = (reached + below + open, protocol.name());
            format!(
                "Of {total} published numbers under `{name}`: reached {reached}, not reached {below}, not run or not \
                 complete {open}."
            )
        };
        format!(
            "{} {}\nTimes are sums over the runs, each of which has one thread: wall time is what they would take one \
             after another.",
            sentence(Protocol::Fair),
            sentence(Protocol::Paper)
        )
    }

    fn group(&self, data: &str, protocol: Protocol) -> Option<&Group> {
        self.groups.iter().find(|group| group.data == data && group.protocol == protocol)
    }

    /// For each protocol under which models are compared, the models in rows and the data sets in columns.
    fn variants(&self) -> Vec<String> {
        let mut parts = Vec::new();
        for protocol in [Protocol::Fair, Protocol::Paper] {
            let groups: Vec<&Group> =
                self.groups.iter().filter(|group| group.protocol == protocol && group.reference().is_some()).collect();
            let mut names: Vec<&str> =
                groups.iter().flat_map(|group| &group.rows).map(|row| row.outcome.name.as_str()).collect();
            names.sort_unstable_by_key(|&name| (name != REFERENCE, name));
            names.dedup();
            if names.is_empty() {
                continue;
            }
            let data: Vec<String> = groups.iter().map(|group| in_markdown(&group.data)).collect();
            let mut header = vec!["model"];
            header.extend(data.iter().map(String::as_str));
            let mut table = Table::new(&header, 1);
            for name in names {
                let mut cells = vec![in_markdown(name)];
                cells.extend(groups.iter().map(|group| variant(group, name)));
                table.push(cells);
            }
            if parts.is_empty() {
                parts.push(format!("## Against {REFERENCE}"));
                parts.push(READING.to_string());
            }
            parts.push(format!("Protocol `{}`:", protocol.name()));
            parts.push(table.text());
        }
        parts
    }
}

/// A text of the user's, or nothing.
fn text(given: &str) -> Option<String> {
    Some(given.trim().replace("\r\n", "\n")).filter(|text| !text.is_empty())
}

/// Our cells of the table of published numbers.
fn ours(row: &Row, published: Option<&Published>) -> Vec<String> {
    let against = match (published, row.outcome.mean) {
        _ if !row.lacking.is_empty() => "incomplete".to_string(),
        (Some(published), Some(mean)) => published.verdict(100.0 * mean),
        _ => "-".to_string(),
    };
    let against = match row.too_few_repeats().filter(|_| row.lacking.is_empty()) {
        Some(repeats) => format!("{against}, with {repeats} of {REPEATS} final runs a fold"),
        None => against,
    };
    let number = match row.outcome.name.as_str() {
        REFERENCE => row.accuracy(),
        name => format!("{}: {}", in_markdown(name), row.accuracy()),
    };
    let epochs: usize = row.records.iter().map(|record| record.curves.train_loss.len()).sum();
    let seconds = row.records.iter().map(|record| record.seconds).sum();
    vec![
        number,
        against,
        row.outcome.runs.to_string(),
        epochs.to_string(),
        duration(row.outcome.cpu_seconds),
        duration(seconds),
    ]
}

/// The cell of a model in the table of variants.
fn variant(group: &Group, name: &str) -> String {
    let Some(row) = group.rows.iter().find(|row| row.outcome.name == name) else { return "-".to_string() };
    let difference = match group.reference() {
        Some(reference) if name != REFERENCE => paired(row, reference),
        _ => None,
    };
    let accuracy = row.accuracy();
    difference.map_or(accuracy.clone(), |paired| format!("{accuracy}; {:+.2}, {}", paired.mean, paired.reading()))
}

/// The models of a group beside each other.
fn comparison(group: &Group) -> String {
    let mut table = Table::new(
        &[
            "model",
            "accuracy",
            "difference",
            "standard error",
            "folds better, equal, worse",
            "",
            "parameters",
            "runs",
            "processor time",
        ],
        1,
    );
    for (place, row) in group.rows.iter().enumerate() {
        let mut cells = vec![in_markdown(&row.outcome.name), row.accuracy()];
        let paired = group.reference().filter(|_| place > 0).and_then(|reference| paired(row, reference));
        match paired {
            Some(paired) => {
                let [better, equal, worse] = paired.folds;
                let error = paired.error.map_or_else(|| "-".to_string(), |error| format!("{error:.2}"));
                let difference = format!("{:+.2}", paired.mean);
                let folds = format!("{better}, {equal}, {worse}");
                cells.extend([difference, error, folds, paired.reading().to_string()]);
            }
            None if place > 0 && group.reference().is_some() => {
                cells.extend(["-", "-", "-", "other folds"].map(str::to_string));
            }
            None => cells.extend(["-", "-", "-", ""].map(str::to_string)),
        }
        cells.push(details::parameters(row));
        cells.extend([row.outcome.runs.to_string(), duration(row.outcome.cpu_seconds)]);
        table.push(cells);
    }
    let text = table.text();
    match group.reference() {
        Some(_) => text,
        None => format!("{text}\n\nNo model here is called {REFERENCE}, so none is compared with it."),
    }
}
