//! A graph of ONNX under construction: its nodes, its constants, and the weights of the model that it takes.

use std::collections::{BTreeMap, BTreeSet};

use diffpool::model::Model;

use super::proto;
use super::proto::{Attribute, Dimension, Node, Shape, Size, Tensor, TensorType, Type, ValueInfo, attribute, element};
use crate::failure::Result;

/// Longest name of a list that says what is in it.
const LONGEST_NAME: usize = 80;

/// The name of what a node gives, of an input or of a constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value(String);

/// A graph under construction. Formulas are written for one graph of nodes; in front of its axes stands one of the
/// batch where there is such a thing, so that axes are counted from the last.
pub struct Graph<'a> {
    model: &'a Model<f32>,
    /// Whether the first axis of everything that belongs to a graph is that of the batch.
    pub batched: bool,
    scope: String,
    nodes: Vec<Node>,
    constants: BTreeMap<String, Tensor>,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    /// Tensors of the model that were asked for.
    taken: BTreeSet<String>,
    counts: BTreeMap<String, usize>,
}

impl<'a> Graph<'a> {
    pub fn new(model: &'a Model<f32>, batched: bool) -> Self {
        Self {
            model,
            batched,
            scope: String::new(),
            nodes: Vec::new(),
            constants: BTreeMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            taken: BTreeSet::new(),
            counts: BTreeMap::new(),
        }
    }

    pub fn model(&self) -> &'a Model<f32> {
        self.model
    }

    /// What the names of the nodes begin with from now on.
    pub fn enter(&mut self, scope: impl Into<String>) {
        self.scope = scope.into();
    }

    /// A node of one output.
    pub fn op(&mut self, kind: &str, inputs: &[&Value]) -> Value {
        self.op_with(kind, inputs, Vec::new())
    }

    /// The same with attributes.
    pub fn op_with(&mut self, kind: &str, inputs: &[&Value], attributes: Vec<Attribute>) -> Value {
        self.several(kind, inputs, attributes, 1).remove(0)
    }

    /// A node of several outputs.
    pub fn several(&mut self, kind: &str, inputs: &[&Value], attributes: Vec<Attribute>, outputs: usize) -> Vec<Value> {
        let place = format!("{}/{kind}", self.scope);
        let count = self.counts.entry(place.clone()).or_default();
        *count += 1;
        let name = format!("{place}_{count}");
        let named = |at| if outputs == 1 { Value(name.clone()) } else { Value(format!("{name}.{at}")) };
        let values: Vec<Value> = (0..outputs).map(named).collect();
        self.nodes.push(node(kind, Some(name.clone()), inputs, &values, attributes));
        values
    }

    /// A tensor of the model.
    pub fn weight(&mut self, name: &str) -> Result<Value> {
        let (shape, values) = self.model.tensor(name)?;
        self.taken.insert(name.to_string());
        Ok(self.floats(name, &shape, values))
    }

    /// The numbers of a tensor of the model, to be made something else of.
    pub fn numbers(&mut self, name: &str) -> Result<&'a [f32]> {
        self.taken.insert(name.to_string());
        Ok(self.model.tensor(name)?.1)
    }

    /// Whether the model has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.model.tensor(name).is_ok()
    }

    /// The first tensor of the model that nobody has asked for.
    pub fn left(&self) -> Option<String> {
        self.model.tensors().into_iter().map(|info| info.name).find(|name| !self.taken.contains(name))
    }

    /// A constant.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name.to_string(), shape, element::FLOAT, bytes)
    }

    /// A constant of one axis.
    pub fn doubles(&mut self, name: &str, values: &[f64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name.to_string(), &[values.len()], element::DOUBLE, bytes)
    }

    /// A number.
    pub fn number(&mut self, value: f32) -> Value {
        self.floats(&format!("number_{value:?}"), &[], &[value])
    }

    /// A whole number.
    pub fn whole(&mut self, value: i64) -> Value {
        self.constant(format!("whole_{value}"), &[], element::INT64, value.to_le_bytes().to_vec())
    }

    /// A list of whole numbers.
    pub fn list(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut name = values.iter().map(i64::to_string).collect::<Vec<_>>().join("_");
        // Lists of labels would be names of any length.
        if name.len() > LONGEST_NAME {
            name = format!("{}_of_{}", self.constants.len(), values.len());
        }
        self.constant(format!("list_{name}"), &[values.len()], element::INT64, bytes)
    }

    fn constant(&mut self, name: String, shape: &[usize], kind: i32, bytes: Vec<u8>) -> Value {
        let dims = shape.iter().map(|&size| size as i64).collect();
        let tensor = Tensor { dims, data_type: Some(kind), name: Some(name.clone()), raw_data: Some(bytes) };
        self.constants.entry(name.clone()).or_insert(tensor);
        Value(name)
    }

    /// An input, of the axes of one graph.
    pub fn input(&mut self, name: &str, kind: i32, axes: &[Size], meaning: &str) -> Value {
        let shape = self.with_batch(axes);
        self.inputs.push(info(name, Some((kind, Some(shape))), Some(meaning)));
        Value(name.to_string())
    }

    /// Makes a value an output, of the axes of one graph.
    pub fn output(&mut self, name: &str, value: &Value, axes: &[Size], meaning: &str) {
        let shape = self.with_batch(axes);
        self.nodes.push(node(
            "Identity",
            Some(format!("{name}/Identity")),
            &[value],
            &[Value(name.to_string())],
            vec![],
        ));
        self.outputs.push(info(name, Some((element::FLOAT, Some(shape))), Some(meaning)));
    }

    fn with_batch(&self, axes: &[Size]) -> Vec<Size> {
        let batch = self.batched.then(|| Size::Name("B".to_string()));
        batch.into_iter().chain(axes.iter().cloned()).collect()
    }

    /// How the axis of the nodes is called.
    pub fn nodes_axis(&self) -> Size {
        Size::Name(if self.batched { "N" } else { "n" }.to_string())
    }

    /// The finished graph.
    pub fn finish(self, name: &str) -> proto::Graph {
        proto::Graph {
            node: self.nodes,
            name: Some(name.to_string()),
            initializer: self.constants.into_values().collect(),
            input: self.inputs,
            output: self.outputs,
        }
    }
}

