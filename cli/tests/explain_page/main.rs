//! The page that `diffpool explain` writes, in a headless Chromium: it loads without an error and without the network,
//! draws its pictures, and follows a cluster down to its nodes; names of users stay text.
#![allow(missing_docs)]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../common/driver.rs"]
mod driver;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::graphs::{DIRECTED, PLAIN, random_dataset};
use common::models::{model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use driver::Browser;
use serde_json::{Value, json};

const ESCAPE: char = '\u{e00c}';
const ENTER: char = '\u{e007}';
const RIGHT: char = '\u{e014}';

/// A page and the numbers that it shows.
struct Page {
    folder: tempfile::TempDir,
    numbers: Value,
}

impl Page {
    /// The page of graph `index` of a data set, explained by the program.
    fn new(dataset: &Dataset, model: &Model<f32>, index: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        dataset_file::save(dataset, &folder.path().join("graphs")).unwrap();
        model_file::save(model, &folder.path().join("model")).unwrap();
        for format in ["html", "json"] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
            command.current_dir(folder.path()).args([
                "explain",
                "model",
                "--data",
                "graphs",
                "--index",
                &index.to_string(),
            ]);
            let status = command.args(["--output", &format!("page.{format}")]).status().unwrap();
            assert!(status.success());
        }
        let numbers = std::fs::read_to_string(folder.path().join("page.json")).unwrap();
        Self { folder, numbers: serde_json::from_str(&numbers).unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("page.html")
    }

    /// Opens it, and checks that nothing goes wrong and nothing else is loaded.
    fn open(&self, browser: &Browser) {
        browser.requests();
        browser.open(&self.path());
        assert_eq!(browser.console(), [""; 0], "the console stays empty");
        let elsewhere = |url: &String| !url.starts_with("file://") && !url.starts_with("data:");
        let requests = browser.requests();
        assert!(!requests.is_empty() && !requests.iter().any(elsewhere), "{requests:?}");
    }

    fn nodes(&self) -> usize {
        self.numbers["graph"]["nodes"].as_u64().unwrap() as usize
    }

    fn levels(&self) -> &[Value] {
        self.numbers["levels"].as_array().unwrap()
    }

    /// The nodes of the graph that belong to a cluster of a level most.
    fn members(&self, level: usize, cluster: usize) -> BTreeSet<usize> {
        let clusters = self.levels()[level]["cluster_of_node"].as_array().unwrap().iter().enumerate();
        clusters.filter(|(_, own)| **own == json!(cluster)).map(|(node, _)| node).collect()
    }
}

/// Graphs of a few sizes: the last is large.
fn graphs() -> Dataset {
    random_dataset(&[19, 7, 33, 640], PLAIN, 3)
}

/// A model that was never trained. A clustering of the edges has nodes for every cluster all the same.
fn pooling(dataset: &Dataset, clusters: &[usize], assignment: &str) -> Model<f32> {
    let keys = json!({"clusters": clusters, "temperature": 0.05, "assignment": assignment});
    let mut model = model::<f32>(&[&small(), &keys], dataset);
    common::models::disturb(&mut model, 5);
    model
}

/// What is highlighted in the graph picture of a section.
fn highlighted(browser: &Browser, section: &str) -> BTreeSet<usize> {
    let found = browser.run(&format!(
        "return [...document.querySelectorAll('[data-section=\"{section}\"] .node.on[data-level=\"-1\"]')]
             .map((node) => Number(node.dataset.index));"
    ));
    found.as_array().unwrap().iter().map(|node| node.as_u64().unwrap() as usize).collect()
}

/// The rows of the heat map of a level that are not dimmed.
fn rows(browser: &Browser, level: usize) -> BTreeSet<usize> {
    let found =
        browser.run(&format!("return document.querySelector('[data-section=\"{level}\"] canvas').dataset.rows"));
    found.as_str().unwrap().split_whitespace().map(|row| row.parse().unwrap()).collect()
}

/// Checks that every picture is there and not blank.
fn assert_drawn(browser: &Browser, page: &Page) {
    let pictures = browser.run(
        "return [...document.querySelectorAll('.picture')].map((picture) => {
             const box = picture.getBoundingClientRect();
             if (picture.tagName !== 'CANVAS') {
                 const inside = [...picture.querySelectorAll('.node')].filter((node) => {
                     const own = node.getBoundingClientRect();
                     return own.width > 0 && own.left >= box.left && own.right <= box.right
                         && own.top >= box.top && own.bottom <= box.bottom;
                 });
                 return ['svg', box.width, box.height, inside.length, picture.querySelectorAll('.node').length];
             }
             const pixels = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data;
             const colors = new Set();
             for (let at = 0; at < pixels.length; at += 4) colors.add(pixels.slice(at, at + 4).join());
             return ['canvas', box.width, box.height, colors.size, 0];
         });",
    );
    let pictures = pictures.as_array().unwrap();
    assert_eq!(pictures.len(), 1 + 3 * page.levels().len());
    for picture in pictures {
        assert!(picture[1].as_f64().unwrap() > 150.0 && picture[2].as_f64().unwrap() > 100.0, "{picture}");
        if picture[0] == "canvas" {
            assert!(picture[3].as_u64().unwrap() >= 5, "a heat map has colours: {picture}");
        } else {
            assert!(picture[3] == picture[4] && picture[4].as_u64().unwrap() > 0, "all nodes are inside: {picture}");
        }
    }
    let nodes = browser.run("return document.querySelectorAll('[data-section=\"prediction\"] .node').length");
    assert_eq!(nodes, json!(page.nodes()));
}

