// Show times in the reader's time zone. Without this script, times have the server's zone, with its name.

const FORMATS = {
  date: { day: "numeric", month: "long", year: "numeric" },
  datetime: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit" },
};

// Day before month and 24 hours, as the server writes them.
const LOCALE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

for (const time of document.querySelectorAll("time[data-format]")) {
  const moment = new Date(time.dateTime);
  time.textContent = new Intl.DateTimeFormat(LOCALE, FORMATS[time.dataset.format]).format(moment);
}
