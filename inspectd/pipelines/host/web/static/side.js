// The page: sends files a few at a time, and asks for results until all have ended.
import { csvOf, legendOf, make, newCard, showError, showPicture, showResult, showState } from "/cards.js";

const AT_ONCE = 4;
const ASK_EVERY_MS = 400;
const STATUS_EVERY_MS = 3000;
const MOST_ASKED = 200;
const ENDED = new Set(["done", "failed", "cancelled"]);
const at = (id) => document.getElementById(id);

const entries = [];
const waiting = [];
let sending = 0;
let maxMb = Infinity;

async function ask(address, options) {
  const answer = await fetch(address, options);
  const told = await answer.json().catch(() => ({ error: `the host answers ${answer.status}` }));
  if (!answer.ok) throw new Error(told.error ?? `the host answers ${answer.status}`);
  return told;
}

// Sending ------------------------------------------------------------------------------------

function add(files) {
  for (const file of files) {
    const entry = { name: file.name, file, card: newCard(file.name), job: null, error: null };
    entries.push(entry);
    waiting.push(entry);
    at("cards").prepend(entry.card);
  }
  count();
  sendMore();
}

function sendMore() {
  while (sending < AT_ONCE && waiting.length > 0) {
    sending += 1;
    const entry = waiting.shift();
    send(entry).catch((error) => fail(entry, error.message)).finally(() => {
      sending -= 1;
      count();
      sendMore();
    });
  }
}

async function send(entry) {
  if (entry.file.size > maxMb * 1e6) {
    throw new Error(`larger than the ${maxMb} MB that are allowed here; send a smaller copy`);
  }
  const form = new FormData();
  form.append("files", entry.file, entry.name);
  form.append("pipeline", at("pipeline").value);
  form.append("options", at("options").value);
  const told = await ask("/api/pictures", { method: "POST", body: form });
  entry.file = null;
  if (told.refused.length > 0) throw new Error(told.refused[0].why);
  const [taken] = told.taken;
  entry.job = { job: taken.job, sha256: taken.sha256, state: "queued", findings: [], error: null };
  showState(entry.card, taken.is_new ? "waits" : "known: its result is fetched");
}

function fail(entry, why) {
  entry.error = why;
  entry.file = null;
  showError(entry.card, why);
}

// Results ------------------------------------------------------------------------------------

const open = () => entries.filter((entry) => entry.job && !ENDED.has(entry.job.state));

async function follow() {
  const wanted = open().slice(0, MOST_ASKED);
  if (wanted.length > 0) {
    const query = wanted.map((entry) => `job=${entry.job.job}`).join("&");
    const jobs = new Map((await ask(`/api/jobs?${query}`)).map((job) => [job.job, job]));
    for (const entry of wanted) {
      const job = jobs.get(entry.job.job);
      if (job) show(entry, job);
    }
    count();
  }
}

function show(entry, job) {
  entry.job = job;
  if (job.state === "done") {
    showPicture(entry.card, `/api/pictures/${job.sha256}/preview.jpg`, entry.name);
    showResult(entry.card, job);
  } else if (job.state === "failed") {
    showError(entry.card, job.error);
  } else if (job.state === "cancelled") {
    showError(entry.card, "cancelled");
  } else {
    const percent = Math.round(100 * job.progress);
    showState(entry.card, job.state === "running" ? `being looked at, ${percent} %` : "waits");
  }
}

function count() {
  const done = entries.filter((entry) => entry.job?.state === "done");
  const bad = entries.filter((entry) => entry.error || ["failed", "cancelled"].includes(entry.job?.state));
  const ended = done.length + bad.length;
  at("progress").textContent = entries.length === 0
    ? "Nothing sent yet."
    : `${ended} of ${entries.length} ended: ${done.length} done, ${bad.length} without a result.`;
  at("bar").value = entries.length === 0 ? 0 : ended / entries.length;
  const labels = new Map();
  for (const entry of done) {
    const label = entry.job.findings[0]?.label ?? "nothing found";
    labels.set(label, (labels.get(label) ?? 0) + 1);
  }
  at("legend").replaceChildren(...legendOf(labels));
  at("cancel").disabled = open().length === 0 && waiting.length === 0;
  at("save").disabled = ended === 0;
  at("clear").disabled = ended === 0 || ended < entries.length;
}

