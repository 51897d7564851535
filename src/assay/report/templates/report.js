// Comfort only: everything on the page is there without it.
"use strict";
for (const box of document.querySelectorAll(".copied")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(box.querySelector("code"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    // The asynchronous clipboard is closed to pages that were opened from a disk; this way works on both.
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  box.append(button);
}

const form = document.querySelector(".filter");
const FIELDS = ["text", "outcome", "level", "operation"];
const SAID = "#filter?";
const listed = [...document.querySelectorAll(".requirement")];
const groups = [...document.querySelectorAll("[data-group]")].reverse();
const words = new Map();

function wordsOf(element) {
  if (!words.has(element)) {
    words.set(element, (element.querySelector("summary, a.elsewhere") || element).textContent.toLowerCase()
      + (element.querySelector(".promise, .expectation, .message") || { textContent: "" }).textContent.toLowerCase()
      + (element.querySelector(".promise a") || element).id);
  }
  return words.get(element);
}
function wanted() {
  const data = new FormData(form);
  return {
    texts: (data.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean),
    outcomes: data.getAll("outcome"),
    level: data.get("level") || "",
    operation: data.get("operation") || "",
  };
}
function fits(element, { texts, outcomes, level, operation }) {
  const { outcome, level: its, operation: part = element.querySelector("code").textContent.replace(/\/[^/]*$/, "") } = element.dataset;
  return (!outcomes.length || outcome.split(" ").some((each) => outcomes.includes(each)))
    && (!level || its === level) && (!operation || part === operation)
    && texts.every((each) => wordsOf(element).includes(each));
}
function filter() {
  const asked = wanted();
  const isOn = Boolean(asked.texts.length || asked.outcomes.length || asked.level || asked.operation);
  let shown = 0, of = 0;
  for (const element of listed) {
    element.hidden = isOn && !fits(element, asked);
    if ("listed" in element.dataset) { of += 1; shown += element.hidden ? 0 : 1; }
  }
  for (const group of groups) { group.hidden = isOn && !group.querySelector(".requirement:not([hidden])"); }
  document.body.classList.toggle("filtered", isOn);
  document.querySelector(".none-left").hidden = !isOn || shown > 0;
  form.querySelector("output").textContent = isOn ? `${shown} of ${of}` : `all ${of}`;
  form.querySelector("button").hidden = !isOn;
  return isOn;
}
function remember() {
  const said = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
  history.replaceState(null, "", said ? SAID + said : location.pathname + location.search);
}
function recall() {
  const said = new URLSearchParams(location.hash.slice(SAID.length));
  form.reset();
  for (const field of FIELDS) {
    for (const input of form.querySelectorAll(`[name=${field}]`)) {
      if (input.type === "checkbox") input.checked = said.getAll(field).includes(input.value);
      else input.value = said.get(field) || "";
    }
  }
  filter();
}
function unfold() {
  if (location.hash.startsWith(SAID)) { recall(); return; }
  const element = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!element) return;
  if (element.closest("[hidden], .filtered .documents")) { form.reset(); filter(); }
  const details = element.closest("details") || element.querySelector(":scope > details, :scope > th > details");
  if (details) details.open = true;
  // What stands before it gets its real height only when it comes near, which moves the place that is meant.
  let frames = 3;
  (function reach() {
    element.scrollIntoView();
    if (frames--) requestAnimationFrame(reach);
  })();
}
form.addEventListener("input", () => { filter(); remember(); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { filter(); remember(); }));
form.hidden = false;
filter();
addEventListener("hashchange", unfold);
unfold();
