//! What formulas are made of: operations by the names that they have on paper. Axes are counted from the last one.

use diffpool::config::Activation;

use super::graph::{Graph, Value, float, int, ints};
use super::proto::element;

/// Stands for minus infinity among values of which the largest is taken.
pub const LOWEST: f32 = f32::MIN;

impl Graph<'_> {
    pub fn add(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Add", &[a, b])
    }

    /// The sum of several values, at least one.
    pub fn total(&mut self, parts: &[Value]) -> Value {
        match parts {
            [one] => one.clone(),
            _ => self.op("Sum", &parts.iter().collect::<Vec<_>>()),
        }
    }

    pub fn sub(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Sub", &[a, b])
    }

    pub fn mul(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Mul", &[a, b])
    }

    pub fn div(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Div", &[a, b])
    }

    pub fn matmul(&mut self, a: &Value, b: &Value) -> Value {
        self.op("MatMul", &[a, b])
    }

    pub fn larger(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Max", &[a, b])
    }

    /// `a` where `condition` holds, else `b`.
    pub fn either(&mut self, condition: &Value, a: &Value, b: &Value) -> Value {
        self.op("Where", &[condition, a, b])
    }

    /// The same with a number.
    pub fn or_number(&mut self, condition: &Value, a: &Value, b: f32) -> Value {
        let b = self.number(b);
        self.either(condition, a, &b)
    }

    pub fn plus(&mut self, a: &Value, b: f32) -> Value {
        let b = self.number(b);
        self.add(a, &b)
    }

    pub fn times(&mut self, a: &Value, b: f32) -> Value {
        let b = self.number(b);
        self.mul(a, &b)
    }

    /// The sum along an axis, which stays with length 1 where `kept`.
    pub fn sum(&mut self, x: &Value, axis: i64, kept: bool) -> Value {
        let axes = self.list(&[axis]);
        self.op_with("ReduceSum", &[x, &axes], vec![int("keepdims", kept.into())])
    }

    pub fn mean(&mut self, x: &Value, axis: i64, kept: bool) -> Value {
        self.op_with("ReduceMean", &[x], vec![ints("axes", &[axis]), int("keepdims", kept.into())])
    }

    pub fn largest(&mut self, x: &Value, axis: i64, kept: bool) -> Value {
        self.op_with("ReduceMax", &[x], vec![ints("axes", &[axis]), int("keepdims", kept.into())])
    }

    pub fn softmax(&mut self, x: &Value, axis: i64) -> Value {
        self.op_with("Softmax", &[x], vec![int("axis", axis)])
    }

    pub fn cast(&mut self, x: &Value, kind: i32) -> Value {
        self.op_with("Cast", &[x], vec![int("to", kind.into())])
    }

    /// Puts in an axis of length 1, which is the one at `axis` afterwards.
    pub fn unsqueeze(&mut self, x: &Value, axis: i64) -> Value {
        let axes = self.list(&[axis]);
        self.op("Unsqueeze", &[x, &axes])
    }

    pub fn squeeze(&mut self, x: &Value, axis: i64) -> Value {
        let axes = self.list(&[axis]);
        self.op("Squeeze", &[x, &axes])
    }

    /// Values side by side.
    pub fn concat(&mut self, parts: &[Value]) -> Value {
        match parts {
            [one] => one.clone(),
            _ => self.op_with("Concat", &parts.iter().collect::<Vec<_>>(), vec![int("axis", -1)]),
        }
    }

    /// Orders the axes of one graph anew: axis `i` is what was axis `order[i]`.
    pub fn permuted(&mut self, x: &Value, order: &[i64]) -> Value {
        let lead = i64::from(self.batched);
        let order: Vec<i64> = (0..lead).chain(order.iter().map(|axis| lead + axis)).collect();
        self.op_with("Transpose", &[x], vec![ints("perm", &order)])
    }

    /// Gives the axes of one graph other lengths; 0 leaves a length as it is.
    pub fn reshaped(&mut self, x: &Value, lengths: &[i64]) -> Value {
        let lengths: Vec<i64> = std::iter::repeat_n(0, self.batched.into()).chain(lengths.iter().copied()).collect();
        let lengths = self.list(&lengths);
        self.op("Reshape", &[x, &lengths])
    }

    /// A part of an axis.
    pub fn slice(&mut self, x: &Value, axis: i64, range: std::ops::Range<usize>) -> Value {
        let [begin, end, axis] = [range.start as i64, range.end as i64, axis].map(|number| self.list(&[number]));
        self.op("Slice", &[x, &begin, &end, &axis])
    }

    /// One place of an axis, which is gone then.
    pub fn pick(&mut self, x: &Value, axis: i64, at: i64) -> Value {
        let at = self.whole(at);
        self.op_with("Gather", &[x, &at], vec![int("axis", axis)])
    }

    /// The lengths of the axes from `from` up to `to`, which is not among them.
    pub fn lengths(&mut self, x: &Value, from: i64, to: Option<i64>) -> Value {
        let to = to.map(|to| int("end", to));
        self.op_with("Shape", &[x], [int("start", from)].into_iter().chain(to).collect())
    }

    /// Numbers from 0 up to the length of the last axis of `like`.
    pub fn count_up(&mut self, like: &Value) -> Value {
        let length = self.lengths(like, -1, None);
        let length = self.squeeze(&length, 0);
        let (zero, one) = (self.whole(0), self.whole(1));
        self.op("Range", &[&zero, &length, &one])
    }

    /// Whether row and column are the same, `[n, n]`.
    pub fn is_diagonal(&mut self, like: &Value) -> Value {
        let numbers = self.count_up(like);
        let rows = self.unsqueeze(&numbers, -1);
        self.op("Equal", &[&rows, &numbers])
    }

    /// Whether a number is not 0.
    pub fn is_not_zero(&mut self, x: &Value) -> Value {
        let zero = self.number(0.0);
        let is_zero = self.op("Equal", &[x, &zero]);
        self.op("Not", &[&is_zero])
    }

    /// 1 where a condition holds, else 0.
    pub fn indicator(&mut self, condition: &Value) -> Value {
        self.cast(condition, element::FLOAT)
    }

    /// `x W + b`, by the names of the tensors.
    pub fn linear(&mut self, x: &Value, weight: &str, bias: &str) -> crate::failure::Result<Value> {
        let (weight, bias) = (self.weight(weight)?, self.weight(bias)?);
        let product = self.matmul(x, &weight);
        Ok(self.add(&product, &bias))
    }

    /// Every row shifted and scaled to mean 0 and deviation 1. Centred before it is squared, in two steps, which keeps
    /// the digits of rows with a large mean.
    pub fn layer_norm(&mut self, x: &Value, epsilon: f64) -> Value {
        let mean = self.mean(x, -1, true);
        let centred = self.sub(x, &mean);
        let squares = self.mul(&centred, &centred);
        let variance = self.mean(&squares, -1, true);
        let variance = self.plus(&variance, epsilon as f32);
        let deviation = self.op("Sqrt", &[&variance]);
        self.div(&centred, &deviation)
    }

    pub fn activation(&mut self, kind: Activation, x: &Value) -> Value {
        match kind {
            Activation::Identity => x.clone(),
            Activation::Relu => self.op("Relu", &[x]),
            Activation::LeakyRelu => self.op_with("LeakyRelu", &[x], vec![float("alpha", 0.01)]),
            Activation::Elu => self.op_with("Elu", &[x], vec![float("alpha", 1.0)]),
            Activation::Tanh => self.op("Tanh", &[x]),
            Activation::Sigmoid => self.op("Sigmoid", &[x]),
            Activation::Silu => {
                let gate = self.op("Sigmoid", &[x]);
                self.mul(x, &gate)
            }
            Activation::Gelu => {
                let scaled = self.times(x, std::f32::consts::FRAC_1_SQRT_2);
                let erf = self.op("Erf", &[&scaled]);
                let twice = self.plus(&erf, 1.0);
                let share = self.times(&twice, 0.5);
                self.mul(x, &share)
            }
        }
    }
}
