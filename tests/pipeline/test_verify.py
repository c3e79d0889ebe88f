"""The entailer is asked only about doubtful statuses, and can turn them."""

from pipeline.domain import Proposal, Reading, Role, Speaker, Transcript, Turn
from pipeline.steps.verify import premise_of, verify_statuses

CALL = Transcript(
    "c1",
    (Turn(0, "S1", "And the CRM?"), Turn(1, "S2", "We left Pipedrive in May.")),
    (Speaker("S1", Role.REP), Speaker("S2", Role.PROSPECT)),
)


class Stopped:
    """Says yes to every hypothesis about stopping."""

    made_by = "stand-in"

    def __init__(self):
        self.pairs = []

    def entail(self, pairs):
        self.pairs += pairs
        return [0.95 if "stopped" in hypothesis else 0.02 for _, hypothesis in pairs]


def reading(current, past):
    where = (1, 8, 17)
    rows = [
        Proposal(*where, "tech_stack:current", current),
        Proposal(*where, "tech_stack:past", past),
    ]
    return Reading((*rows, Proposal(1, 0, 5, "pain", 0.4)))


def test_a_doubtful_status_is_turned_by_the_entailer():
    entailer = Stopped()
    out = verify_statuses(reading(0.5, 0.4), CALL, entailer, lambda p: "Pipedrive")
    scores = {p.label: p.score for p in out.proposals}
    assert scores["tech_stack:past"] > scores["tech_stack:current"]
    assert abs(scores["tech_stack:past"] + scores["tech_stack:current"] - 0.9) < 1e-9
    assert scores["pain"] == 0.4
    assert all("Pipedrive" in hypothesis for _, hypothesis in entailer.pairs)


def test_a_sure_status_is_not_asked_about():
    entailer = Stopped()
    out = verify_statuses(reading(0.9, 0.05), CALL, entailer, lambda p: "Pipedrive")
    assert entailer.pairs == []
    assert out == reading(0.9, 0.05)


def test_the_premise_holds_the_question_and_the_sides():
    assert premise_of(CALL, 1) == "Rep: And the CRM? Prospect: We left Pipedrive in May."
