//! What years come to: counts and sums of whole numbers, so that they can be added in any grouping and are the same.

use serde::{Deserialize, Serialize};

use super::{CHUNK_YEARS, limits};
use crate::scenario::{Expected, Problem, Problems, read_as};
use crate::sim::Micros;

/// A year of 365 days.
pub const YEAR_US: Micros = 365 * 24 * 3_600 * 1_000_000;

/// Why the service was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// Another node was taking over by itself.
    Automatic,
    /// Another node was being made leader by hand.
    ByHand,
    /// A takeover ran that could not succeed: the standby had died unseen.
    InVain,
    /// The service was starting after too few nodes had been up.
    Restart,
    /// Too few nodes were up.
    TooFew,
    /// The service went back to the preferred node.
    Failback,
    /// Maintenance: the leader handed over for it, or enough nodes would have been up without.
    Maintenance,
    /// Too few nodes were up, because zones were down.
    Zone,
    /// The proxies or balancers were down.
    Router,
    /// The storage that all nodes share was down.
    Storage,
    /// The manager was away when it was needed.
    Manager,
}

impl Cause {
    /// What it is called in a document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::ByHand => "by_hand",
            Self::InVain => "in_vain",
            Self::Restart => "restart",
            Self::TooFew => "too_few",
            Self::Failback => "failback",
            Self::Maintenance => "maintenance",
            Self::Zone => "zone",
            Self::Router => "router",
            Self::Storage => "storage",
            Self::Manager => "manager",
        }
    }
}

/// How many causes there are.
pub const CAUSES: usize = 11;

/// All causes, in the order of [`Tally::down_us`].
pub const ALL_CAUSES: [Cause; CAUSES] = [
    Cause::Automatic,
    Cause::ByHand,
    Cause::InVain,
    Cause::Restart,
    Cause::TooFew,
    Cause::Failback,
    Cause::Maintenance,
    Cause::Zone,
    Cause::Router,
    Cause::Storage,
    Cause::Manager,
];

/// Buckets of downtime: eight to a doubling, from a microsecond to a year.
const BUCKETS: usize = 8 * 46;

/// Sums over cycles from one moment at which all is well to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycles {
    /// How many.
    pub count: u64,
    /// Lengths, in milliseconds.
    #[serde(with = "digits")]
    pub length_ms: u128,
    /// Times down, in microseconds.
    #[serde(with = "digits")]
    pub down_us: u128,
    /// Squares of the lengths.
    #[serde(with = "digits")]
    pub length_squared: u128,
    /// Squares of the times down.
    #[serde(with = "digits")]
    pub down_squared: u128,
    /// Lengths times times down.
    #[serde(with = "digits")]
    pub length_down: u128,
    /// Outages that began in them.
    pub outages: u64,
    /// Squares of the numbers of outages.
    pub outages_squared: u64,
    /// Lengths times numbers of outages.
    #[serde(with = "digits")]
    pub length_outages: u128,
}

/// An outage, and where it is found again: a chunk is the same whenever it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// How long it was.
    pub length_us: Micros,
    /// In which chunk.
    pub chunk: u64,
    /// When it began, since the chunk did.
    pub from_us: Micros,
}

impl Outage {
    /// The longer one; of equally long ones the first.
    fn longer(self, other: Self) -> Self {
        let key = |it: Self| (it.length_us, std::cmp::Reverse((it.chunk, it.from_us)));
        if key(other) > key(self) { other } else { self }
    }
}

/// What so many years came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many years.
    pub years: u64,
    /// Time down, by cause.
    #[serde(with = "digits_of_each")]
    pub down_us: [u128; CAUSES],
    /// Outages that began.
    pub outages: u64,
    /// The longest of those that were over when their chunk was.
    pub longest: Option<Outage>,
    /// The most that one year was down.
    pub worst_year_us: Micros,
    /// Takeovers that ended with a new leader.
    pub takeovers: u64,
    /// Failures of nodes.
    pub failures: u64,
    /// Sums over cycles.
    pub cycles: Cycles,
    /// Sum of the squares of the downtime of a year.
    #[serde(with = "digits")]
    pub year_squared: u128,
    /// Sum of the squares of the number of outages that began in a year.
    pub year_outages_squared: u64,
    /// Years by their downtime; the first holds those without any.
    #[serde(with = "buckets")]
    years_by_downtime: Vec<u64>,
}

