"""What stands around a number: currencies, units, counted nouns.

Tables and the small readers of them. The trap: "dollars" is taken as USD and "kroner" as NOK,
though a Canadian or a Dane means his own, so a caller who knows the country should look at the
surface again ("Danish kroner" and "Aussie dollars" are unmistakable).
"""

from __future__ import annotations

from pipeline.lexicon.numbers_tokens import (
    BARE_SCALES,
    ONES,
    SCALES,
    TEENS,
    TENS,
    Token,
    word_at,
    word_set,
)

SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "₹": "INR"}
_CODES = (
    "USD EUR GBP CHF SEK NOK DKK ISK PLN CZK HUF BGN UAH ILS AED SAR QAR EGP ZAR NGN KES GHS INR "
    "PKR BDT LKR SGD MYR IDR THB VND PHP HKD TWD CNY JPY KRW AUD NZD CAD MXN BRL ARS CLP"
)
"""Left out are the codes that are English words (TRY, MAD, PEN, COP)."""
ISO = {code.lower(): code for code in _CODES.split()} | {"rmb": "CNY", "rs": "INR", "kr": "NOK"}
COINS = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "pound": "GBP", "pounds": "GBP", "quid": "GBP", "sterling": "GBP", "franc": "CHF",
    "francs": "CHF", "kroner": "NOK", "krone": "NOK", "kronor": "SEK", "krona": "SEK",
    "krónur": "ISK", "kronur": "ISK", "króna": "ISK", "crowns": "CZK", "koruna": "CZK",
    "korun": "CZK", "zloty": "PLN", "zlotys": "PLN", "złoty": "PLN", "forint": "HUF",
    "forints": "HUF", "lei": "RON", "leu": "RON", "hryvnia": "UAH", "lira": "TRY", "liras": "TRY",
    "shekel": "ILS", "shekels": "ILS", "dirham": "AED", "dirhams": "AED", "riyal": "SAR",
    "riyals": "SAR", "rand": "ZAR", "rands": "ZAR", "naira": "NGN", "shilling": "KES",
    "shillings": "KES", "cedi": "GHS", "cedis": "GHS", "rupee": "INR", "rupees": "INR",
    "taka": "BDT", "ringgit": "MYR", "rupiah": "IDR", "baht": "THB", "dong": "VND", "peso": "MXN",
    "pesos": "MXN", "yuan": "CNY", "renminbi": "CNY", "yen": "JPY", "won": "KRW", "real": "BRL",
    "reais": "BRL", "reals": "BRL", "soles": "PEN",
}  # fmt: skip
NATIONS = {
    "us": "USD", "american": "USD", "canadian": "CAD", "cad": "CAD", "aussie": "AUD",
    "australian": "AUD", "aud": "AUD", "kiwi": "NZD", "zealand": "NZD", "nz": "NZD",
    "singapore": "SGD", "sing": "SGD", "kong": "HKD", "hk": "HKD", "nt": "TWD", "taiwan": "TWD",
    "swiss": "CHF", "norwegian": "NOK", "danish": "DKK", "swedish": "SEK", "icelandic": "ISK",
    "czech": "CZK", "british": "GBP", "uk": "GBP", "egyptian": "EGP", "indian": "INR",
    "pakistani": "PKR", "mexican": "MXN", "philippine": "PHP", "filipino": "PHP", "chilean": "CLP",
    "colombian": "COP", "argentine": "ARS", "kenyan": "KES", "ugandan": "UGX", "saudi": "SAR",
    "emirati": "AED", "moroccan": "MAD", "brazilian": "BRL", "turkish": "TRY", "israeli": "ILS",
}  # fmt: skip
ALONE = frozenset({"canadian", "aussie", "australian", "cad", "aud", "nz", "kiwi"})
"""Nations that stand for their currency without a coin's name ("two million canadian")."""

DURATIONS = word_set(
    "minute minutes min mins hour hours hrs day days week weeks fortnight fortnights month months "
    "quarter quarters year years decade decades"
)
WEEKDAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday tomorrow noon morning"
)
MONTHS = word_set(
    "january february march april may june july august september october november december jan feb "
    "apr jun jul aug sep sept oct nov dec"
)
LABELS = word_set(
    "number tier level option step phase version type soc iso article section chapter priority p "
    "room gate terminal page slide item day week part windows office dynamics industry rule web "
    "tranche year row line lot unit covid series microsoft 365 m sheet tab round chapter gen"
)
"""Words whose number is a name, not a count ("tier two", "SOC 2", "Office 365")."""

