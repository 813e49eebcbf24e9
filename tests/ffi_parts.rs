//! Data sets in parts and as text, splits in files, and a run that goes on with other graphs, as a C program has them.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_parts::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::dataset_text::*;
use diffpool::ffi::error::*;
use diffpool::ffi::fine_tuning::*;
use diffpool::ffi::graph_weights::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::split::*;
use diffpool::ffi::split_file::*;
use diffpool::ffi::status::{DiffpoolStatus, diffpool_status_name};
use diffpool::ffi::trainer::*;

/// What a call says: "" where it succeeds.
fn told(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) -> String {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new, and freed last.
    unsafe {
        let message = CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned();
        diffpool_error_free(error);
        let name = CStr::from_ptr(diffpool_status_name(status)).to_str().unwrap();
        if status == DiffpoolStatus::Ok { message } else { format!("{name}: {message}") }
    }
}

/// What a function wrote to the place it was given.
fn get<T>(default: T, call: impl FnOnce(*mut T, *mut *mut DiffpoolError) -> DiffpoolStatus) -> T {
    let mut value = default;
    assert_eq!(told(|error| call(&mut value, error)), "");
    value
}

fn path(folder: &Path, name: &str) -> CString {
    CString::new(folder.join(name).to_str().unwrap()).unwrap()
}

fn synthetic(graphs: usize, seed: u64) -> *mut DiffpoolDataset {
    // SAFETY: the string is a constant, the place is a local.
    get(null_mut(), |out, e| unsafe { diffpool_dataset_synthetic(c"ba".as_ptr(), graphs, seed, out, e) })
}

fn length(data: *const DiffpoolDataset) -> usize {
    // SAFETY: the data set is live.
    unsafe { diffpool_dataset_graph_count(data) }
}

/// The lines of a data set.
fn lines(data: *const DiffpoolDataset, file: &Path) -> String {
    let name = CString::new(file.to_str().unwrap()).unwrap();
    // SAFETY: the data set is live, the path a string.
    assert_eq!(told(|e| unsafe { diffpool_dataset_save_jsonl(data, name.as_ptr(), e) }), "");
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn data_sets_go_through_text_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.jsonl");
    let data = synthetic(6, 1);
    let weights = [1.0_f32, 0.5, 2.0, 0.0, 1.0, 1.0];
    let tu = path(folder.path(), "ba");
    // SAFETY: handles are live and freed once, arrays and strings are locals.
    unsafe {
        let names = [c"0".as_ptr(), c"1".as_ptr()];
        assert_eq!(told(|e| diffpool_dataset_set_class_names(data, names.as_ptr(), 2, e)), "");
        assert_eq!(told(|e| diffpool_dataset_save_tu(data, tu.as_ptr(), e)), "");
        let from_folder =
            get(null_mut(), |out, e| diffpool_dataset_load(tu.as_ptr(), c"tu".as_ptr(), null(), null(), out, e));
        let without_name = |text: String| text.split_once('\n').unwrap().1.to_owned();
        assert_eq!(without_name(lines(from_folder, &file)), without_name(lines(data, &file)));
        assert_eq!(told(|e| diffpool_dataset_set_graph_weights(data, weights.as_ptr(), 6, e)), "");
        let refused = told(|e| diffpool_dataset_save_tu(data, path(folder.path(), "other").as_ptr(), e));
        assert!(refused.ends_with("graph 1 has the weight 0.5 in the loss"), "{refused}");

        let text = lines(data, &file);
        let loaded = get(null_mut(), |out, e| {
            diffpool_dataset_load(path(folder.path(), "data.jsonl").as_ptr(), c"jsonl".as_ptr(), null(), null(), out, e)
        });
        let (bytes, count) = (text.as_ptr().cast::<c_char>(), text.len());
        let parsed = get(null_mut(), |out, e| diffpool_dataset_parse_jsonl(bytes, count, null(), 0, out, e));
        for copy in [loaded, parsed] {
            assert_eq!(lines(copy, &file), text);
            let mut found = [9.0_f32; 6];
            let needed =
                get(0, |needed, e| diffpool_dataset_copy_graph_weights(copy, found.as_mut_ptr(), 6, needed, e));
            assert_eq!((needed, found), (6, weights));
        }
        let mut out = null_mut();
        assert_eq!(
            told(|e| diffpool_dataset_parse_jsonl(c"{\"edges\": 1}".as_ptr(), 12, null(), 0, &mut out, e)),
            "PARSE: lines, line 1: column 11: edges: invalid type: integer `1`, expected a list of pairs of nodes"
        );
        assert_eq!(
            told(|e| diffpool_dataset_parse_jsonl(bytes, count, null(), 2, &mut out, e)),
            "INVALID_ARGUMENT: flags is 2, but must be 0 or DIFFPOOL_DATASET_DIRECTED"
        );
        assert!(out.is_null());
        [data, from_folder, loaded, parsed].into_iter().for_each(|data| diffpool_dataset_free(data));
    }
}

