//! What is predicted: graphs of a data set, or lines of a text as they come.

use std::io::BufRead;
use std::sync::Arc;

use diffpool::data::json_lines::{Id, Line, Lines, Record};
use diffpool::graph::{Dataset, GraphBuilder};
use diffpool::model::{Model, Session};
use diffpool::{Error, ErrorKind};

use super::render::Renderer;
use crate::failure::{Failure, Result};

/// Graphs of a data set that a thread is given at a time.
const GRAPHS: usize = 16;
/// Lines that a thread is given at a time; fewer where they are long or none is there yet.
const LINES: usize = 32;
const BYTES: usize = 1 << 18;

/// Some graphs to predict.
pub enum Task {
    /// Graphs of the data set, by number.
    Graphs(Vec<usize>),
    /// Graphs on lines of a text.
    Lines(Block),
    /// No more lines can be read.
    Failed(Error),
}

/// Some lines of a text.
#[derive(Default)]
pub struct Block {
    /// The bytes of all lines, each graph's line and where it ends, and the number of the first graph.
    bytes: Vec<u8>,
    lines: Vec<(usize, usize)>,
    first: usize,
    /// Whether edges keep their direction where a line does not say it.
    directed: bool,
}

/// What became of a task.
#[derive(Default)]
pub struct Done {
    /// Lines to print.
    pub text: String,
    /// Graphs that were predicted.
    pub predicted: usize,
    /// Graphs that were refused, where the run goes on.
    pub refused: usize,
    /// Why the run does not go on.
    pub failure: Option<Failure>,
}

/// The graphs of a data set, a few at a time.
pub fn of_graphs(indices: Vec<usize>) -> impl Iterator<Item = Task> + Send {
    let mut rest = indices.into_iter();
    std::iter::from_fn(move || {
        let graphs: Vec<usize> = rest.by_ref().take(GRAPHS).collect();
        (!graphs.is_empty()).then_some(Task::Graphs(graphs))
    })
}

/// The lines of a text, a few at a time; as many as have come, where they come slowly.
pub fn of_lines<R: BufRead + Send>(lines: Lines<R>, directed: bool) -> impl Iterator<Item = Task> + Send {
    let mut reader = Reader { lines, directed, graphs: 0, begun: false, failed: None, ended: false };
    std::iter::from_fn(move || reader.next())
}

struct Reader<R> {
    lines: Lines<R>,
    directed: bool,
    graphs: usize,
    begun: bool,
    failed: Option<Error>,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    fn next(&mut self) -> Option<Task> {
        let mut block = Block::default();
        if !self.ended && self.failed.is_none() {
            // What was read before a failure is still predicted.
            self.failed = self.fill(&mut block).err();
        }
        if !block.lines.is_empty() {
            return Some(Task::Lines(block));
        }
        self.failed.take().map(|e| {
            self.ended = true;
            Task::Failed(e)
        })
    }

    fn fill(&mut self, block: &mut Block) -> diffpool::Result<()> {
        block.first = self.graphs;
        let enough = |block: &Block| block.lines.len() >= LINES || block.bytes.len() >= BYTES;
        while block.lines.is_empty() || (self.lines.has_more() && !enough(block)) {
            let Some(line) = self.lines.next()? else {
                self.ended = true;
                break;
            };
            if let Some(directed) = about_all(!std::mem::replace(&mut self.begun, true), &line) {
                self.directed = directed.unwrap_or(self.directed);
                continue;
            }
            block.bytes.try_reserve(line.bytes.len())?;
            block.bytes.extend_from_slice(line.bytes);
            block.lines.push((line.number, block.bytes.len()));
            self.graphs += 1;
        }
        block.directed = self.directed;
        Ok(())
    }
}

/// Whether the first line is about all graphs, and what it says of directions. What else it says is not for predicting.
fn about_all(is_first: bool, line: &Line<'_>) -> Option<Option<bool>> {
    let mut record = Record::new();
    let read = is_first && record.parse(line.bytes).is_ok();
    record.about().filter(|_| read).map(|about| about.directed)
}

