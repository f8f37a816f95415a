import { addMonths, eachDayOfInterval, format, formatDistance, formatISO, getISOWeek, parse, parseISO } from "date-fns";
import { de, fr, ja } from "date-fns/locale";
import { DateTime, Duration, Interval, Settings } from "luxon";

export default function handler(request) {
  if (new URL(request.url).pathname === "/api/swiss") {
    return new Response(new Intl.NumberFormat("de-CH", { style: "currency", currency: "CHF" }).format(1234567.5));
  }
  const at = new URL(request.url).searchParams.get("at") ?? "2026-03-29T00:30:00Z";
  const zone = DateTime.fromISO(at, { zone: "Europe/Zurich", locale: "de-CH" });
  const date = parseISO(at);
  return Response.json({
    fns: {
      de: format(date, "EEEE, d. MMMM yyyy", { locale: de }),
      fr: format(date, "PPPPpppp", { locale: fr }),
      ja: formatDistance(date, new Date(0), { locale: ja, addSuffix: true }),
      week: getISOWeek(date),
      later: formatISO(addMonths(date, 11)),
      days: eachDayOfInterval({ start: date, end: addMonths(date, 1) }).length,
      parsed: parse("29.02.2028 17:05", "dd.MM.yyyy HH:mm", new Date(0)).toISOString(),
    },
    luxon: {
      iso: zone.toISO(),
      hourLater: zone.plus({ hours: 1 }).toISO(),
      long: zone.toLocaleString(DateTime.DATETIME_FULL),
      relative: zone.toRelative({ base: zone.plus({ days: 3 }) }),
      tokyo: zone.setZone("Asia/Tokyo").toFormat("yyyy-MM-dd HH:mm ZZZZ"),
      dst: [zone.isInDST, zone.offset, zone.plus({ hours: 2 }).isInDST],
      duration: Duration.fromISO("P1Y2M10DT2H30M").toHuman({ unitDisplay: "short" }),
      weeks: Interval.fromDateTimes(zone, zone.plus({ months: 1 })).length("weeks"),
      local: Settings.defaultZone.name,
    },
    intl: {
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      number: new Intl.NumberFormat("de-DE", { style: "currency", currency: "CHF" }).format(1234567.5),
      list: new Intl.ListFormat("en", { type: "conjunction" }).format(["a", "b", "c"]),
      plural: new Intl.PluralRules("ar").select(3),
      collate: ["z", "ä", "a", "Ö", "o"].sort(new Intl.Collator("de").compare),
      segments: [...new Intl.Segmenter("en", { granularity: "word" }).segment("Hi, it's me")].filter((s) => s.isWordLike).length,
      text: [date.toLocaleString(), date.toLocaleDateString("en-GB"), date.toString(), date.getTimezoneOffset()],
      upper: "straße iİ".toLocaleUpperCase("tr"),
      normal: "e\u0301".normalize("NFC").length,
    },
  });
}
