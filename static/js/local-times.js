// Shows times in the reader's own zone; without this script they stand in the server's, with its name.

const FORMATS = {
  date: { day: "numeric", month: "long", year: "numeric" },
  datetime: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit" },
};

for (const time of document.querySelectorAll("time[data-format]")) {
  const moment = new Date(time.dateTime);
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, FORMATS[time.dataset.format]).format(moment);
}
