// The buttons that print a page, or save it as PDF in the dialog of the browser.

document.documentElement.classList.add("scripted");
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
