//! What the board does, act by act.

use super::*;

fn mttf() -> Field {
    Field::Input(Input::Mttf)
}

#[test]
fn what_is_wrong_is_told_at_its_field_and_the_last_good_answer_stays() {
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    let before = board.answer.clone();
    for wrong in ["0", "-5", "many", "", "1e999", "inf", "1e-30"] {
        board.type_in(mttf(), wrong.into());
        assert!(board.entries[0].wrong.is_some() && !board.is_good(), "'{wrong}'");
        assert_eq!(board.answer, before, "'{wrong}'");
    }
    board.type_in(mttf(), "20000".into());
    assert!(board.is_good() && board.answer.availability.down < before.availability.down);
    board.look(vec![1]);
    board.type_in(Field::Input(Input::Needed), "4".into());
    assert!(matches!(board.entries[0].wrong, Some(Wrong::Range { .. })), "four of three");
}

#[test]
fn what_is_wrong_waits_for_its_block_to_be_looked_at_again() {
    let (needed, mut board) = (Field::Input(Input::Needed), Board::new(Lang::En));
    let text = |board: &Board| board.entries[0].text.clone();
    board.look(vec![3]);
    board.type_in(mttf(), "-1".into());
    board.look(vec![1]);
    assert!(!board.is_good() && board.is_wrong_at(&[3]) && !board.is_wrong_at(&[1]));
    assert!(board.says(Lang::En).is_some_and(|said| said.contains("Network")));
    board.type_in(needed, "4".into());
    // Both go where their blocks go.
    board.look(vec![0]);
    board.act(&Act::Remove);
    assert!(board.is_wrong_at(&[2]) && board.is_wrong_at(&[0]) && !board.is_wrong_at(&[3]));
    board.look(vec![2]);
    assert_eq!((text(&board), board.is_good()), ("-1".into(), false));
    board.act(&Act::Earlier);
    assert_eq!((board.spot.clone(), text(&board)), (vec![1], "-1".into()));
    // A copy has the last good value.
    board.act(&Act::Beside);
    assert!(board.is_wrong_at(&[1, 0]) && !board.is_wrong_at(&[1, 1]));
    board.undo();
    board.look(vec![1]);
    assert_eq!(text(&board), "-1");
    board.type_in(mttf(), "5000".into());
    // Four of three make no sense, four of four do.
    board.look(vec![0, 0]);
    board.act(&Act::Beside);
    assert!(board.is_wrong_at(&[0]));
    board.look(vec![0]);
    assert_eq!((text(&board), board.root.blocks()[0].needed()), ("4".into(), 4));
    assert!(board.is_good() && board.says(Lang::En).is_none());
}

#[test]
fn another_kind_of_block_and_another_diagram_have_other_fields() {
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    board.type_in(mttf(), "0".into());
    board.act(&Act::Become(Is::Known));
    assert!(board.is_good());
    board.undo();
    assert!(board.is_wrong_at(&[3]), "undo brings back what stood there");
    board.begin_again(Example::Shop, Lang::En);
    assert!(board.is_good());
}

#[test]
fn an_empty_board_says_so_and_keeps_the_figures() {
    let mut board = Board::new(Lang::En);
    board.look(vec![0]);
    let mut last = board.answer.clone();
    while !board.root.blocks().is_empty() {
        last = board.answer.clone();
        board.act(&Act::Remove);
    }
    assert_eq!((board.told.clone(), board.is_good()), (Some(Told::Empty), false));
    assert_eq!(board.answer, last);
    board.act(&Act::After("new".into()));
    assert!(board.is_good() && board.told.is_none());
    assert_eq!(board.here().map(|here| here.name.as_str()), Some("new"));
}

#[test]
fn there_is_an_end_to_blocks_and_to_depth() {
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    for _ in 0..limits::BLOCKS {
        board.act(&Act::Beside);
    }
    assert_eq!((board.told.clone(), board.root.count()), (Some(Told::TooMany), limits::BLOCKS));
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    for round in 0..2 * limits::BLOCK_DEPTH {
        if board.told.is_none() {
            board.act(&if round % 2 == 0 { Act::Beside } else { Act::After("x".into()) });
        }
    }
    assert_eq!((board.told.clone(), board.root.depth()), (Some(Told::TooDeep), limits::BLOCK_DEPTH));
    assert!(board.is_good(), "nothing has changed");
}

