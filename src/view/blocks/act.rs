//! What can be done to a diagram: each act gives the new diagram and the block that is looked at then, or nothing where it
//! makes no sense.

use crate::theory::blocks::{Block, Kind, Known, Spot};
use crate::theory::explore::{Architecture, Input, Inputs};
use crate::theory::limits;
use crate::theory::models::Single;

/// What a block without blocks in it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// A part with its mean times.
    Part,
    /// A part whose availability is known.
    Known,
    /// An architecture.
    Built(Architecture),
}

/// Something to do with the block that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A new block of this name behind it, needed as well.
    After(String),
    /// One like it beside it: one of the two is enough, or one more of those that are there.
    Beside,
    /// It and the next become a group.
    Group,
    /// A group gives its blocks to the one around it.
    Ungroup,
    /// It goes.
    Remove,
    /// It changes places with the one before.
    Earlier,
    /// It changes places with the next.
    Later,
    /// A part becomes another kind of part.
    Become(Is),
    /// All blocks of a group are needed, or only some.
    AllNeeded(bool),
    /// It gets a name.
    Rename(String),
}

/// What a new part starts with, in hours.
const NEW: (f64, f64) = (1_000.0, 4.0);

/// The diagram after an act, and where to look then.
pub fn done(root: &Block, spot: &[usize], act: &Act) -> Option<(Block, Spot)> {
    let mut root = root.clone();
    let Some((&place, around)) = spot.split_last() else {
        let Act::After(name) = act else { return None };
        let blocks = root.blocks_mut()?;
        blocks.push(Block::part(name, NEW.0, NEW.1));
        let last = blocks.len() - 1;
        return Some((root, vec![last]));
    };
    let at = |place: usize| -> Spot { around.iter().copied().chain([place]).collect() };
    let here = root.at(spot)?.clone();
    let parent = root.at_mut(around)?;
    let is_row = matches!(parent.kind, Kind::Series(_));
    let blocks = parent.blocks_mut()?;
    let mut look = spot.to_vec();
    match act {
        Act::After(name) => {
            let new = Block::part(name, NEW.0, NEW.1);
            if is_row {
                blocks.insert(place + 1, new);
                look = at(place + 1);
            } else {
                blocks[place] = Block::series("", vec![here, new]);
                look.push(1);
            }
        }
        Act::Beside => {
            let mut like = here.clone();
            like.name = next_name(&here.name);
            if is_row {
                blocks[place] = Block::parallel("", 1, vec![here, like]);
                look.push(1);
            } else {
                blocks.insert(place + 1, like);
                look = at(place + 1);
            }
        }
        Act::Group => {
            if place + 1 >= blocks.len() {
                return None;
            }
            let next = blocks.remove(place + 1);
            match (&mut blocks[place].kind, is_row) {
                (Kind::Series(inside), true) => inside.push(next),
                (_, true) => blocks[place] = Block::series("", vec![here, next]),
                (_, false) => blocks[place] = Block::parallel("", 1, vec![here, next]),
            }
        }
        Act::Ungroup => {
            let alike = is_row && matches!(here.kind, Kind::Series(_)) || here.blocks().len() == 1;
            if !here.is_group() || !alike {
                return None;
            }
            blocks.splice(place..=place, here.blocks().iter().cloned());
        }
        Act::Remove => {
            blocks.remove(place);
            look = match blocks.len() {
                0 => around.to_vec(),
                left => at(place.min(left - 1)),
            };
        }
        Act::Earlier => {
            blocks.swap(place.checked_sub(1)?, place);
            look = at(place - 1);
        }
        Act::Later => {
            if place + 1 >= blocks.len() {
                return None;
            }
            blocks.swap(place, place + 1);
            look = at(place + 1);
        }
        Act::Become(is) => {
            if here.is_group() {
                return None;
            }
            blocks[place].kind = told_as(&here.kind, *is);
        }
        Act::AllNeeded(all) => {
            let inside = here.blocks().to_vec();
            blocks[place].kind = match (all, &here.kind) {
                (true, Kind::Parallel { .. }) => Kind::Series(inside),
                (false, Kind::Series(_)) => Kind::Parallel { needed: 1, blocks: inside },
                _ => return None,
            };
        }
        Act::Rename(name) => blocks[place].name = name.chars().take(limits::NAME_CHARS).collect(),
    }
    tidy(&mut root, around, &mut look);
    Some((root, look))
}

