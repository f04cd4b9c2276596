//! What can go wrong in which architecture: every "no" is a property over random fault schedules, every "yes" a
//! seed that was found by search and must stay a yes. `docs/guarantees.md` is made from this file.
//!
//! `UPDATE_GOLDEN=1 cargo test --profile checked --test guarantees` searches anew for what is no yes any more
//! (`HALAB_TIMES=40`: forty times as long for each cell; `HALAB_CELLS=Majority/`: cells with that in their name) and writes seeds
//! and document.

#[path = "support/chaos.rs"]
mod chaos;
#[path = "support/often.rs"]
mod often;

use std::collections::BTreeMap;
use std::fmt::Write;

use chaos::{AIMED, Cell, Decider, EVERYTHING, Fence, Record, Route, Writes, observe, report, stormy};
use ha_lab::scenario::Scenario;
use often::{seeds, times};

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/guarantees.json");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guarantees.md");

/// What is asked of every architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Can acknowledged writes be lost?
    Lost,
    /// Can two nodes acknowledge conflicting writes at overlapping times?
    Overlap,
}

/// Why something cannot happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Because {
    /// The law: acknowledging standbys + logs read > standbys, and promises bind.
    Law,
    /// Only members of the agreed set are promoted.
    Members,
    /// What nobody loses, nobody contradicts.
    NothingLost,
    /// One lease at a time, and the answer leaves in the instant in which the lease is checked.
    Lease,
    /// One lease at a time, and what leaves late is stopped at the proxy by its epoch.
    LeaseAndProxy,
    /// Power off, confirmed, before the next one opens.
    Power,
    /// The one storage is reserved for the next master before that reads what is on it.
    Reserved,
}

/// The claim: none means that it can happen.
fn never(cell: Cell, question: Question) -> Option<Because> {
    let Cell { writes, decider, fence, route } = cell;
    let agreed = matches!(writes, Writes::SyncStrict | Writes::SyncDegrade);
    let nothing_lost = match decider {
        _ if writes == Writes::Shared => fence.epochs().then_some(Because::Reserved),
        Decider::Majority if fence.epochs() && writes == Writes::SemiSync => Some(Because::Law),
        Decider::Majority | Decider::Operator if fence.epochs() && agreed => Some(Because::Members),
        _ => None,
    };
    match question {
        Question::Lost => nothing_lost,
        Question::Overlap if nothing_lost.is_some() => Some(Because::NothingLost),
        Question::Overlap if fence.stonith() && decider != Decider::Alone => Some(Because::Power),
        Question::Overlap if fence.lease() => {
            // Whoever waits for standbys, or for its own disk, answers when they have confirmed, in a step that takes no
            // time. Whoever answers from memory checks, writes, and answers at the end of that one step.
            let answers_late = writes == Writes::Async;
            match (answers_late, fence, route) {
                (false, _, _) => Some(Because::Lease),
                (true, Fence::LeaseEpochs, Route::Proxy) => Some(Because::LeaseAndProxy),
                _ => None,
            }
        }
        Question::Overlap => None,
    }
}

fn happened(record: &Record, question: Question) -> bool {
    match question {
        Question::Lost => !record.lost().is_empty(),
        Question::Overlap => !record.conflicts().is_empty(),
    }
}

/// Stricter than [`happened`]: for a "no" it is enough that one later master began without the write, even if that
/// master did not last.
fn violates(scenario: &Scenario, question: Question) -> bool {
    let record = observe(scenario);
    match question {
        Question::Lost => !record.ever_missing().is_empty(),
        Question::Overlap => !record.conflicts().is_empty(),
    }
}

fn key(cell: Cell) -> String {
    let Cell { writes, decider, fence, route } = cell;
    format!("{decider:?}/{writes:?}/{fence:?}/{route:?}")
}

type Seeds = BTreeMap<String, BTreeMap<String, u64>>;

fn known_seeds() -> Seeds {
    let text = std::fs::read_to_string(SEEDS).unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(&text).expect("a map of cells to questions to seeds")
}

fn update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// `HALAB_CELLS=Majority/` for cells with that in their name.
fn is_wanted(cell: Cell) -> bool {
    std::env::var("HALAB_CELLS").map_or(true, |part| key(cell).contains(&part))
}

const QUESTIONS: [Question; 2] = [Question::Lost, Question::Overlap];

#[test]
fn every_no_holds() {
    for (number, cell) in Cell::all().into_iter().enumerate().filter(|(_, cell)| is_wanted(*cell)) {
        for question in QUESTIONS {
            let Some(because) = never(cell, question) else { continue };
            for ordinal in 0..times(25) {
                let scenario = stormy(cell, 1_000_000 + ordinal * 1_000 + number as u64, EVERYTHING);
                if violates(&scenario, question) {
                    let what = format!("{}: {question:?} was to be impossible ({because:?})", key(cell));
                    report(&what, &scenario, &|scenario| violates(scenario, question));
                }
            }
        }
    }
}