#[test]
fn undo_takes_back_act_by_act_and_typing_is_one() {
    let mut board = Board::new(Lang::En);
    let start = board.root.clone();
    board.look(vec![3]);
    for text in ["2", "20", "200"] {
        board.type_in(mttf(), text.into());
    }
    board.act(&Act::Rename("W".into()));
    board.act(&Act::Rename("WAN".into()));
    board.act(&Act::Beside);
    let end = board.root.clone();
    board.undo();
    assert_eq!(board.root.blocks()[3].name, "WAN");
    board.undo();
    assert_eq!(board.root.blocks()[3].name, "Network");
    board.undo();
    assert_eq!((board.root.clone(), board.can_undo()), (start, (false, true)));
    assert!(board.is_good());
    for _ in 0..3 {
        board.redo();
    }
    assert_eq!((board.root.clone(), board.can_undo()), (end, (true, false)));
}

#[test]
fn the_example_speaks_the_language_until_it_is_touched() {
    let mut board = Board::new(Lang::En);
    board.speak(Lang::Zh);
    assert_eq!(board.root, example(Lang::Zh));
    board.look(vec![3]);
    board.act(&Act::Rename("WAN".into()));
    let named = board.root.clone();
    board.speak(Lang::En);
    assert_eq!(board.root, named, "what somebody wrote stays");
}

#[test]
fn a_file_comes_back_as_it_was_and_a_bad_one_changes_nothing() {
    let mut board = Board::new(Lang::Zh);
    let (text, root) = (board.written(), board.root.clone());
    board.look(vec![0]);
    board.act(&Act::Remove);
    let before = board.root.clone();
    let wrong = text.replace("\"mttr_hours\": 0.5", "\"mttr_hours\": -1");
    let single = r#"{"family": "single", "params": {"model": "single", "mttf_hours": 1, "mttr_hours": 1}}"#;
    for bad in [Some("{"), Some(wrong.as_str()), Some(single), Some("[]"), None] {
        board.open(bad);
        assert!(board.file.is_some(), "{bad:?}");
        assert_eq!(board.root, before);
    }
    board.open(Some(&text));
    assert_eq!((board.root.clone(), board.file.clone()), (root, None));
    board.undo();
    assert_eq!(board.root, before);
}

#[test]
fn one_nine_more_where_it_is_needed_most() {
    let board = Board::new(Lang::En);
    let better = board.better.expect("there is a weakest");
    let weakest = &board.answer.blocks[board.answer.weakest];
    assert!(better.down < board.answer.availability.down && better.down > weakest.without.down);
}

#[test]
fn what_somebody_made_is_no_example_also_when_it_comes_back_by_undo() {
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    board.act(&Act::Remove);
    let made = board.root.clone();
    board.begin_again(Example::Zones, Lang::En);
    board.speak(Lang::Zh);
    assert_eq!(board.root, Example::Zones.block(Lang::Zh));
    board.begin_again(Example::Shop, Lang::Zh);
    board.undo();
    assert!(!board.is_example(Example::Shop) && !board.is_example(Example::Zones));
    board.replace(made.clone());
    board.begin_again(Example::Shop, Lang::Zh);
    board.undo();
    board.speak(Lang::En);
    assert_eq!(board.root, made);
}

#[test]
fn another_language_leaves_what_was_typed() {
    let mut board = Board::new(Lang::En);
    board.look(vec![3]);
    board.type_in(mttf(), "-1".into());
    board.speak(Lang::Zh);
    assert_eq!((board.entries[0].text.as_str(), board.is_good()), ("-1", false));
}

/// Of three zones two are enough, so that the windows in which everything is down cost most.
#[test]
fn zones_and_maintenance_are_blocks() {
    let mut board = Board::new(Lang::En);
    board.begin_again(Example::Zones, Lang::En);
    assert_eq!(board.answer.blocks[board.answer.weakest].name, "Maintenance");
    board.act(&Act::Remove);
    assert!(board.answer.availability.nines() > 4.7, "{:?}", board.answer.availability);
}
