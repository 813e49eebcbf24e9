//! The page that `diffpool train --report` writes, in a headless Chromium: at the size of a desktop and of a phone,
//! light and dark, nothing is too wide, no text lies over another, all of it can be read, and keys reach all of it.
#![allow(missing_docs)]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../common/driver.rs"]
mod driver;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::graphs::{Columns, PLAIN, random_dataset, with_sequences, with_targets};
use diffpool::checkpoint::dataset_file;
use driver::Browser;
use serde_json::json;

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

const SIZES: [(u32, u32); 2] = [(1280, 900), (390, 844)];

/// What all checks are made of: the places and colours of texts.
const CHECKS: &str = include_str!("checks.js");

/// The page of a run.
fn page(folder: &Path, task: &str, columns: Columns, names: &[&str], more: &str) -> PathBuf {
    let sizes: Vec<usize> = (0..36).map(|i| 2 + 7 * i % 19).collect();
    let mut dataset = with_targets(random_dataset(&sizes, PLAIN, 3), columns, 4);
    if task == "sequence" {
        dataset = with_sequences(dataset, 5);
    } else {
        dataset.set_class_names(names.iter().map(ToString::to_string).collect()).unwrap();
    }
    dataset_file::save(&dataset, &folder.join("graphs")).unwrap();
    let keys = "train --data graphs --output model --report run.html --test 0.25 --validation 0.25 --quiet \
                --set clusters=[5,3] --set embed_hidden=8 --set embed_output=8 --set assign_hidden=8 \
                --set batch_size=4 --set epochs=12";
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.current_dir(folder).args(keys.split_ascii_whitespace()).args(["--set", &format!("task={task}")]);
    let output = command.args(more.split_ascii_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("run.html")
}

/// Opens the page as it is on a device, and checks that nothing goes wrong and nothing else is loaded.
fn open(browser: &Browser, path: &Path, (width, height): (u32, u32), scheme: &str) {
    browser.emulate(width, height, scheme);
    browser.requests();
    browser.open(path);
    assert_eq!(browser.console(), [""; 0], "the console stays empty");
    let elsewhere = |url: &String| !url.starts_with("file://") && !url.starts_with("data:");
    let requests = browser.requests();
    assert!(!requests.is_empty() && !requests.iter().any(elsewhere), "{requests:?}");
    assert_eq!(browser.run("return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"), {
        json!([width, scheme == "dark"])
    });
}

/// Checks everything that can be seen.
fn check(browser: &Browser, what: &str) {
    for question in ["tooWide", "overlaps", "faint", "cutOff", "leftAligned"] {
        let found = browser.run(&format!("{CHECKS} return {question}();"));
        assert_eq!(found, json!([]), "{what}: {question}");
    }
}

#[test]
fn the_page_of_every_task_can_be_read() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let long = ["a class with a name that is longer than most of them are", "second", "third"];
    for (task, columns, names, more) in [
        ("multiclass", Columns::Numbers(1), long, "--set collapse_weight=0 --set modularity_weight=0"),
        ("binary", Columns::Labels(1), ["a", "b", "c"], ""),
        ("multilabel", Columns::Labels(3), ["a", "b", "c"], ""),
        ("regression", Columns::Numbers(2), ["a", "b", "c"], "--set learning_rate_schedule=cosine"),
        ("sequence", Columns::Numbers(1), ["a", "b", "c"], "--set learning_rate=1e-5"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = page(folder.path(), task, columns, &names, more);
        for size in SIZES {
            for scheme in ["light", "dark"] {
                open(&browser, &path, size, scheme);
                check(&browser, &format!("{task}, {size:?}, {scheme}"));
                browser.screenshot(&format!("train {task}, {}, {scheme}.png", size.0));
                browser.run("document.querySelectorAll('details').forEach((own) => { own.open = true; })");
                check(&browser, &format!("{task}, {size:?}, {scheme}, unfolded"));
            }
        }
    }
}

#[test]
fn keys_reach_everything() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = page(folder.path(), "multiclass", Columns::Numbers(1), &["a", "b", "c"], "");
    open(&browser, &path, SIZES[1], "light");
    let wanted = browser.run("return document.querySelectorAll('nav a, summary, .wide').length");
    browser.run("window.reached = new Set(); addEventListener('focusin', (event) => window.reached.add(event.target))");
    for _ in 0..wanted.as_u64().unwrap() + 5 {
        browser.press(&TAB.to_string());
        if browser.run("return document.activeElement.matches('summary')") == true {
            browser.press(&ENTER.to_string());
            assert!(browser.run("return document.activeElement.parentElement.open") == true);
        }
    }
    let missed = browser.run(
        "return [...document.querySelectorAll('nav a, summary, .wide')].filter((own) => !window.reached.has(own))
             .map((own) => own.outerHTML.slice(0, 80))",
    );
    // Folded out on the way, there are a few more.
    assert!(missed.as_array().unwrap().len() <= 5, "{missed}");
    let dead = browser.run(
        "return [...document.querySelectorAll('nav a')].filter((own) => !document.querySelector(own.hash)).length",
    );
    assert_eq!(dead, json!(0), "every link of the page leads somewhere");
}

/// Screenshots and checks of pages of one's own: those listed in DIFFPOOL_TRAIN_PAGES, separated by colons.
#[test]
fn pages_of_ones_own_can_be_read_too() {
    let Some(pages) = std::env::var_os("DIFFPOOL_TRAIN_PAGES") else { return };
    let Some(browser) = Browser::start(1280, 900) else { return };
    for path in std::env::split_paths(&pages) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_string();
        for size in SIZES {
            for scheme in ["light", "dark"] {
                open(&browser, &path, size, scheme);
                check(&browser, &format!("{name}, {size:?}, {scheme}"));
                browser.screenshot(&format!("{name}-{}-{scheme}.png", size.0));
            }
        }
    }
}
