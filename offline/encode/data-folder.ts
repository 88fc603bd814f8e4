/**
 * Encoded media as a folder: token files that training reads, encoders.json, and catalogue.jsonl, a line for each medium.
 *
 * Music and clips may be encoded at different times: a run replaces what it encoded and leaves the rest. The catalogue is
 * written last: after a run that was killed, encode again. Two runs into one folder at once would write over each other.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import { partId } from '../data/clip-part.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import { createShards } from '../formats/shards.ts';
import { linesIn, writeFileAtomic, writeLinesAtomic } from '../lib/files.ts';
import { clipKey, contentKey } from './clip.ts';
import type { Encoded } from './encode.ts';
import { loadTrack, mediaId, titleOf } from './library.ts';
import { beatsInMs, factsInShort, type MusicFacts } from './music-facts.ts';
import { readTokens } from './token-cache.ts';

/** Writes music-*.safetensors and the catalogue's lines of tracks. */
export async function writeMusic(
  folder: string,
  encoded: readonly Encoded[],
  audio: Ready<AudioCard>,
  cache: string,
): Promise<void> {
  async function* lines(): AsyncGenerator<Line> {
    const shards = createShards({ folder, kind: 'music', dtype: 'F32', key: audio.key });
    for (const one of encoded) {
      const { id, title, durationSec, tokens, music } = await loadTrack(one, audio, cache);
      const shard = await shards.add(id, tokens);
      const segments = tokens.shape[0];
      yield { kind: 'track', id, ...mediaFacts(one, durationSec), segments, shard, title, ...musicFacts(music) };
    }
    await shards.end();
    await nameEncoders(folder, { audio: audio.name, audioKey: audio.key });
  }
  await mkdir(folder, { recursive: true });
  await writeCatalogue(folder, 'track', lines());
}

/** Writes video-*.safetensors and the catalogue's lines of clips. */
export async function writeClips(
  folder: string,
  encoded: readonly Encoded[],
  { encoder: image, spread }: { encoder: Ready<ImageCard>; spread?: FrameSpread },
  cache: string,
): Promise<void> {
  async function* lines(): AsyncGenerator<Line> {
    const shards = createShards({ folder, kind: 'video', dtype: 'F32', key: image.key });
    for (const one of encoded) {
      const kept = await readTokens(cache, clipKey(image.key, spread), contentKey(one.sha256, one.part));
      if (!kept) throw new Error(`${cache}: expected the tokens of ${one.file}, got none. Encode again.`);
      const whole = mediaId(one.file, one.sha256);
      const id = one.part ? partId(whole, one.part) : whole;
      const shard = await shards.add(id, kept.tokens);
      yield {
        kind: 'clip',
        id,
        ...mediaFacts(one, kept.durationSec),
        ...(one.part ? { part: one.part } : {}),
        frames: kept.tokens.shape[0],
        ...(kept.frameStepSec ? { frameStepSec: rounded(kept.frameStepSec, 6) } : {}),
        shard,
        title: titleOf(one.file),
      };
    }
    await shards.end();
    await nameEncoders(folder, { image: image.name, imageKey: image.key });
  }
  await mkdir(folder, { recursive: true });
  await writeCatalogue(folder, 'clip', lines());
}

type Line = Record<string, unknown> & { kind: 'track' | 'clip' };

const mediaFacts = ({ file, copies, remarks, sha256 }: Encoded, durationSec: number) => ({
  file,
  ...(copies.length ? { copies } : {}),
  ...(remarks?.length ? { remarks } : {}),
  sha256,
  durationSec: rounded(durationSec, 3),
});

/** Numbers as people can use them; the long series of bytes as base64. */
function musicFacts(music: MusicFacts): Record<string, unknown> {
  const { title: _, ...otherTags } = music.tags;
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    ...otherTags,
    ...factsInShort(music),
    beatsMs: [...beatsInMs(music)],
    downbeats: [...music.downbeats],
    segmentLufs: Array.from(music.segmentLufs, (lufs) => rounded(lufs, 1)),
    waveform: base64(music.waveform),
    onsetStrength: base64(music.onsetStrength),
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Keys distinguish encoders of one name. */
interface Named {
  image?: string;
  audio?: string;
  imageKey?: string;
  audioKey?: string;
}

/** What an earlier run said of the encoder of the other kind stays. */
async function nameEncoders(folder: string, encoder: Named): Promise<void> {
  const path = join(folder, 'encoders.json');
  let named: Named = {};
  for await (const one of readLines<Named>(path)) named = one;
  const { image, audio, imageKey, audioKey } = { ...named, ...encoder };
  await writeFileAtomic(path, `${JSON.stringify({ image, audio, imageKey, audioKey })}\n`);
}

/** Tracks, then clips: those of this kind, and of the other what an earlier run said. A line has some 8 kB, so one is held at a time. */
function writeCatalogue(folder: string, kind: Line['kind'], own: AsyncIterable<Line>): Promise<void> {
  const path = join(folder, 'catalogue.jsonl');
  async function* all(): AsyncGenerator<string> {
    if (kind === 'clip') yield* others();
    for await (const line of own) yield JSON.stringify(line);
    if (kind === 'track') yield* others();
  }
  async function* others(): AsyncGenerator<string> {
    for await (const line of readLines<Line>(path)) if (line.kind !== kind) yield JSON.stringify(line);
  }
  return writeLinesAtomic(path, all());
}

/** The media that a folder's catalogue.jsonl knows, by file, without parts of clips; a copy has the id of its twin. */
export async function knownMedia(
  folder: string,
  kind: 'track' | 'clip',
): Promise<Map<string, { id: string; durationSec: number }>> {
  const known = new Map<string, { id: string; durationSec: number }>();
  for await (const line of readLines<Line>(join(folder, 'catalogue.jsonl'))) {
    if (line.kind !== kind || line.part) continue;
    const {
      id,
      file,
      copies = [],
      durationSec,
    } = line as Line & { id: string; file: string; copies?: string[]; durationSec: number };
    for (const name of [file, ...copies]) known.set(name, { id, durationSec });
  }
  return known;
}

/** Beats and downbeats of a folder's tracks by id, as its catalogue.jsonl has them; none where there is no such file. */
export async function knownBeats(
  folder: string,
): Promise<Map<string, { beatsMs: Uint32Array; downbeats: Uint32Array }>> {
  const known = new Map<string, { beatsMs: Uint32Array; downbeats: Uint32Array }>();
  for await (const line of readLines<Line>(join(folder, 'catalogue.jsonl'))) {
    const { kind, id, beatsMs, downbeats } = line as Line & { id: string; beatsMs?: number[]; downbeats?: number[] };
    if (kind === 'track' && beatsMs?.length && downbeats)
      known.set(id, { beatsMs: Uint32Array.from(beatsMs), downbeats: Uint32Array.from(downbeats) });
  }
  return known;
}

/** A line of JSON each, one by one; none where there is no file. */
async function* readLines<T>(path: string): AsyncGenerator<T> {
  if (!existsSync(path)) return;
  for await (const line of linesIn(path)) if (line) yield parsed(line, path);
}

function parsed<T>(line: string, path: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new Error(`${path}: expected a line of JSON each, got something else. Delete the file and encode again.`, {
      cause,
    });
  }
}
