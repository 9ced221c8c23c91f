// Draws the page. All text goes in as text, never as markup.
import { drawAlarms } from "./alarms.js";
import { follow } from "./link.js";
import { STRINGS } from "./strings.js";

const SHOWN = 24; // cards in the strip; the service keeps more
const STATUS_STALE_S = 5; // as health.py
const ANNOUNCE_EVERY_MS = 2500; // a screen reader cannot follow every part of a fast line
const DECISIONS = ["PASS", "FAIL", "REVIEW", "NO_VERDICT"];
const URGENCY = ["bad", "warn", "ok"];
const SVG = "http://www.w3.org/2000/svg";

const parts = new Map(); // "boot:sequence" -> {part, shownAt}
let state = null;
let stateAt = 0;
let link = "ok";
let chosen = null; // key of the part that a person picked, null: follow the latest
let announcedAt = -Infinity;
let announced = "";
let drawing = false;
let language = "en";
try {
  language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
} catch { /* storage may be forbidden: the page works without */ }

const byId = (id) => document.getElementById(id);
const text = (key, values = {}) =>
  (STRINGS[language]?.[key] ?? STRINGS.en[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

// Replaces children only where they changed: pictures do not flicker, focus stays.
function fill(element, signature, build) {
  const wanted = JSON.stringify(signature);
  if (element.dataset.drawn === wanted) return;
  element.dataset.drawn = wanted;
  element.replaceChildren(...build());
}

const number = (value) => value.toLocaleString(language, {
  minimumFractionDigits: 1, maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1,
});

// Rounded down: 100 % must mean all of them.
const share = (of, all) => (Math.floor(1000 * of / all) / 10).toLocaleString(language, { minimumFractionDigits: 1 });

function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} ${text("s")}`;
  if (s < 3600) return `${Math.floor(s / 60)} ${text("min")} ${s % 60} ${text("s")}`;
  if (s < 86400) return `${Math.floor(s / 3600)} ${text("h")} ${Math.floor(s / 60) % 60} ${text("min")}`;
  return `${Math.floor(s / 86400)} ${text("d")} ${Math.floor(s / 3600) % 24} ${text("h")}`;
}

function reasonText(reason) {
  const label = STRINGS[language]?.[`reason_${reason.code}`];
  return label ? `${label}: ${reason.text}` : reason.text;
}

const keyOf = (verdict) => `${verdict.boot_id}:${verdict.sequence}`;
const newestFirst = () => [...parts.values()].sort((a, b) => b.part.verdict.sequence - a.part.verdict.sequence);
const partNumber = (verdict) => String(verdict.part_id || verdict.acquisition_id);

function pictureUrl(verdict, preview) {
  const station = encodeURIComponent(preview.station);
  return `/api/parts/${verdict.acquisition_id}/${station}.jpg?of=${keyOf(verdict)}`;
}

function remember(part) {
  const boot = part.verdict.boot_id;
  for (const [key, other] of parts) if (other.part.verdict.boot_id !== boot) parts.delete(key);
  const known = parts.get(keyOf(part.verdict));
  if (known && known.part.previews.length > part.previews.length) return; // fetched earlier
  parts.set(keyOf(part.verdict), { part, shownAt: performance.now() - part.age_ms });
  for (const old of newestFirst().slice(SHOWN)) {
    const key = keyOf(old.part.verdict);
    if (key !== chosen) parts.delete(key);
  }
}

function banners() {
  const found = [];
  const status = state?.status;
  if (link === "lost") found.push(["bad", "✕", text("link_lost")]);
  if (link === "refused") found.push(["warn", "!", text("link_refused")]);
  if (link !== "lost" && isStatusStale()) found.push(["bad", "✕", text("status_stale")]);
  if (status && !status.ready) found.push(["warn", "!", [text("not_ready"), ...status.reasons].join(" · ")]);
  for (const why of status?.withheld ?? []) found.push(["bad", "✕", `${text("withheld")}: ${why}`]);
  for (const notice of status?.notices ?? []) found.push(["note", "!", notice]);
  const left = status?.verification?.left;
  if (left) found.push(["note", "◇", text("verifying", { left })]);
  if (status?.simulated) found.push(["note", "◇", text("is_simulated")]);
  fill(byId("banners"), found, () => found.map(([kind, mark, words]) =>
    make("p", { class: `banner ${kind}`, "data-mark": mark }, words)));
}

function isStatusStale() {
  if (!state) return false;
  return state.status_age_s + (performance.now() - stateAt) / 1000 > STATUS_STALE_S;
}

const isOld = () => link === "lost" || isStatusStale();

function drawVerdict(latest) {
  const verdict = latest?.part.verdict;
  const decision = verdict?.decision ?? "NONE";
  byId("verdict").dataset.decision = decision;
  byId("icon").setAttribute("href", `#icon-${decision}`);
  byId("verdict-title").textContent = text(isOld() ? "last_known" : "last_part");
  byId("word").textContent = text(decision);
  const reason = verdict ? verdict.reasons.map(reasonText)[0] ?? "" : text("waiting");
  byId("reason").textContent = reason;
  byId("part-number").textContent = verdict ? partNumber(verdict) : "–";
  byId("since").textContent = latest ? duration((performance.now() - latest.shownAt) / 1000) : "–";
  document.title = `${text(decision)} · ${state?.status?.line ?? "inspectd"}`;
  announce(verdict, reason);
}

