use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};

use super::*;
use crate::model::parameters::tests::tiny_config;

const LABELS: usize = 3;

fn layout() -> ParameterLayout {
    ParameterLayout::new(&tiny_config(), LABELS)
}

fn compact() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact")
}

type Stored = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// The tensors of a tiny model whose every value is its place in the flat buffer, over 1024.
fn stored() -> Stored {
    let parameters = layout().parameters.into_iter();
    parameters
        .map(|parameter| {
            let values = parameter.range.clone().map(|place| place as f32 / 1024.0);
            let bytes = values.flat_map(f32::to_le_bytes).collect();
            (parameter.name, (Dtype::F32, parameter.shape, bytes))
        })
        .collect()
}

fn expected() -> Vec<f32> {
    (0..layout().len())
        .map(|place| place as f32 / 1024.0)
        .collect()
}

/// Writes with the safetensors crate, whose writer is not ours.
fn write(folder: &Path, stored: &Stored) -> PathBuf {
    let views: HashMap<&str, TensorView<'_>> = stored
        .iter()
        .map(|(name, (kind, shape, bytes))| {
            let view = TensorView::new(*kind, shape.clone(), bytes).unwrap();
            (name.as_str(), view)
        })
        .collect();
    let path = folder.join("model.safetensors");
    safetensors::serialize_to_file(views, None, &path).unwrap();
    path
}

/// Reads what `change` made of the stored tiny model.
fn read_changed(change: impl FnOnce(&mut Stored)) -> Result<(Vec<f32>, LoadReport), WeightsError> {
    let folder = tempfile::tempdir().unwrap();
    let mut stored = stored();
    change(&mut stored);
    let path = write(folder.path(), &stored);
    let checked = check_parameters(&path, &layout());
    let read = read_parameters(&path, &layout(), 7);
    match (&checked, &read) {
        (Ok(checked), Ok((_, report))) => assert_eq!(checked, report),
        (Err(checked), Err(error)) => assert_eq!(checked.to_string(), error.to_string()),
        _ => assert!(matches!(read, Err(WeightsError::NotFinite { .. }))),
    }
    read
}

#[test]
fn names_with_and_without_bert_gamma_and_beta_are_the_same_parameters() {
    let (plain, report) = read_changed(|_| {}).unwrap();
    assert!(plain == expected());
    assert_eq!(report.read, layout().parameters.len());
    let (renamed, report) = read_changed(|stored| {
        *stored = std::mem::take(stored)
            .into_iter()
            .map(|(name, tensor)| {
                let name = name
                    .replace("bert.", "")
                    .replace("LayerNorm.weight", "LayerNorm.gamma")
                    .replace("LayerNorm.bias", "LayerNorm.beta");
                (name, tensor)
            })
            .collect();
    })
    .unwrap();
    assert!(renamed == expected());
    assert_eq!((report.initialised, report.unused), (vec![], vec![]));
}

#[test]
fn half_precision_is_widened() {
    // Every value of the tiny model below 1 in steps of 1/1024 is exact in F16, and in BF16
    // those in steps of 1/128.
    let name = "bert.pooler.dense.bias";
    let range = layout().find(name).unwrap().range.clone();
    let values: Vec<f32> = (0..range.len())
        .map(|i| i as f32 / 128.0 - 0.0625)
        .collect();
    let half = |x: f32| half_bits(x).to_le_bytes();
    let brain = |x: f32| ((x.to_bits() >> 16) as u16).to_le_bytes();
    for kind in [Dtype::F16, Dtype::BF16] {
        let bytes = values.iter().flat_map(|&x| {
            if kind == Dtype::F16 {
                half(x)
            } else {
                brain(x)
            }
        });
        let bytes: Vec<u8> = bytes.collect();
        let (read, _) = read_changed(|stored| {
            stored.insert(name.into(), (kind, vec![range.len()], bytes));
        })
        .unwrap();
        assert_eq!(read[range.clone()], values, "{kind}");
    }
}

/// The binary16 of a normal number that has one exactly.
fn half_bits(x: f32) -> u16 {
    let bits = x.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    if x == 0.0 {
        return 0;
    }
    ((bits >> 16) & 0x8000) as u16 | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16
}

