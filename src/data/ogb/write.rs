//! Writes a folder in the raw form of the Open Graph Benchmark.

use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::mapping::{CLASS_NAMES, MAPPINGS, MOLECULE_ID, MOLECULES, MOST_VALUES, NO_LABELS};
use super::molecules;
use crate::data::output::{fault_of_weights, has_classes, listed, write_folder};
use crate::data::splits::Split;
use crate::error::{Result, bail};
use crate::graph::{Dataset, Names};

/// Folder of the split within `split/`.
pub const OWN_SPLIT: &str = "own";

/// Largest whole number up to which all are exact in 32 bits, as features of edges are read.
const MOST_EXACT: i64 = 1 << 24;

/// Writes a data set into a new folder, or into one that is there and empty, with a split in `split/own` where there is
/// one.
///
/// The folder appears as a whole or not at all. Read again by [`load`](super::load) with the same `directed`, with
/// `edge_data` where edges have labels or attributes, it gives the same data set under the name of the folder. The one
/// file of labels is both: where graphs have no targets, their classes are also targets then, and single targets that
/// are whole numbers from 0 without gaps are also classes.
///
/// What the layout has no place for is an error, before anything is written: labels of nodes, nodes that have both
/// features and categories, weights of edges or graphs other than 1, several edges between two nodes, edges that have
/// both labels and attributes, single attributes of edges that are all whole numbers, labels of edges beyond 2^24,
/// attributes of graphs, sequences of words, classes beside targets that are others, names but of
/// targets and of what the first two categories stand for, and graphs that there are none of.
pub fn save(dataset: &Dataset, folder: &Path, split: Option<&Split>) -> Result<()> {
    if let Some(fault) = fault(dataset) {
        bail!(Unsupported, "a folder of the Open Graph Benchmark cannot hold the data set: {fault}");
    }
    split.map_or(Ok(()), |split| split.check(dataset))?;
    write_folder(folder, |folder| Writer { dataset, folder }.write(split))
}

/// What of a data set has no place in the layout, if anything.
fn fault(dataset: &Dataset) -> Option<String> {
    let (rules, description) = (dataset.rules(), dataset.description());
    let labelled_or_attributed = rules.edge_labels || description.edge_attribute_width > 0;
    let faults = [
        (dataset.is_empty(), "it has no graphs"),
        (rules.node_labels, "its nodes have labels"),
        (rules.features > 0 && rules.categories > 0, "its nodes have both features and categories"),
        (rules.edge_labels && description.edge_attribute_width > 0, "its edges have both labels and attributes"),
        (
            labelled_or_attributed && dataset.total_entries() == 0,
            "its edges have labels or attributes, but there are no edges",
        ),
        (description.graph_attribute_width > 0, "its graphs have attributes"),
        (dataset.sequence_length() > 0, "its graphs have sequences of words"),
    ];
    let found = faults.into_iter().find(|(is, _)| *is).map(|(_, fault)| fault.to_string());
    found.or_else(|| fault_of_names(dataset)).or_else(|| fault_of_edges(dataset)).or_else(|| {
        let classes = has_classes(dataset);
        (0..dataset.len()).find_map(|index| fault_of_graph(dataset, index, classes))
    })
}

/// What the mappings have no place for: they are of the targets, and of what the first two categories stand for.
fn fault_of_names(dataset: &Dataset) -> Option<String> {
    let names = dataset.names();
    if are_of_molecules(dataset) {
        return fault_of_targets(names);
    }
    if let Some(part) = names.parts().find(|part| !["category_values", "targets"].contains(part)) {
        return Some(format!("there are names of {part}"));
    }
    if let Some(fault) = fault_of_targets(names) {
        return Some(fault);
    }
    let columns = names.category_values.iter().enumerate().filter(|(_, values)| !values.is_empty());
    for (column, values) in columns {
        if column >= MAPPINGS.len() || values.len() > MOST_VALUES {
            return Some(format!("there are {} names of values of category {column}", values.len()));
        }
        let width = dataset.rules().categories;
        let of_graph = |index| dataset.graph(index).categories().iter().skip(column).step_by(width);
        let beyond = |value: &&i32| usize::try_from(**value).map_or(true, |value| value >= values.len());
        if let Some(value) = (0..dataset.len()).flat_map(of_graph).find(beyond) {
            return Some(format!("category {column} is {value}, but {} of its values have names", values.len()));
        }
    }
    None
}