MONEY_NOUNS = word_set(
    "arr mrr revenue revenues turnover ebitda topline gmv gtv aum premium premiums billings run "
    "recurring"
)
_DOLLARS = {
    "us": "USD", "a": "AUD", "au": "AUD", "c": "CAD", "ca": "CAD", "nz": "NZD", "s": "SGD",
    "hk": "HKD", "nt": "TWD", "r": "BRL",
}  # fmt: skip
_STOP = word_set(
    "a an the and or but so of in on at to for from with by as is are was were be been it its it's "
    "we we're we've i i'm i'd you your you're they they're he she our my this that these those "
    "there there's if then than when where what which who how not no yes yeah yep ok okay right "
    "just now today currently all total altogether maybe probably roughly about around if us me "
    "them here still across between because since until till last next have has had do does did "
    "will would can could should think guess say let's plus well also only into over under up down "
    "out per each every sorry wait actually mean i'll we'll because while versus vs like"
)
_ADJECTIVES = word_set(
    "full part time fulltime full-time permanent active live new more other different field inside "
    "outside senior junior odd sales support warehouse customer local remote paying account female "
    "human key small big large whole separate internal external inbound outbound technical "
    "software backend frontend registered licensed good our my the those these such regional"
)
_OWNERS = word_set("our my the those these their us")
_VERBISH = _ADJECTIVES | word_set(
    "is was has does says needs wants uses gives makes goes takes gets runs as us his this its yes "
    "plus less across always towards perhaps besides sometimes"
)
_PEOPLE = word_set("people staff headcount fte men women folk personnel heads person")


def currency_after(tokens: list[Token], at: int) -> tuple[str, int] | None:
    """The currency said from token `at` on ("swiss francs", "canadian", "EUR"), and its end."""
    if at < len(tokens) and tokens[at].gap == ".":
        return None
    step = at + (word_at(tokens, at) in ("of", "in") and tokens[at].gap == " ")
    step += word_at(tokens, step) in ("new", "hong")
    word, following = word_at(tokens, step), word_at(tokens, step + 1)
    if word in NATIONS and (following in COINS or word in ALONE):
        return NATIONS[word], step + 1 + (following in COINS)
    if word in COINS and not (word in ("won", "real") and word_at(tokens, at - 1) not in SCALES):
        nation = NATIONS.get(following)
        if nation and following not in ("us", "uk") and tokens[step + 1].gap in (" ", ","):
            return nation, step + 2
        return COINS[word], step + 1
    if word in ISO and step == at:
        return ISO[word], step + 1
    sign = SIGNS.get(word) if at < len(tokens) and tokens[at].gap in ("", " ") else None
    if sign and not word_at(tokens, at + 1)[:1].isdigit():
        return sign, at + 1
    return None


def currency_before(tokens: list[Token], at: int) -> tuple[str, int] | None:
    """The currency written before the number at token `at` ("€", "US$", "CHF"), and its start."""
    word = word_at(tokens, at - 1)
    if word in SIGNS and tokens[at].gap in ("", " "):
        nation = _DOLLARS.get(word_at(tokens, at - 2))
        if word == "$" and nation and tokens[at - 1].gap == "":
            return nation, at - 2
        return SIGNS[word], at - 1
    if word in ISO and word != "kr" and at < len(tokens) and tokens[at].joined:
        return ISO[word], at - 1
    if word in ("euro", "eur") and tokens[at].joined:
        return "EUR", at - 1
    return None


def noun_after(tokens: list[Token], at: int) -> str | None:
    """The counted noun from token `at` on: "full-time reps" gives "reps"; None without one."""
    first: str | None = None
    partitive = word_at(tokens, at) == "of"
    for step in range(at + partitive, min(at + 4, len(tokens))):
        word, gap = tokens[step].text, tokens[step].gap
        if gap not in ("", " ", "-") or word[0].isdigit() or _is_numeral(word):
            break
        if word in _STOP and not (partitive and word in _OWNERS):
            break
        plural = len(word) > 3 and word.endswith("s") and word not in _VERBISH
        if word in _PEOPLE or plural and not word.endswith(("ss", "us", "'s", "’s")):
            return word
        if first is None and word not in _ADJECTIVES:
            first = word
    return first


def _is_numeral(word: str) -> bool:
    return word in ONES or word in TEENS or word in TENS or word in BARE_SCALES
