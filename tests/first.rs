//! First look.
mod support;
use ha_lab::sim::{Fault, Origin};
use support::*;

#[test]
fn look() {
    let mut w = world(config(3), 1);
    let mut trace = Trace::new();
    w.start(&mut trace);
    w.run_until(at(2 * S), &mut trace);
    w.apply(Origin::Hand, &Fault::MachineCrash(m(0)), &mut trace);
    w.run_until(at(5 * S), &mut trace);
    w.apply(Origin::Hand, &Fault::Restart(m(0)), &mut trace);
    w.run_until(at(10 * S), &mut trace);
    println!("{}", story(&trace));
    println!("{} events", trace.len());
    for (_, machine) in w.machines() {
        println!("{:?}", machine.process().map(|p| (p.role(), p.data().map(|d| (d.log_end(), d.committed())))));
    }
}