/// Predicts graphs on one thread.
pub struct Worker {
    session: Session,
    builder: GraphBuilder,
    record: Record,
    renderer: Renderer,
    dataset: Option<Arc<Dataset>>,
    /// What errors call the text that lines are of.
    name: String,
    keep_going: bool,
}

impl Worker {
    pub fn new(
        model: &Arc<Model<f32>>,
        renderer: &Renderer,
        dataset: Option<&Arc<Dataset>>,
        name: &str,
        keep_going: bool,
    ) -> Result<Self> {
        Ok(Self {
            session: Session::new(model.clone())?,
            builder: GraphBuilder::new(),
            record: Record::new(),
            renderer: renderer.clone(),
            dataset: dataset.cloned(),
            name: name.to_string(),
            keep_going,
        })
    }

    /// Does a task, up to the first graph that is refused unless the run goes on.
    pub fn work(&mut self, task: Task) -> Done {
        let mut done = Done::default();
        let ended = match task {
            Task::Failed(e) => Err(e.into()),
            Task::Graphs(graphs) => graphs.into_iter().try_for_each(|graph| {
                let predicted = self.graph(graph).map_err(|e| e.in_context(format_args!("graph {graph}")));
                let id = self.dataset.as_ref().and_then(|dataset| dataset.id(graph));
                let id = id.map(|id| Id::Text(id.to_string()));
                self.finish(predicted, (graph, None, id.as_ref()), &mut done)
            }),
            Task::Lines(block) => self.lines(&block, &mut done),
        };
        done.failure = ended.err();
        done
    }

    fn graph(&mut self, graph: usize) -> diffpool::Result<()> {
        let Some(dataset) = &self.dataset else { return Ok(()) };
        self.session.predict_graph(dataset.graph(graph))
    }

    fn lines(&mut self, block: &Block, done: &mut Done) -> Result<()> {
        let mut begin = 0;
        for (graph, &(number, end)) in (block.first..).zip(&block.lines) {
            let predicted = self.line(&block.bytes[begin..end], block.directed);
            let predicted = predicted.map_err(|e| e.in_context(format_args!("{}, line {number}", self.name)));
            self.finish(predicted, (graph, Some(number), self.record.id()), done)?;
            begin = end;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], directed: bool) -> diffpool::Result<()> {
        self.record.parse(line)?;
        if self.record.about().is_some() {
            return Err(Error::new(ErrorKind::Parse, "what is said about all graphs must be on the first line"));
        }
        let (mut input, mut rules) = (self.record.input(), self.record.rules(directed));
        let (read, (attributes, columns)) = (self.session.model().schema().rules(), self.record.edge_attributes());
        if read.edge_attributes > 0 {
            (input.edge_attributes, rules.edge_attributes) = (Some(attributes), columns);
        }
        // Where there are no edges, their labels and attributes are not missing.
        if input.edges.is_empty() {
            rules.edge_labels |= read.edge_labels;
            rules.edge_attributes = read.edge_attributes;
        }
        let graph = self.builder.build(&input, rules)?;
        self.session.predict_graph(graph)
    }

    /// Prints a prediction of a graph, by its number, line and id, or that there is none.
    fn finish(
        &self,
        predicted: diffpool::Result<()>,
        (graph, line, id): (usize, Option<usize>, Option<&Id>),
        done: &mut Done,
    ) -> Result<()> {
        match predicted.map_err(Failure::from) {
            Ok(()) => {
                done.text += &self.renderer.prediction(&self.session, graph, id)?;
                done.predicted += 1;
                Ok(())
            }
            Err(Failure::Error { code: 4, message }) if self.keep_going => {
                done.text += &self.renderer.refused(graph, line, id, &message)?;
                done.refused += 1;
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }
}