#[test]
fn a_benchmark_folder_is_written_with_its_split() {
    let place = tempfile::tempdir().unwrap();
    let (folder, bare) = (path(place.path(), "ba"), path(place.path(), "bare"));
    let data = synthetic(6, 1);
    // SAFETY: handles are live and freed once, strings are locals.
    unsafe {
        let split = get(null_mut(), |out, e| diffpool_split_holdout(data, 0.34, 1, out, e));
        assert_eq!(told(|e| diffpool_dataset_save_ogb(data, folder.as_ptr(), split, e)), "");
        assert_eq!(told(|e| diffpool_dataset_save_ogb(data, bare.as_ptr(), null(), e)), "");
        let again = told(|e| diffpool_dataset_save_ogb(data, bare.as_ptr(), null(), e));
        assert!(again.starts_with("IO: ") && again.ends_with("it is there already and not empty"), "{again}");
        let read = get(null_mut(), |out, e| diffpool_split_load_ogb(data, folder.as_ptr(), c"own".as_ptr(), out, e));
        for of in [diffpool_split_train as ListOf, diffpool_split_validation, diffpool_split_test] {
            assert_eq!(list(read, of), list(split, of));
        }
        // The classes of the graphs are targets of the folder.
        let from_folder =
            get(null_mut(), |out, e| diffpool_dataset_load(folder.as_ptr(), c"ogb".as_ptr(), null(), null(), out, e));
        let file = place.path().join("data.jsonl");
        let without_targets = lines(from_folder, &file).replace(",\"targets\":[0]", "").replace(",\"targets\":[1]", "");
        assert_eq!(without_targets, lines(data, &file));
        [data, from_folder].into_iter().for_each(|data| diffpool_dataset_free(data));
        [split, read].into_iter().for_each(|split| diffpool_split_free(split));
    }
}

#[test]
fn data_sets_are_put_together_and_cut() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.jsonl");
    let data = synthetic(6, 1);
    let whole = lines(data, &file);
    // SAFETY: handles are live and freed once, arrays are constants.
    unsafe {
        let part = |graphs: &[usize]| {
            get(null_mut(), |out, e| diffpool_dataset_subset(data, graphs.as_ptr(), graphs.len(), out, e))
        };
        let (first, rest) = (part(&[0, 1]), part(&[2, 3, 4, 5]));
        assert_eq!(told(|e| diffpool_dataset_append(first, rest, e)), "");
        assert_eq!(lines(first, &file), whole);
        assert_eq!(
            told(|e| diffpool_dataset_append(first, first, e)),
            "INVALID_ARGUMENT: into and from are the same data set"
        );
        assert_eq!(told(|e| diffpool_dataset_clear(first, e)), "");
        assert_eq!(length(first), 0);
        let all = get(null_mut(), |out, e| diffpool_dataset_subset(data, null(), DIFFPOOL_ALL, out, e));
        assert_eq!((lines(all, &file), length(part(&[]))), (whole, 0));
        let mut out = null_mut();
        assert_eq!(
            told(|e| diffpool_dataset_subset(data, [6_usize].as_ptr(), 1, &mut out, e)),
            "NOT_FOUND: index 0 is 6, but the data set has 6 graphs"
        );
        [data, first, rest, all].into_iter().for_each(|data| diffpool_dataset_free(data));
    }
}

fn list(split: *const DiffpoolSplit, of: ListOf) -> Vec<usize> {
    let mut length = 0;
    // SAFETY: the split is live, and the array is as long as is said.
    unsafe {
        let indices = of(split, &mut length);
        std::slice::from_raw_parts(indices, length).to_vec()
    }
}

type ListOf = unsafe extern "C" fn(*const DiffpoolSplit, *mut usize) -> *const usize;

