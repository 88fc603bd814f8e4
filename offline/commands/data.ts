/** `cuepoint data`: look at training data, split it, and bring in the published data or one's own. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { defineCommand } from 'citty';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { highlightOfTokens } from '../analysis/highlight.ts';
import { readAnnotations } from '../data/annotations.ts';
import { checkData, type Fault } from '../data/check.ts';
import { readTokens, SPLITS } from '../data/dataset.ts';
import { importFeatures } from '../data/import.ts';
import { newTracks, statsOf, statsTable } from '../data/stats.ts';
import { FILES_AT_ONCE, writeFileAtomic } from '../lib/files.ts';
import { dataFigures, type HighlightOf } from '../report/figures.ts';
import { fromHere, print, progress, WRITES, withUserErrors } from './command.ts';
import { makeCommand } from './data-make.ts';
import { splitCommand } from './data-split.ts';

const checkCommand = defineCommand({
  meta: {
    name: 'check',
    description: 'Say what a data folder holds, what is missing, and which rows are bad and why.',
  },
  args: {
    folder: { type: 'positional', required: true, description: 'annotations beside token files' },
    json: { type: 'string', valueHint: WRITES.file, description: 'a file for what was found' },
  },
  run: withUserErrors(async ({ args }) => {
    const { found, faults } = await checkData(fromHere(args.folder));
    for (const line of found) print(line);
    for (const line of faultLines(faults)) print(line);
    print(faults.length ? `\n${faults.length} faults` : '\nnothing is wrong');
    if (args.json) await writeFileAtomic(fromHere(args.json), `${JSON.stringify({ found, faults }, null, 1)}\n`);
    if (faults.length) process.exitCode = 1;
  }),
});

/** Of one kind of fault in one file. */
const SHOWN = 5;

/** A lost token file is one fault that every row of it has. */
function faultLines(faults: readonly Fault[]): string[] {
  const kinds = Map.groupBy(faults, ({ file, reason }) => `${file}: ${reason.replaceAll(/"[^"]*"|[\d.-]+/g, '…')}`);
  return [...kinds.values()].flatMap((alike) => [
    ...alike.slice(0, SHOWN).map(({ file, line, reason }) => `bad: ${file}${line ? ` line ${line}` : ''}: ${reason}`),
    ...(alike.length > SHOWN ? [`bad: ${alike[0].file}: ${alike.length - SHOWN} more like it; --json lists them`] : []),
  ]);
}

const statsCommand = defineCommand({
  meta: { name: 'stats', description: "Print the paper's Table 2 for a data folder or CSV files." },
  args: {
    folder: { type: 'positional', required: true, description: 'a data folder, or CSV files' },
    svg: {
      type: 'string',
      valueHint: WRITES.folder,
      description:
        'a folder for figures: lengths, use of tracks, where moments lie beside the highlights of their tracks',
    },
  },
  run: withUserErrors(async ({ args }) => {
    const paths = args._.map(fromHere);
    const files = (await mapConcurrent(FILES_AT_ONCE, paths, csvFiles)).flat();
    const splits = await mapConcurrent(FILES_AT_ONCE, files, async (path) => ({
      name: basename(path).replace(/(_data)?\.csv$/, ''),
      folder: dirname(path),
      rows: await readAnnotations(path, print),
    }));
    const all = splits.length > 1 ? [{ name: 'all', rows: splits.flatMap(({ rows }) => rows) }] : [];
    const sets = [...splits, ...all];
    print(statsTable(sets.map(({ name, rows }) => statsOf(name, rows))).join('\n'));
    for (const beside of Map.groupBy(splits, ({ folder }) => folder).values()) {
      const train = beside.find(({ name }) => name === 'train')?.rows;
      for (const { name, rows } of beside)
        if (train && name !== 'train' && rows.length) print(`${name}: ${newTracks(rows, train)}`);
    }
    if (!args.svg) return;
    const highlightOf = await highlightsIn([...new Set(splits.map(({ folder }) => folder))]);
    for (const { name, rows } of sets)
      for (const [file, svg] of dataFigures(name, rows, highlightOf))
        await writeFileAtomic(join(fromHere(args.svg), file), svg);
    print(`\n${args.svg}: ${4 * sets.length} figures`);
  }),
});

/** By the tokens of the tracks, where they lie beside the rows. */
async function highlightsIn(folders: readonly string[]): Promise<HighlightOf> {
  const tracks = new Map<string, Awaited<ReturnType<typeof readTokens>>>();
  for (const folder of folders)
    if ((await readdir(folder)).some((name) => /^music.*\.safetensors$/.test(name)))
      tracks.set(folder, await readTokens(folder, 'music'));
  return ({ musicId, musicTotalSec, videoSec }) => {
    const tokens = [...tracks.values()].find((known) => known.has(musicId))?.get(musicId);
    return tokens && highlightOfTokens(tokens, musicTotalSec, videoSec);
  };
}

/** Of a folder, those of its splits that are there. */
async function csvFiles(path: string): Promise<string[]> {
  const isThere = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;
  if (await isThere(path)) return [path];
  const files: string[] = [];
  for (const split of SPLITS)
    if (await isThere(join(path, `${split}_data.csv`))) files.push(join(path, `${split}_data.csv`));
  if (!files.length) throw new Error(`${path}: expected a CSV or a folder with {train,val,test}_data.csv, found none.`);
  return files;
}

const importCommand = defineCommand({
  meta: { name: 'import', description: "Make a data folder of MGSV-EC's released features (.pt or .npy) and CSVs." },
  args: {
    features: { type: 'string', required: true, description: 'holds vit_feature1 and ast_feature2p5' },
    csv: { type: 'string', required: true, description: 'holds {train,val,test}_data.csv' },
    out: { type: 'string', valueHint: WRITES.folder, required: true, description: 'a new folder' },
    half: { type: 'boolean', description: 'keep tokens as float16, half the size' },
  },
  run: withUserErrors(async ({ args }) => {
    const { clips, tracks, rejected } = await importFeatures({
      features: fromHere(args.features),
      csv: fromHere(args.csv),
      out: fromHere(args.out),
      dtype: args.half ? 'F16' : 'F32',
      start: progress,
    });
    for (const { file, reason } of rejected) print(`not imported: ${file}: ${reason}`);
    print(`${args.out}: ${clips} clips, ${tracks} tracks${rejected.length ? `, ${rejected.length} not imported` : ''}`);
    if (rejected.length) process.exitCode = 1;
  }),
});

export const dataCommand = defineCommand({
  meta: { name: 'data', description: 'Check, count, split, import and make data to train on.' },
  subCommands: {
    check: checkCommand,
    stats: statsCommand,
    split: splitCommand,
    import: importCommand,
    make: makeCommand,
  },
});
