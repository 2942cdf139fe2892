//! Attention over packed sequences and its gradient: on the tensor cores where heads and numbers allow it, else row by row.

use kernels::dropout::Dropout;

use crate::arguments::{
    ATTENTION_32, ATTENTION_64, ATTENTION_PROJECTIONS, ATTENTION_ROWS_BF16, ATTENTION_ROWS_F32,
    Attention, AttentionBlock, AttentionGradient, AttentionRow, AttentionRows,
    AttentionRowsGradient, KEY_VALUE_GRADIENT_32, KEY_VALUE_GRADIENT_64,
    KEY_VALUE_GRADIENT_ROWS_BF16, KEY_VALUE_GRADIENT_ROWS_F32, Projections, QUERY_GRADIENT_32,
    QUERY_GRADIENT_64, QUERY_GRADIENT_ROWS_BF16, QUERY_GRADIENT_ROWS_F32,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Array, Arrays, ArraysOnCard, Memory, View, ViewMut};
use crate::operations::size;
use crate::stored::Stored;

/// The widest head that the kernels know.
pub const WIDEST_HEAD: usize = 128;

/// Heads, and how wide each is: at most [`WIDEST_HEAD`].
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Their number.
    pub count: usize,
    /// The width of one.
    pub size: usize,
}

impl Heads {
    fn hidden(self) -> usize {
        self.count * self.size
    }
}

/// Which tokens ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AskedBy {
    /// Every token: queries, keys and values lie side by side, (tokens, 3 * hidden).
    EveryToken,
    /// The first token of each sequence: queries (sequences, hidden), keys and values side by side, (tokens, 2 * hidden).
    FirstToken,
}

/// Where sequences lie in a packed batch, as kernels read it.
#[derive(Debug)]
pub struct SequencesOnCard {
    tokens: usize,
    sequences: usize,
    arrays: ArraysOnCard,
    /// The first token of each sequence.
    first_tokens: Array<u32>,
    blocks: Array<AttentionBlock>,
    /// Of each token among those who all ask; none where the tensor cores do that.
    every: Array<AttentionRow>,
    /// Of the first tokens that ask alone, and of each token that they ask.
    first: Array<AttentionRow>,
    asked: Array<AttentionRow>,
}

impl SequencesOnCard {
    /// Of sequences that begin at `starts` (sequences + 1), for activations that are kept as `V`.
    ///
    /// # Errors
    /// When the card has no memory for it.
    ///
    /// # Panics
    /// When starts do not ascend from 0: no sequence is empty.
    pub fn new<V: Stored>(
        device: &Device,
        starts: &[usize],
        heads: Heads,
    ) -> Result<Self, CudaError> {
        assert!(starts.first() == Some(&0) && starts.windows(2).all(|pair| pair[0] < pair[1]));
        let by_rows = tensor_cores::<V>(AskedBy::EveryToken, heads).is_none();
        let (mut blocks, mut every, mut first, mut asked) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut first_index = 0u32;
        for (sequence, bounds) in starts.windows(2).enumerate() {
            let length = bounds[1] - bounds[0];
            blocks.extend((0..length).step_by(64).map(|first| AttentionBlock {
                start: size(bounds[0]),
                length: size(length),
                first: size(first),
                first_index,
            }));
            let row = |position: usize, first_query: usize, queries: usize| AttentionRow {
                start: size(bounds[0]),
                length: size(length),
                position: size(position),
                first_query: size(first_query),
                queries: size(queries),
                first_index,
            };
            if by_rows {
                every.extend((0..length).map(|position| row(position, bounds[0], length)));
            }
            first.push(row(0, sequence, 1));
            asked.extend((0..length).map(|position| row(position, sequence, 1)));
            let square = (length as u32).wrapping_mul(length as u32);
            first_index = first_index.wrapping_add(square.wrapping_mul(heads.count as u32));
        }
        let first_tokens: Vec<u32> = starts[..starts.len() - 1]
            .iter()
            .map(|&start| start as u32)
            .collect();
        let mut arrays = Arrays::default();
        Ok(Self {
            tokens: asked.len(),
            sequences: first.len(),
            first_tokens: arrays.add(&first_tokens),
            blocks: arrays.add(&blocks),
            every: arrays.add(&every),
            first: arrays.add(&first),
            asked: arrays.add(&asked),
            // Of which all others are parts by now.
            arrays: arrays.send(device)?,
        })
    }

    /// Tokens of all sequences.
    pub(super) fn tokens(&self) -> usize {
        self.tokens
    }

