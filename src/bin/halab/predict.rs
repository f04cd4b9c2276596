//! `halab predict`: what theory says of a scenario, and what that rests on.

use std::io::{self, Write};

use ha_lab::i18n::{self, Lang};
use ha_lab::sim::Micros;
use ha_lab::study::predict::{Breach, ERRORS_95, Model, Observed, Prediction, Premise, Rates, Step, Verdict};
use serde_json::{Value, json};

use super::Failure;
use super::args::PredictOptions;
use super::run::{load, with_timings};

const EN: Lang = Lang::En;

pub const PREDICT_HELP: &str = "\
halab predict SCENARIO [--mttf TIME] [--mttr TIME] [--timings SYSTEM] [--json]

Says what theory predicts of a scenario, without simulating it: availability, outages a year, how long a failover should
take, part by part, and which of the assumptions the scenario breaks. docs/models.md says how it is derived.

  SCENARIO       a file, a ready scenario's name (halab list), or - for standard input
  --mttf TIME    mean up time of a node where nothing fails by chance in the scenario: 30s, 10m, 720h; 720h otherwise
  --mttr TIME    mean down time of a node then; 10m otherwise
  --timings SYSTEM
                 lay the defaults of a real system over the scenario, such as patroni or redis-sentinel
  --json         print it as JSON
";

/// A node fails once in 30 days where nobody says how often.
pub const MTTF_US: u64 = 30 * 86_400_000_000;
/// And is repaired in ten minutes.
pub const MTTR_US: u64 = 600_000_000;

/// What is assumed where nothing fails by chance.
pub fn assumed() -> Rates {
    Rates { mttf_us: MTTF_US as f64, mttr_us: MTTR_US as f64 }
}

pub fn predict(options: &PredictOptions, out: &mut impl Write) -> Result<(), Failure> {
    let (scenario, name) = load(&options.scenario)?;
    let scenario = with_timings(scenario, options.timings.as_deref())?;
    let rates = Rates { mttf_us: options.mttf_us as f64, mttr_us: options.mttr_us as f64 };
    let prediction = Prediction::of(&scenario, rates);
    if options.json {
        let mut all = to_json(&prediction);
        all["engine_version"] = json!(env!("CARGO_PKG_VERSION"));
        all["scenario"] = json!(name);
        serde_json::to_writer_pretty(&mut *out, &all).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&name, &prediction, out)?;
    }
    out.flush()?;
    Ok(())
}

fn name(model: &Model) -> &'static str {
    match model {
        Model::Single(_) => "single",
        Model::Failover(_) => "failover",
        Model::Quorum(_) => "quorum_leader",
        Model::KOfN { .. } => "k_of_n",
        Model::Shards { .. } => "shards",
    }
}

/// A prediction for programs.
pub fn to_json(prediction: &Prediction) -> Value {
    let steps = |steps: &[Step]| {
        let all = steps.iter().map(|step| {
            let parts = step.parts.iter().map(|part| json!({ "what": i18n::predict::part(EN, part), "us": part.us }));
            let phase = format!("{:?}", step.phase).to_lowercase();
            json!({ "phase": phase, "us": step.us(), "parts": parts.collect::<Vec<_>>() })
        });
        all.collect::<Vec<_>>()
    };
    let series = prediction
        .series
        .iter()
        .map(|part| json!({ "part": format!("{:?}", part.part).to_lowercase(), "unavailability": part.share.down }));
    json!({
        "model": name(&prediction.model),
        "by_hand": prediction.by_hand,
        "mttf_us": prediction.rates.mttf_us,
        "mttr_us": prediction.rates.mttr_us,
        "availability": prediction.availability.up,
        "unavailability": prediction.availability.down,
        "nines": prediction.availability.nines(),
        "downtime_us_per_year": prediction.downtime_us_per_year(),
        "outages_per_year": prediction.outages_per_year,
        "mean_outage_us": prediction.outage_us(),
        "failover_us": prediction.failover_us(),
        "failover": steps(&prediction.failover),
        "again": steps(&prediction.again),
        "series": series.collect::<Vec<_>>(),
        "premises": premises_json(&prediction.premises),
    })
}

/// The premises, each with who breaks it.
pub fn premises_json(premises: &[Premise]) -> Value {
    let all = premises.iter().map(|premise| {
        let broken = match premise.broken {
            None => Value::Null,
            Some(Breach::Configured) => json!("by_the_scenario"),
            Some(Breach::Happened) => json!("in_the_run"),
        };
        json!({ "assumption": format!("{:?}", premise.assumption), "broken": broken })
    });
    all.collect()
}

