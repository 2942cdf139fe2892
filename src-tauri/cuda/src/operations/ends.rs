//! What begins and ends a pass, and small steps between.

use kernels::dropout::Dropout;

use crate::arguments::{
    ADD_TO_ROWS_BF16, ADD_TO_ROWS_F32, BINARY_CROSS_ENTROPY, Conversion, DROPOUT_BF16, DROPOUT_F32,
    DropoutStep, GATHER_ROWS_BF16, GATHER_ROWS_F32, LOOK_UP_BF16, LOOK_UP_F32, LookUp, Loss, POOL,
    POOL_GRADIENT, PickedRows, Pool, PoolGradient, ROUND_VALUES, SCATTER_ADD_BF16, SCATTER_ADD_F32,
    ScatterAdd, WIDEN_VALUES,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Array, Arrays, ArraysOnCard, View, ViewMut};
use crate::operations::attention::SequencesOnCard;
use crate::operations::dense::Write;
use crate::operations::size;
use crate::stored::{BFloat16, Stored};

/// Threads of a block of the kernels that take a value each.
const VALUES_A_BLOCK: usize = 256;

/// The three tables of BERT's embeddings, each (entries, width).
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// By word piece.
    pub word: View<'a, f32>,
    /// By position.
    pub position: View<'a, f32>,
    /// By segment, of which only the first is used.
    pub token_type: View<'a, f32>,
}

/// The word pieces of a batch and their positions, as kernels read them.
#[derive(Debug)]
pub struct TokensOnCard {
    arrays: ArraysOnCard,
    ids: Array<u32>,
    positions: Array<u32>,
    tokens: usize,
    /// The highest of each, which are looked at here and not on the card.
    highest_id: usize,
    highest_position: usize,
    runs_of_ids: EntryRuns,
    runs_of_positions: EntryRuns,
}

impl TokensOnCard {
    /// Of these word pieces at these positions, (tokens) each.
    ///
    /// # Errors
    /// When the card has no memory for them.
    pub fn new(device: &Device, ids: &[u32], positions: &[u32]) -> Result<Self, CudaError> {
        assert_eq!(ids.len(), positions.len(), "one position a token");
        let highest = |numbers: &[u32]| numbers.iter().max().map_or(0, |&number| number as usize);
        let mut arrays = Arrays::default();
        Ok(Self {
            ids: arrays.add(ids),
            positions: arrays.add(positions),
            tokens: ids.len(),
            highest_id: highest(ids),
            highest_position: highest(positions),
            runs_of_ids: EntryRuns::new(&mut arrays, ids),
            runs_of_positions: EntryRuns::new(&mut arrays, positions),
            // Of which all others are parts by now.
            arrays: arrays.send(device)?,
        })
    }
}

/// `output` (tokens, width) = word + position + segment.
///
/// # Errors
/// When the driver refuses.
pub fn look_up<V: Stored>(
    device: &Device,
    output: ViewMut<'_, V>,
    tokens: &TokensOnCard,
    tables: Tables<'_>,
    width: usize,
) -> Result<(), CudaError> {
    let count = tokens.tokens;
    assert!(width.is_multiple_of(4) && output.len() == count * width);
    assert!(
        (tokens.highest_id + 1) * width <= tables.word.len(),
        "ids lie in the table"
    );
    assert!(
        (tokens.highest_position + 1) * width <= tables.position.len(),
        "positions lie in the table"
    );
    assert!(tables.token_type.len() >= width);
    let all = LookUp {
        output: output.address(),
        word: tables.word.address(),
        position: tables.position.address(),
        token_type: tables.token_type.address(),
        ids: tokens.arrays.view(tokens.ids).address(),
        positions: tokens.arrays.view(tokens.positions).address(),
        tokens: size(count),
        width: size(width),
    };
    let kernel = V::kernel(LOOK_UP_F32, LOOK_UP_BF16);
    // SAFETY: the shapes were checked, and so were ids and positions.
    unsafe { device.launch(&kernel, (count.div_ceil(4), 1), &all) }
}

/// Adds the rows of `gradient` (tokens, width) to the entries of the tables (entries, width) of word pieces and of
/// positions that they were looked up in.
///
/// # Errors
/// When the driver refuses.
pub fn look_up_backward<V: Stored>(
    device: &Device,
    (word, position): (ViewMut<'_, f32>, ViewMut<'_, f32>),
    gradient: View<'_, V>,
    tokens: &TokensOnCard,
    width: usize,
) -> Result<(), CudaError> {
    let TokensOnCard {
        arrays,
        runs_of_ids,
        runs_of_positions,
        ..
    } = tokens;
    scatter_add(device, word, gradient, (arrays, runs_of_ids), width)?;
    scatter_add(
        device,
        position,
        gradient,
        (arrays, runs_of_positions),
        width,
    )
}

