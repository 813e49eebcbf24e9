//! Files of the library: models, checkpoints, data sets.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use diffpool::checkpoint::{dataset_file, model_file, training_file};
use diffpool::data::synthetic::{self, SyntheticKind};
use diffpool::graph::{Dataset, EdgeInput, GraphInput, Store};
use diffpool::model::{Model, Session};
use diffpool::train::Trainer;
use tempfile::TempDir;

/// A folder in memory, where the machine has one.
pub static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
});

/// Opens a file, and where it is refused for its checksum, once more with the right one: a mutation would else never
/// come any further.
fn with_checksum<T>(bytes: &[u8], mut open: impl FnMut(&[u8]) -> diffpool::Result<T>) -> Option<T> {
    let error = match open(bytes) {
        Ok(opened) => return Some(opened),
        Err(error) => error,
    };
    let message = error.message();
    let found = message.split("its checksum is ").nth(1)?.get(..8)?;
    let said = message.split("but it says \"").nth(1)?.split('"').next()?;
    if said.len() != 8 {
        return None;
    }
    let at = bytes.windows(8).position(|window| window == said.as_bytes())?;
    let mut repaired = bytes.to_vec();
    repaired[at..at + 8].copy_from_slice(found.as_bytes());
    open(&repaired).ok()
}

pub fn model(bytes: &[u8]) {
    let Some(model) = with_checksum(bytes, model_file::from_bytes) else { return };
    let written = model_file::to_bytes(&model).unwrap();
    let again = model_file::from_bytes(&written).unwrap();
    assert!(model_file::to_bytes(&again).unwrap() == written, "a model that was saved and loaded is another");
    predict(model);
}

/// Predicts a ring, as far as such a model can.
fn predict(model: Model<f32>) {
    let rules = model.schema().rules();
    if rules.features > 1000 || rules.categories > 1000 {
        return;
    }
    let (from, to, nodes) = ([0, 1, 2, 3], [1, 2, 3, 0], 4);
    let (x, categories) = (vec![0.5; nodes * rules.features], vec![0; nodes * rules.categories]);
    let (labels, edge_labels) = ([0_i64, 1, 0, 1], [0_i64; 4]);
    let input = GraphInput {
        x: Some(&x),
        categories: Some(&categories),
        node_labels: Some(&labels),
        edge_labels: Some(&edge_labels),
        ..GraphInput::new(nodes, EdgeInput::List { from: &from, to: &to })
    };
    let mut session = Session::new(Arc::new(model)).unwrap();
    let _ = session.predict(&input);
}

static DATA: LazyLock<Arc<Dataset>> = LazyLock::new(|| {
    Arc::new(synthetic::generate(SyntheticKind::from_name("ba").unwrap(), 8, 1).unwrap())
});

pub fn checkpoint(bytes: &[u8]) {
    let path = FOLDER.path().join("checkpoint");
    let Some(state) = with_checksum(bytes, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        training_file::load(&path)
    }) else {
        return;
    };
    let small = state.model.parameter_count() < 100_000 && state.model.config().batch_size <= 1000;
    if let (true, Ok(mut trainer)) = (small, Trainer::resume(state, DATA.clone(), &[0, 1, 2, 3, 4, 5], &[6, 7])) {
        let next = trainer.state().epoch + 1;
        let _ = trainer.set_epochs(next);
        let _ = trainer.fit(&mut diffpool::train::Callbacks::default());
    }
}

/// Bytes that begin at a multiple of eight.
struct Aligned(Vec<u64>, usize);

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the vector has as many bytes.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.1) }
    }
}

pub fn dataset(bytes: &[u8]) {
    let open = |bytes: &[u8]| {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_ne_bytes(word)
        };
        let store: Store = Arc::new(Aligned(bytes.chunks(8).map(word).collect(), bytes.len()));
        dataset_file::from_store(store)
    };
    let Some(dataset) = with_checksum(bytes, open) else { return };
    for index in 0..dataset.len().min(100) {
        let graph = dataset.graph(index);
        let _ = (graph.x().len(), graph.edge_weight().map(<[f32]>::len), dataset.y(index), graph.is_directed());
    }
    let path = FOLDER.path().join("dataset");
    dataset_file::save(&dataset, &path).unwrap();
    let written = std::fs::read(&path).unwrap();
    let again = open(&written).unwrap();
    dataset_file::save(&again, &path).unwrap();
    assert!(std::fs::read(&path).unwrap() == written, "a data set that was saved and loaded is another");
}
