//! Tensors: the weights of a model by name.
//!
//! A tensor is named by its place in the model, such as "levels.0.embed.convs.1.weight_rel", and holds floats, row by
//! row. The trained parameters come first, then what training only measures, such as the running mean of a batch norm.
//! Weights from elsewhere can be written into a new model with diffpool_model_set_tensor.
//!
//! ```c
//! for (size_t i = 0; i < diffpool_model_tensor_count(model); i++) {
//!     const char *name = diffpool_model_tensor_name(model, i);
//!     size_t values;
//!     check(diffpool_model_copy_tensor(model, name, NULL, 0, &values, &error));
//!     printf("%s has %u values\n", name, (unsigned)values);
//! }
//! ```

use std::ffi::{c_char, c_int};
use std::ptr::null;

use super::arguments::{buffer, output, slice, text};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::look;
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use crate::error::error;

/// The number of tensors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_tensor_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.tensors.len()) }
}

/// The name of tensor number `index`, from 0; NULL if there is no such tensor.
///
/// Ownership: the string is borrowed until the model is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_tensor_name(model: *const DiffpoolModel, index: usize) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, null(), |model| model.tensors.get(index).map_or(null(), |name| name.as_ptr())) }
}

/// Copies the sizes of a tensor along each of its dimensions: rows and columns of a matrix, the length of a vector.
///
/// Ownership: `name` is copied.
///
/// Fails: NOT_FOUND if no tensor has this name; BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_copy_tensor_shape(
    model: *const DiffpoolModel,
    name: *const c_char,
    shape: *mut usize,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, name, shape) =
            unsafe { (call.read(model, "model")?, text(name, "name")?, buffer(shape, capacity, needed, "shape")?) };
        shape.put(model.model.tensor(name)?.0.iter().copied())
    })
}

/// Whether a tensor is trained, 1, or only measured in training, 0.
///
/// Ownership: `name` is copied.
///
/// Fails: NOT_FOUND if no tensor has this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_tensor_trained(
    model: *const DiffpoolModel,
    name: *const c_char,
    trained: *mut c_int,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, name, trained) =
            unsafe { (call.read(model, "model")?, text(name, "name")?, output(trained, "trained")?) };
        let tensor = model.model.tensors().into_iter().find(|tensor| tensor.name == name);
        let tensor = tensor.ok_or_else(|| error!(NotFound, "the model has no tensor '{name}'"))?;
        trained.put(tensor.trained.into());
        Ok(())
    })
}

/// Copies the values of a tensor.
///
/// Ownership: `name` is copied.
///
/// Fails: NOT_FOUND if no tensor has this name; BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_copy_tensor(
    model: *const DiffpoolModel,
    name: *const c_char,
    values: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, name, values) =
            unsafe { (call.read(model, "model")?, text(name, "name")?, buffer(values, capacity, needed, "values")?) };
        values.put(model.model.tensor(name)?.1.iter().copied())
    })
}

/// Replaces the values of a tensor.
///
/// Ownership: `name` and `values`, an array of `length`, are copied.
///
/// Fails: NOT_FOUND if no tensor has this name; SHAPE_MISMATCH if it has another number of values; INVALID_ARGUMENT if
/// a value is not finite; INVALID_STATE if a session or a predictor uses the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_set_tensor(
    model: *mut DiffpoolModel,
    name: *const c_char,
    values: *const f32,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, name, values) =
            unsafe { (call.change(model, "model")?, text(name, "name")?, slice(values, length, "values")?) };
        model.change()?.set_tensor(name, values)
    })
}
