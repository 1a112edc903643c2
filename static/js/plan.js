// Tick off topics without a reload: weeks stay open, and the focus stays at its topic.

const plan = () => document.getElementById("plan");

async function send(form, button) {
  const row = button.closest("li").id;
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const current = page.getElementById("plan");
  if (!current) throw new Error(`status ${response.status}`);
  for (const week of current.querySelectorAll("details")) {
    week.open = document.getElementById(week.id)?.open ?? week.open;
  }
  plan().replaceWith(current);
  const same = document.getElementById(row) ?? current.querySelector("#due ~ * .plan-topic");
  same?.querySelector(".tick").focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (target.id !== "marks" || !submitter) return;
  event.preventDefault();
  send(target, submitter).catch(() => {
    // Without an answer, the browser sends the form and shows why it fails.
    const field = new FormData(target, submitter).get(submitter.name);
    target.insertAdjacentHTML("beforeend", '<input type="hidden">');
    Object.assign(target.lastElementChild, { name: submitter.name, value: field });
    target.submit();
  });
});