/// A group that is left with one block becomes that block, and no group needs more blocks than it has. The outermost stays.
fn tidy(root: &mut Block, around: &[usize], look: &mut Spot) {
    let Some(group) = root.at_mut(around) else { return };
    let left = group.blocks().len();
    if let Kind::Parallel { needed, .. } = &mut group.kind {
        *needed = (*needed).clamp(1, left.max(1) as u32);
    }
    if around.is_empty() || left > 1 {
        return;
    }
    if left == 1 {
        *group = group.blocks()[0].clone();
        if look.len() > around.len() {
            look.remove(around.len());
        }
    } else if let Some((&place, outer)) = around.split_last() {
        if let Some(blocks) = root.at_mut(outer).and_then(Block::blocks_mut) {
            blocks.remove(place);
            *look = outer.to_vec();
            if !blocks.is_empty() {
                look.push(place.min(blocks.len() - 1));
            }
        }
        tidy(root, outer, look);
    }
}

/// The same part told in another way; the times stay as they are where both have them.
fn told_as(kind: &Kind, is: Is) -> Kind {
    let times = match kind {
        Kind::Part(part) => part.clone(),
        Kind::Known(known) => {
            let Known { availability, mttr_hours } = *known;
            let mttf_hours = mttr_hours * availability.up / availability.down;
            Single { mttf_hours: mttf_hours.clamp(limits::HOURS.0, limits::HOURS.1), mttr_hours }
        }
        Kind::Built(inputs) => Single { mttf_hours: inputs.hours(Input::Mttf), mttr_hours: inputs.hours(Input::Mttr) },
        Kind::Series(_) | Kind::Parallel { .. } => return kind.clone(),
    };
    match is {
        Is::Part => Kind::Part(times),
        Is::Known => Kind::Known(Known { availability: times.availability(), mttr_hours: times.mttr_hours }),
        Is::Built(architecture) => {
            let mut inputs = match kind {
                Kind::Built(inputs) => (**inputs).clone(),
                _ => Inputs::of(architecture),
            };
            inputs.architecture = architecture;
            inputs.set(Input::Mttf, times.mttf_hours * 3_600.0);
            inputs.set(Input::Mttr, times.mttr_hours * 3_600.0);
            // What the fields of another architecture came to may not do here, such as more needed than there are.
            let fits = inputs.answer().is_ok();
            Kind::Built(Box::new(if fits { inputs } else { Inputs::of(architecture) }))
        }
    }
}

