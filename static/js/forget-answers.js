// Delete what this browser keeps of attempts: at the end of an exam all but answers and notes that came too late, which
// are sent if the exam is reopened; at sign-out and when data are deleted everything.

import { forget, isKeptLate } from "./forget.js";

for (const { dataset } of document.querySelectorAll("[data-forget]")) {
  if (dataset.forget) forget((key, kept) => key.includes(`:${dataset.forget}:`) && !isKeptLate(kept));
  else forget();
}

const form = document.querySelector("form[data-forget-all]");
form?.addEventListener("submit", async (event) => {
  if (form.dataset.forgotten) return;
  event.preventDefault();
  await forget();
  form.dataset.forgotten = "yes";
  form.requestSubmit(event.submitter);
});
