/**
 * Clips of tracks that were trained on, and clips of tracks that were not: every measure of a split is told of both apart.
 *
 * A catalogue's new tracks are the case that counts in practice, and a network may know a track that it was trained on by heart. A
 * track is seen where it has rows in the training split, whatever else the model is told of it (a log, for one). A rank is among all
 * tracks of the split in either group. Which tracks are held out of training is hold-out.ts's (offline/data) to say.
 */

/** In the order of a table. The last two are of two models that were trained on different rows (evaluate --compare). */
const GROUPS = ['seen', 'new', 'A only', 'B only'] as const;
export type TrackGroup = (typeof GROUPS)[number];

/** Of each group that has clips. */
export type Apart<T> = Partial<Record<TrackGroup, T>>;

/** A clip of a track that has so many rows in the training split; undefined where nobody knows. */
export interface OfTrack {
  trainingRows?: number;
}

/** Training rows of the track of each row. */
export function trainingRowsOf(rows: readonly { musicId: string }[], train: readonly { musicId: string }[]): number[] {
  const uses = new Map<string, number>();
  for (const { musicId } of train) uses.set(musicId, (uses.get(musicId) ?? 0) + 1);
  return rows.map(({ musicId }) => uses.get(musicId) ?? 0);
}

export const groupOf = ({ trainingRows }: OfTrack): TrackGroup | undefined =>
  trainingRows === undefined ? undefined : trainingRows > 0 ? 'seen' : 'new';

/** The same row in two evaluations, whose models need not have been trained on the same rows. */
export function groupOfBoth(a: OfTrack, b: OfTrack): TrackGroup | undefined {
  const [one, other] = [groupOf(a), groupOf(b)];
  if (one === other || !one || !other) return one && other;
  return one === 'seen' ? 'A only' : 'B only';
}

/**
 * @param groups of each row
 * @param of what is measured of the rows with these indices
 * @returns undefined where there is only one group, or a row whose group is not known: there is nothing to tell apart
 */
export function apart<T>(
  groups: readonly (TrackGroup | undefined)[],
  of: (indices: readonly number[]) => T,
): Apart<T> | undefined {
  if (groups.includes(undefined)) return undefined;
  const indices = Map.groupBy(groups.keys(), (i) => groups[i]!);
  if (indices.size < 2) return undefined;
  return Object.fromEntries(GROUPS.flatMap((group) => (indices.has(group) ? [[group, of(indices.get(group)!)]] : [])));
}

/** The groups that there are, in the order of a table. */
export const entriesOf = <T>(parts: Apart<T> | undefined): [TrackGroup, T][] =>
  Object.entries(parts ?? {}) as [TrackGroup, T][];

const IN_WORDS: Readonly<Record<TrackGroup, string>> = {
  seen: 'tracks with training rows',
  new: 'tracks without',
  'A only': 'tracks that only A was trained on',
  'B only': 'tracks that only B was trained on',
};

/** What the groups of a table are; nothing where there are none. @param clips of each group */
export function legend(clips: Apart<number> | undefined): string[] {
  const told = entriesOf(clips).map(([group, count]) => `${group}: the ${count} clips of ${IN_WORDS[group]}`);
  return told.length ? [`${told.join('; ')}; ranks are among all tracks`] : [];
}

/** Where all are new, it is said; nothing where all are seen, as usual, or both are told apart. */
export function allNew(trainingRows: readonly (number | undefined)[]): string[] {
  const none = trainingRows.length > 0 && trainingRows.every((count) => count === 0);
  return none ? ['none of these tracks has a row in the training split'] : [];
}
