//! Tests of the model file.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use safetensors::SafeTensors;

use super::*;
use crate::checkpoint::container::header::Header;
use crate::checkpoint::container::table::{Dtype, TensorInfo};
use crate::checkpoint::testing::{
    altered, altered_and_sealed, dataset, header_text, is_harmless, model, rewritten, with_header,
};
use crate::config::Config;
use crate::error::ErrorKind;
use crate::model::Session;

fn logits(model: Model<f32>) -> Vec<u32> {
    let mut session = Session::new(Arc::new(model)).unwrap();
    let data = dataset();
    let mut all = Vec::new();
    for graph in 0..data.len() {
        session.predict_graph(data.graph(graph)).unwrap();
        all.extend(session.logits().unwrap().iter().map(|v| v.to_bits()));
    }
    all
}

fn assert_equal(read: &Model<f32>, model: &Model<f32>) {
    assert_eq!(read.config(), model.config());
    assert_eq!(read.schema(), model.schema());
    assert_eq!(read.class_names(), model.class_names());
    assert_eq!(read.tensors(), model.tensors());
    for tensor in model.tensors() {
        let bits = |model: &Model<f32>| -> Vec<u32> {
            model.tensor(&tensor.name).unwrap().1.iter().map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(read), bits(model), "{}", tensor.name);
    }
    assert_eq!(logits(read.clone()), logits(model.clone()));
}

#[test]
fn a_model_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let mut model = model();
    save(&model, &path).unwrap();
    assert_equal(&load(&path).unwrap(), &model);
    assert_eq!(fs::read(&path).unwrap(), to_bytes(&model).unwrap());
    assert_equal(&from_bytes(&to_bytes(&model).unwrap()).unwrap(), &model);
    // The second save replaces the first; awkward values survive too.
    let tiny = f32::from_bits(1);
    model.set_tensor("head.1.bias", &[-0.0, tiny]).unwrap();
    save(&model, &path).unwrap();
    assert_equal(&load(&path).unwrap(), &model);
}

#[test]
fn metadata_is_kept_and_strange_keys_are_not_minded() {
    let mut model = model();
    let pairs = [("author", "\u{1f642} \"x\"\n"), ("config", "of the user's"), ("format", ""), ("metadata.a", "b")];
    for (key, value) in pairs {
        model.metadata_mut().set(key, Some(value)).unwrap();
    }
    model.metadata_mut().put("diffpool.date", "2026-01-01T00:00:00Z").unwrap();
    let read = from_bytes(&to_bytes(&model).unwrap()).unwrap();
    assert_equal(&read, &model);
    assert_eq!((read.metadata(), read.seen()), (model.metadata(), model.seen()));
    assert_eq!((read.metadata().len(), read.seen().graphs), (5, 3));
    let later = altered_and_sealed(&to_bytes(&model).unwrap(), |header, _| {
        header.metadata.insert("of_a_later_version".to_string(), "{}".to_string());
    });
    let later = from_bytes(&later).unwrap();
    assert_equal(&later, &model);
    assert_eq!(later.metadata(), model.metadata());
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let bytes = to_bytes(&model()).unwrap();
    for _ in 0..8 {
        assert_eq!(to_bytes(&model()).unwrap(), bytes);
        assert_eq!(to_bytes(&from_bytes(&bytes).unwrap()).unwrap(), bytes);
    }
}

#[test]
fn the_header_is_as_recorded() {
    // Without what changes whenever a configuration key is added.
    let bytes = altered(&to_bytes(&model()).unwrap(), |header, _| {
        header.metadata.insert("config".to_string(), "{...}".to_string());
    });
    insta::assert_snapshot!("header", header_text(&bytes).replace("},\"", "},\n\""));
}

