import iconv from "iconv-lite";
import t from "tap";
import { encodingOf, excerptOf, unitOf } from "./excerpt.ts";

const CSV = "account;meter;T0\n0015000127;00123;4523\nПетров Пётр;0001;7\n";

t.test("what the bytes are", async (t) => {
  const xml = `<?xml version="1.0" encoding="windows-1251"?><message/>`;
  for (const [bytes, unit, encoding] of [
    [Buffer.from(xml), "byte", "windows-1251"],
    [Buffer.from("\ufeff  <message/>"), "byte", "utf-8"],
    [Buffer.from(CSV), "row", "utf-8"],
    [iconv.encode(CSV, "win1251"), "row", "windows-1251"],
    [Buffer.from("Прибор".repeat(9)).subarray(1, -1), "row", "utf-8"],
    [Buffer.alloc(0), "row", "utf-8"],
  ] as const) {
    t.equal(unitOf(bytes), unit);
    t.equal(encodingOf(bytes), encoding);
  }
});

t.test("a row, its bytes, and a masked name in both", async (t) => {
  for (const [encoding, bytes, hidden] of [
    ["utf-8", Buffer.from(CSV), 21],
    ["windows-1251", iconv.encode(CSV, "win1251"), 11],
  ] as const) {
    const window = { offset: 0, bytes };
    const row = excerptOf(window, { unit: "row", at: 2, firstRow: 1 }, encoding, true);
    t.same(row.pieces[1], { label: "2", text: "0015000127;00123;4523", marked: true });
    t.equal(row.hex[0]?.text, "0015000127;00123");
    t.equal(row.hex[0]?.offset, 17, "17 bytes of the first row stand before");
    t.equal(row.hex[0]?.bytes.join(""), Buffer.from("0015000127;00123").toString("hex"));
    const masked = excerptOf(window, { unit: "row", at: 3, firstRow: 1 }, encoding, true);
    t.equal(masked.pieces[2]?.text, "•••••••••••;0001;7");
    const cells = masked.hex.flatMap((hexRow) => hexRow.bytes);
    t.equal(cells.filter((cell) => cell === "··").length, hidden, "10 letters and a space");
    const open = excerptOf(window, { unit: "row", at: 3, firstRow: 1 }, encoding, false);
    t.equal(open.pieces[2]?.text, "Петров Пётр;0001;7");
    const absent = excerptOf(window, { unit: "row", at: 9, firstRow: 1 }, encoding, true);
    t.same(absent.hex, [], "a row that is not there");
  }
});

t.test("an element of a file of one line, and bytes that are no text", async (t) => {
  const head = `<message class="80020">${"<area/>".repeat(30)}`;
  const xml = `${head}<measuringchannel code="01"><period start="0000"/></measuringchannel>`;
  const at = head.length;
  const window = { offset: 0, bytes: Buffer.from(xml) };
  const { pieces, hex } = excerptOf(window, { unit: "byte", at, firstRow: 1 }, "utf-8", true);
  const marked = pieces.filter((piece) => piece.marked);
  t.same(marked, [{ label: String(at), text: `<measuringchannel code="01">`, marked: true }]);
  t.equal(hex[0]?.offset, at);
  const inside = { offset: 3, bytes: Buffer.from(xml).subarray(3) };
  const cut = excerptOf(inside, { unit: "byte", at, firstRow: 1 }, "utf-8", true);
  t.equal(cut.pieces[0]?.text, "<area/>", "the piece that the window cuts is left out");
  const broken = { offset: 100, bytes: Buffer.from([0xd0, 0x3c, 0x61, 0xff, 0xfe, 0xd0]) };
  const view = excerptOf(broken, { unit: "byte", at: 101, firstRow: 1 }, "utf-8", true);
  t.same(view.hex[0]?.bytes, ["d0", "3c", "61", "ff", "fe", "d0"]);
});
