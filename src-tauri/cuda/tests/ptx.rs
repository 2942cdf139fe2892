//! The committed PTX.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("source")
}

/// Over names and contents of what the PTX is made of, as `scripts/ptx.py` computes it.
fn checksum() -> String {
    let mut files: Vec<PathBuf> = std::fs::read_dir(source_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "cu" || extension == "cuh")
        })
        .collect();
    files.sort();
    let mut digest = Sha256::new();
    for path in files {
        digest.update(path.file_name().unwrap().as_encoded_bytes());
        digest.update([0]);
        digest.update(std::fs::read(&path).unwrap());
        digest.update([0]);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_committed_ptx_belongs_to_the_committed_sources() {
    let ptx = cuda::ptx().unwrap();
    let first = ptx.lines().next().unwrap();
    assert_eq!(
        first,
        format!("// sources: sha256 {}", checksum()),
        "the sources have changed: run `make ptx`"
    );
}

#[test]
fn the_ptx_asks_for_no_more_than_a_driver_of_2024_and_a_card_of_compute_8() {
    let ptx = cuda::ptx().unwrap();
    let has = |line: &str| ptx.lines().any(|found| found == line);
    assert!(has(".version 8.4") && has(".target sm_80"));
}

#[test]
fn every_architecture_takes_the_ptx() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/ptx.sh");
    let result = Command::new(script).arg("--check").output().unwrap();
    let said = String::from_utf8_lossy(&result.stdout);
    // What the script ends with where the compiler's packages cannot be had.
    if result.status.code() == Some(77) {
        println!("skipped: the PTX is not assembled: NVRTC, ptxas and nvdisasm cannot be had");
        return;
    }
    let failed = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "{said}{failed}");
    for architecture in ["sm_80", "sm_86", "sm_89", "sm_90", "sm_120"] {
        assert!(said.contains(&format!("{architecture}: taken")), "{said}");
    }
    // Slow loops are right all the same, so no other test would find them.
    let loops: Vec<(&str, f64)> = said.lines().filter_map(instructions_a_product).collect();
    let of_products: Vec<_> = loops
        .iter()
        .filter(|(kernel, _)| kernel.starts_with("multiply"))
        .collect();
    assert_eq!(of_products.len(), 5 * 5, "{said}");
    for (kernel, instructions) in of_products {
        // For compute 12.0 ptxas puts empty ones between products.
        assert!(*instructions < 6.0, "{kernel}: {instructions} instructions");
    }
}

/// A kernel, and how many instructions of its inner loop there are to each product, from a line of the script.
fn instructions_a_product(line: &str) -> Option<(&str, f64)> {
    let (kernel, rest) = line.trim().split_once(": ")?;
    let (all, rest) = rest.split_once(" instructions in its inner loop, ")?;
    let products = rest.strip_suffix(" of them products")?;
    Some((
        kernel,
        all.parse::<f64>().ok()? / products.parse::<f64>().ok()?,
    ))
}
