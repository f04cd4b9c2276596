//! What the page says: short messages, broken promises, and the story for those who listen.

use super::{Lab, SPEAK_MS};
use crate::i18n::{announcement, service_turns};
use crate::ui::browser;

impl Lab {
    /// Shows a short message for a while.
    pub fn say(&mut self, notice: impl Into<String>) {
        self.notice = Some(notice.into());
        self.notice_until = browser::now_ms() + 6_000.0;
    }

    /// A promise that did not hold is said until somebody takes the notice away. If nothing that was done explains it, the
    /// player does not go on by itself.
    #[inline(never)]
    pub(super) fn tell_breach(&mut self) {
        self.breach = self.player.breach();
        if let Some(breach) = self.breach {
            self.pace.playing &= breach.because.is_some();
            self.say(crate::i18n::breach(self.lang, &breach, self.player.seed(), &self.names));
            self.notice_until = f64::INFINITY;
            self.dirty = true;
        }
    }

    /// Collects what is to be said, and says it if it is time; tells whether it did.
    pub(super) fn speak(&mut self, at: f64) -> bool {
        self.listen();
        if self.to_say.is_empty() || at - self.spoke_at < SPEAK_MS {
            return false;
        }
        self.spoke_at = at;
        // Who has been away too long hears the end of the story, not all of it.
        let skip = self.to_say.len().saturating_sub(3);
        self.spoken = self.to_say.drain(..).skip(skip).collect::<Vec<_>>().join(" ");
        true
    }

    pub(super) fn listen(&mut self) {
        let new = self.player.story().iter().rev().take_while(|told| told.order >= self.heard);
        let mut sentences: Vec<_> =
            new.take(20).filter_map(|told| announcement(self.lang, &told.event, &self.names)).collect();
        self.heard = self.player.world().events();
        sentences.reverse();
        self.to_say.append(&mut sentences);
        let service = self.player.ledger().service(self.player.now());
        let seemed = std::mem::replace(&mut self.seemed, service.writes);
        if std::mem::discriminant(&seemed) != std::mem::discriminant(&service.writes) {
            self.to_say.extend(service_turns(self.lang, service));
        }
    }
}
