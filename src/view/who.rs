//! Whom something can be for: the machines that a draft's system has, and its roles.

use std::borrow::Cow;

use serde_json::Value;

use super::form::Choice;
use crate::ha::Layout;
use crate::i18n::{Cast, Lang, machine_choice, missing_choice, role_label, short_choice};
use crate::scenario::{
    Class, Cluster, DataPath, Decision, Manager, MasterStandby, Scenario, Setup, Target, mended, read_as, to_value,
};

/// Largest target that is read.
const LARGEST_TARGET: usize = 100;

/// A draft's machines and roles.
pub(super) struct Who {
    /// What can be read of the draft.
    pub(super) scenario: Scenario,
    /// Its machines.
    pub(super) layout: Layout,
    /// Its roles.
    pub(super) cast: Cast,
    lang: Lang,
}

impl Who {
    #[inline(never)]
    pub(super) fn of(document: &Value, lang: Lang) -> Self {
        let scenario = mended(document);
        let layout = scenario.layout();
        let cast = match &scenario.system {
            Setup::SingleNode(_) | Setup::MasterStandby(_) => Cast::Pair,
            Setup::Cluster(Cluster { data: DataPath::ThroughTheLog, .. }) => Cast::Ensemble,
            Setup::Cluster(_) => Cast::Workers,
            Setup::Pool(_) => Cast::Pool,
        };
        Self { scenario, layout, cast, lang }
    }

    /// Every machine, by its place.
    pub(super) fn places(&self) -> Vec<Target> {
        self.layout.parts().into_iter().map(|(machine, _)| Target::of(&self.layout, machine)).collect()
    }

    /// The roles that somebody can have here.
    pub(super) fn roles(&self) -> Vec<Target> {
        let mut roles = match self.cast {
            Cast::Pool => return Vec::new(),
            _ if self.layout.data.len() < 2 => vec![Target::Master],
            _ => vec![Target::Master, Target::Standby, Target::OldMaster],
        };
        if !self.layout.members.is_empty() {
            roles.push(Target::Leader);
        }
        roles
    }

    /// Roles, then all machines.
    pub(super) fn anybody(&self) -> Vec<Target> {
        let mut all = self.roles();
        all.extend(self.places());
        all
    }

    /// Roles of data nodes, then the data nodes.
    pub(super) fn data(&self) -> Vec<Target> {
        let is_data = |target: &Target| !matches!(target, Target::Leader) && (!target.is_place() || is_node(*target));
        self.anybody().into_iter().filter(is_data).collect()
    }

    /// Servers of the ensemble that can change.
    pub(super) fn servers(&self) -> Vec<Target> {
        let is_server = |target: &Target| match self.cast {
            Cast::Ensemble => !target.is_place() || is_node(*target),
            _ => matches!(target, Target::Leader | Target::Member(_)),
        };
        self.anybody().into_iter().filter(is_server).collect()
    }

    /// Whether members can be added and removed.
    pub(super) fn is_raft(&self) -> bool {
        let manager = match &self.scenario.system {
            Setup::Cluster(cluster) => Some(&cluster.manager),
            Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => Some(&lease.ensemble),
            _ => None,
        };
        matches!(manager, Some(Manager::Etcd(_)))
    }

    /// Whether a class of machines has any.
    pub(super) fn has(&self, class: Class) -> bool {
        self.layout.parts().into_iter().any(|(_, part)| class.has(part))
    }

    /// These as choices of a field that holds `now`, which is among them even if the system has no such thing.
    pub(super) fn choices(&self, whom: &[Target], now: &Value) -> Vec<Choice> {
        let t = self.lang.schedule_texts();
        // Where the members hold the data, "the master" and "the leader" are two words for the same: one is enough.
        let is_leader = self.cast == Cast::Ensemble && *now == to_value(&Target::Leader);
        let whom = whom.iter().map(|one| if is_leader && *one == Target::Master { Target::Leader } else { *one });
        let choice = |target: Target| match role_label(self.lang, target, self.cast) {
            Some(label) => Choice::new(label, to_value(&target)).under(t.group_roles),
            None => Choice {
                group: t.group_machines,
                name: Cow::Owned(machine_choice(self.lang, target, self.cast)),
                explain: "",
                contents: to_value(&target),
            },
        };
        let choices = whom.map(choice).collect();
        self.with_now(choices, now)
    }

    /// These as members of a set that holds `now`, by their shortest names.
    pub(super) fn members(&self, whom: &[Target], now: &Value) -> Vec<Choice> {
        let mut choices: Vec<Choice> = whom.iter().map(|target| self.short(*target)).collect();
        for one in now.as_array().into_iter().flatten() {
            choices = self.with_now(choices, one);
        }
        choices
    }

    fn short(&self, target: Target) -> Choice {
        let (name, explain) = match role_label(self.lang, target, self.cast) {
            Some(label) => (Cow::Borrowed(label.name), label.explain),
            None => (Cow::Owned(short_choice(self.lang, target)), ""),
        };
        Choice { group: "", name, explain, contents: to_value(&target) }
    }

    fn with_now(&self, mut choices: Vec<Choice>, now: &Value) -> Vec<Choice> {
        if !now.is_null() && choices.iter().all(|choice| choice.contents != *now) {
            let name = missing_choice(self.lang, &self.name(now));
            choices.push(Choice { group: "", name: Cow::Owned(name), explain: "", contents: now.clone() });
        }
        choices
    }

    /// The shortest name of what a draft says.
    pub(super) fn name(&self, now: &Value) -> String {
        read_target(now).map_or_else(|| now.to_string(), |target| self.short(target).name.into_owned())
    }

    /// The shortest names of several.
    pub(super) fn names(&self, now: &Value) -> Vec<String> {
        now.as_array().into_iter().flatten().map(|one| self.name(one)).collect()
    }
}

fn is_node(target: Target) -> bool {
    matches!(target, Target::Node(_))
}

/// What a draft's value means, if it is a target.
fn read_target(value: &Value) -> Option<Target> {
    /// Only objects are read alone.
    #[derive(serde::Deserialize)]
    struct Holder {
        whom: Target,
    }
    let holder: Holder = read_as(&Value::from_iter([("whom", value.clone())]).to_string(), LARGEST_TARGET).ok()?;
    Some(holder.whom)
}
