/** A data folder with its rows split anew. Token files are linked where the file system can, else copied; rows keep all their columns. */
import { copyFile, link, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notFound, writeFileAtomic, writeFolderAtomic } from '../files.ts';
import { type AnnotationRow, annotationRows } from './annotation-rows.ts';
import { csvLine, csvRecords } from './csv.ts';
import { SPLITS, type Split } from './dataset.ts';
import { drawSplits, type SplitSizes } from './split.ts';

export interface SplitFolderOptions {
  from: string;
  out: string;
  seed: string;
  /** Rows to hold out; as many as the folder has there unless given. */
  sizes?: Partial<SplitSizes>;
}

/** @throws Error naming what is wrong with the rows, with --out, or with the sizes */
export async function splitFolder({ from, out, seed, sizes }: SplitFolderOptions): Promise<Record<Split, Row[]>> {
  const { columns, rows, counts } = await readRows(from);
  const splits = drawSplits(rows, { val: counts.val, test: counts.test, ...sizes }, seed);
  await writeFolderAtomic(out, async (folder) => {
    for (const name of await readdir(from)) if (isOfTokens(name)) await bring(join(from, name), join(folder, name));
    for (const split of SPLITS) {
      const lines = splits[split].map(({ cells }) => csvLine(columns.map((name) => cells.get(name) ?? '')));
      await writeFileAtomic(join(folder, `${split}_data.csv`), `${[csvLine(columns), ...lines].join('\n')}\n`);
    }
  });
  return splits;
}

interface Row extends AnnotationRow {
  /** By column, as they were written. */
  cells: ReadonlyMap<string, string>;
}

/** All rows of a folder, and all columns that any of its files has. */
async function readRows(folder: string) {
  const rows: Row[] = [];
  const columns = new Set<string>();
  const counts = {} as Record<Split, number>;
  for (const split of SPLITS) {
    const path = join(folder, `${split}_data.csv`);
    const text = await readFile(path, 'utf8').catch(notFound(path, 'annotations as CSV', 'Check the path.'));
    const found = annotationRows(text);
    if (found.faults.length)
      throw new Error(
        `${path} line ${found.faults[0].line}: ${found.faults[0].reason}. \`cuepoint data check\` lists all faults; mend them first.`,
      );
    const [heading, ...records] = csvRecords(text).records;
    const names = heading.cells.map((name) => name.trim());
    for (const name of names) columns.add(name);
    const cellsOf = new Map(
      records.map(({ line, cells }) => [line, new Map(names.map((name, i) => [name, cells[i]]))]),
    );
    for (const row of found.rows) rows.push({ ...row, cells: cellsOf.get(row.line)! });
    counts[split] = found.rows.length;
  }
  return { rows, columns: [...columns], counts };
}

const isOfTokens = (name: string): boolean =>
  /^(video|music).*\.safetensors$/.test(name) || ['encoders.json', 'catalogue.jsonl'].includes(name);

async function bring(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to)); // another file system has no links into this one
}
