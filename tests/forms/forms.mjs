// Writes values as JavaScript writes them, in the form of forms.py. usage: node forms.mjs FOLDER
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const rows = [];
const value = (kind, column, text, outcome) => rows.push([kind, column, String(text), outcome].join("\t"));

for (const text of ["2026-03-01T18:05:00Z", "2026-03-01T18:05:31.250Z", "2026-02-28T23:59:59.999Z"]) {
  const at = new Date(text);
  const stored = `=${at.getTime()}`;
  value("sessions", "started_at", at.toISOString(), stored);
  value("sessions", "started_at", JSON.parse(JSON.stringify(at)), stored);
  value("sessions", "started_at", at.toISOString().toLowerCase(), stored);
  value("sessions", "started_at", at.toISOString().replace("T", " "), stored);
  value("sessions", "started_at", at.toISOString().replace("Z", "+0000"), stored);
  value("sessions", "started_at", at.toISOString().replace("Z", "+00"), stored);
  value("sessions", "started_at", at.getTime(), "!is a number");
  value("sessions", "started_at", at.toUTCString(), "!ISO 8601");
  value("sessions", "started_at", at.toLocaleString("en-US", { timeZone: "UTC" }), "!begin");
  value("sessions", "started_at", at.toLocaleString("de-DE", { timeZone: "UTC" }), "!begin");
  value("sessions", "started_at", at.toLocaleString("sv-SE", { timeZone: "UTC" }), "!has no offset");
  value("sessions", "started_at", at.toISOString().slice(0, 10), "!has no time of day");
  value("sessions", "started_at", at.toISOString().slice(0, -1), "!has no offset");
}
for (const number of [1200, 1200.0, 1.2e3, (1200).toFixed(1), (1200).toExponential(), JSON.stringify(1200.0)])
  value("sessions", "watch_seconds", number, "=1200");
for (const number of [3, 3.0, (3).toFixed(1), "3.000", BigInt(3)]) value("sessions", "stall_count", number, "=3");
value("sessions", "stall_count", (1200).toLocaleString("en-US"), "!comma");
value("sessions", "stall_count", (3.5).toLocaleString("de-DE"), "!comma");
value("sessions", "stall_count", 1e21, "!more than");
value("sessions", "longest_stall_seconds", null, "=");
value("sessions", "longest_stall_seconds", NaN, "=");
value("sessions", "longest_stall_seconds", -0, "=0");
for (const flag of [true, !0, "TRUE", Number(true)]) value("sessions", "startup_failed", flag, "=1");
for (const flag of [false, !1, "False", Number(false)]) value("sessions", "startup_failed", flag, "=0");
value("sessions", "startup_failed", undefined, "!true or false");
for (const amount of [4.99, (4.99).toFixed(2), (4.99).toFixed(4)]) value("purchases", "amount", amount, "=499");
value("purchases", "amount", 0.1 + 0.2, "!decimals");
value("purchases", "amount", (1234.5).toLocaleString("de-DE"), "!comma");
value("purchases", "amount", (4.99).toLocaleString("en-US", { style: "currency", currency: "USD" }), "!alone");
value("purchases", "currency", "usd".trim(), "=USD");
for (const locale of [new Intl.Locale("de-DE").toString(), "DE-de", "de_DE.utf8"]) value("customers", "locale", locale, "=de-DE");
for (const zone of ["Europe/Berlin", "europe/berlin"]) value("customers", "time_zone", zone, "=Europe/Berlin");
value("customers", "time_zone", "GMT+2", "-time zone");

writeFileSync(join(process.argv[2], "node.tsv"), rows.join("\n") + "\n");
