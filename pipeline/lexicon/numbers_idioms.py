"""Number words that count nothing: fixed phrases ("one on one"), the pronoun "one", digit strings.

The trap is that the same word counts elsewhere: "one of our reps" against "one rep".
"""

from __future__ import annotations

from pipeline.lexicon.numbers_tokens import ONES, SCALES, TEENS, TENS, Token, word_at, word_set

_IDIOM_TEXT = (
    "one on one|one to one|one by one|one two one|twenty four seven|24 7|fifty fifty|50 50|"
    "nine to five|9 to 5|9 5|four oh one k|401 k|two fold|one off|one offs|one stop|two way|"
    "one way|two factor|one another|zero trust|zero touch|one sec|one second|one moment|"
    "one thing|one things|one day|one hand|one question|one side|one time|one of|one size|"
    "one more|three sixty degree|three sixty view|360 degree|360 view|two cents|one last"
)
_IDIOMS = tuple(tuple(line.split()) for line in _IDIOM_TEXT.split("|"))
_BEFORE_ONE = word_set(
    "the this that which no any every each other another last next right wrong good big old new "
    "only first second best same main latest easy hard tough great nice bad big no-one"
)


def idiom_at(tokens: list[Token], at: int) -> int:
    """How many tokens at `at` are a fixed phrase or a digit string to pass over (0: none)."""
    words = tuple(t.text for t in tokens[at : at + 5])
    for phrase in _IDIOMS:
        if words[: len(phrase)] == phrase:
            return 1 if phrase[-1] in ("of", "more") else len(phrase)
    if words[0] == "one" and word_at(tokens, at - 1) in _BEFORE_ONE and tokens[at].gap == " ":
        return 0 if _numeral(word_at(tokens, at + 1)) else 1
    run, digits = 0, ""
    while word_at(tokens, at + run).isdigit() and (run == 0 or tokens[at + run].joined):
        digits += tokens[at + run].text
        run += 1
    if run >= 3 and len(digits) >= 8:
        return run
    run = 0
    while _single_digit(word_at(tokens, at + run)) and (run == 0 or tokens[at + run].joined):
        run += 1
    # A digit string: telephone numbers, identifiers, "one two three" into a microphone.
    if run >= 3 and word_at(tokens, at + run) not in SCALES:
        return run
    return 0


def _numeral(word: str) -> bool:
    return word in ONES or word in TEENS or word in TENS or word in SCALES


def _single_digit(word: str) -> bool:
    return word in ONES or word in ("oh",) or (len(word) == 1 and word.isdigit())