fn time(us: f64) -> String {
    i18n::duration(EN, us.max(0.0).round() as Micros)
}

fn share(down: f64) -> String {
    let all = 1e12;
    let missing = (down * all).round().clamp(0.0, all) as u64;
    i18n::percent(EN, all as u64 - missing, all as u64)
}

fn print(name: &str, prediction: &Prediction, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{name}: {}", i18n::predict::model(EN, &prediction.model))?;
    let rates = prediction.rates;
    let origin = if prediction.by_hand { "assumed, as nothing fails by chance" } else { "of the scenario" };
    writeln!(
        out,
        "nodes         up for {}, down for {} on average ({origin})",
        time(rates.mttf_us),
        time(rates.mttr_us)
    )?;
    writeln!(
        out,
        "availability  {} ({}); {} of downtime a year",
        share(prediction.availability.down),
        i18n::nines(EN, Some(prediction.availability.nines())),
        time(prediction.downtime_us_per_year()),
    )?;
    let outages = i18n::predict::few(prediction.outages_per_year);
    let mean = prediction.outage_us().map_or("–".to_owned(), time);
    writeln!(out, "outages       {outages} a year, {mean} each on average")?;
    for part in prediction.series.iter().skip(1) {
        writeln!(out, "in series     {:?}: {}", part.part, share(part.share.down))?;
    }
    for (title, steps) in [("failover", &prediction.failover), ("way back", &prediction.again)] {
        if steps.is_empty() {
            continue;
        }
        writeln!(out, "\n{title:13} {}", time(steps.iter().map(Step::us).sum()))?;
        for step in steps {
            let parts: Vec<_> = step.parts.iter().map(|part| i18n::predict::part(EN, part)).collect();
            writeln!(
                out,
                "  {:11} {:>9}  {}",
                i18n::predict::phase(EN, step.phase).name,
                time(step.us()),
                parts.join("; ")
            )?;
        }
    }
    writeln!(out)?;
    for premise in &prediction.premises {
        let label = i18n::predict::assumption(EN, premise.assumption);
        let said = i18n::predict::breach(EN, premise.broken);
        writeln!(out, "assumed       {}: {said}", label.name)?;
    }
    Ok(())
}

/// A prediction beside what a run has shown.
pub struct Beside {
    prediction: Prediction,
    observed: Observed,
    verdict: Verdict,
    premises: Vec<Premise>,
}

impl Beside {
    pub fn of(prediction: Prediction, observed: Observed, premises: Vec<Premise>) -> Self {
        let verdict = observed.verdict(&prediction, ERRORS_95);
        Self { prediction, observed, verdict, premises }
    }

    pub fn json(&self) -> Value {
        let mut all = to_json(&self.prediction);
        all["premises"] = premises_json(&self.premises);
        all["observed"] = json!({
            "unavailability": self.observed.unavailability,
            "unavailability_95": self.observed.interval(ERRORS_95),
            "outages": self.observed.outages,
            "failover_us": self.observed.failover_us,
            "failovers": self.observed.failovers,
        });
        all["verdict"] = json!(match self.verdict {
            Verdict::ByHand => "by_hand",
            Verdict::TooFew => "too_few_to_tell",
            Verdict::Agrees => "agrees",
            Verdict::Parts => "parts",
        });
        all
    }

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { prediction, observed, verdict, premises } = self;
        if *verdict != Verdict::ByHand {
            let interval =
                observed.interval(ERRORS_95).map(|(low, high)| format!(", {} to {}", share(high), share(low)));
            writeln!(
                out,
                "predicted     {} available; observed {}{}",
                share(prediction.availability.down),
                share(observed.unavailability),
                interval.unwrap_or_default(),
            )?;
        }
        if let Some(failover_us) = prediction.failover_us() {
            let title = if *verdict == Verdict::ByHand { "predicted" } else { "" };
            let seen = observed.failover_us.map_or("–".to_owned(), time);
            writeln!(out, "{title:13} {} a failover; observed {seen}", time(failover_us))?;
        }
        if *verdict != Verdict::ByHand {
            let reason = premises.iter().find(|premise| premise.broken.is_some()).map(|premise| premise.assumption);
            writeln!(out, "              {}", i18n::predict::conclusion(EN, *verdict, observed.outages, reason))?;
        }
        Ok(())
    }
}