#[test]
fn the_library_of_the_format_reads_what_we_write_and_we_read_what_it_writes() {
    let model = model();
    let bytes = to_bytes(&model).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), model.tensors().len());
    for info in model.tensors() {
        let tensor = tensors.tensor(&info.name).unwrap();
        assert_eq!((tensor.dtype(), tensor.shape()), (safetensors::Dtype::F32, &info.shape[..]));
        let values: Vec<u8> = model.tensor(&info.name).unwrap().1.iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(tensor.data(), values);
    }
    let (_, table) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut metadata: HashMap<String, String> = table.metadata().clone().unwrap();
    let kept = safetensors::serialize(tensors.tensors(), Some(metadata.clone())).unwrap();
    assert_equal(&from_bytes(&kept).unwrap(), &model);
    metadata.remove("checksum");
    let written = safetensors::serialize(tensors.tensors(), Some(metadata)).unwrap();
    assert_equal(&from_bytes(&written).unwrap(), &model);
}

#[test]
fn tensors_may_lie_in_any_order() {
    let model = model();
    let reversed = altered_and_sealed(&to_bytes(&model).unwrap(), |header, data| {
        let (mut turned, before) = (Vec::new(), data.clone());
        for info in header.tensors.values_mut().rev() {
            let (start, end) = info.data_offsets;
            info.data_offsets = (turned.len(), turned.len() + end - start);
            turned.extend(&before[start..end]);
        }
        *data = turned;
    });
    assert_equal(&from_bytes(&reversed).unwrap(), &model);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = to_bytes(&model()).unwrap();
    for len in 0..bytes.len() {
        assert_eq!(from_bytes(&bytes[..len]).err().unwrap().kind(), ErrorKind::InvalidFile, "{len}");
    }
    assert!(from_bytes(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn every_flipped_byte_is_found_out() {
    let original = to_bytes(&model()).unwrap();
    let mut bytes = original.clone();
    for at in 0..bytes.len() {
        for flip in [1 << (at % 8), 0xff] {
            bytes[at] ^= flip;
            assert!(is_harmless(from_bytes, |m| to_bytes(m).unwrap(), &bytes, &original), "{at} {flip}");
            bytes[at] ^= flip;
        }
    }
}

#[test]
fn headers_that_lie_about_their_length_are_refused() {
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let bytes = with_header(header, &[0; 4]);
    let (length, whole) = (header.len() as u64, bytes.len() as u64);
    let mut messages = String::new();
    let near = [0, 1, 2, length - 1, length, length + 1, whole - 8, whole - 7];
    for claim in near.into_iter().chain([100_000_001, 1 << 40, i64::MAX as u64, u64::MAX]) {
        let error = from_bytes(&[&claim.to_le_bytes(), &bytes[8..]].concat()).err().unwrap();
        messages += &format!("{claim}: {error}\n");
    }
    // A file that is as long as it says, which only its length shows to be absurd.
    let error = Reader::open(&(1_u64 << 40).to_le_bytes()[..], 1 << 41, &FORMAT).err().unwrap();
    messages += &format!("sparse: {error}\n");
    insta::assert_snapshot!("header_lengths", messages);
}

#[test]
fn malformed_headers_are_named() {
    let bytes = to_bytes(&model()).unwrap();
    let replaced = |from: &str, to: &str| {
        rewritten(&bytes, |text| {
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1)
        })
    };
    let cases = [
        with_header("", &[]),
        with_header("{", &[]),
        with_header("[]", &[]),
        with_header("{}", &[]),
        with_header("{} {}", &[]),
        with_header("\u{0}", &[]),
        with_header(&"[".repeat(1 << 20), &[]),
        with_header(&format!("{{\"a\":{}", "[".repeat(1 << 20)), &[]),
        with_header("{\"__metadata__\":1}", &[]),
        with_header("{\"__metadata__\":{\"format\":1}}", &[]),
        with_header("{\"__metadata__\":{},\"__metadata__\":{}}", &[]),
        with_header("{\"__metadata__\":{\"format\":\"pt\"}}", &[]),
        with_header("{\"__metadata__\":{\"format\":\"libdiffpool\"}}", &[]),
        with_header(&format!("{{\"{}\":1}}", "long ".repeat(1000)), &[]),
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295,9],\"data_offsets\":[0,4]}}", &[0; 4]),
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", &[0; 4]),
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", &[0; 4]),
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", &[0; 4]),
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}", &[0; 5]),
        with_header("{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", &[0; 4]),
        with_header("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", &[0; 4]),
        replaced("\"format_version\":", "\"format_version\":\"2\",\"format_version\":"),
        replaced(
            "\"head.0.bias\":",
            "\"head.0.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"head.0.bias\":",
        ),
        replaced("\"shape\":", "\"shape\":[1],\"shape\":"),
        [&bytes[..], &[0; 4]].concat(),
    ];
    let mut messages = String::new();
    for bytes in cases {
        let error = from_bytes(&bytes).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidFile, "{error}");
        messages += &format!("{}\n", error.message());
    }
    insta::assert_snapshot!("malformed_headers", messages);
}

