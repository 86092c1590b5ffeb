// What an admin's page makes of reports without a browser: days without rows, sums of rows, files that spreadsheets may open.
import { expect, test, vi } from "vitest";

// the words look into the browser's storage and language when they are loaded
vi.stubGlobal("localStorage", { getItem: () => "en" });
vi.stubGlobal("document", { documentElement: {} });

const { counts, dayName, lastDays, measures, share } = await import("../src/screens/admin/days");
const { toCsv } = await import("../src/screens/admin/csv");

const NEW_YEAR = Date.parse("2031-01-01T02:30:00Z");

test("the last days end with today where the house is, over the turn of a year too", () => {
  expect(lastDays(3, "UTC", NEW_YEAR)).toEqual(["2030-12-30", "2030-12-31", "2031-01-01"]);
  expect(lastDays(2, "America/New_York", NEW_YEAR)).toEqual(["2030-12-30", "2030-12-31"]);
  expect(lastDays(1, "Pacific/Kiritimati", NEW_YEAR)).toEqual(["2031-01-01"]);
});

test("a day on which a clock is put forward is a day like others", () => {
  const days = lastDays(5, "Europe/Berlin", Date.parse("2031-04-01T00:30:00Z"));
  expect(days).toEqual(["2031-03-28", "2031-03-29", "2031-03-30", "2031-03-31", "2031-04-01"]);
});

test("a day without rows counts nothing and measures nothing, and rows of a day add up", () => {
  const days = ["2031-01-01", "2031-01-02"];
  const rows = [
    { day: "2031-01-02", coins: 5 },
    { day: "2031-01-02", coins: 7 },
    { day: "2030-12-31", coins: 9 },
  ];
  expect(counts(days, rows, (row) => row.coins)).toEqual([0, 12]);
  expect(measures(days, rows.slice(0, 1), (row) => row.coins)).toEqual([null, 5]);
});

test("a share of nobody is none", () => {
  expect(share(1, 3)).toBe("33.3%");
  expect(share(0, 0)).toBe("0%");
  expect(dayName("2031-05-14")).toBe("14 May");
});

test("a file has one line a row, what needs quotes in them, and no formula", () => {
  const table = {
    columns: ["Event", "People"],
    rows: [
      ["a,b", 2],
      ['say "hi"', null],
      ["=1+1", 1.5],
      ["-2", 0],
    ],
  };
  expect(toCsv(table).split("\r\n")).toEqual([
    "\uFEFFEvent,People",
    '"a,b",2',
    '"say ""hi""",',
    "'=1+1,1.5",
    "'-2,0",
    "",
  ]);
});