impl Cycles {
    /// Notes a cycle.
    #[inline]
    pub fn note(&mut self, length_us: Micros, down_us: Micros, outages: u64) {
        let (length, down) = (u128::from(length_us / 1_000), u128::from(down_us));
        self.count += 1;
        self.length_ms += length;
        self.length_squared += length * length;
        if down_us > 0 {
            self.down_us += down;
            self.down_squared += down * down;
            self.length_down += length * down;
        }
        if outages > 0 {
            self.outages += outages;
            self.outages_squared += outages * outages;
            self.length_outages += length * u128::from(outages);
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            years: 0,
            down_us: [0; CAUSES],
            outages: 0,
            longest: None,
            worst_year_us: 0,
            takeovers: 0,
            failures: 0,
            cycles: Cycles::default(),
            year_squared: 0,
            year_outages_squared: 0,
            years_by_downtime: vec![0; 1 + BUCKETS],
        }
    }
}

impl Tally {
    /// Adds what other years came to.
    pub fn add(&mut self, other: &Self) {
        self.years += other.years;
        self.outages += other.outages;
        self.takeovers += other.takeovers;
        self.failures += other.failures;
        if let Some(outage) = other.longest {
            self.outage_over(outage);
        }
        self.worst_year_us = self.worst_year_us.max(other.worst_year_us);
        self.year_squared += other.year_squared;
        self.year_outages_squared += other.year_outages_squared;
        for (sum, more) in self.down_us.iter_mut().zip(&other.down_us) {
            *sum += more;
        }
        for (sum, more) in self.years_by_downtime.iter_mut().zip(&other.years_by_downtime) {
            *sum += more;
        }
        let (sum, more) = (&mut self.cycles, &other.cycles);
        sum.count += more.count;
        sum.length_ms += more.length_ms;
        sum.down_us += more.down_us;
        sum.length_squared += more.length_squared;
        sum.down_squared += more.down_squared;
        sum.length_down += more.length_down;
        sum.outages += more.outages;
        sum.outages_squared += more.outages_squared;
        sum.length_outages += more.length_outages;
    }