function announce(verdict, reason) {
  const now = performance.now();
  if (!verdict || keyOf(verdict) === announced || now - announcedAt < ANNOUNCE_EVERY_MS) return;
  announced = keyOf(verdict);
  announcedAt = now;
  byId("live").textContent = text("announce", {
    part: partNumber(verdict), decision: text(verdict.decision), reason,
  });
}

function drawDetail(latest) {
  const shown = (chosen && parts.get(chosen)) || latest;
  byId("follow").hidden = !chosen;
  const title = shown ? (chosen ? "detail_chosen" : "detail_latest") : "detail_none";
  byId("detail-title").textContent = text(title, { part: shown && partNumber(shown.part.verdict) });
  const { verdict, previews, latency_ms } = shown?.part ?? { verdict: null, previews: [], latency_ms: null };
  const drawn = [language, verdict && keyOf(verdict), previews];
  fill(byId("pictures"), drawn, () => pictures(verdict, previews));
  fill(byId("reasons"), drawn, () => (verdict ? reasons(verdict, latency_ms) : []));
  fill(byId("defects"), drawn, () => (verdict ? defects(verdict) : []));
}

function pictures(verdict, previews) {
  if (!previews.length) return [make("p", { class: "no-picture" }, text("no_picture"))];
  return previews.map((preview) => {
    const src = pictureUrl(verdict, preview);
    const alt = text("picture_of", { station: preview.station, part: partNumber(verdict) });
    return make("figure", {}, make("a", { href: src, target: "_blank" }, make("img", { src, alt })),
      make("figcaption", {}, preview.station));
  });
}

function reasons(verdict, latency) {
  const flags = ["late", "degraded", "simulated", "truncated"].filter((flag) => verdict[flag]);
  const first = make("li", { class: verdict.decision },
    make("span", { class: "tag" }, text(verdict.decision)),
    ...flags.map((flag) => make("span", { class: "tag" }, text(flag))),
    verdict.reasons.map(reasonText).join(" · "));
  if (latency === null) return [first];
  const timing = text("timing", { latency: number(latency), vision: number(verdict.vision_ms) });
  return [first, make("li", { class: "small" }, timing)];
}

// The size that the recipe limits comes in bold.
const COLUMNS = [["length", "length_mm", "scratch"], ["width", "width_mm"],
  ["diameter", "diameter_mm", "dent"], ["area", "area_mm2", "stain"], ["depth", "depth_mm"],
  ["uncertainty", "uncertainty_mm"]];
const MINOR = ["width", "depth", "uncertainty"];

