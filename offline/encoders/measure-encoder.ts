/**
 * An encoder on a person's own music or clips, before it is kept: whether it tells them apart (spread.ts).
 *
 * A few media, evenly from the folder, and not all of each: enough to see a tower that gives the same for everything, in a minute or two.
 */
import { readAudio } from '../media/audio.ts';
import type { MediaFile, Unreadable } from '../media/media-files.ts';
import { readClip } from '../media/video.ts';
import type { AudioCard, EncoderCard, ImageCard } from './card.ts';
import { openFrameEncoder } from './frame-encoder.ts';
import { openSoundEncoder } from './sound-encoder.ts';
import { FEWEST_MEDIA, type MediumTokens, type Spread, spreadOf } from './spread.ts';
import type { Ready } from './store.ts';

const MOST_MEDIA = 16;
/** Of each track; a window every 2.5 s. */
const HEARD_SEC = 40;
/** Of each clip, evenly from its beginning to its end. */
const MOST_FRAMES = 10;
/** Windows of ten seconds every 2.5 s overlap with the three before and behind them. */
const WINDOWS_APART = 4;

export interface MeasureOptions {
  threads: number;
  /** Called after each file. */
  onFile?: (file: string) => void;
}

/** A few, evenly. Of files that are called alike but for their endings, which are copies of one, the first. */
export function chosenOf(files: readonly MediaFile[]): MediaFile[] {
  const byStem = new Map(files.toReversed().map((one) => [one.file.replace(/\.[^./]*$/, ''), one]));
  const different = [...byStem.values()].reverse();
  const count = Math.min(different.length, MOST_MEDIA);
  return Array.from({ length: count }, (_, i) => different[Math.floor((i * different.length) / count)]);
}

/** @param files few of them: chosenOf @throws Error when too few of the files can be read, with the reason of the first that cannot */
export async function measureEncoder(
  card: Ready,
  files: readonly MediaFile[],
  { threads, onFile }: MeasureOptions,
): Promise<Spread> {
  const encoder = await (isAudio(card) ? tracksBy(card, threads) : clipsBy(card, threads));
  const media: MediumTokens[] = [];
  const unread: Unreadable[] = [];
  try {
    for (const { path, file } of files) {
      const data = await encoder.tokens(path).catch((error: Error) => error);
      if (data instanceof Error) {
        if (data.message.startsWith('encoder "')) throw data; // no other file will fare better
        unread.push({ file, reason: data.message });
      } else media.push({ data, count: data.length / card.width });
      onFile?.(file);
    }
  } finally {
    await encoder.close();
  }
  if (media.length < FEWEST_MEDIA)
    throw new Error(
      `measure: expected ${FEWEST_MEDIA} or more ${isAudio(card) ? 'tracks' : 'clips'} to measure on, got ${media.length} that can be read.${unread.length ? ` ${unread[0].file}: ${unread[0].reason}` : ' Give a folder with more of them.'}`,
    );
  return spreadOf(media, card.width, isAudio(card) ? WINDOWS_APART : 1);
}

const isAudio = (card: EncoderCard): card is Ready<AudioCard> => card.kind === 'audio';

interface Encoder {
  tokens(path: string): Promise<Float32Array>;
  close(): Promise<void>;
}

async function tracksBy(card: Ready<AudioCard>, threads: number): Promise<Encoder> {
  const encoder = await openSoundEncoder(card, threads);
  return {
    tokens: async (path) => encoder.encode((await readAudio(path, { maxSec: HEARD_SEC })).samples),
    close: () => encoder.close(),
  };
}

async function clipsBy(card: EncoderCard, threads: number): Promise<Encoder> {
  const encoder = await openFrameEncoder(card as Ready<ImageCard>, threads);
  return {
    async tokens(path) {
      const { frames } = await readClip(path);
      const count = Math.min(frames.length, MOST_FRAMES);
      return encoder.encode(Array.from({ length: count }, (_, i) => frames[Math.floor((i * frames.length) / count)]));
    },
    close: () => encoder.close(),
  };
}
