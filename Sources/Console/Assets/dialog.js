// Questions and texts in front of the page; Escape closes them.
import { el } from "./dom.js";

/** Shows a dialog until a button is pressed; the value of the button, or "" for Escape. */
export function show(title, content, buttons = [["Close", "", "primary"]]) {
  return new Promise((resolve) => {
    const label = el("h2", { id: "dialog-title" }, title);
    const box = el("dialog", { "aria-labelledby": "dialog-title" }, label, content,
      el("div", { class: "row" }, buttons.map(([text, value, kind]) =>
        el("button", { type: "button", class: kind ?? "", onclick: () => box.close(value) }, text))));
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue);
    });
    document.body.append(box);
    box.showModal();
  });
}

/** Whether the reader wants it done. */
export const confirmed = async (title, text, action, kind = "primary") =>
  (await show(title, typeof text === "string" ? el("p", {}, text) : text, [["Cancel", ""], [action, "yes", kind]])) === "yes";

/** Puts a text where the reader can paste it from, and shows it. */
export async function copy(title, text) {
  let isCopied = false;
  try {
    await navigator.clipboard.writeText(text);
    isCopied = true;
  } catch {
    // A browser may not allow it; the text is shown all the same.
  }
  await show(title, el("div", { class: "stack" },
    el("p", { class: "soft" }, isCopied ? "It is in the clipboard." : "Select it and copy it."),
    el("pre", { class: "json", tabindex: "0" }, text)));
}

/** Offers a file to keep. */
export function download(name, text) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text])), download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