fn fault_of_targets(names: &Names) -> Option<String> {
    let name = names.targets.iter().find(|name| NO_LABELS.contains(&name.as_str()))?;
    Some(format!("a target is called {name:?}, which means something else"))
}

/// Whether the names of what nodes and edges have are those that the reader gives molecules by itself.
fn are_of_molecules(dataset: &Dataset) -> bool {
    let names = dataset.names();
    let told = dataset.has_ids() || !names.targets.is_empty();
    let known = molecules::names(dataset).filter(|_| told);
    known.is_some_and(|known| Names { targets: names.targets.clone(), ..known } == *names)
}

/// What the file of features of edges has no place for: it has labels where all lines are single whole numbers.
fn fault_of_edges(dataset: &Dataset) -> Option<String> {
    let edges = dataset.edge_data();
    if let Some(label) = edges.labels.iter().find(|label| !(-MOST_EXACT..=MOST_EXACT).contains(*label)) {
        return Some(format!("an edge has the label {label}, beyond {MOST_EXACT}"));
    }
    if let Some(value) = edges.attributes.iter().find(|value| !value.is_finite()) {
        return Some(format!("an attribute of an edge is {value}"));
    }
    let whole = |value: &f32| value.fract() == 0.0 && value.abs() <= MOST_EXACT as f32;
    let labels = edges.attribute_width == 1 && edges.attributes.iter().all(whole);
    (labels && !edges.attributes.is_empty())
        .then(|| "the attributes of its edges are single whole numbers, which would be read as labels".to_string())
}

/// What the layout has no place for in a graph.
fn fault_of_graph(dataset: &Dataset, index: usize, classes: bool) -> Option<String> {
    let graph = dataset.graph(index);
    if let Some(fault) = fault_of_weights(dataset, index) {
        return Some(fault);
    }
    if graph.has_parallel_edges() {
        return Some(format!("graph {index} has several edges between two nodes"));
    }
    if let Err(e) = entries(dataset, index) {
        return Some(format!("graph {index}: {}", e.message()));
    }
    let (y, targets) = (dataset.y(index), dataset.targets(index));
    let differ = classes && !targets.is_empty() && targets != [y as f32];
    differ.then(|| format!("graph {index} is of class {y}, but has the targets {targets:?}"))
}

/// The edges of a graph to list, each as row and entry.
fn entries(dataset: &Dataset, index: usize) -> Result<Vec<(usize, usize)>> {
    let attributes = attributes_of(dataset, index);
    listed(dataset.graph(index), |a, b| attributes(a) == attributes(b))
}

/// The attributes of an entry of a graph; none where there are none.
fn attributes_of<'a>(dataset: &'a Dataset, index: usize) -> impl Fn(usize) -> &'a [f32] {
    let (first, data) = (dataset.entry_range(index).start, dataset.edge_data());
    let width = if data.attributes.is_empty() { 0 } else { data.attribute_width };
    move |entry| &data.attributes[(first + entry) * width..(first + entry + 1) * width]
}

struct Writer<'a> {
    dataset: &'a Dataset,
    folder: &'a Path,
}

/// A file on its way.
type Out = GzEncoder<BufWriter<File>>;

