//! `diffpool report`: a page of results and pictures of learning curves, from nothing but the runs.

mod command;
mod compare;
mod curves;
mod details;
mod markdown;
mod page;
mod published;
mod rows;
mod svg;

use std::path::{Component, Path, PathBuf};

use clap::Args;
use diffpool::checkpoint::atomic;
use diffpool::data::encoding::read_text;
use serde_json::json;

use self::page::Page;
use self::rows::Group;
use crate::failure::{Failure, Result};
use crate::input;
use crate::output;

/// Write a page of results from the runs of cross-validate
///
/// Every number of the page comes from the runs: ours beside the published ones, what was chosen, the commands that
/// make the runs again, and models against each other. The model called "DiffPool" is the one that stands beside the
/// published numbers and that others are compared with.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Files of runs that cross-validate has written
    #[arg(required = true, value_name = "RUNS")]
    runs: Vec<PathBuf>,
    /// The page, as Markdown; by default it is printed
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder for learning curves, one SVG picture a data set and protocol
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Markdown that becomes the beginning of the page
    #[arg(long, value_name = "FILE")]
    preface: Option<PathBuf>,
    /// Markdown that is put between the tables of all data sets and what is said of each
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
    /// Write nothing; end with exit code 9 where the page or a picture on disk is not what would be written
    #[arg(long, requires = "output")]
    check: bool,
    /// Print one line of JSON a model, data set and protocol
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let read = arguments.runs.iter().chain(&arguments.preface).chain(&arguments.notes);
    if let Some(output) = &arguments.output
        && read.into_iter().any(|path| input::same_file(path, output))
    {
        return Err(Failure::usage(format!("--output {}: that is also a file to read", output.display())));
    }
    let groups = rows::read(&arguments.runs)?;
    let plots = pictures(&groups, arguments.plots.as_deref());
    let beside = |path: &Path| relative(path, arguments.output.as_deref());
    let pictures: Vec<Option<String>> =
        plots.iter().map(|plot| plot.as_ref().map(|(path, _)| beside(path).replace(' ', "%20"))).collect();
    let files: Vec<String> = arguments.runs.iter().map(|path| format!("`{}`", beside(path))).collect();
    let (preface, notes) = (given(arguments.preface.as_deref())?, given(arguments.notes.as_deref())?);
    let page = Page { groups: &groups, pictures: &pictures, files: &files, preface: &preface, notes: &notes };
    let mut written: Vec<(PathBuf, String)> = plots.into_iter().flatten().collect();
    match &arguments.output {
        Some(path) => written.push((path.clone(), page.text())),
        None if !arguments.json => output::line(page.text().trim_end())?,
        None => {}
    }
    for (path, text) in &written {
        if arguments.check { check(path, text)? } else { write(path, text)? }
    }
    if arguments.json {
        groups.iter().flat_map(|group| &group.rows).try_for_each(as_json)?;
    }
    Ok(())
}

/// The pictures and their paths, one a group that has curves.
fn pictures(groups: &[Group], folder: Option<&Path>) -> Vec<Option<(PathBuf, String)>> {
    let mut names: Vec<String> = Vec::new();
    let mut picture = |group: &Group| {
        let row = group.head();
        let (learning, protocol) = (curves::learning(row)?, group.protocol.name());
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let mut name = format!("{}-{protocol}", group.data.chars().map(plain).collect::<String>());
        while names.contains(&name) {
            name.push_str("-2");
        }
        names.push(name.clone());
        let mut title = format!("{} on {}, {protocol}", row.outcome.name, group.data);
        if !row.lacking.is_empty() {
            title.push_str(&format!(" (incomplete: {})", row.lacking.join(", ")));
        }
        Some((folder?.join(format!("{name}.svg")), svg::picture(&title, &learning)))
    };
    groups.iter().map(&mut picture).collect()
}

/// The text of a file of the user's; nothing where there is none.
fn given(path: Option<&Path>) -> Result<String> {
    path.map_or(Ok(String::new()), |path| Ok(read_text(path)?))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Failure::io(folder, &e))?;
    }
    Ok(atomic::write(path, |out| out.write_all(text.as_bytes()))?)
}

/// An error that names the first line that differs.
fn check(path: &Path, text: &str) -> Result<()> {
    let name = path.display();
    let found = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::stale(format!("{name}: the file is not there")));
        }
        Err(e) => return Err(Failure::io(path, &e)),
    };
    if found == text.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(&found);
    let same = found.lines().zip(text.lines()).take_while(|(found, wanted)| found == wanted).count();
    let shown = |line: Option<&str>| line.map_or_else(|| "nothing".to_string(), |line| format!("\"{line}\""));
    let (is, must) = (shown(found.lines().nth(same)), shown(text.lines().nth(same)));
    Err(Failure::stale(format!("{name}:{}: the runs give another text: {is}, but must be {must}", same + 1)))
}

/// How a page names a file: from its own folder, where both are given in the same way.
fn relative(path: &Path, page: Option<&Path>) -> String {
    let parts = |path: &Path| -> Vec<String> {
        let kept = path.components().filter(|component| *component != Component::CurDir);
        kept.map(|component| component.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let Some(page) = page.filter(|page| page.is_absolute() == path.is_absolute()) else {
        return path.display().to_string();
    };
    let folder = page.parent().map(parts).unwrap_or_default();
    let path = parts(path);
    let same = folder.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - same);
    up.chain(path[same..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

fn as_json(row: &rows::Row) -> Result<()> {
    let published = published::of(&row.outcome.data, row.outcome.protocol);
    output::line(json!({
        "outcome": row.outcome,
        "complete": row.lacking.is_empty(),
        "lacking": row.lacking,
        "published": published.map(|published| published.mean / 100.0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_page() {
        let cases = [
            ("docs/results/a.jsonl", Some("docs/results.md"), "results/a.jsonl"),
            ("./docs/a.jsonl", Some("docs/results.md"), "a.jsonl"),
            ("runs/a.jsonl", Some("docs/new/results.md"), "../../runs/a.jsonl"),
            ("/data/a.jsonl", Some("/data/docs/results.md"), "../a.jsonl"),
            ("/data/a.jsonl", Some("docs/results.md"), "/data/a.jsonl"),
            ("runs/a.jsonl", None, "runs/a.jsonl"),
        ];
        for (path, page, expected) in cases {
            assert_eq!(relative(Path::new(path), page.map(Path::new)), expected);
        }
    }
}