/// Tokens that read the same entry of a table, run by run.
#[derive(Debug)]
struct EntryRuns {
    entries: Array<u32>,
    starts: Array<u32>,
    order: Array<u32>,
    /// The number of runs, the highest entry, and the number of tokens.
    count: usize,
    highest: usize,
    tokens: usize,
}

impl EntryRuns {
    /// Of the entry that each token reads.
    fn new(arrays: &mut Arrays, of_tokens: &[u32]) -> Self {
        let order = kernels::embedding::order_by_row(of_tokens);
        let (mut entries, mut starts) = (Vec::new(), vec![0]);
        let mut begun = 0;
        for run in order.chunk_by(|&a, &b| of_tokens[a as usize] == of_tokens[b as usize]) {
            entries.push(of_tokens[run[0] as usize]);
            begun += run.len() as u32;
            starts.push(begun);
        }
        Self {
            count: entries.len(),
            highest: entries.last().copied().unwrap_or(0) as usize,
            tokens: of_tokens.len(),
            entries: arrays.add(&entries),
            starts: arrays.add(&starts),
            order: arrays.add(&order),
        }
    }
}

/// Adds each row of `gradient` (tokens, width) to its entry of `table` (entries, width).
fn scatter_add<V: Stored>(
    device: &Device,
    table: ViewMut<'_, f32>,
    gradient: View<'_, V>,
    (arrays, runs): (&ArraysOnCard, &EntryRuns),
    width: usize,
) -> Result<(), CudaError> {
    assert!(width.is_multiple_of(4) && gradient.len() == runs.tokens * width);
    assert!(
        (runs.highest + 1) * width <= table.len(),
        "entries lie in the table"
    );
    let all = ScatterAdd {
        table: table.address(),
        gradient: gradient.address(),
        entries: arrays.view(runs.entries).address(),
        run_starts: arrays.view(runs.starts).address(),
        order: arrays.view(runs.order).address(),
        runs: size(runs.count),
        width: size(width),
        accumulate: 1,
    };
    let kernel = V::kernel(SCATTER_ADD_F32, SCATTER_ADD_BF16);
    // SAFETY: the shapes were checked, and runs were made of so many tokens.
    unsafe { device.launch(&kernel, (runs.count, width.div_ceil(128)), &all) }
}

/// `values *= dropout`, element by element, in place.
///
/// # Errors
/// When the driver refuses.
pub fn dropout<V: Stored>(
    device: &Device,
    values: ViewMut<'_, V>,
    dropout: Dropout,
) -> Result<(), CudaError> {
    if dropout.is_none() {
        return Ok(());
    }
    let all = DropoutStep {
        values: values.address(),
        dropout: dropout.into(),
        count: values.len() as u64,
    };
    let kernel = V::kernel(DROPOUT_F32, DROPOUT_BF16);
    // SAFETY: so many values are there.
    unsafe { device.launch(&kernel, (values.len().div_ceil(VALUES_A_BLOCK), 1), &all) }
}

/// `to` (sequences, width) = the rows of the first tokens among `from` (tokens, width).
///
/// # Errors
/// When the driver refuses.
pub fn gather_first<V: Stored>(
    device: &Device,
    to: ViewMut<'_, V>,
    from: View<'_, V>,
    sequences: &SequencesOnCard,
) -> Result<(), CudaError> {
    if to.is_empty() {
        return Ok(());
    }
    let all = picked(
        to.address(),
        to.len(),
        (from.address(), from.len()),
        sequences,
    );
    let kernel = V::kernel(GATHER_ROWS_F32, GATHER_ROWS_BF16);
    // SAFETY: the shapes were checked, and first tokens are tokens.
    unsafe { device.launch(&kernel, (to.len().div_ceil(VALUES_A_BLOCK), 1), &all) }
}

/// Adds `from` (sequences, width) to the rows of the first tokens among `to` (tokens, width).
///
/// # Errors
/// When the driver refuses.
pub fn add_to_first<V: Stored>(
    device: &Device,
    to: ViewMut<'_, V>,
    from: View<'_, V>,
    sequences: &SequencesOnCard,
) -> Result<(), CudaError> {
    if from.is_empty() {
        return Ok(());
    }
    let all = PickedRows {
        to: to.address(),
        from: from.address(),
        ..picked(
            from.address(),
            from.len(),
            (to.address(), to.len()),
            sequences,
        )
    };
    let kernel = V::kernel(ADD_TO_ROWS_F32, ADD_TO_ROWS_BF16);
    // SAFETY: as above; no token is the first one twice.
    unsafe { device.launch(&kernel, (from.len().div_ceil(VALUES_A_BLOCK), 1), &all) }
}

