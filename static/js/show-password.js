// Show what is typed into the password fields of the page, while the box is checked.

const fields = document.querySelectorAll('input[type="password"]');

document.getElementById("show-password").addEventListener("change", (event) => {
  for (const field of fields) field.type = event.target.checked ? "text" : "password";
});
document.documentElement.classList.add("scripted");
