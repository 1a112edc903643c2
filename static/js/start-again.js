// A start that the server has put off: send the same form again after the seconds that it asked for.

const form = document.getElementById("start");

document.getElementById("again").hidden = false;
setTimeout(() => form.requestSubmit(), Number(form.dataset.seconds) * 1000);