#[test]
fn subnormal_halves_are_widened() {
    let (width, widen) = file::widening(Dtype::F16).unwrap();
    assert_eq!(width, 2);
    let mut values = [0.0; 4];
    widen(&[1, 0, 0xff, 0x83, 0xff, 0x7b, 0, 0x7c], &mut values);
    let smallest = 2.0_f32.powi(-24);
    assert_eq!(
        values,
        [smallest, -1023.0 * smallest, 65504.0, f32::INFINITY]
    );
}

#[test]
fn a_missing_pooler_is_drawn_from_the_normal_distribution_and_said() {
    let path = compact().join("model.safetensors");
    let config = crate::model::config::BertConfig::read(&compact().join("config.json")).unwrap();
    let layout = ParameterLayout::new(&config, 4);
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let kept: Vec<_> = file
        .tensors()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("pooler"))
        .collect();
    let path = folder.path().join("model.safetensors");
    safetensors::serialize_to_file(kept, None, &path).unwrap();
    let (read, report) = read_parameters(&path, &layout, 1).unwrap();
    let new = [
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
        "classifier.weight",
        "classifier.bias",
    ];
    assert_eq!(report.initialised, new);
    assert_eq!(report.unused, ["embeddings.position_ids"]);
    let weight = &read[layout.pooler.weight.clone()];
    let count = weight.len() as f64;
    let mean = weight.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    let moment = |power| {
        weight
            .iter()
            .map(|&x| f64::from(x).powi(power))
            .sum::<f64>()
            / count
    };
    assert!(mean.abs() < 4.0 * 0.02 / count.sqrt(), "mean {mean}");
    assert!(
        (moment(2).sqrt() - 0.02).abs() < 1e-4,
        "deviation {}",
        moment(2).sqrt()
    );
    let kurtosis = moment(4) / moment(2).powi(2);
    assert!((kurtosis - 3.0).abs() < 0.06, "kurtosis {kurtosis}");
    assert!(read[layout.pooler.bias].iter().all(|&x| x == 0.0));
}

#[test]
fn a_missing_head_is_drawn_as_in_pytorch_from_its_seed() {
    let remove = |stored: &mut Stored| stored.retain(|name, _| !name.starts_with("classifier"));
    let (read, report) = read_changed(remove).unwrap();
    assert_eq!(report.initialised, ["classifier.weight", "classifier.bias"]);
    let layout = layout();
    let head = &read[layout.classifier.weight.start..layout.classifier.bias.end];
    let bound = 1.0 / (tiny_config().hidden_size as f32).sqrt();
    let largest = head.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    assert!(
        largest <= bound && largest > 0.8 * bound,
        "{largest} of {bound}"
    );
    let mut different = head.to_vec();
    different.sort_by(f32::total_cmp);
    different.dedup();
    assert_eq!(different.len(), head.len());

    let folder = tempfile::tempdir().unwrap();
    let mut stored = stored();
    remove(&mut stored);
    let path = write(folder.path(), &stored);
    assert!(read_parameters(&path, &layout, 7).unwrap().0 == read);
    assert!(read_parameters(&path, &layout, 8).unwrap().0 != read);
    let error = read_trained_parameters(&path, &layout).unwrap_err();
    assert!(
        error.to_string().contains("classifier.weight (nor 1 more)"),
        "{error}"
    );
}

#[test]
fn a_head_for_other_labels_is_new_in_a_base_and_refused_in_a_trained_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &stored());
    let other = ParameterLayout::new(&tiny_config(), LABELS + 1);
    let (_, report) = read_parameters(&path, &other, 7).unwrap();
    assert_eq!(report.initialised, ["classifier.weight", "classifier.bias"]);
    assert_eq!(report.unused, ["classifier.bias", "classifier.weight"]);
    let error = read_trained_parameters(&path, &other).unwrap_err();
    assert!(matches!(error, WeightsError::WrongShape { .. }), "{error}");
}

#[test]
fn tensors_without_a_place_are_said() {
    let (read, report) = read_changed(|stored| {
        let tensor = (Dtype::I64, vec![1], vec![0; 8]);
        stored.insert("bert.embeddings.position_ids".into(), tensor);
        let tensor = (Dtype::F32, vec![1], vec![0; 4]);
        stored.insert("cls.predictions.bias".into(), tensor);
    })
    .unwrap();
    assert!(read == expected());
    assert_eq!(
        report.unused,
        ["bert.embeddings.position_ids", "cls.predictions.bias"]
    );
}