impl Writer<'_> {
    fn write(&self, split: Option<&Split>) -> io::Result<()> {
        let (data, rules) = (self.dataset, self.dataset.rules());
        self.lines("raw/num-node-list", |index, out| writeln!(out, "{}", data.nodes(index)))?;
        self.lines("raw/num-edge-list", |index, out| writeln!(out, "{}", self.edges(index)?.len()))?;
        self.lines("raw/edge", |index, out| {
            let graph = data.graph(index);
            self.edges(index)?.iter().try_for_each(|&(row, entry)| writeln!(out, "{row},{}", graph.indices()[entry]))
        })?;
        if rules.features > 0 {
            // With a point, so that whole numbers are not taken for categories.
            self.lines("raw/node-feat", |index, out| rows(out, data.graph(index).x(), rules.features, real))?;
        }
        if rules.categories > 0 {
            let of = |index| data.graph(index).categories();
            self.lines("raw/node-feat", |index, out| rows(out, of(index), rules.categories, i32::to_string))?;
        }
        if rules.edge_labels || !data.edge_data().attributes.is_empty() {
            self.edge_features()?;
        }
        let label = |index: usize| match data.targets(index) {
            [] => data.y(index).to_string(),
            targets => row(targets, number),
        };
        self.lines("raw/graph-label", |index, out| writeln!(out, "{}", label(index)))?;
        self.class_names()?;
        self.category_values()?;
        self.molecules()?;
        split.map_or(Ok(()), |split| self.split(split))
    }

    /// The edges of a graph to list; that they can be has been found out before.
    fn edges(&self, index: usize) -> io::Result<Vec<(usize, usize)>> {
        entries(self.dataset, index).map_err(|e| io::Error::other(e.message().to_string()))
    }

    fn edge_features(&self) -> io::Result<()> {
        self.lines("raw/edge-feat", |index, out| {
            let attributes = attributes_of(self.dataset, index);
            let labels = self.dataset.graph(index).edge_labels().unwrap_or(&[]);
            for (_, entry) in self.edges(index)? {
                match labels.get(entry) {
                    Some(label) => writeln!(out, "{label}")?,
                    None => writeln!(out, "{}", row(attributes(entry), real))?,
                }
            }
            Ok(())
        })
    }

    /// The names of the classes, where they are named or the numbers of those in use have gaps.
    fn class_names(&self) -> io::Result<()> {
        let data = self.dataset;
        let mut used = vec![false; data.classes()];
        (0..data.len()).for_each(|index| used[data.y(index)] = true);
        if !has_classes(data) || (data.description().class_names.is_empty() && used.iter().all(|used| *used)) {
            return Ok(());
        }
        let names = data.class_names();
        let records = names.iter().enumerate().map(|(class, name)| vec![class.to_string(), name.clone()]);
        self.table(CLASS_NAMES, &["label idx".to_string(), "label".to_string()], records)
    }

    /// What the first categories stand for.
    fn category_values(&self) -> io::Result<()> {
        let names = self.dataset.names();
        // Those of molecules have no file.
        let values = names.category_values.iter().filter(|_| names.categories.is_empty());
        let columns = values.zip(MAPPINGS);
        for (values, path) in columns.filter(|(values, _)| !values.is_empty()) {
            let records = values.iter().enumerate().map(|(value, name)| vec![value.to_string(), name.clone()]);
            self.table(path, &["idx".to_string(), "name".to_string()], records)?;
        }
        Ok(())
    }

    /// The ids of the graphs, after their targets where those have names.
    fn molecules(&self) -> io::Result<()> {
        let (data, mut header) = (self.dataset, self.dataset.names().targets.clone());
        let named = header.len();
        header.extend(data.has_ids().then(|| MOLECULE_ID.to_string()));
        if header.is_empty() {
            return Ok(());
        }
        let records = (0..data.len()).map(|index| {
            let targets = data.targets(index)[..named].iter().map(number);
            let id = data.has_ids().then(|| data.id(index).unwrap_or_default().to_string());
            targets.chain(id).collect()
        });
        self.table(MOLECULES, &header, records)
    }

    fn split(&self, split: &Split) -> io::Result<()> {
        let parts = [("train", &split.train), ("valid", &split.validation), ("test", &split.test)];
        for (name, graphs) in parts {
            self.file(&format!("split/{OWN_SPLIT}/{name}.csv.gz"), |out| {
                graphs.iter().try_for_each(|graph| writeln!(out, "{graph}"))
            })?;
        }
        Ok(())
    }

    /// A table with a header, in which texts stand in quotes where they must.
    fn table(&self, path: &str, header: &[String], records: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
        self.file(path, |out| {
            // A record of one empty text is in quotes, or it would be a blank line.
            let mut writer = csv::Writer::from_writer(out);
            writer.write_record(header)?;
            for record in records {
                writer.write_record(record)?;
            }
            writer.flush()
        })
    }

    /// A file of what `write` gives for every graph.
    fn lines(&self, part: &str, write: impl Fn(usize, &mut Out) -> io::Result<()>) -> io::Result<()> {
        self.file(&format!("{part}.csv.gz"), |out| (0..self.dataset.len()).try_for_each(|index| write(index, out)))
    }

    fn file(&self, path: &str, write: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<()> {
        let path = self.folder.join(path);
        path.parent().map_or(Ok(()), create_dir_all)?;
        let mut out = GzEncoder::new(BufWriter::with_capacity(1 << 16, File::create(path)?), Compression::default());
        write(&mut out)?;
        out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes rows of so many values.
fn rows<T>(out: &mut Out, values: &[T], width: usize, text: impl Fn(&T) -> String + Copy) -> io::Result<()> {
    values.chunks_exact(width).try_for_each(|values| writeln!(out, "{}", row(values, text)))
}

/// Values with commas between them.
fn row<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    values.iter().map(text).collect::<Vec<_>>().join(",")
}

/// A number in the fewest digits that give it back, with a point or an exponent.
fn real(value: &f32) -> String {
    format!("{value:?}")
}

/// A number in the fewest digits that give it back; `nan` where it is missing.
fn number(value: &f32) -> String {
    if value.is_nan() { "nan".to_string() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::data::ogb::{OgbOptions, load, load_split};
    use crate::error::ErrorKind;
    use crate::graph::{EdgeData, EdgeInput, GraphBuilder, GraphInput, GraphRules};

    /// Three graphs that follow these rules: a path of three nodes, a lone node, and two nodes, one with a loop.
    fn graphs(rules: GraphRules) -> Dataset {
        let (mut data, mut builder) = (Dataset::new("SET", rules), GraphBuilder::new());
        for (nodes, from, to) in [(3, vec![0, 1], vec![1, 2]), (1, vec![], vec![]), (2, vec![1, 0], vec![1, 1])] {
            let x: Vec<f32> = (0..nodes * rules.features).map(|at| at as f32 - 1.0).collect();
            let categories: Vec<i32> = (0..nodes * rules.categories).map(|at| at as i32 - 1).collect();
            let labels: Vec<i64> = (0..from.len() as i64).map(|at| 7 - 9 * at).collect();
            let input = GraphInput {
                x: Some(&x),
                categories: Some(&categories),
                node_labels: rules.node_labels.then_some(&[0, 1, 2][..nodes]),
                edge_labels: rules.edge_labels.then_some(&labels),
                ..GraphInput::new(nodes, EdgeInput::List { from: &from, to: &to })
            };
            data.add(&mut builder, &input, 0).unwrap();
        }
        data
    }

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| at as f32 / 7.0 - 0.5).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    /// What the reader makes of what the writer wrote.
    fn there_and_back(data: &Dataset, split: Option<&Split>) -> (tempfile::TempDir, PathBuf, Dataset) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("SET");
        save(data, &folder, split).unwrap();
        let directed = data.rules().directed;
        let read = load(&folder, &OgbOptions { directed, edge_data: true, ..OgbOptions::default() }).unwrap();
        (place, folder, read)
    }

    fn assert_same(read: &Dataset, data: &Dataset) {
        assert_eq!(read.description(), data.description());
        let columns = |data: &Dataset| data.columns().iter().map(|c| (c.name, c.bytes.to_vec())).collect::<Vec<_>>();
        assert_eq!(columns(read), columns(data));
    }

    #[test]
    fn molecules_come_back() {
        let mut data = graphs(GraphRules { categories: 2, ..GraphRules::plain(false) });
        data.set_edge_attributes((0..data.total_entries() as u8 * 2).map(f32::from).collect(), 2).unwrap();
        data.set_targets(vec![0.1, f32::NAN, f32::NAN, f32::NAN, 1e30, -0.0], 2).unwrap();
        data.set_ids([Some("a, \"b\"\nc"), None, Some("d")].into_iter()).unwrap();
        let targets = names(&["toxic, very", "soluble"]);
        data.set_names(Names { targets, ..Names::default() }).unwrap();
        let split = Split { train: vec![2, 0], validation: Vec::new(), test: vec![1] };
        let (_place, folder, read) = there_and_back(&data, Some(&split));
        assert_same(&read, &data);
        assert_eq!(load_split(&folder, None, 3).unwrap(), split);
        assert_eq!(load_split(&folder, Some(OWN_SPLIT), 3).unwrap(), split);
    }

    #[test]
    fn edges_that_are_the_same_both_ways_are_listed_once() {
        let mut data = graphs(GraphRules { edge_labels: true, features: 1, ..GraphRules::plain(false) });
        data.set_targets(vec![0.0, 1.0, 2.0], 1).unwrap();
        data.set_classes(vec![0, 1, 2], Vec::new()).unwrap();
        let (_place, folder, read) = there_and_back(&data, None);
        assert_same(&read, &data);
        assert!(!folder.join("split").exists() && !folder.join("mapping").exists());
        let lines = std::fs::File::open(folder.join("raw/edge.csv.gz")).unwrap();
        let text = std::io::read_to_string(flate2::read::GzDecoder::new(lines)).unwrap();
        assert_eq!(text, "0,1\n1,2\n0,1\n1,1\n");
    }

    #[test]
    fn names_of_categories_and_targets_come_back() {
        for named in [0, 1] {
            let mut data = graphs(GraphRules { categories: 3, ..GraphRules::plain(false) });
            data.set_targets(vec![f32::NAN, 1.5, f32::NAN], 1).unwrap();
            let category_values = match named {
                // The second column has the categories 0, 3 and 6; the first has -1, which can have no name.
                0 => Vec::new(),
                _ => vec![Vec::new(), names(&["a", "", "c", "c", "e", "f", "g", "h\n\"i\"", "j"]), Vec::new()],
            };
            let all = Names { category_values, targets: names(&["toxic"]), ..Names::default() };
            data.set_names(all).unwrap();
            let (_place, folder, read) = there_and_back(&data, None);
            assert_same(&read, &data);
            assert!(folder.join("mapping/mol.csv.gz").exists());
            assert_eq!(folder.join("mapping/attridx2attr.csv.gz").exists(), named == 1);
        }
    }

    #[test]
    fn classes_come_back_with_their_names_and_as_targets() {
        for (y, given) in [(vec![1, 0, 1], vec!["no", "ja, \"!\""]), (vec![2, 0, 2], vec![]), (vec![0; 3], vec!["one"])]
        {
            let mut data = graphs(GraphRules::plain(true));
            let edges = data.total_entries();
            let attributes = EdgeData { attributes: numbers(edges), attribute_width: 1, ..EdgeData::default() };
            data.set_edge_data(attributes).unwrap();
            data.set_classes(y.clone(), names(&given)).unwrap();
            let (_place, _, read) = there_and_back(&data, None);
            assert_eq!(read.class_names(), data.class_names());
            data.set_class_names(data.class_names()).unwrap();
            data.set_targets(y.iter().map(|&y| y as f32).collect(), 1).unwrap();
            assert_same(&read, &data);
        }
    }

    #[test]
    fn what_has_no_place_is_named_and_nothing_is_left() {
        let plain = || graphs(GraphRules::default());
        let with = |change: &dyn Fn(&mut Dataset)| {
            let mut data = plain();
            change(&mut data);
            data
        };
        let doubled = || {
            let mut data = graphs(GraphRules { edge_labels: true, ..GraphRules::default() });
            let edges = EdgeInput::List { from: &[0, 0], to: &[1, 1] };
            let input = GraphInput { edge_labels: Some(&[1, 2]), ..GraphInput::new(2, edges) };
            data.add(&mut GraphBuilder::new(), &input, 0).unwrap();
            data
        };
        let weighted = || {
            let mut data = plain();
            let edges = EdgeInput::List { from: &[0], to: &[1] };
            let input = GraphInput { edge_weight: Some(&[0.5]), ..GraphInput::new(2, edges) };
            data.add(&mut GraphBuilder::new(), &input, 0).unwrap();
            data
        };
        let labels = |labels: Vec<i64>| {
            move |data: &mut Dataset| {
                let labels = labels.clone();
                data.set_edge_data(EdgeData { labels, ..EdgeData::default() }).unwrap();
            }
        };
        let attributes = |value: f32| {
            move |data: &mut Dataset| {
                data.set_edge_attributes(vec![value; data.total_entries()], 1).unwrap();
            }
        };
        let cases = [
            plain().subset(&[]).unwrap(),
            graphs(GraphRules { node_labels: true, ..GraphRules::default() }),
            graphs(GraphRules { features: 1, categories: 1, ..GraphRules::default() }),
            graphs(GraphRules { edge_labels: true, ..GraphRules::default() }).subset(&[1]).unwrap(),
            with(&|data| data.set_graph_attributes(vec![0.0; 3], 1).unwrap()),
            with(&|data| data.set_sequences(&[0; 4], &[], 1, 3).unwrap()),
            with(&|data| data.set_graph_weights(vec![1.0, 2.0, 1.0]).unwrap()),
            with(&labels(vec![0, 0, 0, 0, 1 << 25, 0, 0])),
            with(&labels(vec![0, 1, 2, 3, 4, 5, 6])),
            with(&attributes(2.0)),
            with(&attributes(f32::NAN)),
            with(&|data| {
                data.set_classes(vec![0, 1, 0], Vec::new()).unwrap();
                data.set_targets(vec![0.0, 0.5, 0.0], 1).unwrap();
            }),
            doubled(),
            weighted(),
        ];
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("SET");
        let mut messages = String::new();
        for data in cases {
            let error = save(&data, &folder, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            messages += &format!("{error}\n");
        }
        insta::assert_snapshot!("no_place", messages);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn names_that_have_no_place_are_told() {
        let values = |column: usize, given: &[&str]| {
            let mut category_values = vec![Vec::new(); 3];
            category_values[column] = names(given);
            Names { category_values, ..Names::default() }
        };
        let cases = [
            (Names { targets: names(&["smiles"]), ..Names::default() }, "a target is called \"smiles\", which means"),
            (Names { categories: names(&["a", "b", "c"]), ..Names::default() }, "there are names of categories"),
            (values(0, &["a"]), "category 0 is -1, but 1 of its values have names"),
            (values(1, &["a"]), "category 1 is 3, but 1 of its values have names"),
            (values(2, &["a"]), "there are 1 names of values of category 2"),
        ];
        let mut data = graphs(GraphRules { categories: 3, ..GraphRules::default() });
        data.set_targets(vec![0.5; 3], 1).unwrap();
        for (names, message) in cases {
            data.set_names(names).unwrap();
            let error = save(&data, Path::new("nowhere"), None).unwrap_err();
            assert!(error.kind() == ErrorKind::Unsupported && error.message().contains(message), "{error}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_is_not_begun() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("SET");
        let plain = || graphs(GraphRules::default());
        let error = save(&plain(), &folder, Some(&Split { train: vec![3], ..Split::default() })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let listed = || std::fs::read_dir(place.path()).unwrap().count();
        assert_eq!(listed(), 0);
        // A folder that holds something stays as it is.
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("other"), "text").unwrap();
        assert_eq!(save(&plain(), &folder, None).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(save(&plain(), &place.path().join("no/SET"), None).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!((listed(), std::fs::read_dir(&folder).unwrap().count()), (1, 1));
    }
}