    /// As JSON, in one line: what a worker sends.
    pub fn to_json(&self) -> String {
        // Numbers, texts and lists of them can all be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what a worker sent.
    ///
    /// # Errors
    ///
    /// What is wrong with it: a field, or sums that so many years cannot have come to.
    ///
    /// ```
    /// use ha_lab::study::years::Tally;
    ///
    /// let nothing = Tally::default();
    /// assert_eq!(Tally::read(&nothing.to_json()).unwrap(), nothing);
    /// assert!(Tally::read(&nothing.to_json().replace("years", "ages")).is_err());
    /// ```
    pub fn read(text: &str) -> Result<Self, Problems> {
        let tally: Self = read_as(text, limits::SHARD_BYTES)?;
        if tally.years_in_buckets() == Some(tally.years) && tally.is_plausible() {
            return Ok(tally);
        }
        let expected = Expected::Other("sums that so many years can have come to".to_owned());
        Err(Problems(vec![Problem { path: "years".to_owned(), found: tally.years.to_string(), expected }]))
    }

    /// How long the longest outage was; 0 if there was none.
    pub fn longest_us(&self) -> Micros {
        self.longest.map_or(0, |outage| outage.length_us)
    }

    /// Notes an outage that is over.
    pub(super) fn outage_over(&mut self, outage: Outage) {
        self.longest = Some(self.longest.map_or(outage, |longest| longest.longer(outage)));
    }

    /// Whether so many years can have come to this, so that a file may be believed and its sums do not overflow: fewer than
    /// a billion events a year, no more downtime than time, and no outage of centuries.
    pub(super) fn is_plausible(&self) -> bool {
        let years = u128::from(self.years);
        let cycles = &self.cycles;
        let counts = [self.outages, self.takeovers, self.failures, cycles.count, cycles.outages];
        let sums = [
            self.year_squared,
            cycles.length_squared,
            cycles.down_squared,
            cycles.length_down,
            cycles.length_outages,
            self.year_outages_squared.into(),
            cycles.outages_squared.into(),
        ];
        let times = self.down_us.iter().chain([&cycles.down_us, &cycles.length_ms]);
        counts.iter().all(|count| u128::from(*count) <= years * 1_000_000_000)
            && sums.iter().all(|sum| *sum <= years * 10_u128.pow(29))
            && times.copied().all(|time| time <= years * u128::from(YEAR_US))
            && self.worst_year_us <= YEAR_US
            // It was over when its chunk was: only so can it be told again.
            && self.longest.is_none_or(|longest| {
                let end_us = longest.from_us.checked_add(longest.length_us);
                end_us.is_some_and(|end_us| end_us <= CHUNK_YEARS * YEAR_US)
            })
    }

    /// How many years the buckets hold; `None` if that is beyond all counting.
    pub(super) fn years_in_buckets(&self) -> Option<u64> {
        self.years_by_downtime.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
    }

    /// Notes a year with its downtime, and with the outages that began in it.
    pub(super) fn year(&mut self, down_us: Micros, outages: u64) {
        self.years += 1;
        self.worst_year_us = self.worst_year_us.max(down_us);
        self.year_squared += u128::from(down_us) * u128::from(down_us);
        self.year_outages_squared += outages * outages;
        self.years_by_downtime[bucket(down_us)] += 1;
    }

    /// Notes a cycle.
    pub(super) fn cycle(&mut self, length_us: Micros, down_us: Micros, outages: u64) {
        self.cycles.note(length_us, down_us, outages);
    }

    /// Time down, whatever the cause.
    pub fn down_in_all_us(&self) -> u128 {
        self.down_us.iter().sum()
    }

    /// Years without any downtime.
    pub fn years_without_downtime(&self) -> u64 {
        self.years_by_downtime[0]
    }

    /// The years that had downtime, by how much: from, to, and how many years. So many classes make a doubling (1, 2, 4 or
    /// 8); those between the first and the last that nobody belongs to are there, too.
    pub fn years_by_downtime(&self, of_a_doubling: usize) -> Vec<(Micros, Micros, u64)> {
        let wide = (8 / of_a_doubling.clamp(1, 8)).max(1);
        let mut classes: Vec<(Micros, Micros, u64)> = Vec::new();
        for buckets in (8..=BUCKETS).step_by(wide) {
            let last = (buckets + wide - 1).min(BUCKETS);
            let mut count: u64 = self.years_by_downtime[buckets..=last].iter().sum();
            if buckets == 8 {
                // A few microseconds are no class of their own.
                count += self.years_by_downtime[1..8].iter().sum::<u64>();
            }
            if count > 0 || !classes.is_empty() {
                classes.push((highest(buckets - 1) + 1, highest(last) + 1, count));
            }
        }
        while classes.last().is_some_and(|(_, _, count)| *count == 0) {
            classes.pop();
        }
        classes
    }

    /// The downtime that this share of the years does not exceed, at most an eighth too high; `None` without years.
    pub fn year_quantile_us(&self, permille: u64) -> Option<Micros> {
        let rank = (u128::from(self.years) * u128::from(permille)).div_ceil(1_000).max(1);
        let mut so_far = 0;
        let found = self.years_by_downtime.iter().position(|count| {
            so_far += u128::from(*count);
            so_far >= rank
        });
        found.map(|bucket| highest(bucket).min(self.worst_year_us))
    }
}

/// Where a downtime is counted: by its highest bit, and the three below.
fn bucket(us: Micros) -> usize {
    if us < 8 {
        return us as usize;
    }
    let doubling = us.ilog2() as usize;
    let eighth = (us >> (doubling - 3)) as usize & 7;
    (8 * (doubling - 2) + eighth).min(BUCKETS)
}

/// The greatest downtime of a bucket.
fn highest(bucket: usize) -> Micros {
    if bucket < 8 {
        return bucket as Micros;
    }
    let (doubling, eighth) = (bucket / 8 + 2, bucket as u64 % 8);
    ((8 + eighth + 1) << (doubling - 3)) - 1
}

/// Sums may be longer than a JSON number that every reader keeps exactly: they are written as texts.
mod digits {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(sum: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(sum)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        read(&String::deserialize(from)?)
    }

