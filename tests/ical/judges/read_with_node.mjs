// What calendars say to a parser written in JavaScript: run in the folder where npm has put the parsers.
//
// `read_with_node.mjs JUDGE FILE...` prints JSON in the form of read_with_python.py.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.cwd(), "package.json"));

// An instant in UTC, in the form of Python's isoformat.
const instant = (at) => at.toISOString().replace(/(\.000)?Z$/, "+00:00");

// The parser of Thunderbird. It knows no zones but those it is told of, so the blocks of the file are judged.
function readWithIcalJs(content) {
  const ICAL = load("ical.js");
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(content));
  for (const block of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(block);
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const alarms = component.getAllSubcomponents("valarm").map((alarm) => {
      const rings = event.startDate.clone();
      rings.addDuration(alarm.getFirstPropertyValue("trigger"));
      return told(rings);
    });
    return {
      uid: event.uid,
      starts_at: told(event.startDate),
      ends_at: told(event.endDate),
      title: event.summary,
      status: component.getFirstPropertyValue("status"),
      description: event.description,
      alarms: alarms.sort(),
    };
  });

  function told(at) {
    if (at.isDate) return at.toString();
    if (at.zone === ICAL.Timezone.localTimezone) throw new Error(`${at} has no zone`);
    return instant(new Date(at.toUnixTime() * 1000));
  }
}

// It keeps events by UID, and knows zones by their names alone; of alarms it does not tell when they ring.
function readWithNodeIcal(content) {
  const pad = (number) => String(number).padStart(2, "0");
  // A whole day is the local midnight of this process.
  const told = (at) =>
    at.dateOnly
      ? `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
      : instant(new Date(at.getTime()));
  return Object.values(load("node-ical").sync.parseICS(content))
    .filter((component) => component.type === "VEVENT")
    .map((event) => ({
      uid: event.uid,
      starts_at: told(event.start),
      ends_at: told(event.end),
      title: event.summary,
      status: event.status,
      description: event.description,
      alarms: null,
    }));
}

const READERS = { "ical.js": readWithIcalJs, "node-ical": readWithNodeIcal };

function read(judge, file) {
  try {
    return READERS[judge](readFileSync(file, "utf8"));
  } catch (error) {
    return { refused: `${error.name}: ${error.message}` };
  }
}

const [judge, ...files] = process.argv.slice(2);
process.stdout.write(JSON.stringify(files.map((file) => read(judge, file))));
