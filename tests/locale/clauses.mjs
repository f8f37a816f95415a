// Why Portico's answer may differ from negotiator's, clause by clause.
//
// negotiator filters: it weighs every locale by the most specific range that fits it in either direction. Portico looks up (RFC 4647
// section 3.4) and reads strictly. Each clause below rewrites a header so that what negotiator does differently plays no part any
// more. After the last one both must agree; the clauses at which negotiator's answer changes are the explanation.

const weight = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/;
const range = /^(\*|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)$/;
const blanks = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");

// A member of the list as { range, q }, or nothing when it breaks the grammar.
function read(member) {
  const [name, ...parameters] = member.split(";").map(blanks);
  if (!range.test(name) || name.length > 64 || parameters.length > 1) return undefined;
  if (parameters.length === 0) return { range: name, q: "1" };
  if (!/^q=/i.test(parameters[0]) || !weight.test(parameters[0].slice(2))) return undefined;
  return { range: name, q: parameters[0].slice(2) };
}

const parsed = (header) => header.split(",").map(read).filter(Boolean);
const write = (list) => list.map(({ range, q }) => `${range};q=${q}`).join(",");

// The locale that a range is cut down to.
function lookUp(wish, locales) {
  const subtags = wish.split("-");
  for (let count = subtags.length; count > 0; count--) {
    if (count < subtags.length && subtags[count - 1].length === 1) continue;
    const candidate = subtags.slice(0, count).join("-").toLowerCase();
    const found = locales.find((locale) => locale.toLowerCase() === candidate);
    if (found) return found;
  }
  return undefined;
}

export const clauses = [
  ["RFC 9110 12.4.2, 12.5.4: a member that breaks the grammar is left out", (header) => write(parsed(header))],
  ["RFC 4647 3.4: `*` names no locale", (header) => write(parsed(header).filter(({ range }) => range !== "*"))],
  ["Reference 3.6: a range of weight 0 is dropped, and vetoes no other", (header) => write(parsed(header).filter(({ q }) => Number(q) > 0))],
  [
    "RFC 4647 3.4: a range is cut from the right, and leads to no more special locale",
    (header, locales) =>
      write(parsed(header).map(({ range, q }) => ({ range: lookUp(range, locales), q })).filter(({ range }) => range)),
  ],
  [
    "RFC 9110 12.5.4: a range that is repeated counts where it is best, and there first",
    (header) => {
      const best = new Map();
      for (const { range, q } of parsed(header)) if (!(Number(best.get(range) ?? -1) >= Number(q))) best.set(range, q);
      const left = parsed(header).filter(({ range, q }) => Number(best.get(range)) === Number(q) && best.delete(range));
      return write(left);
    },
  ],
];
