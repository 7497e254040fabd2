import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { type CsvDelimiter, csvText } from "./csv.ts";

/** A reader by RFC 4180, written apart from the writer. */
function read(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let [cell, quoted] = ["", false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quoted && char === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === delimiter) {
      row.push(cell);
      cell = "";
    } else if (!quoted && char === "\r" && text[at + 1] === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      at++;
    } else cell += char;
  }
  return rows;
}

describe("CSV", () => {
  it("comes back as it was written, for every text that is no formula", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 }).filter((value) => !/^[=+\-@\t\r]/.test(value));
    const table = fc.array(fc.array(text, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    holds(
      fc.property(table, fc.constantFrom<CsvDelimiter>(",", ";", "\t"), (rows, delimiter) => {
        assert.deepEqual(read(csvText(rows, delimiter), delimiter), rows);
      }),
    );
  });

  it("disarms text that a spreadsheet would run, and leaves numbers alone", () => {
    assert.equal(csvText([["=1+1", "+1", "-1", "@A1", "\tx", "a=1"]]), "'=1+1,'+1,'-1,'@A1,'\tx,a=1\r\n");
    assert.equal(csvText([[-5, -7n, true, null, undefined]]), "-5,-7,true,,\r\n");
    assert.equal(csvText([['="x"']]), '"\'=""x"""\r\n');
  });

  it("quotes the delimiter in use", () => {
    assert.equal(csvText([["a,b", "c;d"]], ";"), 'a,b;"c;d"\r\n');
  });
});
