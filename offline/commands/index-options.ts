/** What the commands of an index's life have in common: their flags, and what they mean. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDataset } from '../data/dataset.ts';
import type { LibraryOptions } from '../indexing/index-music.ts';
import { LEAST } from '../indexing/left-out.ts';
import { latencyInWorkerd } from '../indexing/measure-edge.ts';
import { heldOutSplit } from '../indexing/queries.ts';
import { KEEP } from '../indexing/store/publish.ts';
import { refuseUnwritable } from '../lib/files.ts';
import { BUNDLE } from '../lib/places.ts';
import { loadCheckpoint } from '../models/checkpoint.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import { encodersFolder, fromHere, print, progress, root, threads, WRITES, wholeNumber } from './command.ts';

/** Where the index lies that the Worker serves. */
export const indexArgs = {
  out: { type: 'string', description: `where the index lies; ${BUNDLE}, which the Worker serves, unless given` },
} as const;

export const keepArgs = {
  keep: {
    type: 'string',
    description: `how many indexes stay there, the current one included; ${KEEP} unless given; files of the last day stay in any case`,
  },
} as const;

export const measureArgs = {
  data: {
    type: 'string',
    description: 'a folder of tokens and annotations: its held-out clips are what the index is measured on',
  },
  edge: { type: 'boolean', description: "measure the Worker's answers too" },
} as const;

export const logArgs = {
  log: {
    type: 'string',
    description: "used moments to learn cues from: a table in MGSV-EC's columns, or feedback as JSON lines",
  },
} as const;

export const libraryArgs = {
  checkpoint: {
    type: 'string',
    description: "a trained model; the demo's (.cuepoint/demo/model/last.safetensors) unless given",
  },
  catalogue: {
    type: 'string',
    description: "the library's own catalogue, a table (CSV) or JSON lines: fields to filter by",
  },
  ...logArgs,
  'least-sec': {
    type: 'string',
    description: `seconds that a track lasts at least: what is shorter is an effect and left out; ${LEAST.sec} unless given, 0 keeps all`,
  },
  'least-lufs': {
    type: 'string',
    description: `loudness of a track at least: what is quieter is left out; ${LEAST.lufs} unless given, off keeps silence too`,
  },
  previews: { type: 'boolean', description: 'publish the audio files too, to be listened to' },
  encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
  cache: {
    type: 'string',
    valueHint: WRITES.folder,
    description: 'where encoded media are kept; .cuepoint/cache unless given',
  },
  workers: { type: 'string', description: 'processes that encode at once; one a processor core unless given' },
  ...measureArgs,
  ...indexArgs,
  ...keepArgs,
} as const;

type Given<Args> = { [Name in keyof Args]?: string | boolean };

export const indexFolder = (out: unknown): string => (typeof out === 'string' ? fromHere(out) : join(root, BUNDLE));

export const keepOf = (keep: unknown): number => (typeof keep === 'string' ? wholeNumber('--keep', keep) : KEEP);

/** @throws Error when there is no model or data where they were said to be */
export async function libraryOptions(args: Given<typeof libraryArgs>, music: string): Promise<LibraryOptions> {
  const path = (name: 'checkpoint' | 'catalogue' | 'log' | 'cache' | 'encoders' | 'data'): string | undefined =>
    typeof args[name] === 'string' ? fromHere(args[name]) : undefined;
  const checkpoint = path('checkpoint') ?? join(root, '.cuepoint/demo/model/last.safetensors');
  if (!existsSync(checkpoint))
    throw new Error(
      `${checkpoint}: expected a trained model, found none. Run \`npm run demo\` once, or give --checkpoint FILE.`,
    );
  const folder = path('data');
  await refuseUnwritable(indexFolder(args.out)); // before hours of work
  const [loaded, data] = [await loadCheckpoint(checkpoint), folder ? await readDataset(folder, print) : undefined];
  for (const line of data ? checkTokensFit('--data', loaded.encoders, data.encoders) : []) print(line);
  return {
    music,
    checkpoint: loaded,
    folder: indexFolder(args.out),
    cache: path('cache') ?? join(root, '.cuepoint/cache'),
    encoders: encodersFolder(path('encoders')),
    catalogue: path('catalogue'),
    log: path('log'),
    least: {
      sec: numberOf('--least-sec', args['least-sec'], LEAST.sec),
      lufs: args['least-lufs'] === 'off' ? null : numberOf('--least-lufs', args['least-lufs'], LEAST.lufs),
    },
    withPreviews: args.previews === true,
    heldOut: data ? heldOutSplit(data) : undefined,
    inWorkerd: args.edge === true ? (...measured) => latencyInWorkerd(root, ...measured) : undefined,
    workers: typeof args.workers === 'string' ? wholeNumber('--workers', args.workers) : threads,
    keep: keepOf(args.keep),
    now: () => new Date(),
    threads,
    progress,
    print,
  };
}

function numberOf<Otherwise>(flag: string, text: unknown, otherwise: Otherwise): number | Otherwise {
  if (typeof text !== 'string') return otherwise;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new Error(`${flag}: expected a number, got "${text}". Leave it out for ${otherwise}.`);
}

/** Every value of a flag that may be given more than once. */
export function allOf(flag: string, rawArgs: readonly string[]): string[] {
  return rawArgs.flatMap((argument, i) => {
    if (argument === flag) return rawArgs[i + 1] ?? [];
    return argument.startsWith(`${flag}=`) ? argument.slice(flag.length + 1) : [];
  });
}
