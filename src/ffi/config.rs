//! Configuration: what a model looks like and how it is trained.
//!
//! A configuration is made from a preset and then changed key by key, or read from JSON: one flat object with the same
//! keys. Each value is checked where it is set; whether they fit together is checked by diffpool_config_check and by
//! every function that takes a configuration. What shapes the network ("network" below) cannot change once a model is
//! made; what the training graphs settle ("network, settled by data") may be left open again. A key is set by the
//! function of its type: diffpool_config_set_int and so on. docs/configuration.md has what every preset sets.
//!
//! ```c
//! char *json;
//! check(diffpool_config_set_int(config, "epochs", 200, &error));
//! check(diffpool_config_merge_json(config, "{\"clusters\": [8, 2], \"patience\": 20}", &error));
//! check(diffpool_config_check(config, &error));
//! check(diffpool_config_difference_json(config, "default", &json, &error));
//! printf("trains with %s\n", json);
//! diffpool_string_free(json);
//! ```
//!
//! These are the keys, each with its type, its default, and the numbers or words that it allows:

use std::ffi::{c_char, c_int};
use std::fmt::Display;

use serde_json::Value;

use super::arguments::{output, slice, text, try_vec};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::status::DiffpoolStatus;
use crate::config::Config;
use crate::error::{Result, bail};

/// What a model looks like and how it is trained, by key.
pub struct DiffpoolConfig {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolConfig {
    type Value = Config;
}

/// Makes a configuration from a preset: "default", a good start for most data; "tuned", the same network with the
/// training that docs/results.md measures, which needs validation graphs; "molecules", for graphs whose edges are
/// bonds, trained likewise; "paper", the architecture of Ying et al.
/// (2018); "authors", "pyg" and "errica", which reproduce the paper's code, an example of PyTorch Geometric and the
/// model of Errica et al. (2020); "ogb-code2", the DiffPool entry for the syntax trees of the Open Graph Benchmark;
/// "mincut", "dmon" and "just_balance", the default with the losses of other poolings.
/// The last four imitate the padding of what they reproduce, so that in training and in losses a graph may depend on
/// the others of its batch.
///
/// Ownership: `preset` is copied; `*out` is owned by the caller, free with diffpool_config_free.
///
/// Fails: INVALID_CONFIG if there is no such preset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_new(
    preset: *const c_char,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (preset, out) = unsafe { (text(preset, "preset")?, output(out, "out")?) };
        out.put_handle(Config::preset(preset)?)
    })
}

/// Reads a configuration from a JSON object. Keys that it leaves out have the value of the preset that it names under
/// "preset", or of "default".
///
/// Ownership: `json` is copied; `*out` is owned by the caller, free with diffpool_config_free.
///
/// Fails: INVALID_CONFIG if it is not a JSON object, has a key that is unknown, or a value that a key does not accept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_from_json(
    json: *const c_char,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (json, out) = unsafe { (text(json, "json")?, output(out, "out")?) };
        out.put_handle(Config::from_json(json)?)
    })
}

/// Makes a second configuration with the same values.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_config_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_clone(
    config: *const DiffpoolConfig,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, out) = unsafe { (call.read(config, "config")?, output(out, "out")?) };
        out.put_handle(config.clone())
    })
}

/// Frees a configuration. NULL is harmless.
///
/// Ownership: `config` is gone after the call; models and trainers made with it have their own copy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_free(config: *mut DiffpoolConfig) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(config) };
}

/// Sets a key that holds a whole number, such as "epochs", "batch_size" or "seed"; also a key that holds a fraction.
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_int(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: i64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok(value.into())) }
}

/// Sets a key that holds a fraction, such as "learning_rate" or "dropout".
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, it does not accept the value, or the value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_float(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |key| number(key, value)) }
}

/// Sets a key that is on or off, such as "shuffle": 0 is off, any other number is on.
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it is not one that is on or off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_bool(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: c_int,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok((value != 0).into())) }
}

/// Sets a key that holds a word or words, such as "readout" or "features".
///
/// Ownership: `key` and `value` are copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_string(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok(text(value, "value")?.into())) }
}

