/** A data folder with its rows split anew. Token files are linked where the file system can, else copied; rows keep all their columns. */
import { copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLine } from '../formats/tables/csv.ts';
import { readTable } from '../formats/tables/table.ts';
import { writeFileAtomic, writeFolderAtomic } from '../lib/files.ts';
import { ANNOTATIONS, type AnnotationRow, annotationsIn } from './annotations.ts';
import { SPLITS, type Split } from './dataset.ts';
import { heldOutLine, holdOutTracks } from './hold-out.ts';
import { drawSplits, type SplitSizes } from './split.ts';

export interface SplitFolderOptions {
  from: string;
  out: string;
  seed: string;
  /** Rows to hold out; as many as the folder has there unless given. */
  sizes?: Partial<SplitSizes>;
  /** Share of the tracks that keep no training row (hold-out.ts); 0 unless given. */
  heldOutShare?: number;
  /** Takes a line about them, where there is a share. */
  tell?: (line: string) => void;
}

/** @throws Error naming what is wrong with the rows, with --out, or with the sizes */
export async function splitFolder({
  from,
  out,
  seed,
  sizes,
  heldOutShare = 0,
  tell,
}: SplitFolderOptions): Promise<Record<Split, AnnotationRow[]>> {
  const { columns, rows, counts } = await readRows(from);
  const drawn = drawSplits(rows, { val: counts.val, test: counts.test, ...sizes }, seed);
  const heldOut = holdOutTracks(drawn, heldOutShare, seed);
  const { splits } = heldOut;
  await writeFolderAtomic(out, async (folder) => {
    for (const name of await readdir(from)) if (isOfTokens(name)) await bring(join(from, name), join(folder, name));
    for (const split of SPLITS) {
      const lines = splits[split].map(({ from }) => csvLine(columns.map((name) => textOf(from.cells.get(name)))));
      await writeFileAtomic(join(folder, `${split}_data.csv`), `${[csvLine(columns), ...lines].join('\n')}\n`);
    }
  });
  if (heldOutShare) tell?.(heldOutLine(heldOut));
  return splits;
}

/** As it was written; a cell of JSON lines that is no text as JSON. */
const textOf = (cell: unknown): string =>
  typeof cell === 'string' ? cell : cell === undefined ? '' : JSON.stringify(cell);

/** All rows of a folder, and all columns that any of its files has. */
async function readRows(folder: string) {
  const rows: AnnotationRow[] = [];
  const columns = new Set<string>();
  const counts = {} as Record<Split, number>;
  for (const split of SPLITS) {
    const path = join(folder, `${split}_data.csv`);
    const table = await readTable(path, ANNOTATIONS);
    const found = annotationsIn(table);
    if (found.faults.length)
      throw new Error(
        `${path} line ${found.faults[0].line}: ${found.faults[0].reason}. \`cuepoint data check\` lists all faults; mend them first.`,
      );
    for (const name of table.columns) columns.add(name);
    rows.push(...found.rows);
    counts[split] = found.rows.length;
  }
  return { rows, columns: [...columns], counts };
}

const isOfTokens = (name: string): boolean =>
  /^(video|music).*\.safetensors$/.test(name) || ['encoders.json', 'catalogue.jsonl'].includes(name);

async function bring(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to)); // another file system has no links into this one
}
