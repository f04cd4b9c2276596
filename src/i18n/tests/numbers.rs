//! The words of the Numbers view.

use super::{check_sentence, flaw};
use crate::i18n::Lang;
use crate::i18n::numbers::{Words, architecture, block, cause, input, needed, symbol, weakest_is, wrong};
use crate::theory::blocks::Block;
use crate::theory::explore::{Amount, Architecture, Basis, Inputs, Symbol};
use crate::theory::{Kind, Wrong};

#[test]
fn fixed_texts_of_the_numbers_are_well_formed() {
    for (field, texts) in Words::ALL {
        for (lang, text) in Lang::ALL.into_iter().zip(texts) {
            let flaw = flaw(lang, text).filter(|_| *field != "csv");
            assert_eq!(flaw, None, "{field}: {text}");
        }
    }
}

#[test]
fn what_is_said_of_blocks_is_well_formed() {
    check_sentence("the weakest", |lang| {
        weakest_is(lang, words!(lang, "Database", "数据库"), "63 %", words!(lang, "2 h", "2 小时"))
    });
    let unnamed = [
        Block::part("", 1.0, 1.0),
        Block::series("", Vec::new()),
        Block::parallel("", 1, Vec::new()),
        Block::built("", Inputs::of(Architecture::Quorum)),
    ];
    for lang in Lang::ALL {
        for one in &unnamed {
            assert_eq!(flaw(lang, &block(lang, one)), None, "{one:?}");
        }
        assert_eq!(flaw(lang, &needed(lang, 2, 3)), None);
    }
    let wrongs = [
        Wrong::Missing,
        Wrong::Twice,
        Wrong::Json { found: "mttf_hours: expected value at line 1 column 60".into() },
        Wrong::Unknown { known: vec!["mttf_hours"] },
        Wrong::Mtbf,
        Wrong::Word { found: "\"x\"".into(), known: vec!["pair"] },
        Wrong::Items { found: 0, most: 100 },
        Wrong::Deep { found: 11, most: 10 },
        Wrong::Long { found: 41, most: 40 },
        Wrong::Family { found: "\"single\"".into(), right: vec!["composite"] },
        Wrong::Kind { found: "\"x\"".into(), expected: Kind::Availability },
    ];
    for one in &wrongs {
        let chinese = wrong(Lang::Zh, one, Amount::Factor);
        assert!(chinese.ends_with('。') && chinese.chars().any(|letter| letter > '\u{4e00}'), "{chinese}");
        assert!(wrong(Lang::En, one, Amount::Factor).ends_with('.'), "{one:?}");
    }
}

#[test]
fn everything_that_has_a_name_is_explained() {
    for one in Architecture::ALL {
        check_sentence("architecture", |lang| architecture(lang, one).explain.into());
        for lang in Lang::ALL {
            assert_eq!(flaw(lang, architecture(lang, one).name), None, "{one:?}");
        }
        for kind in [Basis::Mttf, Basis::Mtbf] {
            for field in one.inputs() {
                check_sentence("input", |lang| input(lang, *field, kind).explain.into());
                let name = input(Lang::En, *field, kind).name;
                let says = if kind == Basis::Mtbf { "MTBF" } else { "MTTF" };
                assert!(!field.is_up_time() || name.contains(says), "{name} says which time it is");
            }
        }
        let inputs = Inputs::of(one);
        let answer = inputs.answer().expect("good");
        for lang in Lang::ALL {
            for (of, _) in &answer.causes {
                assert_eq!(flaw(lang, cause(lang, *of)), None);
            }
        }
    }
    for of in Symbol::ALL {
        for lang in Lang::ALL {
            assert_eq!(flaw(lang, symbol(lang, of)), None, "{of:?}");
        }
    }
}