function defects(verdict) {
  if (!verdict.defects.length) return verdict.decision === "PASS" ? [make("p", {}, text("no_defects"))] : [];
  const minor = (name) => (MINOR.includes(name) ? { class: "minor" } : {});
  const head = make("tr", {}, make("th", { scope: "col" }, text("kind")),
    ...COLUMNS.map(([name]) => make("th", { scope: "col", ...minor(name) }, text(name))));
  const rows = verdict.defects.map((defect) => make("tr", {}, make("td", {}, text(defect.kind)),
    ...COLUMNS.map(([name, field, kind]) => make("td",
      kind === defect.kind ? { class: "main" } : minor(name),
      defect[field] === null ? "–" : number(defect[field])))));
  return [make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))];
}

function drawStrip(shown) {
  const strip = byId("strip");
  const known = new Map([...strip.children].map((card) => [card.dataset.key, card]));
  const cards = shown.map(({ part }) => {
    const key = keyOf(part.verdict);
    const card = known.get(key) ?? make("li", { "data-key": key }, make("button", { type: "button" }));
    const button = card.firstElementChild;
    button.setAttribute("aria-pressed", String(key === chosen));
    fill(button, [language, part.previews], () => cardContent(part));
    return card;
  });
  if (cards.some((card, i) => strip.children[i] !== card) || cards.length !== strip.children.length) {
    strip.replaceChildren(...cards);
  }
}

// A card has room for "Scratch 7.46 mm"; other reasons are cut off by the style sheet.
function shortReason({ reasons, defects }) {
  if (!reasons.length) return "";
  const kind = reasons[0].code.split("_")[0];
  const column = COLUMNS.find(([, , limited]) => limited === kind);
  const sizes = column ? defects.filter((d) => d.kind === kind).map((d) => d[column[1]]) : [];
  if (!sizes.length) return reasonText(reasons[0]);
  return `${text(kind)} ${number(Math.max(...sizes))} ${kind === "stain" ? "mm²" : "mm"}`;
}

function cardContent({ verdict, previews }) {
  const head = make("span", { class: `head ${verdict.decision}` }, icon(verdict.decision),
    text(verdict.decision));
  const picture = previews.length
    ? make("img", { src: pictureUrl(verdict, previews[0]), alt: "" })
    : make("span", { class: "no-picture" }, text("no_picture"));
  const why = make("span", { class: "why" }, shortReason(verdict) || "\u00a0");
  return [head, picture, make("span", { class: "number" }, partNumber(verdict)), why];
}

function drawStatus() {
  const status = state?.status;
  byId("line").textContent = status?.line ?? "inspectd";
  byId("state").textContent = status ? text(status.state) : "";
  byId("recipe").textContent = status ? text("recipe", { name: status.recipe, number: status.recipe_number }) : "";
  byId("about").textContent = status ? text("about", { version: status.version, uptime: duration(status.uptime_s) }) : "";
  if (!status) return;
  const counts = status.decisions;
  const judged = (counts.PASS ?? 0) + (counts.FAIL ?? 0) + (counts.REVIEW ?? 0);
  fill(byId("yield"), [language, counts], () => [
    judged ? `${share(counts.PASS ?? 0, judged)} %` : "–",
    make("small", {}, text(judged ? "yield" : "no_yield"))]);
  fill(byId("counters"), [language, counts], () => DECISIONS.map((decision) => {
    const label = make("dt", { class: decision }, text(decision));
    const mark = icon(decision);
    mark.classList.add(decision);
    return make("div", {}, mark, label, make("dd", {}, (counts[decision] ?? 0).toLocaleString(language)));
  }));
  byId("verification").hidden = !status.verification;
  byId("verify").disabled = !status.ready || Boolean(status.verification?.left);
  byId("acknowledge").hidden = !(status.verification?.alarm && status.verification.good);
  const lamps = lampsOf(status);
  fill(byId("lamp-list"), [language, lamps], () => lamps.map(([kind, name, ...words]) =>
    make("li", { class: kind }, icon({ ok: "PASS", bad: "FAIL", warn: "REVIEW" }[kind]),
      make("span", {}, `${name}: ${words[0]}`,
        ...words.slice(1).filter(Boolean).map((word) => make("span", { class: "small" }, make("br"), word))))));
}

