import { COLOUR, type Doc, heading, paragraph, subheading } from "./page-frame.ts";
import { type Cell, type Column, drawTable, tableStart } from "./table.ts";

export type TableSection = {
  readonly title: string;
  /** Under the title and above the table. */
  readonly intro?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Said in place of a table without rows. */
  readonly none: string;
  /** Most rows that are printed; the rest stands in the JSON and CSV forms. */
  readonly most?: number;
  readonly minor?: boolean;
};

/** Heading, sentence and table; the heading always has the first rows of its table, or its sentence, below it. */
export function tableSection(doc: Doc, section: TableSection): void {
  const { title, intro, columns, rows, none, most = 1_000, minor = false } = section;
  const shown = rows.slice(0, most);
  const follows = (shown.length === 0 ? 14 : tableStart(doc, columns, shown)) + (intro === undefined ? 0 : 34);
  if (minor) subheading(doc, title, follows);
  else heading(doc, title, follows);
  if (intro !== undefined) paragraph(doc, intro, { colour: COLOUR.soft, size: 8.5 });
  if (shown.length === 0) paragraph(doc, none);
  else drawTable(doc, columns, shown);
  if (shown.length < rows.length)
    paragraph(doc, `${shown.length} of ${rows.length} rows are printed; all of them are in the JSON and CSV forms.`, {
      colour: COLOUR.soft,
      size: 8.5,
    });
}