    /// The first token of each sequence, (sequences).
    pub(super) fn first_tokens(&self) -> View<'_, u32> {
        self.arrays.view(self.first_tokens)
    }

    /// What a block is for, each.
    fn blocks(&self) -> View<'_, AttentionBlock> {
        self.arrays.view(self.blocks)
    }

    /// Of who asks, and of who is asked.
    fn rows(&self, asked_by: AskedBy) -> [View<'_, AttentionRow>; 2] {
        match asked_by {
            AskedBy::EveryToken => [self.every, self.every],
            AskedBy::FirstToken => [self.first, self.asked],
        }
        .map(|rows| self.arrays.view(rows))
    }

    fn queries(&self, asked_by: AskedBy) -> usize {
        match asked_by {
            AskedBy::EveryToken => self.tokens,
            AskedBy::FirstToken => self.sequences,
        }
    }
}

/// Where queries, keys and values begin, and values from one row of each to the next.
#[derive(Clone, Copy)]
struct Lies {
    queries: u64,
    keys: u64,
    values: u64,
    query_stride: usize,
    key_stride: usize,
}

impl Lies {
    /// `queries` are those that stand apart.
    fn of<V: Stored>(asked_by: AskedBy, packed: u64, queries: u64, hidden: usize) -> Self {
        let part = (hidden * size_of::<V>()) as u64;
        match asked_by {
            AskedBy::EveryToken => Self {
                queries: packed,
                keys: packed + part,
                values: packed + 2 * part,
                query_stride: 3 * hidden,
                key_stride: 3 * hidden,
            },
            AskedBy::FirstToken => Self {
                queries,
                keys: packed,
                values: packed + part,
                query_stride: hidden,
                key_stride: 2 * hidden,
            },
        }
    }
}

fn check<V: Stored>(
    asked_by: AskedBy,
    sequences: &SequencesOnCard,
    heads: Heads,
    packed: View<'_, V>,
    queries: Option<View<'_, V>>,
    log_sums: View<'_, f32>,
) {
    assert!(
        heads.size <= WIDEST_HEAD,
        "columns of a head fit in a warp's registers"
    );
    let (hidden, count) = (heads.hidden(), sequences.queries(asked_by));
    assert_eq!(log_sums.len(), heads.count * count);
    let stride = match asked_by {
        AskedBy::EveryToken => 3 * hidden,
        AskedBy::FirstToken => 2 * hidden,
    };
    assert_eq!(packed.len(), sequences.tokens * stride);
    assert!(queries.is_none_or(|queries| queries.len() == count * hidden));
}

/// `context` (queries, hidden) = attention, with `log_sums` (heads, queries) for the backward pass. Queries are in
/// `packed` (tokens, 3 * hidden) beside keys and values; or those of the first tokens stand apart (sequences, hidden),
/// beside keys and values of all, (tokens, 2 * hidden).
///
/// # Errors
/// When the driver refuses.
pub fn attend<V: Stored>(
    device: &Device,
    context: ViewMut<'_, V>,
    log_sums: ViewMut<'_, f32>,
    (packed, queries): (View<'_, V>, Option<View<'_, V>>),
    (sequences, heads): (&SequencesOnCard, Heads),
    dropout: Dropout,
) -> Result<(), CudaError> {
    let asked_by = if queries.is_some() {
        AskedBy::FirstToken
    } else {
        AskedBy::EveryToken
    };
    check(asked_by, sequences, heads, packed, queries, log_sums.read());
    let (hidden, count) = (heads.hidden(), sequences.queries(asked_by));
    assert_eq!(context.len(), count * hidden);
    if let Some(tensor_cores) = tensor_cores::<V>(asked_by, heads) {
        let all = Attention {
            context: context.address(),
            log_sums: log_sums.address(),
            query_key_value: packed.address(),
            blocks: sequences.blocks().address(),
            dropout: dropout.into(),
            tokens: size(sequences.tokens),
            heads: size(heads.count),
        };
        let grid = (sequences.blocks().len(), heads.count);
        // SAFETY: the shapes were checked, and blocks lie within the tokens.
        return unsafe { device.launch(&tensor_cores.forward, grid, &all) };
    }
    let lies = Lies::of::<V>(
        asked_by,
        packed.address(),
        queries.map_or(0, |view| view.address()),
        hidden,
    );
    let [rows, _] = sequences.rows(asked_by);
    let all = AttentionRows {
        context: context.address(),
        log_sums: log_sums.address(),
        queries: lies.queries,
        keys: lies.keys,
        values: lies.values,
        rows: rows.address(),
        dropout: dropout.into(),
        query_stride: size(lies.query_stride),
        key_stride: size(lies.key_stride),
        query_count: size(count),
        heads: size(heads.count),
        head_size: size(heads.size),
    };
    let kernel = V::kernel(ATTENTION_ROWS_F32, ATTENTION_ROWS_BF16);
    // SAFETY: as above.
    unsafe { device.launch(&kernel, (count.div_ceil(4), heads.count), &all) }
}

/// What [`attend`] gave.
#[derive(Debug, Clone, Copy)]
pub struct Attended<'a, V> {
    /// (queries, hidden)
    pub context: View<'a, V>,
    /// (heads, queries)
    pub log_sums: View<'a, f32>,
}

