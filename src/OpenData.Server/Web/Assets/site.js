// What pages do beyond working: copying commands, and figures that move. Nothing here is needed.
document.documentElement.classList.add("scripted");

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

// A file that is too long is told before it is sent.
for (const chosen of document.querySelectorAll("input[data-longest]")) {
  chosen.addEventListener("change", () => {
    chosen.setCustomValidity([...chosen.files].some((file) => file.size > Number(chosen.dataset.longest)) ? chosen.dataset.tooLong : "");
    chosen.reportValidity();
  });
}

// A part of a page that is sent again whenever it changes: <div data-live="ADDRESS">. Without scripts the page is reloaded by hand.
for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  source.addEventListener("part", (event) => {
    const parsed = new DOMParser().parseFromString(JSON.parse(event.data), "text/html");
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.replaceChildren(...parsed.body.childNodes);
    if (focused) {
      [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    }
  });
  addEventListener("pagehide", () => source.close());
}
