//! A load-balanced pool: nobody is master, and overload is seen coming.

use ha_lab_e2e::{DESKTOP, Lab, PHONE};

fn open(lab: &Lab, preset: &str) {
    lab.get("scenario-open").click();
    lab.get(&format!("preset-{preset}")).click();
    lab.wait_until("the nodes are there", || !lab.machines("[data-role='worker']").is_empty());
}

#[test]
fn a_pool_warns_before_it_breaks_and_a_node_can_be_drained() {
    let lab = Lab::open("?lang=en", DESKTOP);
    open(&lab, "overload-cascade");
    lab.wait_until("the pool is tight", || lab.get("pressure").is_shown());
    assert!(lab.get("node-6").text().contains("one less"), "{}", lab.get("node-6").text());
    lab.get("drain-1").click();
    lab.wait_until("it drains", || lab.get("node-1").attribute("data-standing").as_deref() == Some("draining"));
    lab.shot("pool-draining");
    lab.assert_no_barriers("a pool");
    lab.get("ready-1").click();
    lab.wait_until("it is used again", || lab.get("node-1").attribute("data-standing").as_deref() == Some("in"));
    lab.get("kill-0").click();
    lab.wait_until("the balancer notices", || lab.get("node-0").attribute("data-standing").as_deref() == Some("out"));
    lab.shot("pool-one-less");
    lab.get("restart-0").wait();
    lab.close();
}

#[test]
fn a_pool_fits_a_phone_and_speaks_chinese() {
    let lab = Lab::open("?lang=zh", PHONE);
    open(&lab, "pool-crash");
    lab.wait_until("the load is known", || lab.get("node-5").text().contains("利用率"));
    lab.assert_fits_the_width();
    lab.shot("pool-phone");
    lab.close();
}
