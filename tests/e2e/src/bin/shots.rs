//! Pictures of the page before, during and after a failover, in each theme, language and size: `./dev shots`.
//! They go to `target/shots/` and are there to be looked at.

use ha_lab_e2e::{DESKTOP, Lab, PHONE};

fn main() {
    for (theme, language, size) in variants() {
        let lab = Lab::open(&format!("?lang={language}&theme={theme}"), size);
        let name = |moment: &str| format!("{}-{theme}-{language}-{moment}", size.width);
        let master = lab.master();
        lab.wait_until("messages are on their way", || lab.clock() > 3.0);
        let before = lab.shot(&name("1-before"));
        lab.get(&format!("kill-{master}")).click();
        let killed = lab.clock();
        lab.wait_until("the heartbeats are missed", || lab.clock() > killed + 1.5);
        lab.shot(&name("2-during"));
        lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));
        let promoted = lab.clock();
        lab.wait_until("the clients are back", || lab.clock() > promoted + 4.0);
        lab.shot(&name("3-after"));
        if size.width == PHONE.width {
            lab.browser.eval("window.scrollTo(0, document.body.scrollHeight)");
            lab.shot(&name("4-further-down"));
        }
        println!("{}", before.with_file_name(name("*.png")).display());
        lab.close();
    }
}

fn variants() -> impl Iterator<Item = (&'static str, &'static str, ha_lab_e2e::Size)> {
    ["light", "dark"]
        .into_iter()
        .flat_map(|theme| ["en", "zh"].map(|language| (theme, language)))
        .flat_map(|(theme, language)| [DESKTOP, PHONE].map(|size| (theme, language, size)))
}