/// A graph within a node: its own inputs and outputs have no shapes, and it may name values of the graph around it.
pub fn body(
    name: &str,
    inputs: &[(&str, i32)],
    steps: &[(&str, &[&str], &str, Vec<Attribute>)],
    output: (&str, i32),
) -> proto::Graph {
    let named = |name: &str| Value(name.to_string());
    let step = |(kind, inputs, outputs, attributes): &(&str, &[&str], &str, Vec<Attribute>)| {
        let inputs: Vec<Value> = inputs.iter().copied().map(named).collect();
        let outputs: Vec<Value> = outputs.split(' ').map(named).collect();
        node(kind, None, &inputs.iter().collect::<Vec<_>>(), &outputs, attributes.clone())
    };
    proto::Graph {
        node: steps.iter().map(step).collect(),
        name: Some(name.to_string()),
        initializer: Vec::new(),
        input: inputs.iter().map(|&(name, kind)| info(name, Some((kind, None)), None)).collect(),
        output: vec![info(output.0, None, None)],
    }
}

fn node(kind: &str, name: Option<String>, inputs: &[&Value], outputs: &[Value], attribute: Vec<Attribute>) -> Node {
    Node {
        input: inputs.iter().map(|value| value.0.clone()).collect(),
        output: outputs.iter().map(|value| value.0.clone()).collect(),
        name,
        op_type: Some(kind.to_string()),
        attribute,
    }
}

fn info(name: &str, kind: Option<(i32, Option<Vec<Size>>)>, meaning: Option<&str>) -> ValueInfo {
    let dimension = |size| Dimension { value: Some(size) };
    let of_sizes = |sizes: Vec<Size>| Shape { dim: sizes.into_iter().map(dimension).collect() };
    let of_kind = |(kind, sizes): (i32, Option<Vec<Size>>)| {
        // Without a shape any will do; an empty one is that of a single number.
        Type { tensor_type: Some(TensorType { elem_type: Some(kind), shape: sizes.map(of_sizes) }) }
    };
    ValueInfo { name: Some(name.to_string()), r#type: kind.map(of_kind), doc_string: meaning.map(str::to_string) }
}

/// An attribute that is a whole number.
pub fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: Some(name.to_string()), i: Some(value), r#type: Some(attribute::INT), ..Attribute::default() }
}

/// An attribute that is a list of whole numbers.
pub fn ints(name: &str, values: &[i64]) -> Attribute {
    let ints = values.to_vec();
    Attribute { name: Some(name.to_string()), ints, r#type: Some(attribute::INTS), ..Attribute::default() }
}

/// An attribute that is a number.
pub fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: Some(name.to_string()), f: Some(value), r#type: Some(attribute::FLOAT), ..Attribute::default() }
}

/// An attribute that is a graph.
pub fn subgraph(name: &str, graph: proto::Graph) -> Attribute {
    Attribute { name: Some(name.to_string()), g: Some(graph), r#type: Some(attribute::GRAPH), ..Attribute::default() }
}
