/**
 * The child of pool.ts: encodes the media it is given, one at a time, and reports each.
 *
 * It is a process of its own, so that a decoder that brings its process down costs one file and not the run.
 */
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import type { ClipPart } from '../data/clip-part.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import { type FrameEncoder, openFrameEncoder } from '../encoders/frame-encoder.ts';
import { openSoundEncoder, type SoundEncoder } from '../encoders/sound-encoder.ts';
import type { Ready } from '../encoders/store.ts';
import { encodeClip } from './clip.ts';
import { CacheError } from './token-cache.ts';
import { encodeTrack } from './track.ts';

export interface Job {
  kind: 'track' | 'clip';
  path: string;
  sha256: string;
  /** Of a clip. */
  part?: ClipPart;
}

/** What the parent says first. */
export interface Setup {
  cache: string;
  audio?: Ready<AudioCard>;
  image?: Ready<ImageCard>;
  spread?: FrameSpread;
  /** Of one encoder. */
  threads: number;
}

/** What the child says to its parent. */
export type Said = 'ready' | Outcome;

/** `fatal` says that no other file will fare better. */
export type Outcome = { ok: true } | { ok: false; reason: string; fatal?: boolean };

let setup: Setup | undefined;
let sound: SoundEncoder | undefined;
let frames: FrameEncoder | undefined;

process.on('message', (message: Setup | Job) => {
  if ('cache' in message) {
    setup = message;
    process.send?.('ready' satisfies Said); // all is loaded: the time of a file is counted from here
    return;
  }
  void run(message, setup!).then((outcome) => process.send?.(outcome));
});
process.on('disconnect', () => process.exit()); // the parent is gone
// A terminal and systemd send these to all processes of a program: the parent decides, and the file in hand is not to blame.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function run(
  { kind, path, sha256, part }: Job,
  { cache, audio, image, spread, threads }: Setup,
): Promise<Outcome> {
  try {
    if (kind === 'track') {
      sound ??= await openSoundEncoder(audio!, threads);
      await encodeTrack({ path, sha256, cache, key: audio!.key }, sound);
    } else {
      frames ??= await openFrameEncoder(image!, threads);
      await encodeClip({ path, sha256, cache, key: image!.key, spread, part }, frames);
    }
    return { ok: true };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
    return { ok: false, reason, fatal: error instanceof CacheError || message.startsWith('encoder "') };
  }
}