/// `few` holds a row a sequence, `many` a row a token.
fn picked(
    few: u64,
    count: usize,
    (many, of_tokens): (u64, usize),
    sequences: &SequencesOnCard,
) -> PickedRows {
    let rows = sequences.first_tokens();
    let width = of_tokens / sequences.tokens().max(1);
    assert!(width > 0 && of_tokens == sequences.tokens() * width && count == rows.len() * width);
    PickedRows {
        to: few,
        from: many,
        rows: rows.address(),
        count: count as u64,
        width: size(width),
    }
}

/// `rounded` = the nearest bfloat16 of `single`.
///
/// # Errors
/// When the driver refuses.
pub fn convert_from_single(
    device: &Device,
    rounded: ViewMut<'_, BFloat16>,
    single: View<'_, f32>,
) -> Result<(), CudaError> {
    convert(
        device,
        &ROUND_VALUES,
        (single.address(), single.len()),
        (rounded.address(), rounded.len()),
    )
}

/// `single` = the numbers that `rounded` keeps.
///
/// # Errors
/// When the driver refuses.
pub fn convert_to_single(
    device: &Device,
    single: ViewMut<'_, f32>,
    rounded: View<'_, BFloat16>,
) -> Result<(), CudaError> {
    convert(
        device,
        &WIDEN_VALUES,
        (single.address(), single.len()),
        (rounded.address(), rounded.len()),
    )
}

fn convert(
    device: &Device,
    kernel: &crate::Kernel<Conversion>,
    (single, count): (u64, usize),
    (rounded, of_rounded): (u64, usize),
) -> Result<(), CudaError> {
    assert_eq!(count, of_rounded, "one value a value");
    let all = Conversion {
        single,
        rounded,
        count: count as u64,
    };
    // SAFETY: both have so many values.
    unsafe { device.launch(kernel, (count.div_ceil(VALUES_A_BLOCK), 1), &all) }
}

/// `pooled` = tanh(`pooled` + `bias`), and `dropped` = what dropout leaves of it; both (sequences, width).
///
/// # Errors
/// When the driver refuses.
pub fn pool(
    device: &Device,
    pooled: ViewMut<'_, f32>,
    dropped: ViewMut<'_, f32>,
    bias: View<'_, f32>,
    dropout: Dropout,
) -> Result<(), CudaError> {
    assert!(
        !bias.is_empty()
            && pooled.len().is_multiple_of(bias.len())
            && dropped.len() == pooled.len()
    );
    let all = Pool {
        pooled: pooled.address(),
        dropped: dropped.address(),
        bias: bias.address(),
        dropout: dropout.into(),
        count: pooled.len() as u64,
        width: size(bias.len()),
    };
    // SAFETY: the shapes were checked.
    unsafe { device.launch(&POOL, (pooled.len().div_ceil(VALUES_A_BLOCK), 1), &all) }
}

/// The gradient of [`pool`] in place: of what was dropped on entry, of what tanh was taken of on return.
///
/// # Errors
/// When the driver refuses.
pub fn pool_gradient(
    device: &Device,
    gradient: ViewMut<'_, f32>,
    pooled: View<'_, f32>,
    dropout: Dropout,
) -> Result<(), CudaError> {
    assert_eq!(gradient.len(), pooled.len());
    let all = PoolGradient {
        gradient: gradient.address(),
        pooled: pooled.address(),
        dropout: dropout.into(),
        count: pooled.len() as u64,
    };
    // SAFETY: both have so many values.
    unsafe {
        device.launch(
            &POOL_GRADIENT,
            (pooled.len().div_ceil(VALUES_A_BLOCK), 1),
            &all,
        )
    }
}

/// The loss of a batch in `loss` (1), or added to what is there, and the gradient of its logits; see
/// `kernels::loss::binary_cross_entropy`.
///
/// # Errors
/// When the driver refuses.
pub fn binary_cross_entropy(
    device: &Device,
    (loss, gradient): (ViewMut<'_, f32>, ViewMut<'_, f32>),
    (logits, targets): (View<'_, f32>, View<'_, f32>),
    positive_weights: View<'_, f32>,
    cell_weight: f32,
    write: Write,
) -> Result<(), CudaError> {
    let (cells, labels) = (logits.len(), positive_weights.len());
    assert!(labels > 0 && cells.is_multiple_of(labels) && loss.len() == 1);
    assert!(targets.len() == cells && gradient.len() == cells);
    let all = Loss {
        loss: loss.address(),
        gradient: gradient.address(),
        logits: logits.address(),
        targets: targets.address(),
        positive_weights: positive_weights.address(),
        cell_weight,
        cells: size(cells),
        labels: size(labels),
        accumulate: write.accumulates(),
    };
    // SAFETY: the shapes were checked.
    unsafe { device.launch(&BINARY_CROSS_ENTROPY, (1, 1), &all) }
}
