// Comfort only: everything on the page is there without it.
"use strict";
for (const box of document.querySelectorAll(".curl")) {
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
function unfold() {
  const element = location.hash && document.getElementById(location.hash.slice(1));
  const details = element && element.closest("details");
  if (details) { details.open = true; details.scrollIntoView(); }
}
addEventListener("hashchange", unfold);
unfold();
