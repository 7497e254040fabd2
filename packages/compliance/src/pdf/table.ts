import { COLOUR, type Doc, ensureSpace, FONT, PAGE } from "./page-frame.ts";
import { printable } from "./printed-values.ts";

export type Column = {
  readonly title: string;
  /** Share of the table's width; shares add up to 1. */
  readonly share: number;
  readonly align?: "left" | "right";
  readonly mono?: boolean;
};
/** `bad` puts a cell in red. */
export type Cell = string | { readonly text: string; readonly bad: boolean };

const SIZE = 7.5;
/** Points between a cell's text and its edges. */
const PAD = 5;
const PAD_Y = 3;
const textOf = (cell: Cell | undefined): string => (typeof cell === "object" ? cell.text : (cell ?? ""));

type Drawn = { readonly cells: readonly Cell[]; readonly font: (column: Column) => string; readonly fill?: string };

const cellWidth = ({ share }: Column): number => share * PAGE.width - 2 * PAD;
const fontOf = ({ mono }: Column): string => (mono === true ? FONT.mono : FONT.plain);

function rowHeight(doc: Doc, columns: readonly Column[], { cells, font }: Drawn): number {
  const heights = columns.map((column, index) => {
    doc.font(font(column)).fontSize(SIZE);
    return doc.heightOfString(printable(textOf(cells[index])) || " ", { width: cellWidth(column) });
  });
  return Math.max(...heights) + 2 * PAD_Y;
}

function drawRow(doc: Doc, columns: readonly Column[], row: Drawn, height: number): void {
  const top = doc.y;
  if (row.fill !== undefined) doc.rect(PAGE.left, top, PAGE.width, height).fill(row.fill);
  let x: number = PAGE.left;
  for (const [index, column] of columns.entries()) {
    const cell = row.cells[index];
    const bad = typeof cell === "object" && cell.bad;
    doc
      .font(row.font(column))
      .fontSize(SIZE)
      .fillColor(bad ? COLOUR.bad : COLOUR.ink)
      .text(printable(textOf(cell)), x + PAD, top + PAD_Y, { width: cellWidth(column), align: column.align ?? "left" });
    x += column.share * PAGE.width;
  }
  doc
    .moveTo(PAGE.left, top + height)
    .lineTo(PAGE.right, top + height)
    .lineWidth(0.4)
    .strokeColor(COLOUR.line)
    .stroke();
  doc.y = top + height;
}

/** Rows wrap inside their cells, stay whole, and have the header repeated above them on each page. */
export function drawTable(doc: Doc, columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
  const header: Drawn = { cells: columns.map(({ title }) => title), font: () => FONT.bold, fill: COLOUR.fill };
  const headerHeight = rowHeight(doc, columns, header);
  const startPage = () => drawRow(doc, columns, header, headerHeight);
  for (const [index, cells] of rows.entries()) {
    const row: Drawn = { cells, font: fontOf };
    const height = rowHeight(doc, columns, row);
    const needed = index === 0 ? headerHeight + height : height;
    const full = doc.y + needed > PAGE.bottom;
    ensureSpace(doc, needed);
    if (index === 0 || full) startPage();
    drawRow(doc, columns, row, height);
  }
  doc.y += 8;
}

/** Points that the header and the first rows of a table take: what a heading above it must have room for. */
export function tableStart(doc: Doc, columns: readonly Column[], rows: readonly (readonly Cell[])[]): number {
  const header = rowHeight(doc, columns, { cells: columns.map(({ title }) => title), font: () => FONT.bold });
  return rows.slice(0, 2).reduce((sum, cells) => sum + rowHeight(doc, columns, { cells, font: fontOf }), header);
}
