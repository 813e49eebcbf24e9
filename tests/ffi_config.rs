//! The configuration that describes itself, as a C program sees it.

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;

use diffpool::ffi::config::*;
use diffpool::ffi::error::*;
use diffpool::ffi::memory::diffpool_string_free;
use diffpool::ffi::status::DiffpoolStatus;
use serde_json::{Value, json};

/// What a call writes, or its status and message.
fn text(
    call: impl FnOnce(*mut *mut c_char, *mut *mut DiffpoolError) -> DiffpoolStatus,
) -> Result<String, (DiffpoolStatus, String)> {
    let (mut out, mut error) = (null_mut(), null_mut());
    let status = call(&mut out, &mut error);
    // SAFETY: the string and the error are NULL or new, and freed last.
    unsafe {
        let result = match status {
            DiffpoolStatus::Ok if out.is_null() => Ok(String::new()),
            DiffpoolStatus::Ok => Ok(CStr::from_ptr(out).to_str().unwrap().to_owned()),
            _ => Err((status, CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned())),
        };
        diffpool_string_free(out);
        diffpool_error_free(error);
        result
    }
}

fn config(preset: &CStr) -> *mut DiffpoolConfig {
    let mut config = null_mut();
    // SAFETY: every pointer is to a live local or constant.
    text(|_, e| unsafe { diffpool_config_new(preset.as_ptr(), &mut config, e) }).unwrap();
    config
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_described_key_takes_its_default() {
    let config = config(c"paper");
    // SAFETY: every pointer is to a live local or constant, and freed last.
    unsafe {
        let keys = parsed(&text(|out, e| diffpool_config_keys_json(out, e)).unwrap());
        for key in keys.as_array().unwrap().iter().filter(|key| key["name"] != "preset") {
            let name = CString::new(key["name"].as_str().unwrap()).unwrap();
            let value = CString::new(key["default"].to_string()).unwrap();
            text(|_, e| diffpool_config_set_json(config, name.as_ptr(), value.as_ptr(), e)).unwrap();
            let read = text(|out, e| diffpool_config_get_json(config, name.as_ptr(), out, e)).unwrap();
            assert_eq!(parsed(&read), key["default"]);
        }
        let left = text(|out, e| diffpool_config_difference_json(config, c"default".as_ptr(), out, e)).unwrap();
        assert_eq!(parsed(&left), json!({"preset": "default"}));
        diffpool_config_free(config);
    }
}

#[test]
fn a_weight_is_a_number_or_a_list() {
    let config = config(c"default");
    // SAFETY: every pointer is to a live local or constant, and freed last.
    unsafe {
        let read = || parsed(&text(|out, e| diffpool_config_get_json(config, c"cut_weight".as_ptr(), out, e)).unwrap());
        text(|_, e| diffpool_config_set_floats(config, c"cut_weight".as_ptr(), [0.5, 2.0].as_ptr(), 2, e)).unwrap();
        assert_eq!(read(), json!([0.5, 2.0]));
        text(|_, e| diffpool_config_set_float(config, c"cut_weight".as_ptr(), 0.25, e)).unwrap();
        assert_eq!(read(), json!(0.25));
        let set = |weights: &[f64]| {
            let (values, length) = (weights.as_ptr(), weights.len());
            text(|_, e| diffpool_config_set_floats(config, c"cut_weight".as_ptr(), values, length, e)).unwrap_err()
        };
        let refused = |message: &str| (DiffpoolStatus::InvalidConfig, message.to_owned());
        assert_eq!(set(&[0.5, -1.0]), refused("cut_weight[1] is -1.0, but must be from 0.0 to 1e30"));
        assert_eq!(read(), json!(0.25));
        diffpool_config_free(config);
    }
}

#[test]
fn a_difference_is_merged_into_the_preset_again() {
    let (changed, other) = (config(c"tuned"), config(c"tuned"));
    // SAFETY: every pointer is to a live local or constant, and freed last.
    unsafe {
        let all = |config| text(|out, e| diffpool_config_to_json(config, out, e)).unwrap();
        let values = c"{\"epochs\": 12, \"clusters\": [8, 2], \"readout\": \"mean\"}";
        text(|_, e| diffpool_config_merge_json(changed, values.as_ptr(), e)).unwrap();
        let difference = text(|out, e| diffpool_config_difference_json(changed, c"tuned".as_ptr(), out, e)).unwrap();
        let expected = json!({"preset": "tuned", "epochs": 12, "clusters": [8.0, 2.0], "readout": "mean"});
        assert_eq!(parsed(&difference), expected);
        let difference = CString::new(difference).unwrap();
        text(|_, e| diffpool_config_merge_json(other, difference.as_ptr(), e)).unwrap();
        assert_eq!(all(other), all(changed));

        // Nothing of it is taken where one value is refused.
        let before = all(other);
        let wrong = c"{\"epochs\": 13, \"seed\": 9, \"readout\": \"median\"}";
        let (status, message) = text(|_, e| diffpool_config_merge_json(other, wrong.as_ptr(), e)).unwrap_err();
        assert_eq!(status, DiffpoolStatus::InvalidConfig);
        assert!(message.starts_with("readout is \"median\", but must be one of \"max\", \"mean\""), "{message}");
        assert_eq!(all(other), before);
        diffpool_config_free(changed);
        diffpool_config_free(other);
    }
}