#[test]
fn the_page_loads_and_draws_its_pictures() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let dataset = graphs();
    let (two, flat) = (pooling(&dataset, &[5, 3], "learned"), pooling(&dataset, &[], "learned"));
    let large = pooling(&dataset, &[60, 12], "learned");
    let directed = random_dataset(&[12, 9, 6], DIRECTED, 3);
    let pages = [
        ("19 nodes", Page::new(&dataset, &two, 0)),
        ("no pooling", Page::new(&dataset, &flat, 2)),
        ("640 nodes", Page::new(&dataset, &large, 3)),
        ("directed", Page::new(&directed, &pooling(&directed, &[4], "learned"), 0)),
    ];
    for (name, page) in &pages {
        for (width, height) in [(1280, 900), (800, 900)] {
            browser.resize(width, height);
            page.open(&browser);
            assert_drawn(&browser, page);
            let beyond = browser.run("return document.documentElement.scrollWidth - innerWidth");
            assert!(beyond.as_i64().unwrap() <= 0, "{name} is too wide at {width}");
            browser.screenshot(&format!("{name}, {width}.png"));
        }
    }
}

#[test]
fn a_cluster_is_followed_down_to_its_nodes() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let dataset = graphs();
    let page = Page::new(&dataset, &pooling(&dataset, &[6, 3], "graclus"), 2);
    page.open(&browser);
    let mut seen = 0;
    for (level, numbers) in page.levels().iter().enumerate() {
        for cluster in 0..numbers["clusters"].as_u64().unwrap() as usize {
            let place = format!("[data-section=\"{level}\"] .cluster[data-index=\"{cluster}\"]");
            if numbers["members"][cluster]["drawn"].is_null() {
                continue;
            }
            browser.click(&place);
            let members = page.members(level, cluster);
            for section in ["prediction", "0", "1"] {
                assert_eq!(highlighted(&browser, section), members, "level {level}, cluster {cluster}, {section}");
            }
            assert_eq!(rows(&browser, 0), members);
            assert!(browser.run(&format!("return document.querySelector('{place}').classList.contains('on')")) == true);
            seen += usize::from(!members.is_empty() && members.len() < page.nodes());
            browser.press(&ESCAPE.to_string());
            assert_eq!(highlighted(&browser, "0"), BTreeSet::new(), "Escape clears");
        }
    }
    assert!(seen >= 4, "clusters with some of the nodes were clicked");
    // From a node up: its clusters are highlighted.
    browser.click("[data-section=\"prediction\"] .node[data-index=\"3\"]");
    assert_eq!(highlighted(&browser, "1"), BTreeSet::from([3]));
    let own = &page.levels()[1]["cluster_of_node"][3];
    let on = browser.run("return document.querySelector('[data-section=\"1\"] .cluster.on').dataset.index");
    assert_eq!(on.as_str().unwrap(), own.to_string());
    assert_eq!(browser.console(), [""; 0]);
    browser.screenshot("a node.png");
}

