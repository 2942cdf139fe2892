//! Random bits as pure functions of a number: the finaliser of splitmix64 (Steele, Lea & Flood,
//! "Fast splittable pseudorandom number generators", 2014).

/// What splitmix64 adds to its state before each number: 2^64 over the golden ratio, made odd.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number that splitmix64 gives at this state. A bijection, under which 0 stays 0.
#[inline]
pub fn finalise(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The number that splitmix64 gives after this state. A bijection that mixes 0 as well.
#[inline]
pub fn mix(value: u64) -> u64 {
    finalise(value.wrapping_add(STEP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // The first two that Vigna's splitmix64.c gives from the state 1234567.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(
            mix(1_234_567_u64.wrapping_add(STEP)),
            3_203_168_211_198_807_973
        );
    }
}