#[test]
fn metadata_that_no_model_has_is_named() {
    let bytes = to_bytes(&model()).unwrap();
    let set = |key: &'static str, value: &'static str| {
        altered(&bytes, |header, _| drop(header.metadata.insert(key.to_string(), value.to_string())))
    };
    let replaced = |key: &'static str, from: &'static str, to: &'static str| {
        altered(&bytes, |header, _| {
            let value = header.metadata.get_mut(key).unwrap();
            assert!(value.contains(from), "{value}");
            *value = value.replacen(from, to, 1);
        })
    };
    let removed = |key: &'static str| altered(&bytes, |header, _| drop(header.metadata.remove(key)));
    let cases = [
        set("format", "libdiffpool-training"),
        set("format_version", "2"),
        set("format_version", "01"),
        set("metadata.", "somebody"),
        set("metadata.author", "a\0b"),
        set("seen", "{}"),
        set("seen", "{\"graphs\":1,\"nodes\":2,\"features\":[{\"min\":0,\"max\":1,\"mean\":0}]}"),
        set("config", ""),
        set("config", "{\"colour\":1}"),
        set("config", "{}"),
        set("features", "{}"),
        set("features", "null"),
        set("classes", "{}"),
        set("classes", "[1]"),
        set("classes", "[\"only one\"]"),
        set("targets", "2"),
        set("targets", "0"),
        set("targets", "-1"),
        set("targets", "18446744073709551615"),
        replaced("config", "\"multiclass\"", "\"binary\""),
        replaced("config", "\"multiclass\"", "\"multilabel\""),
        replaced("config", "\"multiclass\"", "\"sequence\""),
        replaced("config", "\"multiclass\"", "\"ranking\""),
        replaced("config", "\"metric\": \"auto\"", "\"metric\": \"mae\""),
        removed("format"),
        removed("format_version"),
        removed("config"),
        removed("features"),
        removed("classes"),
        replaced("config", "\"clusters\": [", "\"clusters\": [0.5,"),
        replaced("config", "\"class_weights\": []", "\"class_weights\": [1, 1, 1]"),
        replaced("config", "\"seed\"", "\"sead\""),
        replaced("config", "\"embed_hidden\": 2", "\"embed_hidden\": 1e99"),
        replaced("config", "attributes,labels", "labels"),
        replaced("features", "[-1,0,1]", "[1,0,-1]"),
        replaced("features", "\"attributes\":2", "\"attributes\":18446744073709551615"),
        // Each of these asks for far more memory than the file has bytes.
        replaced("config", "\"embed_hidden\": 2", "\"embed_hidden\": 1000000"),
        replaced("config", "\"embed_hidden\": 2", "\"embed_hidden\": 20000"),
        replaced("config", "    3.0", "    1000000.0"),
        replaced("config", "\"embed_layers\": 2", "\"embed_layers\": 64"),
        set("config", DEEP),
    ];
    let mut messages = String::new();
    for bytes in cases {
        let error = from_bytes(&bytes).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::InvalidFile | ErrorKind::UnsupportedVersion), "{error}");
        messages += &format!("{:?}: {error}\n", error.kind());
    }
    insta::assert_snapshot!("wrong_metadata", messages);
}

