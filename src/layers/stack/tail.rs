//! What follows the convolutions of a stack: which of their outputs are taken, and an optional linear layer.
//!
//! ```text
//! concat   H = [H_1 | H_2 | ... | H_L]        output = H, or act(H W + b) with a linear layer
//! last     H = H_L
//! max      H_ic = max over the layers l of H_l,ic
//! ```

use std::ops::Range;

use crate::config::{Activation, Config, FinalLayer, JumpingKnowledge};
use crate::error::{Error, Result};
use crate::layers::context::Context;
use crate::layers::params::{Init, Slot, Tables};
use crate::memory::try_grow;
use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{activation, column_max, linear};

/// The part of a stack behind its convolutions.
pub(super) struct Tail {
    taken: Taken,
    /// Columns that are taken.
    width: usize,
    linear: Option<Linear>,
}

/// The outputs of the convolutions that are taken.
enum Taken {
    /// Some columns of all outputs side by side.
    Columns(Range<usize>),
    /// The largest, element by element.
    Largest,
}

/// The linear layer.
struct Linear {
    weight: Slot,
    bias: Slot,
    activation: Activation,
    output: usize,
}

/// Memory of the tail for one chunk.
#[derive(Debug, Clone, Default)]
pub(super) struct TailWorkspace<T> {
    /// The largest outputs, where these are taken, and which layer they came from.
    largest: Buffer<T>,
    choice: Vec<u32>,
    /// Output of the linear layer.
    out: Buffer<T>,
    before_activation: Buffer<T>,
    dlargest: Buffer<T>,
    dout: Buffer<T>,
}

impl Tail {
    /// Declares the parameters of what follows convolutions of `total` columns together, the last of `last` columns.
    pub fn new(
        path: &str,
        [total, last]: [usize; 2],
        (kind, output): (FinalLayer, usize),
        config: &Config,
        tables: &mut Tables,
    ) -> Self {
        let (taken, width) = match config.jumping_knowledge {
            JumpingKnowledge::Concat => (Taken::Columns(0..total), total),
            JumpingKnowledge::Last => (Taken::Columns(total - last..total), last),
            JumpingKnowledge::Max => (Taken::Largest, last),
        };
        let activation = match kind {
            FinalLayer::None => return Self { taken, width, linear: None },
            FinalLayer::Linear => Activation::Identity,
            FinalLayer::LinearActivation => config.activation,
        };
        let init = Init::Linear { fan_in: width, fan_out: output };
        let weight = tables.layout.push(format!("{path}.linear.weight"), &[width, output], init);
        let bias = tables.layout.push(format!("{path}.linear.bias"), &[output], Init::LinearBias { fan_in: width });
        Self { taken, width, linear: Some(Linear { weight, bias, activation, output }) }
    }

    /// Columns of the output.
    pub fn output_columns(&self) -> usize {
        self.linear.as_ref().map_or(self.width, |linear| linear.output)
    }

    /// Position and shape of the weight of the linear layer.
    pub fn weight(&self) -> Option<(Range<usize>, [usize; 2])> {
        self.linear.as_ref().map(|linear| (linear.weight.range(), [self.width, linear.output]))
    }

    /// Makes room for `n` nodes; gradients only where a backward pass follows.
    pub fn reserve<T: Real>(&self, n: usize, backward: bool, work: &mut TailWorkspace<T>) -> Result<()> {
        if let Taken::Largest = self.taken {
            work.largest.reshape(n, self.width)?;
            try_grow(&mut work.choice, n.checked_mul(self.width).ok_or_else(Error::out_of_memory)?, 0)?;
            if backward {
                work.dlargest.reshape(n, self.width)?;
            }
        }
        if let Some(linear) = &self.linear {
            work.out.reshape(n, linear.output)?;
            if activation::saves_input(linear.activation) {
                work.before_activation.reshape(n, linear.output)?;
            }
            if backward {
                work.dout.reshape(n, linear.output)?;
            }
        }
        Ok(())
    }

    /// Computes the output of the stack from the outputs of all layers side by side.
    pub fn forward<T: Real>(&self, context: &Context<'_, T>, concat: &Buffer<T>, work: &mut TailWorkspace<T>) {
        let TailWorkspace { largest, choice, out, before_activation, .. } = work;
        if let Taken::Largest = self.taken {
            column_max::forward(concat.view(), choice, &mut largest.view_mut());
        }
        let Some(Linear { weight, bias, activation, .. }) = &self.linear else { return };
        let (w, b) = (weight.matrix(context.parameters), bias.of(context.parameters));
        linear::forward(self.taken.view(concat, largest), w, b, &mut out.view_mut());
        if activation::saves_input(*activation) {
            before_activation.slice_mut().copy_from_slice(out.slice());
        }
        activation::forward(*activation, out.slice_mut());
    }