function lampsOf(status) {
  const { plc, broker, journal } = status;
  const cameras = status.stations.map((station) => [
    station.up ? (station.restarts || station.failed_buffers ? "warn" : "ok") : "bad",
    text("camera", { name: station.name }),
    text(station.up ? "up" : "down"),
    station.up ? [station.model, station.serial].filter(Boolean).join(" · ") : station.reason,
    [station.restarts && text("restarts", { n: station.restarts }),
      station.failed_buffers && text("failed", { n: station.failed_buffers })].filter(Boolean).join(" · ")]);
  const gauge = status.verification;
  const verified = !gauge ? [] : [[gauge.alarm ? "bad" : gauge.good ? "ok" : "warn", text("verification"),
    text(!gauge.at ? "not_verified" : !gauge.good ? "not_good" : gauge.alarm ? "unacknowledged" : "good"), gauge.gauge]];
  const plcWord = plc.watchdog_tripped ? "watchdog" : plc.connected ? "connected" : "away";
  return [...cameras, ...verified,
    [plcWord === "connected" ? "ok" : "bad", text("plc"), text(plcWord)],
    [broker.connected ? "ok" : "warn", text("broker"), text(broker.connected ? "connected" : "away"),
      broker.backlog ? text("backlog", { n: broker.backlog }) : ""],
    [journal.ok ? "ok" : "bad", text("journal"), text(journal.ok ? "ok" : "not_ok"), journal.reason],
  ].sort((a, b) => URGENCY.indexOf(a[0]) - URGENCY.indexOf(b[0]));
}

function draw() {
  drawing = false;
  const shown = newestFirst();
  document.body.classList.toggle("stale", isOld());
  banners();
  drawStatus();
  drawAlarms(byId("alarms"), state?.status?.alarms ?? [], TOOLS);
  drawVerdict(shown[0]);
  drawDetail(shown[0]);
  drawStrip(shown);
}

// Many events, one drawing: a fast line must not keep the panel PC busy.
function drawSoon() {
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
}

function speak(name) {
  language = name;
  document.documentElement.lang = name === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-string]")) {
    element.textContent = text(element.dataset.string);
  }
  byId("language").textContent = text("other_language");
  byId("language").lang = name === "zh" ? "en" : "zh-CN";
  drawSoon();
}

function choose(key) {
  chosen = key === chosen ? null : key;
  drawSoon();
}

byId("language").addEventListener("click", () => {
  speak(language === "en" ? "zh" : "en");
  try { localStorage.setItem("language", language); } catch { /* as above */ }
});
// Same origin and JSON, as the service demands (verification.py).
async function ask(address, body = {}) {
  let said = "";
  try {
    const answer = await fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (!answer.ok) said = (await answer.json()).error;
  } catch { said = text("link_lost"); }
  const where = address.startsWith("/api/alarms") ? "alarms-answer" : "verification-answer";
  byId(where).textContent = said;
}

const TOOLS = { make, text, fill, duration, ask, language: () => language };

byId("verify").addEventListener("click", () => {
  if (confirm(text("verify_sure"))) ask("/api/verification");
});
byId("acknowledge").addEventListener("click", () => ask("/api/verification/acknowledge"));
byId("follow").addEventListener("click", () => choose(null));
byId("strip").addEventListener("click", (event) => {
  const card = event.target.closest("li");
  if (card) choose(card.dataset.key);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });

speak(language);
setInterval(drawSoon, 1000); // ages go on
follow({
  part: (part) => { remember(part); drawSoon(); },
  parts: (list) => { [...list].reverse().forEach(remember); drawSoon(); },
  state: (fresh) => { state = fresh; stateAt = performance.now(); drawSoon(); },
  link: (found) => { if (found !== link) { link = found; drawSoon(); } },
});