#[test]
fn every_yes_stays_a_yes_and_the_document_is_in_step() {
    let mut seeds = known_seeds();
    let cells = Cell::all();
    seeds.retain(|name, _| cells.iter().any(|cell| key(*cell) == *name));
    let mut stale = Vec::new();
    for (number, cell) in cells.iter().enumerate() {
        let found = seeds.entry(key(*cell)).or_default();
        let open = |question: Question, found: &BTreeMap<String, u64>| -> bool {
            let known = found.get(&format!("{question:?}"));
            never(*cell, question).is_none()
                && !known.is_some_and(|seed| happened(&observe(&stormy(*cell, *seed, EVERYTHING)), question))
        };
        let missing: Vec<Question> = QUESTIONS.into_iter().filter(|question| open(*question, found)).collect();
        let known: Vec<Question> =
            missing.iter().copied().filter(|question| found.contains_key(&format!("{question:?}"))).collect();
        stale.extend(known.iter().map(|question| format!("{} {question:?}", key(*cell))));
        found.retain(|name, _| {
            QUESTIONS.iter().any(|q| format!("{q:?}") == *name && never(*cell, *q).is_none() && !missing.contains(q))
        });
        if update() && is_wanted(*cell) && !missing.is_empty() {
            search(*cell, number as u64, &missing, found);
            eprintln!("{} {found:?}", key(*cell));
        }
    }
    seeds.retain(|_, found| !found.is_empty());
    let document = document(&seeds);
    if update() {
        std::fs::write(SEEDS, serde_json::to_string_pretty(&seeds).expect("plain data") + "\n").expect("writable");
        std::fs::write(DOCUMENT, document).expect("writable");
        return;
    }
    let how = "UPDATE_GOLDEN=1 cargo test --profile checked --test guarantees brings it up to date";
    assert!(stale.is_empty(), "no yes any more: {stale:?}; {how}");
    assert!(
        std::fs::read_to_string(DOCUMENT).unwrap_or_default() == document,
        "docs/guarantees.md is out of step; {how}"
    );
}

/// Looks for schedules in which it happens.
fn search(cell: Cell, number: u64, questions: &[Question], found: &mut BTreeMap<String, u64>) {
    let stormy_seeds = (0..times(300)).map(|ordinal| ordinal * 1_000 + number);
    let aimed_seeds = (0..if cell.fence.lease() { 1_000 } else { 0 }).map(|ordinal| AIMED + ordinal);
    for seed in stormy_seeds.chain(aimed_seeds) {
        let record = observe(&stormy(cell, seed, EVERYTHING));
        for question in questions {
            let name = format!("{question:?}");
            if !found.contains_key(&name) && happened(&record, *question) {
                found.insert(name, seed);
            }
        }
        if questions.iter().all(|question| found.contains_key(&format!("{question:?}"))) {
            return;
        }
    }
}

/// A tool, idle without CELL: writes the scenario of a cell and a seed to a file. `CELL=Majority/Async/Epochs/Direct
/// HALAB_SEED=8050 cargo test --profile checked --test guarantees write_scenario -- --nocapture`.
#[test]
fn write_scenario() {
    let Ok(name) = std::env::var("CELL") else { return };
    let cell = Cell::all().into_iter().find(|cell| key(*cell) == name).expect("CELL names a cell");
    let seed = seeds(0).next().expect("HALAB_SEED is set");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schedule-{seed}.json"));
    std::fs::write(&path, stormy(cell, seed, EVERYTHING).to_json()).expect("writable");
    println!("halab run {} --seed {seed}", path.display());
}

// ---- the document --------------------------------------------------------------------------------------

const HEAD: &str = "\
# What can go wrong in which architecture

<!-- Made by tests/guarantees.rs; do not edit. UPDATE_GOLDEN=1 cargo test --profile checked --test guarantees -->

Two questions, asked of every combination of replication, decision, fencing and router:

- **Can acknowledged writes be lost?** A client was told that its write is done, and the log of a later master does \
not have it.
- **Can two nodes acknowledge conflicting writes at overlapping times?** A superseded master acknowledges a write \
after its successor has acknowledged others, and the successor does not have it. A late answer to a write that the \
successor has is no conflict.

Both are judged from what clients were told and from the logs, not from the ledger that the page shows.

**no** is a property: it is tried against random schedules of crashes, process crashes, power losses, frozen \
machines, cut links in one and both directions, partitions, lost and delayed messages, full and slow disks, and \
clocks that drift, and none has broken it. The letter names the reason, and with it the premises. **yes** is the \
seed of a schedule in which it happens; the tests run it again and insist that it still does. *unseen* makes no \
claim: nothing rules it out, and the search has not met it.

