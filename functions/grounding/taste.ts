/** What a request says of somebody's taste, against the index: the tracks' vectors looked up (the rule is index/search/taste.ts). */
import { DEFAULT_TASTE_WEIGHT, directionOf, type Pull } from '../../index/search/taste.ts';
import type { OpenIndex } from './open-index.ts';
import { meanVector } from './rank.ts';

/** Tracks that somebody used, or does not want, and how much that counts. */
export interface TasteSide {
  tracks: readonly string[];
  weight?: number;
}

export interface Taste {
  prefer?: TasteSide;
  avoid?: TasteSide;
}

/** What became of the ids: how many are tracks of the index, and which are not. */
export interface TasteTold {
  tracks: number;
  unknown: string[];
}

export interface OpenTaste {
  pulls: Pull[];
  told: Partial<Record<'prefer' | 'avoid', TasteTold>>;
}

/** None of the tracks is one of the index: the caller's fault. */
export class TasteError extends Error {
  override readonly name = 'TasteError';
}

/**
 * Ids that the index does not have are passed over, as `exclude` does: what somebody used may have been removed. Each track counts once, in
 * whatever order they are named.
 * @returns undefined where a request says nothing of it
 * @throws TasteError when none of the ids is of the index; what reading a shard throws
 */
export async function openTaste(index: OpenIndex, taste: Taste): Promise<OpenTaste | undefined> {
  if (!taste.prefer && !taste.avoid) return undefined;
  const pulls: Pull[] = [];
  const told: OpenTaste['told'] = {};
  for (const [side, sign] of [
    ['prefer', 1],
    ['avoid', -1],
  ] as const) {
    const { tracks, weight = index.manifest.taste?.weight ?? DEFAULT_TASTE_WEIGHT } = taste[side] ?? {};
    if (!tracks) continue;
    const ids = [...new Set(tracks)];
    const found = await index.catalogue.labelsOf(ids);
    const labels = found.filter((label) => label !== undefined).sort((a, b) => a - b);
    if (!labels.length)
      throw new TasteError(
        `${side}.tracks: expected ids of tracks of the index, got none among ${ids.length}. GET /v1/tracks lists them.`,
      );
    const direction = directionOf(await vectorsOf(index, labels));
    if (direction) pulls.push({ direction, weight: sign * weight });
    told[side] = { tracks: labels.length, unknown: ids.filter((_, i) => found[i] === undefined) };
  }
  return { pulls, told };
}

/** h0 [D] of each. */
async function vectorsOf(
  { candidates, tokens, manifest }: OpenIndex,
  labels: readonly number[],
): Promise<Float32Array[]> {
  const { vectorOf } = candidates;
  if (vectorOf) return labels.map((label) => vectorOf(label));
  return (await tokens.of(labels)).map((one) => meanVector(one, manifest.model.width));
}
