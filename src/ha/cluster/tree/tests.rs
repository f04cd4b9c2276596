//! One tree, one order after the other; and how many wake when one goes.

use super::{Change, Error, Event, Look, Mode, Op, Path, Session, Tree, Watches};
use crate::ha::message::Pos;
use crate::sim::MachineId;

const A: Session = (0, 1);
const B: Session = (1, 1);

fn at(index: u32) -> Pos {
    Pos { epoch: 1, index }
}

fn create(path: Path, mode: Mode) -> Op {
    Op::Create { path, mode, data: 0 }
}

/// `/election`, and a candidate of each of so many sessions.
fn candidates(count: u8) -> (Tree, Vec<Path>) {
    let mut tree = Tree::default();
    tree.apply(at(1), A, create(Path::ELECTION, Mode::Persistent)).unwrap();
    let made = (0..count).map(|worker| {
        let mine = create(Path::CANDIDATE, Mode::EphemeralSequential);
        tree.apply(at(2 + u32::from(worker)), (worker, 1), mine).unwrap()
    });
    let made = made.collect();
    (tree, made)
}

#[test]
fn a_node_needs_its_parent_and_is_made_once() {
    let mut tree = Tree::default();
    assert_eq!(tree.apply(at(1), A, create(Path::CANDIDATE, Mode::Persistent)), Err(Error::NoNode));
    assert_eq!(tree.apply(at(2), A, create(Path::ELECTION, Mode::Persistent)), Ok(Path::ELECTION));
    assert_eq!(tree.apply(at(3), B, create(Path::ELECTION, Mode::Persistent)), Err(Error::NodeExists));
    assert_eq!(tree.apply(at(4), B, create(Path::ROOT, Mode::Persistent)), Err(Error::NodeExists));
    assert_eq!(tree.apply(at(5), A, create(Path::CANDIDATE, Mode::Persistent)), Ok(Path::CANDIDATE));
    let delete = Op::Delete { path: Path::ELECTION, version: None };
    assert_eq!(tree.apply(at(6), A, delete), Err(Error::NotEmpty), "first its children");
    tree.apply(at(7), A, Op::Delete { path: Path::CANDIDATE, version: None }).unwrap();
    tree.apply(at(8), A, delete).unwrap();
    assert_eq!(tree, Tree { nodes: [(Path::ROOT, super::Znode { ever: 1, ..Default::default() })].into() });
}

#[test]
fn who_insists_on_a_version_does_not_overwrite_what_it_has_not_seen() {
    let mut tree = Tree::default();
    tree.apply(at(1), A, create(Path::ELECTION, Mode::Persistent)).unwrap();
    let set = |data, version| Op::Set { path: Path::ELECTION, data, version };
    tree.apply(at(2), A, set(7, Some(0))).unwrap();
    assert_eq!(tree.apply(at(3), B, set(8, Some(0))), Err(Error::BadVersion), "B had seen version 0");
    tree.apply(at(4), B, set(9, None)).unwrap();
    let node = tree.get(Path::ELECTION).unwrap();
    assert_eq!((node.data, node.version, node.created, node.modified), (9, 2, at(1), at(4)));
    let delete = |version| Op::Delete { path: Path::ELECTION, version };
    assert_eq!(tree.apply(at(5), A, delete(Some(1))), Err(Error::BadVersion));
    tree.apply(at(6), A, delete(Some(2))).unwrap();
}

#[test]
fn a_sequence_number_never_comes_again_and_an_ephemeral_node_goes_with_its_session() {
    let (mut tree, made) = candidates(3);
    let numbers = |paths: &[Path]| paths.iter().map(|path| path.number().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(&made), [0, 1, 2]);
    assert_eq!(tree.apply(at(9), A, create(made[2], Mode::Persistent)), Err(Error::NodeExists));
    let before = tree.clone();
    tree.close_sessions(|session| session != (2, 1));
    assert_eq!(tree.changes_since(&before), [(made[2], Change::Deleted)]);
    let again = tree.apply(at(10), (2, 9), create(Path::CANDIDATE, Mode::EphemeralSequential)).unwrap();
    assert_eq!(again.number(), Some(3), "the parent goes on counting");
    let parent = tree.get(Path::ELECTION).unwrap();
    // Four came and one went.
    assert_eq!((parent.children, parent.child_version()), (3, 5));
    // A persistent one stays.
    tree.close_sessions(|_| false);
    assert_eq!(tree.nodes().map(|(path, _)| path).collect::<Vec<_>>(), [Path::ELECTION]);
}

#[test]
fn an_ephemeral_node_has_no_children() {
    let mut tree = Tree::default();
    tree.apply(at(1), A, create(Path::ELECTION, Mode::Ephemeral)).unwrap();
    let child = create(Path::CANDIDATE, Mode::PersistentSequential);
    assert_eq!(tree.apply(at(2), A, child), Err(Error::NoChildrenForEphemerals));
}

#[test]
fn there_are_not_more_nodes_than_the_limit() {
    let (mut tree, _) = candidates(0);
    let more = || create(Path::CANDIDATE, Mode::PersistentSequential);
    let made = (0..).map_while(|index| tree.apply(at(index), A, more()).ok()).count();
    assert_eq!(made + 2, crate::ha::limits::ZNODES);
    assert_eq!(tree.apply(at(99), A, more()), Err(Error::Full));
}

#[test]
fn a_watch_fires_once() {
    let (mut tree, made) = candidates(2);
    let mut watches = Watches::default();
    let client = MachineId::from_index(5);
    watches.set(client, made[1], Look::Exists);
    watches.set(client, Path::ELECTION, Look::Exists);
    watches.set(client, Path::ELECTION, Look::Children);
    let before = tree.clone();
    tree.apply(at(9), A, Op::Set { path: Path::ELECTION, data: 1, version: None }).unwrap();
    assert_eq!(watches.fire(&before, &tree), [(client, Path::ELECTION, Event::Changed)], "its children are the same");
    assert_eq!(watches.fire(&before, &tree), [], "and it is gone");
    let before = tree.clone();
    tree.close_sessions(|session| session == A);
    let fired = [(client, made[1], Event::Deleted), (client, Path::ELECTION, Event::Children)];
    assert_eq!(watches.fire(&before, &tree), fired);
    assert_eq!((watches.on(made[1]), watches.on(Path::ELECTION)), (0, 0));
}

/// The herd: with a watch on the parent one that goes wakes all others, with a watch on the node before only the next.
#[test]
fn a_death_wakes_the_next_in_line_or_the_whole_herd() {
    let (tree, made) = candidates(8);
    for dead in 0..8_u8 {
        let mut after = tree.clone();
        after.close_sessions(|(worker, _)| worker != dead);
        let (mut herd, mut line) = (Watches::default(), Watches::default());
        for worker in (0..8_u8).filter(|worker| *worker != dead) {
            let client = MachineId::from_index(worker.into());
            herd.set(client, Path::ELECTION, Look::Children);
            if let Some(before) = worker.checked_sub(1) {
                line.set(client, made[usize::from(before)], Look::Exists);
            }
        }
        assert_eq!(herd.fire(&tree, &after).len(), 7, "the {dead}th");
        assert_eq!(
            line.fire(&tree, &after).len(),
            usize::from(dead < 7),
            "the {dead}th: nobody stands behind the last"
        );
    }
}
