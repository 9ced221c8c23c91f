// One card for each file: what is known of it now. No network here.

const HUES = [212, 28, 140, 330, 52, 265, 0, 180, 300, 95];
const colours = new Map();

// Classes get colours in the order in which they come; the word is always beside the colour.
export function colourOf(label) {
  if (!colours.has(label)) {
    const place = colours.size;
    const light = 45 + 12 * (Math.floor(place / HUES.length) % 3);
    colours.set(label, `hsl(${HUES[place % HUES.length]} 70% ${light}%)`);
  }
  return colours.get(label);
}

export function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function newCard(name) {
  const card = make("li", "card");
  const frame = make("div", "frame");
  frame.append(make("div", "spinner"));
  const label = make("p", "label", "being sent");
  card.append(frame, make("p", "name", name), label, make("ul", "findings"));
  return card;
}

function part(card, name) {
  return card.querySelector(`.${name}`);
}

export function showState(card, words) {
  part(card, "label").textContent = words;
}

export function showError(card, why) {
  card.classList.add("bad");
  const frame = part(card, "frame");
  frame.replaceChildren(make("p", "", "✗"));
  const label = part(card, "label");
  label.className = "label error";
  label.textContent = why;
}

export function showPicture(card, address, alt) {
  const picture = make("img");
  picture.alt = alt;
  picture.loading = "lazy";
  picture.addEventListener("error", () => picture.replaceWith(make("p", "soft", "no preview")));
  picture.src = address;
  part(card, "frame").replaceChildren(picture);
}

export function showResult(card, job) {
  const best = job.findings[0];
  showState(card, best ? best.label : "nothing found");
  card.style.setProperty("--class", best ? colourOf(best.label) : "var(--edge)");
  const list = part(card, "findings");
  list.replaceChildren();
  for (const finding of job.findings) {
    const line = make("li");
    line.append(make("span", "", finding.label), make("span", "", `${Math.round(100 * finding.score)} %`));
    list.append(line);
  }
}

export function legendOf(counts) {
  return [...counts].sort((a, b) => b[1] - a[1]).map(([label, count]) => {
    const line = make("span", "", `${label}: ${count}`);
    line.style.setProperty("--class", label === "nothing found" ? "var(--edge)" : colourOf(label));
    return line;
  });
}

export function csvOf(entries) {
  const cell = (text) => {
    // A spreadsheet would run what begins like a formula.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const rows = [["file", "sha256", "state", "label", "score", "error"]];
  for (const { name, job, error } of entries) {
    const best = job?.findings[0];
    rows.push([name, job?.sha256 ?? "", job?.state ?? "refused", best?.label ?? "", best ? String(best.score) : "",
      error ?? job?.error ?? ""]);
  }
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}