/// As many tensors as a configuration can ask for.
const DEEP: &str = r#"{"features": "attributes,labels", "embed_layers": 64, "assign_layers": 64, "final_layers": 64,
    "clusters": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
                 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],
    "embed_hidden": 1, "embed_output": 1, "assign_hidden": 1}"#;

#[test]
fn long_configurations_are_refused_before_they_are_parsed() {
    let long = format!("{{\"clusters\":[1{}]}}", ",1".repeat(1 << 20));
    let bytes = altered(&to_bytes(&model()).unwrap(), |header, _| {
        header.metadata.insert("config".to_string(), long);
    });
    assert_eq!(from_bytes(&bytes).err().unwrap().message(), "metadata \"config\" has 2097168 bytes, more than 1048576");
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    type Change = fn(&mut Header, &mut Vec<u8>);
    let cases: [Change; 13] = [
        |header, _| rename(header, "head.1.bias", "head.2.bias"),
        |header, _| rename(header, "head.1.bias", &"very long ".repeat(100)),
        |header, data| {
            let (name, _) = header.tensors.iter().max_by_key(|(_, info)| info.data_offsets).unwrap();
            let name = name.clone();
            let last = header.tensors.remove(&name).unwrap();
            data.truncate(last.data_offsets.0);
        },
        |header, data| {
            let data_offsets = (data.len(), data.len() + 4);
            let extra = TensorInfo { dtype: Dtype::F32, shape: vec![1], data_offsets };
            header.tensors.insert("more\n".to_string(), extra);
            data.extend([0; 4]);
        },
        |header, _| header.tensors.get_mut("head.0.weight").unwrap().shape.reverse(),
        |header, _| header.tensors.get_mut("head.1.bias").unwrap().shape.push(1),
        |header, _| header.tensors.get_mut("head.1.bias").unwrap().shape.extend([1; 1000]),
        |header, _| header.tensors.get_mut("head.1.bias").unwrap().dtype = Dtype::I32,
        |header, data| write(header, data, "head.1.bias", 1, f32::NAN),
        |header, data| write(header, data, "head.0.weight", 3, f32::NEG_INFINITY),
        |header, data| write(header, data, "levels.0.embed.norms.0.running_mean", 0, f32::INFINITY),
        |header, data| write(header, data, "levels.0.embed.norms.0.running_var", 1, f32::NAN),
        |header, data| write(header, data, "levels.0.embed.norms.0.running_var", 1, -0.5),
    ];
    let bytes = to_bytes(&model()).unwrap();
    let mut messages = String::new();
    for change in cases {
        let error = from_bytes(&altered_and_sealed(&bytes, change)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidFile);
        assert_eq!(from_bytes(&altered(&bytes, change)).err().unwrap(), error);
        messages += &format!("{error}\n");
    }
    insta::assert_snapshot!("wrong_tensors", messages);
}

fn rename(header: &mut Header, from: &str, to: &str) {
    let info = header.tensors.remove(from).unwrap();
    header.tensors.insert(to.to_string(), info);
}

