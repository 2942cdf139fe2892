//! Updates of the parameters by AdamW, all in one pass.

use std::ops::Range;

use kernels::adamw::AdamW as Settings;

use crate::arguments::{
    ADAMW, AdamW, CLIP, Clip, SUM_SQUARES, SquareSums, UpdateBlock, UpdateGroup,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::{address_of, size};
use crate::stored::BFloat16;

/// Parameters that a block takes.
const PARAMETERS_A_BLOCK: usize = 1_024;

/// Which parameters are updated, cut into blocks, and what their gradients are multiplied with.
#[derive(Debug)]
pub struct UpdatePlan {
    blocks: Memory<UpdateBlock>,
    groups: usize,
    /// Behind the last of them.
    end: usize,
    /// The sum of the squares of each block's gradients.
    sums: Memory<f32>,
    /// (1)
    scale: Memory<f32>,
}

/// What an update reads and writes, all of one length.
#[derive(Debug)]
pub struct Updated<'a> {
    /// The parameters.
    pub parameters: ViewMut<'a, f32>,
    /// Running mean of the gradients.
    pub first_moments: ViewMut<'a, f32>,
    /// Running mean of their squares.
    pub second_moments: ViewMut<'a, f32>,
    /// The gradients.
    pub gradients: View<'a, f32>,
    /// Takes the new parameters as products in bfloat16 read them.
    pub rounded: Option<ViewMut<'a, BFloat16>>,
    /// Running average of the parameters, and what it takes of the new ones.
    pub average: Option<(ViewMut<'a, f32>, f32)>,
}

impl UpdatePlan {
    /// Of ranges that do not overlap, each with the number of its group. Gradients are not clipped as long as [`clip`]
    /// is not asked for.
    ///
    /// # Errors
    /// When the card has no memory for it.
    pub fn new(device: &Device, ranges: &[(Range<usize>, usize)]) -> Result<Self, CudaError> {
        let mut blocks = Vec::new();
        for (range, group) in ranges {
            assert!(range.start.is_multiple_of(4), "values are taken by fours");
            for first in range.clone().step_by(PARAMETERS_A_BLOCK) {
                blocks.push(UpdateBlock {
                    first: first as u64,
                    count: (range.end - first).min(PARAMETERS_A_BLOCK) as u32,
                    group: *group as u32,
                });
            }
        }
        Ok(Self {
            sums: device.memory(blocks.len())?,
            blocks: device.upload(&blocks)?,
            groups: ranges.iter().map(|(_, group)| group + 1).max().unwrap_or(0),
            end: ranges.iter().map(|(range, _)| range.end).max().unwrap_or(0),
            scale: device.upload(&[1.0])?,
        })
    }
}

/// The norm of all gradients that are updated with, into `norm` (1), and with the next update they are scaled down to
/// `limit` where they are beyond it.
///
/// # Errors
/// When the driver refuses.
pub fn clip(
    device: &Device,
    plan: &mut UpdatePlan,
    gradients: View<'_, f32>,
    norm: ViewMut<'_, f32>,
    limit: f32,
) -> Result<(), CudaError> {
    assert!(plan.end <= gradients.len() && norm.len() == 1);
    let squares = SquareSums {
        sums: plan.sums.address(),
        gradients: gradients.address(),
        blocks: plan.blocks.address(),
    };
    let clip = Clip {
        norm: norm.address(),
        scale: plan.scale.address(),
        sums: plan.sums.address(),
        blocks: size(plan.blocks.len()),
        limit,
    };
    // SAFETY: all blocks lie in the gradients, and each has its sum.
    unsafe {
        device.launch(&SUM_SQUARES, (plan.blocks.len(), 1), &squares)?;
        device.launch(&CLIP, (1, 1), &clip)
    }
}

/// One update. `groups` gives the settings of each group, which differ in nothing but learning rate and weight decay;
/// of their gradient scale nothing is used.
///
/// # Errors
/// When the driver refuses.
pub fn adamw(
    device: &Device,
    plan: &UpdatePlan,
    updated: Updated<'_>,
    groups: &[Settings],
) -> Result<(), CudaError> {
    let Updated {
        parameters,
        first_moments,
        second_moments,
        gradients,
        rounded,
        average,
    } = updated;
    let count = parameters.len();
    assert!(
        plan.end <= count && groups.len() == plan.groups,
        "a plan of these parameters"
    );
    assert!(first_moments.len() == count && second_moments.len() == count);
    assert!(gradients.len() == count && rounded.as_ref().is_none_or(|to| to.len() == count));
    let Some(&settings) = groups.first() else {
        return Ok(());
    };
    let of_groups: Vec<UpdateGroup> = groups
        .iter()
        .map(|group| {
            let scalars = group.scalars();
            UpdateGroup {
                step_size: scalars.step_size,
                kept: scalars.kept,
            }
        })
        .collect();
    let of_groups = device.upload(&of_groups)?;
    let (average, average_share) = average.map_or((None, 0.0), |(to, share)| (Some(to), share));
    assert!(average.as_ref().is_none_or(|to| to.len() == count));
    let all = AdamW {
        parameters: parameters.address(),
        first_moments: first_moments.address(),
        second_moments: second_moments.address(),
        gradients: gradients.address(),
        rounded: address_of(rounded.as_ref().map(ViewMut::read)),
        average: address_of(average.as_ref().map(ViewMut::read)),
        gradient_scale: plan.scale.address(),
        blocks: plan.blocks.address(),
        groups: of_groups.address(),
        root_correction: settings.scalars().root_correction,
        first_share: (1.0 - settings.beta1) as f32,
        second_kept: settings.beta2 as f32,
        second_share: (1.0 - settings.beta2) as f32,
        epsilon: settings.epsilon,
        average_share,
    };
    // SAFETY: all blocks lie in the buffers, and their groups are there; what the groups lie in is given back after
    // the kernel has run.
    unsafe { device.launch(&ADAMW, (plan.blocks.len(), 1), &all) }
}
