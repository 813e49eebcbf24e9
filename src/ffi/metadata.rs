//! Metadata: what is written down with a model, any keys and values of the user's, and how it was trained.
//!
//! Metadata is kept in the file of the model, by training that goes on from it, and in checkpoints. No prediction
//! depends on it. A key has from 1 to 255 bytes, a value at most 1048576; there are at most 1024 keys, and 4194304
//! bytes in all. Keys that begin with "diffpool." are written by training:
//!
//! diffpool.date               when training ended, such as 2026-03-01T12:00:00Z; see below
//! diffpool.library_version    of the library that trained
//! diffpool.data_fingerprint   eight hexadecimal digits that tell training and validation graphs from others
//! diffpool.training_graphs    how many
//! diffpool.validation_graphs  how many
//! diffpool.epochs             epochs that were trained
//! diffpool.best_epoch         the epoch whose weights the model has
//! diffpool.metric             name of the metric that the history records
//! diffpool.validation_metric  that metric of the validation graphs after the best epoch, where there are any
//!
//! and this one by diffpool_predictor_calibrate:
//!
//! diffpool.calibration_temperature  what the logits were divided by
//!
//! The variable SOURCE_DATE_EPOCH of the environment, seconds since 1970, takes the place of the clock where it is set:
//! then the same training gives the same file, byte for byte.
//!
//! ```c
//! check(diffpool_model_set_metadata(model, "licence", "CC-BY-4.0", &error));
//! for (size_t i = 0; i < diffpool_model_metadata_count(model); i++) {
//!     const char *key = diffpool_model_metadata_key(model, i);
//!     printf("%s: %s\n", key, diffpool_model_metadata(model, key));
//! }
//! ```

use std::ffi::c_char;
use std::ptr::null;

use super::arguments::{optional_text, text};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::peek;
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;

/// Gives a key of the metadata a value, in place of the one that it has. NULL for the value takes the key away, whether
/// it is there or not.
///
/// Ownership: `key` and `value` are copied.
///
/// Fails: INVALID_ARGUMENT if the key begins with "diffpool." and there is a value, if key or value are too long or not
/// UTF-8, or if there would be too many; INVALID_STATE if a session or a predictor uses the model.
///
/// Threads: one at a time; `model` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_set_metadata(
    model: *mut DiffpoolModel,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, key, value) =
            unsafe { (call.change(model, "model")?, text(key, "key")?, optional_text(value, "value")?) };
        model.change()?.metadata_mut().set(key, value)
    })
}

/// The value of a key of the metadata, or NULL if there is none, or if `model` or `key` is NULL.
///
/// Ownership: `key` is copied; the string is borrowed until the metadata is changed or the model is freed.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_metadata(model: *const DiffpoolModel, key: *const c_char) -> *const c_char {
    // SAFETY: by the header's rules both are NULL or live.
    let (model, key) = unsafe { (peek(model), text(key, "key")) };
    let (Some(model), Ok(key)) = (model, key) else { return null() };
    model.model.metadata().get_c(key).map_or(null(), |value| value.as_ptr())
}

/// The number of keys of the metadata; 0 for NULL.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_metadata_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or live.
    unsafe { peek(model) }.map_or(0, |model| model.model.metadata().len())
}

/// Key number `key_index` of the metadata, from 0, in the order of their bytes; NULL if there is none.
///
/// Ownership: the string is borrowed until the metadata is changed or the model is freed.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_metadata_key(model: *const DiffpoolModel, key_index: usize) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or live.
    let model = unsafe { peek(model) };
    model.and_then(|model| model.model.metadata().key_c(key_index)).map_or(null(), |key| key.as_ptr())
}