    /// The output of the stack, `[n, output_columns]`.
    pub fn output<'a, T: Real>(&self, concat: &'a Buffer<T>, work: &'a TailWorkspace<T>) -> Mat<'a, T> {
        match self.linear {
            Some(_) => work.out.view(),
            None => self.taken.view(concat, &work.largest),
        }
    }

    /// Zeroes the gradients that are added to, those of all layers' outputs `dconcat` among them. If `written` says
    /// that the gradient of the output is written first, it is left as it is.
    pub fn clear_gradients<T: Real>(&self, written: bool, dconcat: &mut Buffer<T>, work: &mut TailWorkspace<T>) {
        let taken_is_written = written || self.linear.is_some();
        match &self.taken {
            Taken::Columns(taken) if taken_is_written => {
                let columns = dconcat.columns();
                for rest in [0..taken.start, taken.end..columns].into_iter().filter(|rest| !rest.is_empty()) {
                    dconcat.columns_mut(rest).fill(T::zero());
                }
            }
            Taken::Columns(_) => dconcat.fill(T::zero()),
            Taken::Largest => {
                dconcat.fill(T::zero());
                if !taken_is_written {
                    work.dlargest.fill(T::zero());
                }
            }
        }
        if self.linear.is_some() && !written {
            work.dout.fill(T::zero());
        }
    }

    /// The output beside its gradient, to add to, or to write where [`clear_gradients`](Self::clear_gradients) has been
    /// told.
    pub fn output_gradient<'a, T: Real>(
        &self,
        concat: &'a Buffer<T>,
        dconcat: &'a mut Buffer<T>,
        work: &'a mut TailWorkspace<T>,
    ) -> (Mat<'a, T>, MatMut<'a, T>) {
        let TailWorkspace { largest, dlargest, out, dout, .. } = work;
        match self.linear {
            Some(_) => (out.view(), dout.view_mut()),
            None => (self.taken.view(concat, largest), self.taken.view_mut(dconcat, dlargest)),
        }
    }

    /// Backward pass of [`forward`](Self::forward), but for the gradient of the [`weight`](Self::weight).
    pub fn backward<T: Real>(
        &self,
        context: &Context<'_, T>,
        dconcat: &mut Buffer<T>,
        work: &mut TailWorkspace<T>,
        dparameters: &mut [T],
    ) {
        let TailWorkspace { choice, out, before_activation, dlargest, dout, .. } = work;
        if let Some(Linear { weight, bias, activation, .. }) = &self.linear {
            let saved = if activation::saves_input(*activation) { before_activation } else { out };
            activation::backward(*activation, saved.slice(), dout.slice_mut());
            linear::add_row_sums(dout.view(), &mut dparameters[bias.range()]);
            let w = weight.matrix(context.parameters);
            gemm(T::one(), dout.view(), w.reversed_axes(), T::zero(), &mut self.taken.view_mut(dconcat, dlargest));
        }
        if let Taken::Largest = self.taken {
            column_max::backward(dlargest.view(), choice, &mut dconcat.view_mut());
        }
    }

    /// The `a` and `b` of the gradient `a^T b` of the [`weight`](Self::weight), after the backward pass.
    pub fn factors<'a, T: Real>(&self, concat: &'a Buffer<T>, work: &'a TailWorkspace<T>) -> (Mat<'a, T>, Mat<'a, T>) {
        (self.taken.view(concat, &work.largest), work.dout.view())
    }
}

impl Taken {
    /// What is taken of all outputs.
    fn view<'a, T: Real>(&self, concat: &'a Buffer<T>, largest: &'a Buffer<T>) -> Mat<'a, T> {
        match self {
            Self::Columns(columns) => concat.columns_view(columns.clone()),
            Self::Largest => largest.view(),
        }
    }

    /// The gradient of what is taken.
    fn view_mut<'a, T: Real>(&self, dconcat: &'a mut Buffer<T>, dlargest: &'a mut Buffer<T>) -> MatMut<'a, T> {
        match self {
            Self::Columns(columns) => dconcat.columns_mut(columns.clone()),
            Self::Largest => dlargest.view_mut(),
        }
    }
}
