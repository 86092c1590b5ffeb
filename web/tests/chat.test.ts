// The chat's list: in order, nothing twice, one's own lines from the first moment on.
import { expect, test } from "vitest";
import { arrived, gathered, gone, heard, type Line, type Row, refused, said } from "../src/stores/chat";

const ME = "me";
const row = (seq: number, content: string, more: Partial<Row> = {}): Row => ({
  id: `row-${seq}`,
  seq,
  message_type: "text",
  content,
  gift_id: null,
  gift_quantity: null,
  gift_coin_value: null,
  gift_combo_id: null,
  gift_combo_count: null,
  sender_profile_id: "bo",
  sender_tier: null,
  is_pinned: false,
  is_deleted: false,
  details: null,
  ...more,
});
const gift = (seq: number, sender: string, combo: string, count: number, quantity = 1): Row =>
  row(seq, "", {
    message_type: "gift",
    gift_id: "rose",
    gift_quantity: quantity,
    gift_coin_value: 10 * quantity,
    gift_combo_id: combo,
    gift_combo_count: count,
    sender_profile_id: sender,
  });
const texts = (lines: Line[]) =>
  lines.map((line) =>
    line.kind === "row" ? line.row.content : line.kind === "own" ? `${line.content} (${line.fate})` : line.ids.join(),
  );

test("lines stand in the order they were said, whatever order they come in", () => {
  expect(texts(heard(heard([], [row(3, "c"), row(1, "a")], ME), [row(2, "b"), row(4, "d")], ME))).toEqual([
    "a",
    "b",
    "c",
    "d",
  ]);
});

test("a line that comes twice is there once", () => {
  expect(texts(heard(heard([], [row(1, "a")], ME), [row(1, "a")], ME))).toEqual(["a"]);
});

test("one's own line is there at once and gives its place to the server's", () => {
  const mine = row(7, "hello", { sender_profile_id: ME });
  const waiting = said(heard([], [row(1, "a")], ME), "key", "hello");
  expect(texts(waiting)).toEqual(["a", "hello (sending)"]);
  expect(texts(heard(waiting, [mine], ME))).toEqual(["a", "hello"]);
});

test("somebody else's line with the same words does not take its place", () => {
  expect(texts(heard(said([], "key", "hello"), [row(7, "hello")], ME))).toEqual(["hello (sending)", "hello"]);
});

test("the same words said twice are two lines, each with an answer of its own", () => {
  const twice = said(said([], "one", "hello"), "two", "hello");
  const answered = heard(twice, [row(1, "hello", { sender_profile_id: ME })], ME);
  expect(texts(answered)).toEqual(["hello", "hello (sending)"]);
});

test("a refused line stays until it is taken back", () => {
  const kept = refused(said([], "key", "hello"), "key");
  expect(texts(kept)).toEqual(["hello (refused)"]);
  expect(gone(kept, "key")).toEqual([]);
});

test("a deleted line is never shown", () => {
  expect(heard([], [row(1, "a", { is_deleted: true })], ME)).toEqual([]);
});

test("only the last two hundred are kept", () => {
  const many = Array.from({ length: 250 }, (_, index) => row(index, String(index)));
  expect(texts(heard([], many, ME)).length).toBe(200);
  expect(texts(heard([], many, ME))[0]).toBe("50");
});

test("who comes while nobody speaks is told in one line, and nobody twice", () => {
  const lines = ["nia", "cem", "nia"].reduce(arrived, heard([], [row(1, "a")], ME));
  expect(texts(lines)).toEqual(["a", "nia,cem"]);
  expect(texts(arrived(heard(lines, [row(2, "b")], ME), "ege"))).toEqual(["a", "nia,cem", "b", "ege"]);
});

test("gifts of one combo are one line with as many as the server counted", () => {
  const rows = [gift(1, "bo", "a", 1), gift(2, "bo", "a", 10, 9), gift(3, "nia", "b", 1), gift(4, "bo", "c", 1)];
  const lines = gathered(heard([], rows, ME));
  expect(lines.map((line) => line.kind === "row" && [line.row.sender_profile_id, line.row.gift_combo_count])).toEqual([
    ["bo", 10],
    ["nia", 1],
    ["bo", 1],
  ]);
  expect(lines[0]?.kind === "row" && lines[0].row.gift_coin_value).toBe(100);
});
