//! The rows that scikit-learn's `train_test_split(test_size=0.2, random_state=42)` gives.

const WORDS: usize = 624;
const SEED: u32 = 42;

/// Training and validation rows of the notebook, in its order: NumPy's legacy generator (the
/// Mersenne Twister MT19937 of Matsumoto & Nishimura 1998) permutes all rows; the first fifth,
/// rounded up, is for validation. `rows` are those of the corrected table: the notebook's own rows
/// come out where no correction leaves a row out.
pub fn split_notebook(rows: usize) -> (Vec<usize>, Vec<usize>) {
    let mut generator = MersenneTwister::new(SEED);
    let mut order: Vec<usize> = (0..rows).collect();
    for last in (1..rows).rev() {
        order.swap(last, generator.up_to(last as u32) as usize);
    }
    let validation = rows.div_ceil(5);
    let training = order.split_off(validation);
    (training, order)
}

struct MersenneTwister {
    state: [u32; WORDS],
    next: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for index in 1..WORDS {
            let before = state[index - 1];
            state[index] = (before ^ (before >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(index as u32);
        }
        Self { state, next: WORDS }
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            for index in 0..WORDS {
                let joined = (self.state[index] & 0x8000_0000)
                    | (self.state[(index + 1) % WORDS] & 0x7fff_ffff);
                let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[index] = self.state[(index + 397) % WORDS] ^ (joined >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// A number from 0 to `largest`, by drawing masked words until one fits, as NumPy does.
    fn up_to(&mut self, largest: u32) -> u32 {
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let word = self.word() & mask;
            if word <= largest {
                return word;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Expected {
        rows: usize,
        training: Vec<usize>,
        validation: Vec<usize>,
    }

    #[test]
    fn the_rows_are_those_of_scikit_learn() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/splits/splits.json"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let expected: Vec<Expected> = serde_json::from_str(&text).unwrap();
        assert_eq!(expected.len(), 3);
        for expected in expected {
            let (training, validation) = split_notebook(expected.rows);
            assert_eq!(training, expected.training);
            assert_eq!(validation, expected.validation);
        }
    }
}
