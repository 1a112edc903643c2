// At the end of an exam, and when somebody signs out: nothing of it stays in this browser.

import { forget } from "./room-store.js";

for (const mark of document.querySelectorAll("[data-forget]")) forget(mark.dataset.forget);
document.querySelector("form[data-forget-all]")?.addEventListener("submit", () => forget());
