// The alarms: what is wrong, what it means, what to do; acknowledged and shelved from here.
const SHELVE_MIN = 60;

// `page` lends its tools: make, text, fill, duration, ask, language.
export function drawAlarms(section, alarms, page) {
  const { make, text, fill, language } = page;
  section.hidden = !alarms.length;
  // Ages are drawn anew only once a minute: a button that is replaced cannot be pressed.
  const signature = alarms.map((alarm) => ({ ...alarm, age_s: Math.floor(alarm.age_s / 60), shelved_s: minutes(alarm) }));
  fill(section.querySelector("ul"), [language(), signature], () => alarms.map((alarm) => {
    const shelved = alarm.shelved_s !== null;
    const kind = shelved || alarm.state === "returned_unacknowledged" ? "calm" : alarm.priority;
    return make("li", { class: `alarm ${kind}`, "data-alarm": alarm.id },
      make("strong", {}, inLanguage(alarm.cause, language())),
      buttons(alarm, page),
      make("span", { class: "small" }, states(alarm, page)),
      make("span", { class: "small" }, alarm.detail),
      make("span", {}, inLanguage(alarm.consequence, language())),
      make("span", { class: "action" }, `→ ${inLanguage(alarm.action, language())}`));
  }));
}

const inLanguage = (texts, language) => texts[language === "zh" ? 1 : 0];
const minutes = (alarm) => (alarm.shelved_s === null ? null : Math.ceil(alarm.shelved_s / 60));

function states(alarm, { text, duration }) {
  return [text(`priority_${alarm.priority}`), text(`alarm_${alarm.state}`),
    text("alarm_age", { age: duration(60 * Math.floor(alarm.age_s / 60)) }),
    alarm.chattering ? text("alarm_chattering") : "",
    alarm.shelved_s === null ? "" : text("alarm_shelved", { n: minutes(alarm) })].filter(Boolean).join(" · ");
}

function buttons(alarm, { make, text, ask }) {
  const made = [];
  const button = (name, address, body) => {
    const element = make("button", { type: "button", class: name }, text(`alarm_do_${name}`));
    element.addEventListener("click", () => ask(`/api/alarms/${alarm.id}/${address}`, body));
    made.push(element);
  };
  if (alarm.state === "unacknowledged" || alarm.state === "returned_unacknowledged") button("acknowledge", "acknowledge", {});
  if (alarm.shelved_s !== null) button("unshelve", "shelve", { minutes: 0 });
  else if (alarm.priority !== "high") button("shelve", "shelve", { minutes: SHELVE_MIN });
  return make("span", { class: "buttons" }, ...made);
}
