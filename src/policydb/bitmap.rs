//! Sets of small numbers.

/// A set of numbers as the policy keeps them: words of 64 bits, the empty ones left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Bitmap(Box<[(u32, u64)]>);

impl Bitmap {
    /// Takes words by rising number; the caller sees to the order.
    pub(super) fn from_words(words: Vec<(u32, u64)>) -> Self {
        Self(words.into())
    }

    /// Whether this number is in the set.
    pub fn contains(&self, number: u32) -> bool {
        self.0
            .binary_search_by_key(&(number / 64), |word| word.0)
            .ok()
            .and_then(|at| self.0.get(at))
            .is_some_and(|word| word.1 >> (number % 64) & 1 == 1)
    }

    /// Whether there is no number in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.1.count_ones() as usize).sum()
    }

    /// The numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(place, word)| Ones(word).map(move |bit| place * 64 + bit))
    }

    /// The greatest number.
    pub fn max(&self) -> Option<u32> {
        self.0.last().map(|&(place, word)| place * 64 + word.ilog2())
    }

    /// Whether each number of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|&(place, word)| word & !other.word(place) == 0)
    }

    /// The numbers that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let words = self.0.iter().map(|&(place, word)| (place, word & other.word(place)));
        Self(words.filter(|word| word.1 != 0).collect())
    }

    fn word(&self, place: u32) -> u64 {
        self.0.binary_search_by_key(&place, |word| word.0).ok().and_then(|at| self.0.get(at)).map_or(0, |word| word.1)
    }
}

impl FromIterator<u32> for Bitmap {
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        let mut words = std::collections::BTreeMap::<u32, u64>::new();
        for number in numbers {
            *words.entry(number / 64).or_default() |= 1 << (number % 64);
        }
        Self(words.into_iter().collect())
    }
}

/// The places of the bits that are set in one word.
struct Ones(u64);

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = self.0.checked_ilog2().map(|_| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_compares() {
        let set: Bitmap = [0, 63, 64, 1000].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 1000]);
        assert_eq!((set.len(), set.max()), (4, Some(1000)));
        assert!(set.contains(63) && !set.contains(62) && !set.contains(4_000_000));
        let part: Bitmap = [64].into_iter().collect();
        assert!(part.is_subset(&set) && !set.is_subset(&part));
        assert_eq!(set.intersection(&part), part);
    }
}