fn write(header: &mut Header, data: &mut [u8], name: &str, at: usize, value: f32) {
    let start = header.tensors[name].data_offsets.0 + 4 * at;
    data[start..start + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn damage_that_leaves_numbers_finite_is_found_by_the_checksum() {
    let bytes = to_bytes(&model()).unwrap();
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let stated = header_text(&bytes).split('"').nth(5).unwrap().to_string();
    let message = from_bytes(&damaged).err().unwrap().to_string();
    assert!(message.starts_with("the file is damaged: its checksum is "), "{message}");
    assert!(message.ends_with(&format!(", but it says \"{stated}\"")), "{message}");
    for wrong in ["", "0", &stated.to_uppercase(), &format!("{stated} ")] {
        let bytes = altered(&bytes, |header, _| {
            header.metadata.insert("checksum".to_string(), wrong.to_string());
        });
        let message = from_bytes(&bytes).err().unwrap().to_string();
        assert_eq!(message, format!("the file is damaged: its checksum is {stated}, but it says {wrong:?}"));
    }
}

#[test]
fn errors_of_files_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut messages = String::new();
    let mut record = |result: Result<Model<f32>>| {
        let error = result.err().unwrap();
        let shown = error.to_string().replace(&*folder.path().to_string_lossy(), "FOLDER");
        messages += &format!("{:?}: {shown}\n", error.kind());
    };
    record(load(&path));
    record(load(folder.path()));
    for content in ["", "short", "not a model, but longer"] {
        fs::write(&path, content).unwrap();
        record(load(&path));
    }
    fs::write(&path, altered(&to_bytes(&model()).unwrap(), |header, _| rename(header, "head.1.bias", "b"))).unwrap();
    record(load(&path));
    insta::assert_snapshot!("file_errors", messages);
}

#[test]
fn a_failed_save_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut model = model();
    save(&model, &path).unwrap();
    let before = fs::read(&path).unwrap();
    model.parameters_mut()[0] = f32::NAN;
    let error = save(&model, &path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().ends_with("a: tensor \"levels.0.embed.convs.0.weight_rel\": value 0 is NaN"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(to_bytes(&model).is_err());
}

#[test]
fn tables_of_categories_come_back_and_are_checked() {
    let mut data = dataset();
    let categories = (0..data.total_nodes() as i32).flat_map(|i| [i % 3, i % 7]).collect();
    data.set_categories(categories, 2).unwrap();
    let config = Config { embedding_width: 4, clusters: vec![2.0], ..Config::default() };
    let model = Model::new(&config.check().unwrap(), &data, &[0, 1, 2, 3]).unwrap();
    assert_eq!(model.config().embedding_sizes, [3, 7]);
    let bytes = to_bytes(&model).unwrap();
    let read = from_bytes(&bytes).unwrap();
    assert_eq!((read.config(), read.schema(), read.tensors()), (model.config(), model.schema(), model.tensors()));
    assert_eq!(read.parameters(), model.parameters());
    let cases = [
        ("features", r#""sizes":[3,7]"#, r#""sizes":[3,8]"#),
        ("features", r#""sizes":[3,7]"#, r#""sizes":[1000000,1000000]"#),
        ("features", r#""width":4"#, r#""width":5"#),
        ("config", r#""embedding_combine": "sum""#, r#""embedding_combine": "concat""#),
        ("config", r#""out_of_vocabulary": "refuse""#, r#""out_of_vocabulary": "reserve""#),
    ];
    for (key, from, to) in cases {
        let damaged = altered_and_sealed(&bytes, |header, _| {
            let text = header.metadata.get_mut(key).unwrap();
            assert!(text.contains(from), "{text}");
            *text = text.replace(from, to);
        });
        let error = from_bytes(&damaged).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidFile);
        let message = if from.contains("refuse") { "out_of_vocabulary is" } else { "describes the tables" };
        assert!(error.message().contains(message), "{error}");
    }
    // Both say the same, but no memory is asked for tables that the file does not hold.
    let huge = altered_and_sealed(&bytes, |header, _| {
        for (key, from, to) in
            [("features", "[3,7]", "[1000000,7]"), ("config", "[\n    3,\n    7\n  ]", "[1000000, 7]")]
        {
            let text = header.metadata.get_mut(key).unwrap();
            assert!(text.contains(from), "{text}");
            *text = text.replace(from, to);
        }
    });
    let error = from_bytes(&huge).err().unwrap();
    assert!(error.message().contains("encoder.tables.0.weight"), "{error}");
}