/// "App 2" after "App 1", and "App 2" after "App".
fn next_name(name: &str) -> String {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let next = match name[stem.len()..].parse::<u32>() {
        Ok(number) => format!("{stem}{}", number.saturating_add(1)),
        Err(_) if name.is_empty() => String::new(),
        Err(_) => format!("{name} 2"),
    };
    next.chars().take(limits::NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(block: &Block) -> String {
        let inside: Vec<_> = block.blocks().iter().map(names).collect();
        match &block.kind {
            Kind::Series(_) => format!("({})", inside.join(" - ")),
            Kind::Parallel { needed, .. } => format!("[{needed}: {}]", inside.join(" | ")),
            _ => block.name.clone(),
        }
    }

    /// Does one act after the other, each where the last one left off, or at a spot.
    fn after(start: &[&str], acts: &[(Option<&[usize]>, Act)]) -> (String, Spot) {
        let parts = start.iter().map(|name| Block::part(name, 100.0, 1.0)).collect();
        let (mut root, mut look) = (Block::series("", parts), vec![0]);
        for (spot, act) in acts {
            let at = spot.map_or_else(|| look.clone(), <[usize]>::to_vec);
            (root, look) = done(&root, &at, act).unwrap_or_else(|| panic!("{act:?} at {at:?} of {}", names(&root)));
        }
        (names(&root), look)
    }

    #[test]
    fn two_zones_are_built_by_hand() {
        let acts = [
            (Some(&[1][..]), Act::Beside),
            (None, Act::Beside),
            (Some(&[0]), Act::Group),
            (None, Act::Beside),
            (Some(&[0]), Act::After("disk".into())),
        ];
        let (drawn, look) = after(&["web", "db"], &acts);
        assert_eq!(drawn, "([1: (web - [1: db | db 2 | db 3]) | (web - [1: db | db 2 | db 3])] - disk)");
        assert_eq!(look, [1]);
    }

    #[test]
    fn a_group_of_one_is_no_group() {
        let acts = [(Some(&[0][..]), Act::Beside), (None, Act::Remove)];
        assert_eq!(after(&["a", "b"], &acts), ("(a - b)".into(), vec![0]));
        let acts = [(Some(&[0][..]), Act::Remove), (None, Act::Remove)];
        assert_eq!(after(&["a", "b"], &acts), ("()".into(), vec![]), "but the outermost may be empty");
        let acts = [(Some(&[0][..]), Act::Beside), (None, Act::After("c".into())), (Some(&[0, 0]), Act::Remove)];
        assert_eq!(after(&["a", "b"], &acts).0, "((a 2 - c) - b)");
    }

    #[test]
    fn blocks_move_and_groups_open() {
        assert_eq!(after(&["a", "b", "c"], &[(None, Act::Later), (None, Act::Later)]), ("(b - c - a)".into(), vec![2]));
        assert_eq!(after(&["a", "b"], &[(Some(&[1]), Act::Earlier)]), ("(b - a)".into(), vec![0]));
        let acts = [(None, Act::Group), (None, Act::Group), (None, Act::Ungroup)];
        assert_eq!(after(&["a", "b", "c"], &acts).0, "(a - b - c)");
        let acts = [(None, Act::Group), (None, Act::AllNeeded(false)), (None, Act::AllNeeded(true))];
        assert_eq!(after(&["a", "b"], &acts).0, "((a - b))");
        let root = Block::series("", vec![Block::part("a", 1.0, 1.0)]);
        for act in [Act::Earlier, Act::Later, Act::Group, Act::Ungroup, Act::AllNeeded(true)] {
            assert!(done(&root, &[0], &act).is_none(), "{act:?}");
        }
    }

    #[test]
    fn nobody_needs_more_than_there_are() {
        let parts = vec![Block::part("a", 1.0, 1.0); 3];
        let root = Block::series("", vec![Block::parallel("", 3, parts)]);
        let (root, _) = done(&root, &[0, 1], &Act::Remove).expect("it goes");
        assert_eq!(names(&root), "([2: a | a])");
    }

    #[test]
    fn another_kind_keeps_the_times() {
        let part = Kind::Part(Single { mttf_hours: 900.0, mttr_hours: 9.0 });
        let known = told_as(&part, Is::Known);
        let Kind::Known(Known { availability, .. }) = known else { panic!("{known:?}") };
        assert!((availability.down - 1.0 / 101.0).abs() < 1e-15);
        let Kind::Part(back) = told_as(&known, Is::Part) else { panic!("a part") };
        assert!((back.mttf_hours / 900.0 - 1.0).abs() < 1e-12);
        for architecture in crate::theory::blocks::ARCHITECTURES {
            let Kind::Built(inputs) = told_as(&part, Is::Built(architecture)) else { panic!("built") };
            assert!(inputs.answer().is_ok() && (inputs.hours(Input::Mttf) - 900.0).abs() < 1e-9, "{architecture:?}");
        }
    }

    #[test]
    fn names_are_counted_on() {
        let all = ["App 1", "App 9", "db", "", "节点 2"].map(next_name);
        assert_eq!(all, ["App 2", "App 10", "db 2", "", "节点 3"]);
    }
}