#[test]
fn base_model_of_wrong_shapes_names_tensor_expected_and_found() {
    let name = "bert.encoder.layer.1.output.dense.weight";
    let error = read_changed(|stored| {
        let tensor = stored.get_mut(name).unwrap();
        tensor.1.reverse();
    })
    .unwrap_err();
    assert!(
        matches!(&error, WeightsError::WrongShape { name: tensor, expected, found, .. }
            if tensor == name && expected == &[16, 24] && found == &[24, 16]),
        "{error}"
    );
}

#[test]
fn base_model_with_a_layer_missing_names_the_tensor() {
    let error = read_changed(|stored| stored.retain(|name, _| !name.contains("layer.1")));
    let error = error.unwrap_err();
    assert!(
        matches!(&error, WeightsError::MissingTensor { name, others: 15, .. }
            if name == "bert.encoder.layer.1.attention.self.query.weight"),
        "{error}"
    );
}

#[test]
fn tensors_of_integers_are_refused_by_their_type() {
    let error = read_changed(|stored| {
        let tensor = stored.get_mut("bert.pooler.dense.weight").unwrap();
        tensor.0 = Dtype::I32;
    });
    let error = error.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("bert.pooler.dense.weight is stored as I32"),
        "{error}"
    );
}

#[test]
fn values_that_are_not_finite_are_refused_by_their_tensor() {
    let error = read_changed(|stored| {
        let tensor = stored.get_mut("bert.pooler.dense.weight").unwrap();
        tensor.2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    let error = error.unwrap_err();
    assert!(
        matches!(&error, WeightsError::NotFinite { name, .. } if name == "bert.pooler.dense.weight")
    );
}

/// What is said of a file with these bytes.
fn error_of(bytes: &[u8]) -> WeightsError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    read_parameters(&path, &layout(), 7).unwrap_err()
}

#[test]
fn truncated_safetensors_says_how_much_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(write(folder.path(), &stored())).unwrap();
    let whole = bytes.len() as u64;
    let error = error_of(&bytes[..bytes.len() - 1]);
    assert!(
        matches!(error, WeightsError::Truncated { expected, found, .. }
            if expected == whole && found == whole - 1),
        "{error}"
    );
    let error = error_of(&bytes[..100]);
    assert!(
        matches!(error, WeightsError::Truncated { found: 100, .. }),
        "{error}"
    );
    let longer = [&bytes[..], &[0]].concat();
    assert!(error_of(&longer).to_string().contains("1 bytes follow"));
}

#[test]
fn other_files_are_not_safetensors() {
    for bytes in [
        &b""[..],
        b"PK\x03\x04 a zip archive",
        b"\x02\0\0\0\0\0\0\0[]",
        b"\x02\0\0\0\0\0\0\0{x",
    ] {
        let error = error_of(bytes);
        assert!(
            matches!(error, WeightsError::NotSafetensors { .. }),
            "{error}"
        );
    }
    let pointer = error_of(b"version https://git-lfs.github.com/spec/v1\n");
    assert!(
        pointer.to_string().contains("git left a pointer"),
        "{pointer}"
    );
    let missing = read_parameters(Path::new("no such file"), &layout(), 7).unwrap_err();
    assert!(
        matches!(missing, WeightsError::Unreadable { .. }),
        "{missing}"
    );
}

#[test]
fn what_is_written_is_read_back_by_us_and_by_the_safetensors_crate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let metadata = BTreeMap::from([("program".to_owned(), "test".to_owned())]);
    write_parameters(&path, &layout(), &expected(), &metadata).unwrap();
    let (read, report) = read_trained_parameters(&path, &layout()).unwrap();
    assert!(read == expected());
    assert_eq!(report.read, tensor_names(&layout()).len());
    let bytes = std::fs::read(&path).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for (name, (kind, shape, bytes)) in stored() {
        let tensor = file.tensor(&name).unwrap();
        assert_eq!(
            (tensor.dtype(), tensor.shape(), tensor.data()),
            (kind, &shape[..], &bytes[..])
        );
    }
}

#[test]
fn a_buffer_of_another_model_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let error = write_parameters(&path, &layout(), &[0.0; 5], &BTreeMap::new()).unwrap_err();
    assert!(
        matches!(error, WeightsError::WrongLength { found: 5, .. }),
        "{error}"
    );
    assert!(!path.exists());
}
