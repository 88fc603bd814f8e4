/**
 * Tracks that are held out of training: a share of all tracks, drawn by a seed, keeps no row in the training split.
 *
 * A catalogue's new tracks are the case that counts in practice, so what a network does on tracks that it was never trained on has to
 * be measured. Validation and test keep their rows, whichever track they are of: the same clips are asked about with and without tracks
 * held out. Training rows of a held-out track are left out altogether. They cannot be asked about too: validation and test
 * have a row a track, as in the paper.
 */
import { createRandom } from '../lib/random.ts';
import type { Split } from './dataset.ts';

export interface HeldOutTracks<T> {
  splits: Record<Split, T[]>;
  /** All that have no row in the training split: those that had none before too. */
  tracks: number;
  of: number;
  /** Rows of theirs that were trained on, and now are in no split. */
  leftOut: T[];
}

/** The flag as a number. @throws Error when it is no share from 0 to below 1 */
export function shareFrom(flag: string, text: string): number {
  const share = text.trim() ? Number(text) : Number.NaN;
  if (share >= 0 && share < 1) return share;
  throw new Error(
    `${flag}: expected a share of the tracks from 0 to below 1, got "${text}". Give 0.25 for a quarter of them.`,
  );
}

/**
 * Equal seeds give equal splits; 0 changes nothing. Tracks that have no training row as it is count to the share, and where they are more
 * than the share, no other is held out.
 * @param share of the tracks that rows use, from 0 to below 1
 * @throws Error when nothing is left to train on
 */
export function holdOutTracks<T extends { musicId: string }>(
  splits: Readonly<Record<Split, readonly T[]>>,
  share: number,
  seed: string,
): HeldOutTracks<T> {
  const tracksOf = (split: Split) => new Set(splits[split].map(({ musicId }) => musicId));
  const [train, val, test] = [tracksOf('train'), tracksOf('val'), tracksOf('test')];
  const all = new Set([...train, ...val, ...test]);
  const wanted = Math.round(share * all.size) - (all.size - train.size);
  const held = new Set(wanted > 0 ? drawn(train, [test, val], wanted, seed) : []);
  const kept = splits.train.filter(({ musicId }) => !held.has(musicId));
  if (held.size && !kept.length)
    throw new Error(
      `hold out tracks: expected rows left to train on, found none with ${Math.round(share * all.size)} of ${all.size} tracks held out. Give a smaller --hold-out-tracks.`,
    );
  return {
    splits: { train: kept, val: [...splits.val], test: [...splits.test] },
    tracks: all.size - train.size + held.size,
    of: all.size,
    leftOut: splits.train.filter(({ musicId }) => held.has(musicId)),
  };
}

/** Evenly through the tracks of test, the other ones of validation, and the rest, so that each has its share of them. */
function drawn(
  tracks: ReadonlySet<string>,
  [test, val]: readonly [ReadonlySet<string>, ReadonlySet<string>],
  count: number,
  seed: string,
): string[] {
  const placeOf = (track: string): number => (test.has(track) ? 0 : val.has(track) ? 1 : 2);
  const order = createRandom(`${seed}/held-out tracks`)
    .shuffle([...tracks])
    .sort((a, b) => placeOf(a) - placeOf(b));
  const before = (i: number): number => Math.floor((i * count) / order.length + 0.5);
  return order.filter((_, i) => before(i + 1) > before(i));
}

/** For people. */
export function heldOutLine({ tracks, of, leftOut }: HeldOutTracks<unknown>): string {
  return `held out of training: ${tracks} of ${of} tracks; ${leftOut.length} rows of theirs are in no split`;
}
