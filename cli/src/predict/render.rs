//! A prediction as a line of text.

use std::fmt::Write;

use clap::ValueEnum;
use diffpool::data::json_lines::Id;
use diffpool::model::{Model, Outputs, PredictionKind, Session};
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
    outputs: Outputs,
    /// The names of the classes, as JSON.
    quoted: Vec<String>,
    /// The columns of a table.
    columns: Vec<String>,
}

impl Renderer {
    pub fn new(model: &Model<f32>, format: OutFormat, extras: Extras) -> Result<Self> {
        if format == OutFormat::Csv && extras.assignments {
            return Err(Failure::usage("--assignments: a table has no place for matrices; use --out-format jsonl"));
        }
        let quoted = model.class_names().iter().map(|name| json!(name).to_string()).collect();
        let columns = columns(model, extras)?;
        Ok(Self { format, extras, outputs: model.outputs().clone(), quoted, columns })
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
        match self.outputs.kind() {
            PredictionKind::Class => {
                let _ = write!(out, ",\"class\":{},\"probabilities\":{{", self.quoted[session.class()?]);
                for (logit, p) in session.probabilities()?.iter().enumerate() {
                    let name = &self.quoted[self.outputs.meaning_of(logit).1];
                    let _ = write!(out, "{}{name}:{p:?}", if logit > 0 { "," } else { "" });
                }
                out.push('}');
            }
            PredictionKind::Labels => {
                let _ = write!(out, ",\"labels\":{:?}", session.predictions()?);
                list(&mut out, ",\"probabilities\":", session.probabilities()?);
            }
            PredictionKind::Numbers => list(&mut out, ",\"values\":", session.logits()?),
            PredictionKind::Words => {
                let _ = write!(out, ",\"words\":[{}]", self.words(session, &self.quoted)?.join(","));
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
        match self.outputs.kind() {
            PredictionKind::Class => {
                fields.push(self.outputs.class_names[session.class()?].clone());
                fields.extend(numbers(session.probabilities()?));
            }
            PredictionKind::Labels => {
                fields.extend(session.predictions()?.iter().map(usize::to_string));
                fields.extend(numbers(session.probabilities()?));
            }
            PredictionKind::Numbers => fields.extend(numbers(session.logits()?)),
            PredictionKind::Words => fields.push(self.words(session, &self.outputs.class_names)?.join(" ")),
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

    /// The predicted words up to the end, by their names.
    fn words<'a>(&self, session: &Session, names: &'a [String]) -> Result<Vec<&'a str>> {
        let words = self.outputs.until_end(session.predictions()?);
        Ok(words.iter().map(|&word| names[word].as_str()).collect())
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
    let outputs = model.outputs();
    match outputs.kind() {
        PredictionKind::Class => {
            columns.push("class".to_string());
            columns.extend((0..outputs.width()).map(|logit| format!("probability_{}", outputs.logit_name(logit))));
        }
        PredictionKind::Labels => {
            columns.extend(numbered("label", targets));
            columns.extend(numbered("probability", targets));
        }
        PredictionKind::Numbers => columns.extend(numbered("value", targets)),
        PredictionKind::Words => columns.push("words".to_string()),
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