#[test]
fn keys_do_what_the_mouse_does() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let dataset = graphs();
    let page = Page::new(&dataset, &pooling(&dataset, &[6, 3], "graclus"), 0);
    page.open(&browser);
    browser.run("document.querySelectorAll('[data-section=\"0\"] svg.picture')[1].focus()");
    browser.press(&RIGHT.to_string());
    let cluster = page.levels()[0]["order"][0].as_u64().unwrap() as usize;
    assert_eq!(highlighted(&browser, "0"), page.members(0, cluster));
    assert!(browser.run("return document.getElementById('tip').textContent").as_str().unwrap().contains("Cluster"));
    browser.press(&ENTER.to_string());
    assert!(browser.run("return document.getElementById('clear').hidden") == false);
    let status = browser.run("return document.getElementById('selection').textContent");
    assert!(status.as_str().unwrap().starts_with(&format!("Cluster {cluster} of level 1: ")), "{status}");
    browser.press(&ESCAPE.to_string());
    assert_eq!(highlighted(&browser, "0"), BTreeSet::new());
    // Another class: other nodes matter.
    let fills = "return [...document.querySelectorAll('[data-section=\"prediction\"] .node')]
         .map((node) => node.getAttribute('fill'))";
    let before = browser.run(fills);
    browser.run("document.querySelectorAll('tbody tr[aria-pressed=\"false\"]')[0].focus()");
    browser.press(&ENTER.to_string());
    assert_ne!(browser.run(fills), before);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn names_stay_text() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let names = [
        "</script><script>window.taken = 1</script>",
        "<img src=\"http://example.invalid/x\" onerror=\"window.taken = 1\">",
        "' onmouseover='window.taken = 1' \u{2028} {{script}} <!-- \\u003cb\\u003e &lt;",
    ]
    .map(String::from);
    let mut dataset = random_dataset(&[14, 6, 9], PLAIN, 3);
    dataset.set_class_names(names.to_vec()).unwrap();
    let page = Page::new(&dataset, &pooling(&dataset, &[4, 2], "learned"), 0);
    // The name of the data set is in the title.
    let text = std::fs::read_to_string(page.path()).unwrap();
    assert!(!text.contains("<img") && text.matches("</script>").count() == 2);
    page.open(&browser);
    browser.click("[data-section=\"0\"] .cluster");
    assert_eq!(browser.console(), [""; 0]);
    let found = browser.run(
        "return [window.taken === undefined, document.images.length, document.scripts.length,
             [...document.querySelectorAll('td.name')].map((cell) => cell.textContent).sort()]",
    );
    let mut sorted = names.to_vec();
    sorted.sort();
    assert_eq!(found, json!([true, 0, 2, sorted]));
}

/// Screenshots of real data, for people: those listed in DIFFPOOL_PAGES, separated by colons.
#[test]
fn pages_of_ones_own_load_too() {
    let Some(pages) = std::env::var_os("DIFFPOOL_PAGES") else { return };
    let Some(browser) = Browser::start(1280, 900) else { return };
    for path in std::env::split_paths(&pages) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_string();
        for (width, height) in [(1280, 900), (800, 900)] {
            browser.resize(width, height);
            browser.open(Path::new(&path));
            assert_eq!(browser.console(), [""; 0]);
            browser.screenshot(&format!("{name}-{width}.png"));
            browser.run("document.querySelector('[data-section=\"0\"]')?.scrollIntoView()");
            if browser.run("return document.querySelector('.cluster') !== null") == true {
                browser.click("[data-section=\"0\"] .cluster");
                browser.screenshot(&format!("{name}-{width}-cluster.png"));
            }
        }
    }
}
