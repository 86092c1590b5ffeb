// A table as a file: RFC 4180, with the mark by which spreadsheets know that it is UTF-8.

export type Cell = string | number | null;

export interface Table {
  columns: string[];
  rows: Cell[][];
}

export function toCsv({ columns, rows }: Table): string {
  return `\uFEFF${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Given to the browser to keep, under a name made of the title. */
export function saveCsv(title: string, table: Table): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([toCsv(table)], { type: "text/csv;charset=utf-8" }));
  link.download = `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function cell(value: Cell): string {
  if (typeof value !== "string") return String(value ?? "");
  // what begins like a formula would be run by a spreadsheet: names of events are anybody's
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
