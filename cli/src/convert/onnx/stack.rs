//! A stack of convolutions with what follows each of them, the virtual node, and the end of the stack.

use diffpool::config::{Config, Conv, FinalLayer, JumpingKnowledge, NormPosition, Normalization};

use super::conv::convolve;
use super::graph::{Graph, Value, int, ints};
use super::level::Level;
use crate::failure::Result;

/// Row lengths below this do not divide.
const SHORTEST_ROW: f32 = 1e-12;

/// What tells the stacks of a network apart.
pub struct Stack {
    /// What the names of its tensors begin with.
    pub path: String,
    pub conv: Conv,
    pub layers: usize,
    pub end: FinalLayer,
}

impl Stack {
    /// The output of the stack, `[n, columns]`.
    pub fn run(&self, graph: &mut Graph<'_>, level: &mut Level, x: &Value) -> Result<Value> {
        let Config { virtual_node, jumping_knowledge, activation, .. } = **graph.model().config();
        let Self { path, layers, .. } = self;
        let start = format!("{path}.virtual_node.start");
        let mut joined = if virtual_node && level.is_first { Some(graph.weight(&start)?) } else { None };
        let mut outputs: Vec<Value> = Vec::new();
        for index in 0..*layers {
            graph.enter(format!("{path}.convs.{index}"));
            let mut input = outputs.last().unwrap_or(x).clone();
            let virtual_node = joined.take();
            if let Some(state) = &virtual_node {
                // Learned for all graphs before the first layer, and one row a graph after it.
                let row = if index == 0 { state.clone() } else { graph.unsqueeze(state, -2) };
                input = graph.add(&input, &row);
            }
            outputs.push(self.layer(graph, level, index, &input)?);
            if let Some(state) = virtual_node.filter(|_| index + 1 < *layers) {
                graph.enter(format!("{path}.virtual_node.updates.{index}"));
                joined = Some(self.update(graph, level, index, (&state, &input))?);
            }
        }
        graph.enter(path);
        let taken = match jumping_knowledge {
            JumpingKnowledge::Concat => graph.concat(&outputs),
            JumpingKnowledge::Last => outputs[layers - 1].clone(),
            JumpingKnowledge::Max => match &outputs[..] {
                [one] => one.clone(),
                _ => graph.op("Max", &outputs.iter().collect::<Vec<_>>()),
            },
        };
        if self.end == FinalLayer::None {
            return Ok(taken);
        }
        let out = graph.linear(&taken, &format!("{path}.linear.weight"), &format!("{path}.linear.bias"))?;
        Ok(if self.end == FinalLayer::LinearActivation { graph.activation(activation, &out) } else { out })
    }

    /// `convolution -> rows of length 1 -> activation -> norm`, or the norm before the activation.
    fn layer(&self, graph: &mut Graph<'_>, level: &mut Level, index: usize, x: &Value) -> Result<Value> {
        let Config { activation, normalization, norm_position, activate_last, l2_normalize, .. } =
            **graph.model().config();
        let last = index + 1 == self.layers;
        let mut h = convolve(graph, level, (&format!("{}.convs.{index}", self.path), self.conv, last), x)?;
        if l2_normalize {
            let length = graph.op_with("ReduceL2", &[&h], vec![ints("axes", &[-1]), int("keepdims", 1)]);
            let shortest = graph.number(SHORTEST_ROW);
            let length = graph.larger(&length, &shortest);
            h = graph.div(&h, &length);
        }
        if last && !activate_last {
            return Ok(h);
        }
        let name = format!("{}.norms.{index}", self.path);
        if norm_position == NormPosition::Post {
            h = graph.activation(activation, &h);
        }
        h = match normalization {
            Normalization::None => h,
            Normalization::Batch => batch_norm(graph, &name, &h)?,
            Normalization::Layer => {
                let h = graph.layer_norm(&h, graph.model().config().batch_norm_epsilon);
                if graph.model().config().norm_affine { affine(graph, &name, &h)? } else { h }
            }
        };
        Ok(if norm_position == NormPosition::Pre { graph.activation(activation, &h) } else { h })
    }

    /// The next state of the virtual node, from its own and the input of a layer, which has it added.
    fn update(
        &self,
        graph: &mut Graph<'_>,
        level: &Level,
        index: usize,
        (state, input): (&Value, &Value),
    ) -> Result<Value> {
        let Config { activation, batch_norm_epsilon, .. } = **graph.model().config();
        let input = match &level.mask {
            Some(mask) => graph.or_number(&mask.rows, input, 0.0),
            None => input.clone(),
        };
        let sum = graph.sum(&input, -2, false);
        let mut state = graph.add(&sum, state);
        for block in 0..2 {
            let path = format!("{}.virtual_node.updates.{index}.{block}", self.path);
            let h = graph.linear(&state, &format!("{path}.weight"), &format!("{path}.bias"))?;
            let h = graph.layer_norm(&h, batch_norm_epsilon);
            let h = affine(graph, &format!("{path}.norm"), &h)?;
            state = graph.activation(activation, &h);
        }
        Ok(state)
    }
}

/// The learned scale and shift of a norm.
fn affine(graph: &mut Graph<'_>, name: &str, h: &Value) -> Result<Value> {
    let (scale, shift) = (graph.weight(&format!("{name}.weight"))?, graph.weight(&format!("{name}.bias"))?);
    let h = graph.mul(h, &scale);
    Ok(graph.add(&h, &shift))
}

/// Running statistics with scale and shift as one scale and one shift, as the library takes them.
fn batch_norm(graph: &mut Graph<'_>, name: &str, h: &Value) -> Result<Value> {
    let Config { norm_affine, batch_norm_epsilon: epsilon, .. } = **graph.model().config();
    let mean = graph.numbers(&format!("{name}.running_mean"))?;
    let variance = graph.numbers(&format!("{name}.running_var"))?;
    let (gamma, beta) = match norm_affine {
        true => (graph.numbers(&format!("{name}.weight"))?, graph.numbers(&format!("{name}.bias"))?),
        false => (&[][..], &[][..]),
    };
    let of = |values: &[f32], channel: usize, else_: f64| values.get(channel).map_or(else_, |&value| f64::from(value));
    let (mut scale, mut shift) = (Vec::new(), Vec::new());
    for (channel, (&mean, &variance)) in mean.iter().zip(variance).enumerate() {
        let by = of(gamma, channel, 1.0) / (f64::from(variance) + epsilon).sqrt();
        scale.push(by as f32);
        shift.push((of(beta, channel, 0.0) - f64::from(mean) * by) as f32);
    }
    let scale = graph.floats(&format!("{name}.scale"), &[scale.len()], &scale);
    let shift = graph.floats(&format!("{name}.shift"), &[shift.len()], &shift);
    let h = graph.mul(h, &scale);
    Ok(graph.add(&h, &shift))
}
