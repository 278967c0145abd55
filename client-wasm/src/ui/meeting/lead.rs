//! Who is large in the view of who speaks.
//!
//! Invariant: nobody becomes large for a cough, and no picture changes place more than once in three seconds.
//!
//! Pure: who speaks and times come in.

use crate::model::MemberId;

/// Milliseconds of speech before somebody becomes large.
const SPEECH: f64 = 1_500.0;

/// Milliseconds that somebody stays large at least.
const STAYS: f64 = 3_000.0;

/// The one who leads, and the one who may be next.
#[derive(Clone, Debug, Default)]
pub(super) struct Lead {
    leader: Option<(MemberId, f64)>,
    next: Option<(MemberId, f64)>,
}

impl Lead {
    /// Who leads at `now` milliseconds, while these others speak. Whoever led stays until somebody else does.
    pub(super) fn look(&mut self, now: f64, speakers: &[MemberId]) -> Option<MemberId> {
        let leader = self.leader.map(|(member, _)| member);
        if leader.is_some_and(|leader| speakers.contains(&leader)) {
            self.next = None;
            return leader;
        }
        let goes_on = self.next.filter(|(member, _)| speakers.contains(member));
        self.next = goes_on.or_else(|| speakers.first().map(|&member| (member, now)));
        match self.next {
            Some((member, since)) if now - since >= SPEECH && self.leader.is_none_or(|(_, since)| now - since >= STAYS) => {
                self.leader = Some((member, now));
                self.next = None;
                Some(member)
            }
            _ => leader,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);
    const BEN: MemberId = MemberId([2; 16]);

    #[test]
    fn speech_leads_after_a_while_and_a_cough_does_not() {
        let mut lead = Lead::default();
        assert_eq!(lead.look(0.0, &[ANN]), None);
        assert_eq!(lead.look(1_400.0, &[ANN]), None);
        assert_eq!(lead.look(1_500.0, &[ANN]), Some(ANN));
        assert_eq!(lead.look(2_000.0, &[BEN]), Some(ANN));
        assert_eq!(lead.look(2_500.0, &[]), Some(ANN));
        assert_eq!(lead.look(9_000.0, &[]), Some(ANN), "who spoke last stays");
    }

    #[test]
    fn nobody_is_interrupted_nor_replaced_within_three_seconds() {
        let mut lead = Lead::default();
        lead.look(0.0, &[ANN]);
        lead.look(1_500.0, &[ANN]);
        assert_eq!(lead.look(5_000.0, &[BEN, ANN]), Some(ANN));
        lead.look(5_100.0, &[BEN]);
        assert_eq!(lead.look(6_700.0, &[BEN]), Some(BEN));
        lead.look(6_800.0, &[ANN]);
        assert_eq!(lead.look(8_400.0, &[ANN]), Some(BEN));
        assert_eq!(lead.look(9_700.0, &[ANN]), Some(ANN));
    }
}