Premises of every **no** but those of the first row: a node has a write when it is on its disk (`durability: \
synced`; with `received` a crash of two machines at once can lose it). Of all: no disk is wiped; nobody restores a \
backup or promotes a node by hand against the rules; clocks drift by no more than the bound that the lease is given.

";

const REASONS: &str = "
## Reasons

- **a** The law: *acknowledging standbys + standby logs read at promotion > number of standbys*. Every majority that \
elects a master then includes a node that has the write, nodes vote for no log that is behind their own, and who has \
voted takes nothing from the old master any more. That last part is what epochs are for: without them a standby goes \
on confirming to a master that it has helped to replace.
- **b** Before a master acknowledges without a standby, the smaller in-sync set is recorded with whoever decides, and \
only its members are promoted. So `degrade` loses nothing here: it costs availability, for nobody can replace a \
master that is alone in its set. With a standby that decides alone the set is agreed with nobody.
- **c** What is never lost cannot be contradicted.
- **d** A voter grants one lease at a time, and the new master answers nobody before it holds one. A master that \
waits for its standbys or its disk checks its lease in the instant in which it answers.
- **e** As d. But a master that answers from memory checks its lease, carries out the write, and then answers; frozen \
in between, it answers when its lease has long run out. The proxy knows the newer epoch and does not pass the answer \
on. Where clients reach the master directly nothing stops it.
- **f** Nobody opens before the power of everybody who may still be master is off, and that is confirmed.
- **g** The storage that all share is reserved for the new epoch, on its disk, before the new master reads the log: \
from then on it refuses the old one, so what was read is complete. It does not matter who decides. Without epochs the \
storage takes what anybody writes, and a late write goes over the log of the new master.

A standby that decides alone rules out nothing where the data are replicated: whoever is cut off from the others \
decides, too.
";

fn document(seeds: &Seeds) -> String {
    let mut text = HEAD.to_owned();
    for decider in Decider::ALL {
        let (title, note) = match decider {
            Decider::Alone => ("A standby decides alone", "Three data nodes; five where four standbys are named."),
            Decider::Majority => {
                ("A majority of the voters decides", "Three data nodes; five where four standbys are named.")
            }
            Decider::Operator => ("An operator decides", "They pick the most advanced of the standbys that call."),
        };
        let _ = write!(text, "## {title}\n\n{note}\n\n");
        text.push_str("| replication | fencing | lost: direct | lost: proxy | overlap: direct | overlap: proxy |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for writes in Writes::ALL {
            for fence in Fence::ALL.into_iter().filter(|fence| decider == Decider::Majority || !fence.lease()) {
                let _ = write!(text, "| {} | {} |", replication(writes), fencing(fence));
                for question in QUESTIONS {
                    for route in Route::ALL {
                        let _ = write!(text, " {} |", answer(seeds, Cell { writes, decider, fence, route }, question));
                    }
                }
                text.push('\n');
            }
        }
        text.push('\n');
    }
    text.push_str(REASONS.trim_start());
    text
}

fn answer(seeds: &Seeds, cell: Cell, question: Question) -> String {
    match (never(cell, question), seeds.get(&key(cell)).and_then(|found| found.get(&format!("{question:?}")))) {
        (Some(because), _) => format!("**no** {}", letter(because)),
        (None, Some(seed)) => format!("yes, {seed}"),
        (None, None) => "*unseen*".to_owned(),
    }
}

fn letter(because: Because) -> char {
    match because {
        Because::Law => 'a',
        Because::Members => 'b',
        Because::NothingLost => 'c',
        Because::Lease => 'd',
        Because::LeaseAndProxy => 'e',
        Because::Power => 'f',
        Because::Reserved => 'g',
    }
}

fn replication(writes: Writes) -> &'static str {
    match writes {
        Writes::Async => "asynchronous, from memory",
        Writes::SemiSync => "semi-synchronous, 1 of 2 standbys",
        Writes::TooFew => "semi-synchronous, 1 of 4 standbys",
        Writes::SemiSyncDegrade => "semi-synchronous, 1 of 2, degrades",
        Writes::SyncStrict => "synchronous, strict",
        Writes::SyncDegrade => "synchronous, degrades",
        Writes::Shared => "shared storage",
    }
}

fn fencing(fence: Fence) -> &'static str {
    match fence {
        Fence::Nothing => "none",
        Fence::Epochs => "epochs",
        Fence::Lease => "lease",
        Fence::LeaseEpochs => "lease and epochs",
        Fence::Stonith => "STONITH",
        Fence::StonithEpochs => "STONITH and epochs",
    }
}
