/** A few short tones, and what a test of the queue does with them: enqueue, work, compare with one machine's. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import '../../../../offline/commands/compile-cache.ts'; // most of a short file's time is a process that loads its program
import type { Result } from '../../../../offline/encode/encode.ts';
import { encodeFolders, type MediaFolderOptions } from '../../../../offline/encode/media-folder.ts';
import { byQueue } from '../../../../offline/encode/queue/by-queue.ts';
import { type Connection, connect } from '../../../../offline/encode/queue/connection.ts';
import type { QueueOptions } from '../../../../offline/encode/queue/enqueue.ts';
import { openTokenStore } from '../../../../offline/encode/queue/token-store.ts';
import { type WorkOptions, workOnQueue } from '../../../../offline/encode/queue/work.ts';
import { BASIC_AUDIO_CARD, BASIC_FRAMES_CARD } from '../../../../offline/encoders/registry.ts';
import { builtIn } from '../../../../offline/encoders/store.ts';
import { writeWav } from '../../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { sine } from '../../media/signals.ts';

export const audio = builtIn(BASIC_AUDIO_CARD);
const image = builtIn(BASIC_FRAMES_CARD);
const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });

/** Far shorter than in earnest: a killed worker's shard is taken by another soon. */
export const LOCK_MS = 1500;
const POLL_MS = 100;

export interface Library {
  folder: TestFolder;
  at(...names: string[]): string;
  /** Tones of their own pitch: music/00.wav, music/01.wav, … */
  tones(count: number, seconds: number, below?: string): Promise<void>;
  /** `encode --workers 1`, into the folder of that name. */
  encodeHere(out: string, media?: Media): Promise<{ music?: Result; clips?: Result }>;
  /** `encode --queue`. */
  encodeByQueue(out: string, address: string, options?: Asked): Promise<{ music?: Result; clips?: Result }>;
  remove(): Promise<void>;
}

interface Media {
  music?: string;
  clips?: string;
}

interface Asked extends Media, Partial<Pick<QueueOptions, 'shardFiles' | 'say' | 'signal'>> {
  store?: string;
  encoder?: typeof audio;
}

export async function testLibrary(): Promise<Library> {
  const folder = await testFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  const options = (out: string, media: Media, encoder = audio) => {
    const music = media.music ?? (media.clips ? undefined : at('music'));
    return {
      folder: at(out),
      ...(music ? { music: { folder: music, encoder } } : {}),
      ...(media.clips ? { clips: { folder: media.clips, encoder: image } } : {}),
      workers: 1,
      start: silent,
    } satisfies Partial<MediaFolderOptions>;
  };
  return {
    folder,
    at,
    async tones(count, seconds, below = 'music') {
      await mkdir(at(below), { recursive: true });
      for (let i = 0; i < count; i++) {
        const name = `${String(i).padStart(2, '0')}.wav`;
        await writeFile(at(below, name), writeWav(sine(200 + 11 * i, seconds, 16000, 0.3), 16000));
      }
    },
    encodeHere: (out, media = {}) => encodeFolders({ ...options(out, media), cache: at(`${out}-cache`) }),
    async encodeByQueue(
      out,
      address,
      { store = at('store'), shardFiles = 2, say = () => {}, signal, encoder, ...media } = {},
    ) {
      const opened = await openTokenStore(store, at(`${out}-cache`));
      const connection = await connect(address, { say });
      const by = byQueue({ connection, store: opened, shardFiles, start: silent, say, signal, pollMs: POLL_MS });
      try {
        return await encodeFolders({ ...options(out, media, encoder), cache: opened.cache, by });
      } finally {
        by.close();
        opened.close();
        await connection.close();
      }
    },
    remove: folder.remove,
  };
}

export interface Working {
  /** What it said. */
  lines: string[];
  /** When it ends by itself, with its fault. */
  ended: Promise<void>;
  /** As SIGTERM does. */
  stop(): Promise<void>;
}

/** A worker in the process of the test; its encoders are processes of their own. */
export async function startWorker(
  address: string,
  library: Pick<Library, 'at'>,
  options: Partial<WorkOptions> & { storeAt?: string } = {},
): Promise<Working> {
  const lines: string[] = [];
  const controller = new AbortController();
  const scratch = library.at(`scratch-${Math.floor(performance.now() * 1000)}`);
  await mkdir(scratch);
  const store = await openTokenStore(options.storeAt ?? library.at('store'), scratch);
  const connection = await connect(address, { say: (line) => lines.push(line) });
  const ended = workOnQueue({
    ...{ connection, store, scratch, encoders: library.at('encoders'), processes: 1, lockMs: LOCK_MS },
    say: (line) => lines.push(line),
    signal: controller.signal,
    ...options,
  }).finally(async () => {
    await connection.close();
    store.close();
  });
  ended.catch(() => {}); // asked for by the test
  return {
    lines,
    ended,
    async stop() {
      controller.abort(new Error('stopped by the test.'));
      await ended.catch(() => {});
    },
  };
}

/** Both folders have the same files with the same bytes. */
export async function expectSame(one: string, other: string): Promise<void> {
  const names = (await readdir(one)).sort();
  expect((await readdir(other)).sort()).toEqual(names);
  for (const name of names)
    expect((await readFile(join(one, name))).equals(await readFile(join(other, name))), name).toBe(true);
}

/** Asked again and again: of what another process does nobody is told. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!(await isSo())) await setTimeout(20);
}

export async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(address, { say: () => {} });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
