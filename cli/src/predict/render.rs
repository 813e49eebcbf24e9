//! A prediction as a line of text.

use std::fmt::Write;

use clap::ValueEnum;
use diffpool::config::Task;
use diffpool::data::json_lines::Id;
use diffpool::model::{Model, Session};
use serde_json::json;

use crate::failure::{Failure, Result};

/// What is printed of every graph besides the prediction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// The vector that represents the graph.
    pub embedding: bool,
    /// The assignment matrix of every pooling level.
    pub assignments: bool,
    /// The logits.
    pub logits: bool,
    /// Whether a graph that is refused has a line, too.
    pub refused: bool,
    /// Whether graphs may have names.
    pub ids: bool,
}

/// Formats of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutFormat {
    /// One JSON object a graph
    #[value(name = "jsonl")]
    JsonLines,
    /// A table with a header
    Csv,
}

/// Writes predictions of one model.
#[derive(Clone)]
pub struct Renderer {
    format: OutFormat,
    extras: Extras,
    task: Task,
    /// The names of the classes, as JSON and as they are.
    quoted: Vec<String>,
    names: Vec<String>,
    /// The columns of a table.
    columns: Vec<String>,
}

impl Renderer {
    pub fn new(model: &Model<f32>, format: OutFormat, extras: Extras) -> Result<Self> {
        if format == OutFormat::Csv && extras.assignments {
            return Err(Failure::usage("--assignments: a table has no place for matrices; use --out-format jsonl"));
        }
        let names = model.class_names().to_vec();
        let quoted = names.iter().map(|name| json!(name).to_string()).collect();
        let columns = columns(model, extras)?;
        Ok(Self { format, extras, task: model.config().task, quoted, names, columns })
    }

    /// What comes before all graphs.
    pub fn header(&self) -> Result<String> {
        if self.format == OutFormat::Csv { row(&self.columns) } else { Ok(String::new()) }
    }

    /// The last prediction of a session, as that of graph `graph`.
    pub fn prediction(&self, session: &Session, graph: usize, id: Option<&Id>) -> Result<String> {
        match self.format {
            OutFormat::JsonLines => self.object(session, graph, id),
            OutFormat::Csv => self.record(session, graph, id),
        }
    }

    /// A graph that was refused, with the line that it is on where it has one.
    pub fn refused(&self, graph: usize, line: Option<usize>, id: Option<&Id>, message: &str) -> Result<String> {
        if self.format == OutFormat::Csv {
            let mut fields = vec![graph.to_string()];
            if self.extras.ids {
                fields.push(id.map(Id::to_string).unwrap_or_default());
            }
            fields.resize(self.columns.len() - 1, String::new());
            fields.push(message.to_string());
            return row(&fields);
        }
        let mut out = begin(graph, id);
        if let Some(line) = line {
            let _ = write!(out, ",\"line\":{line}");
        }
        let _ = writeln!(out, ",\"error\":{}}}", json!(message));
        Ok(out)
    }

    fn object(&self, session: &Session, graph: usize, id: Option<&Id>) -> Result<String> {
        let mut out = begin(graph, id);
        match self.task {
            Task::Multiclass => {
                let _ = write!(out, ",\"class\":{},\"probabilities\":{{", self.quoted[session.class()?]);
                for (at, (name, p)) in self.quoted.iter().zip(session.probabilities()?).enumerate() {
                    let _ = write!(out, "{}{name}:{p:?}", if at > 0 { "," } else { "" });
                }
                out.push('}');
            }
            Task::Binary => {
                let (class, p) = (&self.quoted[session.class()?], session.probabilities()?[0]);
                let _ = write!(out, ",\"class\":{class},\"probabilities\":{{\"1\":{p:?}}}");
            }
            Task::Multilabel => {
                let _ = write!(out, ",\"labels\":{:?}", session.predictions()?);
                list(&mut out, ",\"probabilities\":", session.probabilities()?);
            }
            Task::Regression => list(&mut out, ",\"values\":", session.logits()?),
            Task::Sequence => {
                let words: Vec<&str> = self.words(session)?.iter().map(|&word| self.quoted[word].as_str()).collect();
                let _ = write!(out, ",\"words\":[{}]", words.join(","));
            }
        }
        if self.extras.logits {
            list(&mut out, ",\"logits\":", session.logits()?);
        }
        if self.extras.embedding {
            list(&mut out, ",\"embedding\":", session.embedding()?);
        }
        if self.extras.assignments {
            out.push_str(",\"assignments\":[");
            for level in 0..session.levels() {
                let s = session.assignment(level)?;
                out.push_str(if level > 0 { ",[" } else { "[" });
                for (at, row) in s.rows().into_iter().enumerate() {
                    list(&mut out, if at > 0 { "," } else { "" }, &row.to_vec());
                }
                out.push(']');
            }
            out.push(']');
        }
        out.push_str("}\n");
        Ok(out)
    }