// Buttons ------------------------------------------------------------------------------------

at("cancel").addEventListener("click", async () => {
  for (const entry of waiting.splice(0)) fail(entry, "cancelled");
  for (let left = open(); left.length > 0; left = left.slice(MOST_ASKED)) {
    const query = left.slice(0, MOST_ASKED).map((entry) => `job=${entry.job.job}`).join("&");
    await ask(`/api/jobs/cancel?${query}`, { method: "POST" }).catch(() => undefined);
  }
  count();
});

at("save").addEventListener("click", () => {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([csvOf(entries)], { type: "text/csv" }));
  link.download = "results.csv";
  link.click();
  URL.revokeObjectURL(link.href);
});

at("clear").addEventListener("click", () => {
  entries.length = 0;
  at("cards").replaceChildren();
  count();
});

for (const id of ["files", "folder"]) {
  at(id).addEventListener("change", () => {
    add(at(id).files);
    at(id).value = "";
  });
}

// Files dropped beside the field must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
at("drop").addEventListener("dragover", () => at("drop").classList.add("over"));
at("drop").addEventListener("dragleave", () => at("drop").classList.remove("over"));
at("drop").addEventListener("drop", (event) => {
  at("drop").classList.remove("over");
  add(event.dataTransfer.files);
});

// Review -------------------------------------------------------------------------------------

async function showQuestions() {
  const questions = await ask("/api/reviews?limit=24");
  at("review").hidden = questions.length === 0;
  const shown = [...at("questions").children].map((card) => card.dataset.id).join();
  if (shown === questions.map((question) => question.id).join()) return;
  at("questions").replaceChildren(...questions.map((question) => {
    const card = newCard(question.name);
    card.dataset.id = question.id;
    showPicture(card, `/api/pictures/${question.sha256}/preview.jpg`, question.name);
    showState(card, `${question.pipeline}: ${question.proposed}?`);
    const label = make("label", "", "or rather ");
    const other = make("input");
    other.type = "text";
    other.maxLength = 200;
    other.placeholder = question.proposed;
    label.append(other);
    card.append(label);
    return card;
  }));
}

at("confirm").addEventListener("click", async () => {
  const reviewer = at("reviewer").value.trim();
  if (!reviewer) {
    at("reviewer").focus();
    return;
  }
  const answers = {};
  for (const card of at("questions").children) {
    answers[card.dataset.id] = card.querySelector("input").value.trim() || null;
  }
  const body = JSON.stringify({ answers, reviewer });
  await ask("/api/reviews", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  await showQuestions();
});

// What the host says of itself ---------------------------------------------------------------

async function showStatus() {
  const told = await ask("/api/status");
  at("status").textContent = `${told.pictures} pictures, ${told.waiting} wait, ${told.running} being looked at`;
  at("held").hidden = !told.held;
  at("held").textContent = `Waiting for the line: ${told.held}.`;
  await showQuestions();
}

async function begin() {
  maxMb = (await ask("/api/limits")).max_mb;
  const told = await ask("/api/pipelines");
  at("pipeline").replaceChildren(...told.pipelines.map((each) => {
    const option = make("option", "", each.title);
    option.value = each.name;
    return option;
  }));
  at("off").textContent = Object.entries(told.off).map(([name, why]) => `${name} is off: ${why}`).join(". ");
}

async function keep(doing, everyMs) {
  for (;;) {
    try {
      await doing();
      at("offline").hidden = true;
    } catch {
      at("offline").hidden = false;
    }
    await new Promise((done) => setTimeout(done, everyMs));
  }
}

begin().catch(() => { at("offline").hidden = false; });
keep(follow, ASK_EVERY_MS);
keep(showStatus, STATUS_EVERY_MS);
