//! What is said of predictions.

use super::flaw;
use crate::i18n::Lang;
use crate::i18n::predict::{
    PredictTexts, a_year, assumption, breach, conclusion, model, once_wrong, part, phase, reckoned, verdict,
};
use crate::scenario::{parse, presets};
use crate::study::predict::{Assumption, Breach, Prediction, Rates, Verdict};

/// Good in both languages.
#[track_caller]
fn check(what: &str, say: impl Fn(Lang) -> String) {
    for lang in Lang::ALL {
        let text = say(lang);
        assert_eq!(flaw(lang, &text), None, "{what}: {text}");
    }
}

#[test]
fn fixed_texts_of_predictions_are_well_formed() {
    for (field, texts) in PredictTexts::ALL {
        for (lang, text) in Lang::ALL.into_iter().zip(texts) {
            assert_eq!(flaw(lang, text), None, "{field}: {text}");
        }
    }
    check("wrong", |lang| once_wrong(lang).into());
    check("a year", |lang| if lang == Lang::Zh { a_year(lang, 0.25, 3.689) } else { "0.25 to 3.69".into() });
    assert_eq!(a_year(Lang::En, 0.25, 36.89), "0.25 to 37");
    check("reckoned", |lang| reckoned(lang, 86_400_000_000, 600_000_000));
}

#[test]
fn every_ready_scenario_has_a_prediction_that_can_be_read() {
    for preset in presets() {
        let scenario = parse(preset.json).unwrap();
        let prediction = Prediction::of(&scenario, Rates { mttf_us: 720.0 * 3_600e6, mttr_us: 600e6 });
        let down = prediction.availability.down;
        assert!(down > 0.0 && down < 0.5, "{}: {down}", preset.name);
        assert!(prediction.outages_per_year > 0.0 && prediction.outages_per_year.is_finite(), "{}", preset.name);
        check(preset.name, |lang| model(lang, &prediction.model));
        for step in prediction.failover.iter().chain(&prediction.again) {
            assert!(step.us().is_finite() && step.us() > 0.0, "{}: {step:?}", preset.name);
            for lang in Lang::ALL {
                assert_eq!(flaw(lang, phase(lang, step.phase).name), None);
            }
            for one in &step.parts {
                check(preset.name, |lang| part(lang, one));
            }
        }
    }
}

#[test]
fn every_assumption_is_explained_and_every_verdict_said() {
    for one in Assumption::ALL {
        check("assumption", |lang| assumption(lang, one).name.into());
        check("assumption", |lang| assumption(lang, one).explain.into());
    }
    for broken in [None, Some(Breach::Configured), Some(Breach::Happened)] {
        check("breach", |lang| breach(lang, broken).into());
    }
    for what in [Verdict::ByHand, Verdict::TooFew, Verdict::Agrees, Verdict::Parts] {
        check("verdict", |lang| verdict(lang, what).into());
        for reason in [None, Some(Assumption::Independent)] {
            check("conclusion", |lang| conclusion(lang, what, 7, reason));
        }
    }
}