    fn record(&self, session: &Session, graph: usize, id: Option<&Id>) -> Result<String> {
        let mut fields = vec![graph.to_string()];
        let numbers = |values: &[f32]| values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>();
        if self.extras.ids {
            fields.push(id.map(Id::to_string).unwrap_or_default());
        }
        match self.task {
            Task::Multiclass | Task::Binary => {
                fields.push(self.names[session.class()?].clone());
                fields.extend(numbers(session.probabilities()?));
            }
            Task::Multilabel => {
                fields.extend(session.predictions()?.iter().map(usize::to_string));
                fields.extend(numbers(session.probabilities()?));
            }
            Task::Regression => fields.extend(numbers(session.logits()?)),
            Task::Sequence => {
                let words: Vec<&str> = self.words(session)?.iter().map(|&word| self.names[word].as_str()).collect();
                fields.push(words.join(" "));
            }
        }
        if self.extras.logits {
            fields.extend(numbers(session.logits()?));
        }
        if self.extras.embedding {
            fields.extend(numbers(session.embedding()?));
        }
        if self.extras.refused {
            fields.push(String::new());
        }
        row(&fields)
    }

    /// The predicted words up to the end, which is the last of the vocabulary.
    fn words<'a>(&self, session: &'a Session) -> Result<&'a [usize]> {
        let end = self.names.len() - 1;
        let words = session.predictions()?;
        Ok(words.split(|&word| word == end).next().unwrap_or(&[]))
    }
}

/// The names of the columns of a table.
fn columns(model: &Model<f32>, extras: Extras) -> Result<Vec<String>> {
    let mut columns = vec!["graph".to_string()];
    let numbered = |name: &str, count: usize| (0..count).map(|i| format!("{name}_{i}")).collect::<Vec<_>>();
    let targets = model.targets();
    if extras.ids {
        columns.push("id".to_string());
    }
    match model.config().task {
        Task::Multiclass => {
            columns.push("class".to_string());
            columns.extend(model.class_names().iter().map(|name| format!("probability_{name}")));
        }
        Task::Binary => columns.extend(["class".to_string(), "probability_1".to_string()]),
        Task::Multilabel => {
            columns.extend(numbered("label", targets));
            columns.extend(numbered("probability", targets));
        }
        Task::Regression => columns.extend(numbered("value", targets)),
        Task::Sequence => columns.push("words".to_string()),
    }
    if extras.logits {
        columns.extend(numbered("logit", model.width()));
    }
    if extras.embedding {
        // The embedding of a graph is what the head reads.
        columns.extend(numbered("embedding", model.tensor("head.0.weight")?.0[0]));
    }
    if extras.refused {
        columns.push("error".to_string());
    }
    Ok(columns)
}

/// The beginning of an object.
fn begin(graph: usize, id: Option<&Id>) -> String {
    match id {
        None => format!("{{\"graph\":{graph}"),
        Some(Id::Number(id)) => format!("{{\"graph\":{graph},\"id\":{id}"),
        Some(Id::Text(id)) => format!("{{\"graph\":{graph},\"id\":{}", json!(id)),
    }
}

/// Numbers in the fewest digits that give them back.
fn list(out: &mut String, before: &str, values: &[f32]) {
    let _ = write!(out, "{before}[");
    for (at, value) in values.iter().enumerate() {
        let _ = write!(out, "{}{value:?}", if at > 0 { "," } else { "" });
    }
    out.push(']');
}

/// A row of a table.
fn row(fields: &[String]) -> Result<String> {
    let failed = |e: String| Failure::Error { code: 1, message: format!("a row of a table: {e}") };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields).map_err(|e| failed(e.to_string()))?;
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}
