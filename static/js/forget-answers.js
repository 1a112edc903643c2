// Delete stored answers from this browser at the end of an exam, and at sign-out.

import { forget } from "./room-store.js";

for (const mark of document.querySelectorAll("[data-forget]")) forget(mark.dataset.forget);
document.querySelector("form[data-forget-all]")?.addEventListener("submit", () => forget());