/// Sets a key that holds a list of whole numbers, such as "head_hidden", or of numbers of any kind.
///
/// Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_ints(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    values: *const i64,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        set(config, key, error, |_| {
            let values = slice(values, length, "values")?;
            try_vec(values, |_, &value| Ok(value.into())).map(Value::Array)
        })
    }
}

/// Sets a key that holds a list of numbers, such as "clusters" or "class_weights", or may hold one, such as
/// "link_weight".
///
/// Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
///
/// Fails: INVALID_CONFIG if there is no such key, it does not accept the values, or one of them is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_floats(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    values: *const f64,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        set(config, key, error, |key| {
            let values = slice(values, length, "values")?;
            try_vec(values, |at, &value| number(format_args!("{key}[{at}]"), value)).map(Value::Array)
        })
    }
}

/// Sets a key to a value written as JSON, whatever its type: `3`, `0.001`, `[0.25]`, `false`, `"mean"`.
///
/// Ownership: `key` and `value` are copied.
///
/// Fails: INVALID_CONFIG if there is no such key, `value` is not JSON, or the key does not accept it.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_json(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, key, value) =
            unsafe { (call.change(config, "config")?, text(key, "key")?, text(value, "value")?) };
        config.set_json(key, value)
    })
}

/// Sets all the keys that a JSON object holds. Where one of them fails, none is set. "preset" may be among them only
/// with the value that it has.
///
/// Ownership: `json` is copied.
///
/// Fails: INVALID_CONFIG if it is not a JSON object, has a key that is unknown or given twice, or a value that a key
/// does not accept.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_merge_json(
    config: *mut DiffpoolConfig,
    json: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, json) = unsafe { (call.change(config, "config")?, text(json, "json")?) };
        config.merge_json(json)
    })
}

/// Writes the value of one key as JSON: `0.001`, `[0.25]`, `"mean"`.
///
/// Ownership: `key` is copied; `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: INVALID_CONFIG if there is no such key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_get_json(
    config: *const DiffpoolConfig,
    key: *const c_char,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, key, json) = unsafe { (call.read(config, "config")?, text(key, "key")?, output(json, "json")?) };
        json.put_string(&config.get(key)?.to_string())
    })
}

/// Writes all keys and values as a JSON object, which diffpool_config_from_json reads.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_to_json(
    config: *const DiffpoolConfig,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, json) = unsafe { (call.read(config, "config")?, output(json, "json")?) };
        json.put_string(&config.to_json())
    })
}

/// Writes what the configuration has in place of the values of a preset, as a JSON object that
/// diffpool_config_from_json reads to the same values. Its "preset" is the one that is asked about.
///
/// Ownership: `preset` is copied; `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: INVALID_CONFIG if there is no such preset.
///
/// Threads: any; `config` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_difference_json(
    config: *const DiffpoolConfig,
    preset: *const c_char,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, preset, json) =
            unsafe { (call.read(config, "config")?, text(preset, "preset")?, output(json, "json")?) };
        json.put_string(&config.difference_json(preset)?)
    })
}

/// Describes every key, for programs that show or check settings: a JSON array of objects with name, type, default,
/// range, words, meaning, when the key may change, and what the presets set. docs/json.md has the keys of an object.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_keys_json(
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let json = unsafe { output(json, "json")? };
        json.put_string(&Config::keys_json()?)
    })
}

/// Checks that the values fit together.
///
/// Fails: INVALID_CONFIG, naming the keys that do not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_check(
    config: *const DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.read(config, "config") }?.check()?;
        Ok(())
    })
}

/// Sets a key to the value that `make` reads from the remaining arguments.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn set(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    error: *mut *mut DiffpoolError,
    make: impl FnOnce(&str) -> Result<Value>,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (config, key) = unsafe { (call.change(config, "config")?, text(key, "key")?) };
        config.set(key, make(key)?)
    })
}

/// A number as JSON, which knows none that is not finite.
fn number(key: impl Display, value: f64) -> Result<Value> {
    if !value.is_finite() {
        bail!(InvalidConfig, "{key} is {value}");
    }
    Ok(value.into())
}
