// What a file's name tells: when the call was held, which deal it belongs to, whose account it is.
// "2026-03-04 Acme Corp - discovery (D-17).mp3" → {recorded_at, account, deal_id, title}

const DATES = [
  [/(?<!\d)(20\d\d)[-_. ]?(0[1-9]|1[0-2])[-_. ]?(0[1-9]|[12]\d|3[01])(?!\d)/, (m) => [m[1], m[2], m[3]]],
  [/(?<!\d)(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(20\d\d)(?!\d)/, (m) => [m[3], m[2], m[1]]],
];
const DEAL = /(?<![a-z\d])((?:deal|opp|d|o)[-_ #]?\d{1,12}|006[a-z\d]{12}(?:[a-z\d]{3})?)(?![a-z\d])/i;
const NOISE = /\b(?:zoom|teams|gmeet|google meet|meet|recording|aufnahme|audio|video|transcript|gmt\d*)\b/gi;
const KIND = /\b(?:discovery|demo|intro(?:duction)?|follow[- ]?up|kick-?off|qualification|negotiation|erstgespräch|gespräch|call|meeting)\b/gi;

export function guess(name) {
  let rest = name.normalize("NFC").replace(/\.[a-z0-9]{1,5}$/i, "");
  const found = { title: "", account: "", deal_id: "", recorded_at: "" };
  for (const [pattern, read] of DATES) {
    const match = rest.match(pattern);
    if (!match) continue;
    const [year, month, day] = read(match).map((part) => part.padStart(2, "0"));
    found.recorded_at = `${year}-${month}-${day}`;
    rest = rest.replace(match[0], " ");
    break;
  }
  const deal = rest.match(DEAL);
  if (deal) {
    found.deal_id = deal[1].replace(/[_ #]/g, "-");
    rest = rest.replace(deal[0], " ");
  }
  rest = rest.replace(/(?<!\d)\d{1,2}[-_.:h]\d{2}(?:[-_.:]\d{2})?(?!\d)/g, " ").replace(/[()[\]]/g, " ");
  const parts = rest.split(/\s+[-–—|]\s+|__+|\s{3,}/).map(tidy).filter(Boolean);
  const told = parts.map((part) => tidy(part.replace(NOISE, " "))).filter(Boolean);
  found.title = tidy((told.length ? told : parts).join(" – "));
  const names = parts.map((part) => tidy(part.replace(NOISE, " ").replace(KIND, " ").replace(/\b(?:with|mit|and)\b/gi, " ")));
  found.account = names.find((part) => /\p{L}{2}/u.test(part)) ?? "";
  return found;
}

const tidy = (text) =>
  text.replace(/_/g, " ").replace(/\s+/g, " ").replace(/^[\s\-–—.,|]+|[\s\-–—.,|]+$/g, "").slice(0, 200);