    pub fn read<E: Error>(text: &str) -> Result<u128, E> {
        text.parse().map_err(|_| E::custom("a whole number as a text"))
    }
}

/// The same for a list.
pub(super) mod digits_of_list {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::digits;

    pub fn serialize<S: Serializer>(sums: &[u128], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(sums.iter().map(u128::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u128>, D::Error> {
        Vec::<String>::deserialize(from)?.iter().map(|text| digits::read(text)).collect()
    }
}

/// The time down of each cause, by its name.
mod digits_of_each {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{ALL_CAUSES, CAUSES, digits};

    pub fn serialize<S: Serializer>(sums: &[u128; CAUSES], to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(ALL_CAUSES.iter().zip(sums).map(|(cause, sum)| (cause.name(), sum.to_string())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u128; CAUSES], D::Error> {
        let mut given = BTreeMap::<String, String>::deserialize(from)?;
        let mut sums = [0; CAUSES];
        for (cause, sum) in ALL_CAUSES.iter().zip(&mut sums) {
            let text = given.remove(cause.name()).ok_or_else(|| Error::missing_field(cause.name()))?;
            *sum = digits::read(&text)?;
        }
        if given.is_empty() { Ok(sums) } else { Err(Error::custom("no other causes than these eight")) }
    }
}

/// How many years were down so long, by the number of the bucket; those without any are left out.
mod buckets {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::BUCKETS;

    pub fn serialize<S: Serializer>(years: &[u64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(
            years.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bucket, count)| [bucket as u64, *count]),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
        let mut years = vec![0; 1 + BUCKETS];
        for [bucket, count] in Vec::<[u64; 2]>::deserialize(from)? {
            let place = years.get_mut(bucket as usize).ok_or_else(|| Error::custom("buckets from 0 to 368"))?;
            *place = count;
        }
        Ok(years)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_downtime_has_its_bucket() {
        let times = (0..5_000).chain((0..45).map(|power| (1 << power) + 12_345)).chain([YEAR_US]);
        for us in times {
            let bucket = bucket(us);
            assert!(highest(bucket) >= us, "{us} in {bucket}");
            assert!(bucket == 0 || highest(bucket - 1) < us, "{us} in {bucket}");
            assert!(highest(bucket) as f64 <= us as f64 * 1.126, "{us}: {}", highest(bucket));
        }
    }

    #[test]
    fn classes_of_downtime_hold_every_year_and_touch_each_other() {
        let mut tally = Tally::default();
        for us in [0, 0, 3, 900, 1_000, 70_000, 1 << 40, YEAR_US] {
            tally.year(us, 1);
        }
        assert_eq!(tally.years_without_downtime(), 2);
        for of_a_doubling in [1, 2, 4, 8] {
            let classes = tally.years_by_downtime(of_a_doubling);
            assert_eq!(classes.iter().map(|(_, _, count)| count).sum::<u64>(), 6, "{of_a_doubling}");
            assert!(classes.windows(2).all(|two| two[0].1 == two[1].0), "{of_a_doubling}: {classes:?}");
            assert!(classes[0].2 > 0 && classes.last().unwrap().2 > 0, "nothing empty at the ends");
        }
        assert_eq!(Tally::default().years_by_downtime(2), []);
    }

    #[test]
    fn quantiles_go_by_rank() {
        let mut tally = Tally::default();
        assert_eq!(tally.year_quantile_us(500), None);
        for us in [0, 0, 5, 7] {
            tally.year(us, 0);
        }
        let quantiles = [0, 500, 501, 750, 751, 1_000].map(|permille| tally.year_quantile_us(permille).unwrap());
        assert_eq!(quantiles, [0, 0, 5, 5, 7, 7]);
    }
}