/// The gradient of [`attend`]: `gradient` takes that of `packed`, `query_gradient` that of queries that stand apart.
/// `projections` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn attend_backward<V: Stored>(
    device: &Device,
    (gradient, query_gradient): (ViewMut<'_, V>, Option<ViewMut<'_, V>>),
    attended: Attended<'_, V>,
    context_gradient: View<'_, V>,
    (packed, queries): (View<'_, V>, Option<View<'_, V>>),
    (sequences, heads): (&SequencesOnCard, Heads),
    dropout: Dropout,
    projections: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let Attended { context, log_sums } = attended;
    let asked_by = if queries.is_some() {
        AskedBy::FirstToken
    } else {
        AskedBy::EveryToken
    };
    check(asked_by, sequences, heads, packed, queries, log_sums);
    let (hidden, count) = (heads.hidden(), sequences.queries(asked_by));
    assert!(context.len() == count * hidden && context_gradient.len() == context.len());
    assert_eq!(gradient.len(), packed.len());
    assert_eq!(
        query_gradient.as_ref().map(ViewMut::len),
        queries.map(|view| view.len())
    );
    if let Some(tensor_cores) = tensor_cores::<V>(asked_by, heads) {
        projections.grow(heads.count * count)?;
        let of_rows = Projections {
            projections: projections.address(),
            context: context.address(),
            context_gradient: context_gradient.address(),
            tokens: size(count),
            heads: size(heads.count),
            head_size: size(heads.size),
        };
        let all = AttentionGradient {
            gradient: gradient.address(),
            context_gradient: context_gradient.address(),
            log_sums: log_sums.address(),
            projections: projections.address(),
            query_key_value: packed.address(),
            blocks: sequences.blocks().address(),
            dropout: dropout.into(),
            tokens: size(sequences.tokens),
            heads: size(heads.count),
        };
        let grid = (sequences.blocks().len(), heads.count);
        // SAFETY: as in the forward pass; there is room for the projections.
        return unsafe {
            device.launch(
                &ATTENTION_PROJECTIONS,
                (count.div_ceil(128), heads.count),
                &of_rows,
            )?;
            device.launch(&tensor_cores.of_queries, grid, &all)?;
            device.launch(&tensor_cores.of_keys_and_values, grid, &all)
        };
    }
    let lies = Lies::of::<V>(
        asked_by,
        packed.address(),
        queries.map_or(0, |view| view.address()),
        hidden,
    );
    let apart = query_gradient.map_or(0, |view| view.address());
    let to = Lies::of::<V>(asked_by, gradient.address(), apart, hidden);
    let all = |rows: View<'_, AttentionRow>| AttentionRowsGradient {
        query_gradient: to.queries,
        key_gradient: to.keys,
        value_gradient: to.values,
        context: context.address(),
        context_gradient: context_gradient.address(),
        log_sums: log_sums.address(),
        queries: lies.queries,
        keys: lies.keys,
        values: lies.values,
        rows: rows.address(),
        dropout: dropout.into(),
        query_stride: size(lies.query_stride),
        key_stride: size(lies.key_stride),
        query_count: size(count),
        row_count: size(rows.len()),
        heads: size(heads.count),
        head_size: size(heads.size),
    };
    let [of_queries, of_keys] = sequences.rows(asked_by);
    let grid = |rows: View<'_, AttentionRow>| (rows.len().div_ceil(4), heads.count);
    let query_kernel = V::kernel(QUERY_GRADIENT_ROWS_F32, QUERY_GRADIENT_ROWS_BF16);
    let key_kernel = V::kernel(KEY_VALUE_GRADIENT_ROWS_F32, KEY_VALUE_GRADIENT_ROWS_BF16);
    // SAFETY: as above.
    unsafe {
        device.launch(&query_kernel, grid(of_queries), &all(of_queries))?;
        device.launch(&key_kernel, grid(of_keys), &all(of_keys))
    }
}

/// The kernels on the tensor cores, where they know these heads and numbers.
struct TensorCores {
    forward: crate::Kernel<Attention>,
    of_queries: crate::Kernel<AttentionGradient>,
    of_keys_and_values: crate::Kernel<AttentionGradient>,
}

fn tensor_cores<V: Stored>(asked_by: AskedBy, heads: Heads) -> Option<TensorCores> {
    match heads.size {
        _ if V::IS_SINGLE || asked_by == AskedBy::FirstToken => None,
        32 => Some(TensorCores {
            forward: ATTENTION_32,
            of_queries: QUERY_GRADIENT_32,
            of_keys_and_values: KEY_VALUE_GRADIENT_32,
        }),
        64 => Some(TensorCores {
            forward: ATTENTION_64,
            of_queries: QUERY_GRADIENT_64,
            of_keys_and_values: KEY_VALUE_GRADIENT_64,
        }),
        _ => None,
    }
}
