// date-fns and luxon: calendars, languages and time zones come from the engine's own data. The zone of a function is UTC.

import assert from "node:assert/strict";

export default {
  env: { TZ: "UTC" },
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  accepted: [{ request: "Swiss francs", reason: "the tables of languages (CLDR) of the two engines are of different years: 1'234 became 1’234" }],
  requests: [
    { title: "Swiss francs", path: "/api/swiss" },
    { path: "/api", check: (r) => assert.equal(r.json().luxon.hourLater, "2026-03-29T03:30:00.000+02:00") },
    { path: "/api?at=2026-10-25T00:30:00Z" },
    { path: "/api?at=1900-01-01T00:00:00Z" },
  ],
};
