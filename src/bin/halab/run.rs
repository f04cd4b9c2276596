//! `halab run`: a scenario from start to end.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use ha_lab::ha::Ha;
use ha_lab::i18n::Names;
use ha_lab::measure::Ledger;
use ha_lab::scenario::timings::timings;
use ha_lab::scenario::{self, Run, Scenario};
use ha_lab::sim::{Event, SimTime, Sink, TraceHash};
use ha_lab::study::predict::{Observed, Prediction};

use super::args::RunOptions;
use super::predict::{Beside, assumed};
use super::report::Report;
use super::{Failure, input, trace};

/// Reads a scenario: a file, a ready scenario's name, or standard input. Gives its name too.
pub fn load(from: &str) -> Result<(Scenario, String), Failure> {
    let (text, name) = input::read_or_preset(from, scenario::LARGEST)?;
    match scenario::parse(&text) {
        Ok(scenario) => Ok((scenario, name)),
        Err(problems) => Err(Failure::Scenario { name, problems }),
    }
}

/// Everything that listens to the run.
struct Listeners<'a> {
    hash: TraceHash,
    ledger: Ledger,
    trace: Option<trace::Writer<'a>>,
    events: u64,
}

impl Sink<Ha> for Listeners<'_> {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.hash.event(at, order, event);
        self.ledger.event(at, order, event);
        self.events += 1;
        if let Some(trace) = &mut self.trace {
            trace.event(at, order, event);
        }
    }
}

/// The scenario with the timings of a real system laid over it, if one is named.
pub fn with_timings(scenario: Scenario, name: Option<&str>) -> Result<Scenario, Failure> {
    let Some(name) = name else { return Ok(scenario) };
    let Some(timing) = timings().iter().find(|timing| timing.name == name) else {
        let names: Vec<&str> = timings().iter().map(|timing| timing.name.as_str()).collect();
        return Err(Failure::Usage(format!("--timings: found '{name}'; expected one of {}.", names.join(", "))));
    };
    let laid = scenario::to_text(&timing.over(&scenario::to_value(&scenario)));
    scenario::parse(&laid)
        .map_err(|problems| Failure::Scenario { name: format!("the scenario with {name} over it"), problems })
}

pub fn run(options: &RunOptions, out: &mut impl Write) -> Result<(), Failure> {
    let (scenario, name) = load(&options.scenario)?;
    let scenario = with_timings(scenario, options.timings.as_deref())?;
    let seed = options.seed.unwrap_or(scenario.seed);
    let until = SimTime::from_us(options.until_us.unwrap_or(scenario.until_us));
    let mut run = Run::new(&scenario, seed);
    let names = Names::of(run.world().config());
    let trace = match &options.trace {
        None => None,
        Some(path) => {
            let file = File::create(path).map_err(|error| Failure::File(path.display().to_string(), error))?;
            Some(trace::Writer::new(BufWriter::new(file), &names))
        }
    };
    let ledger = Ledger::new(run.world().config());
    let mut listeners = Listeners { hash: TraceHash::new(seed), ledger, trace, events: 0 };
    run.start(&mut listeners);
    run.run_until(until, &mut listeners);
    if let (Some(trace), Some(path)) = (listeners.trace, &options.trace) {
        trace.finish().map_err(|error| Failure::File(path.display().to_string(), error))?;
    }
    let ledger = &listeners.ledger;
    let prediction = Prediction::of(&scenario, assumed());
    let premises = prediction.premises_after(ledger.incidents().iter().map(|one| &**one));
    let beside = Beside::of(prediction, Observed::of(ledger, until), premises);
    let report = Report {
        name: &name,
        scenario: &scenario,
        run: &run,
        names: &names,
        seed,
        until,
        hash: listeners.hash.value(),
        events: listeners.events,
        ledger,
        beside: &beside,
    };
    if options.json {
        serde_json::to_writer_pretty(&mut *out, &report.json()).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        report.print(out)?;
    }
    out.flush()?;
    Ok(())
}
