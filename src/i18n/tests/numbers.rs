//! The words of the Numbers view.

use super::{check_sentence, flaw};
use crate::i18n::Lang;
use crate::i18n::numbers::{Words, architecture, cause, input, symbol};
use crate::theory::explore::{Architecture, Basis, Inputs, Symbol};

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
