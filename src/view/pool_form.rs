//! The page of the settings on which a pool is balanced, and its nodes get their capacity.

use super::cluster_form;
use super::form::{Control, Form, Unit, plain, setup};
use crate::i18n::Lang;
use crate::scenario::{Check, Ejection, Retries, RetryBudget, WarmUp, to_value};

/// How a worker is picked; weights only where there are some.
pub(super) fn strategy(form: &mut Form, at: &str, lang: Lang, weights: bool) {
    let p = lang.pool_options();
    let mut all = vec![
        plain("round_robin", p.round_robin),
        plain("weighted", p.weighted),
        plain("random", p.random),
        plain("least_connections", p.least_connections),
        plain("two_choices", p.two_choices),
        plain("consistent_hash", p.consistent_hash),
    ];
    if !weights {
        all.remove(1);
    }
    form.choice(at, p.strategy, all);
}

/// When a worker gets nothing for a while.
pub(super) fn ejection(form: &mut Form, at: &str, lang: Lang) {
    let p = lang.pool_options();
    form.present(at, p.ejection, to_value(&Ejection::default()));
    form.inner(
        at,
        &[
            ("failures", p.ejection_failures, Unit::Count),
            ("base_us", p.ejection_base, Unit::Seconds),
            ("share_permille", p.ejection_share, Unit::Permille),
        ],
    );
}

/// The fields, as far as the document has them: none for other systems.
#[inline(never)]
pub(super) fn fields(form: &mut Form, lang: Lang) {
    let (o, p) = (lang.options(), lang.pool_options());
    let setup = setup(form.document());
    let at = |field: &str| format!("{setup}/balancer/{field}");
    form.number(&at("balancers"), p.balancers, Unit::Count);
    strategy(form, &at("strategy"), lang, true);
    if form.document().pointer(&at("strategy")).and_then(serde_json::Value::as_str) == Some("weighted") {
        let nodes = form.document().pointer(&format!("{setup}/nodes")).and_then(serde_json::Value::as_u64).unwrap_or(1);
        cluster_form::list(form, &at("weights"), lang.cluster_options().weights, (nodes.min(8), 1), lang);
    }
    form.present(&at("check"), p.check, to_value(&Check::default()));
    form.inner(
        &at("check"),
        &[
            ("interval_us", o.check, Unit::Ms),
            ("timeout_us", o.check_timeout, Unit::Ms),
            ("fall", o.fall, Unit::Count),
            ("rise", o.rise, Unit::Count),
        ],
    );
    form.add(&at("check/deep"), p.deep, Control::Flag, true);
    ejection(form, &at("ejection"), lang);
    form.present(&at("retries"), p.retries, to_value(&Retries::default()));
    form.inner(&at("retries"), &[("most", p.retries_most, Unit::Count)]);
    form.add(&at("retries/writes"), p.retry_writes, Control::Flag, true);
    let budget = at("retries/budget");
    form.add(&budget, p.budget, Control::Present(to_value(&RetryBudget::default())), true);
    form.inner(&budget, &[("share_permille", p.budget_share, Unit::Permille), ("burst", p.budget_burst, Unit::Count)]);
    form.number(&at("timeout_us"), p.upstream_timeout, Unit::Ms);
    form.number(&at("slow_start_us"), p.slow_start, Unit::Seconds);

    let at = |field: &str| format!("{setup}/worker/{field}");
    form.number(&at("service_us"), p.service, Unit::Ms);
    form.choice(&at("service"), p.scatter, vec![plain("fixed", o.fixed), plain("exponential", o.exponential)]);
    form.number(&at("servers"), p.servers, Unit::Count);
    form.number(&at("queue"), p.queue, Unit::Count);
    form.present(&at("warm_up"), p.warm_up, to_value(&WarmUp::default()));
    form.inner(
        &at("warm_up"),
        &[("lasts_us", p.warm_up_lasts, Unit::Seconds), ("permille", p.warm_up_factor, Unit::Milli)],
    );
}