#[test]
fn splits_are_saved_and_published_ones_read() {
    let folder = tempfile::tempdir().unwrap();
    let (saved, published) = (path(folder.path(), "saved.json"), path(folder.path(), "published.json"));
    let fold = |test: &str, validation: &str| {
        format!(
            "{{\"test\": [{test}], \"model_selection\": [{{\"train\": [0, 1, 2], \"validation\": [{validation}]}}]}}"
        )
    };
    let text = format!("[{}, {}, {}]", fold("3", "4, 5"), fold("5", "0"), "{\"test\": [0], \"model_selection\": []}");
    std::fs::write(folder.path().join("published.json"), text).unwrap();
    let data = synthetic(6, 1);
    // SAFETY: handles are live and freed once, strings are locals.
    unsafe {
        let split = get(null_mut(), |out, e| diffpool_split_holdout(data, 0.34, 1, out, e));
        assert_eq!(told(|e| diffpool_split_save(split, saved.as_ptr(), e)), "");
        let again = get(null_mut(), |out, e| diffpool_split_load(data, saved.as_ptr(), 0, out, e));
        for of in [diffpool_split_train as ListOf, diffpool_split_validation, diffpool_split_test] {
            assert_eq!(list(split, of), list(again, of));
        }
        let first = get(null_mut(), |out, e| diffpool_split_load(data, published.as_ptr(), 0, out, e));
        assert_eq!((list(first, diffpool_split_validation), list(first, diffpool_split_test)), (vec![4, 5], vec![3]));
        let mut out = null_mut();
        for (fold, message) in [
            (1, "INVALID_ARGUMENT: PATH: fold 1: validation[0] is graph 0, which is in the split already"),
            (2, "PARSE: PATH: fold 2 divides its graphs in 0 ways, not in one"),
            (3, "NOT_FOUND: PATH: there is no fold 3: there are 3"),
        ] {
            let refused = told(|e| diffpool_split_load(data, published.as_ptr(), fold, &mut out, e));
            assert_eq!(refused.replace(published.to_str().unwrap(), "PATH"), message);
        }
        assert!(out.is_null());
        [split, again, first].into_iter().for_each(|split| diffpool_split_free(split));
        diffpool_dataset_free(data);
    }
}

#[test]
fn a_checkpoint_goes_on_with_other_graphs() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = path(folder.path(), "checkpoint");
    let json = c"{\"embed_hidden\": 8, \"embed_output\": 8, \"assign_hidden\": 8, \"clusters\": [4], \"epochs\": 2,
        \"patience\": 0, \"threads\": 1}";
    let (data, other) = (synthetic(12, 1), synthetic(16, 2));
    // SAFETY: handles are live and freed once, strings are locals or constants.
    unsafe {
        let config = get(null_mut(), |out, e| diffpool_config_from_json(json.as_ptr(), out, e));
        let trainer = get(null_mut(), |out, e| diffpool_trainer_new(config, data, null(), null(), out, e));
        assert_eq!(told(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), e)), "");
        assert_eq!(told(|e| diffpool_trainer_save_checkpoint(trainer, checkpoint.as_ptr(), e)), "");
        let split = get(null_mut(), |out, e| diffpool_split_holdout(other, 0.25, 1, out, e));
        let from = checkpoint.as_ptr();
        let kept = get(null_mut(), |out, e| diffpool_trainer_continue(from, config, other, split, null(), out, e));
        assert_eq!(diffpool_trainer_epoch_count(kept), 0);
        assert_eq!(told(|e| diffpool_trainer_fit(kept, None, None, null_mut(), null(), null_mut(), e)), "");
        assert_eq!(diffpool_trainer_epoch_count(kept), 2);
        assert_eq!(told(|e| diffpool_config_set_string(config, c"optimizer".as_ptr(), c"adamw".as_ptr(), e)), "");
        let mut out = null_mut();
        assert_eq!(
            told(|e| diffpool_trainer_continue(from, config, other, split, null(), &mut out, e)),
            "INVALID_CONFIG: optimizer is \"adamw\", but the state to go on with is that of \"adam\""
        );
        [trainer, kept].into_iter().for_each(|trainer| diffpool_trainer_free(trainer));
        diffpool_config_free(config);
        diffpool_split_free(split);
        [data, other].into_iter().for_each(|data| diffpool_dataset_free(data));
    }
}
