/** A log of used moments to the cue table of a catalogue, for `index build --log FILE`; and the lines that report it. */

import type { Cue, CueTable } from '../../index/format/cues.ts';
import { DEFAULT_PARAMETERS } from '../../index/moment/cue-rule.ts';
import { CLUSTER_MS, clusterStarts } from './cluster.ts';
import { type FittedRule, NOT_FITTED } from './fit.ts';
import { createMatcher, type KnownTrack, type Matches, matchTracks, WAYS } from './match.ts';
import type { Use } from './use.ts';
import { readLog } from './uses.ts';

export interface Learned {
  table: CueTable;
  matches: Matches;
  /** Uses of matched tracks that start behind the track's end: they were left out. */
  behindEnd: number;
  /** What was understood of the log's file. */
  understood?: string;
}

/**
 * @param tracks the catalogue, in its order
 * @param rule what fitRule found on held-out uses; without it the documented defaults
 */
export function learnCues(uses: readonly Use[], tracks: Iterable<KnownTrack>, rule?: FittedRule): Learned {
  return cuesOf(uses, matchTracks(uses, tracks), rule);
}

/** The same of a log's file, and of a catalogue that may be read as it goes. @throws Error naming the file and the row or line that cannot be used */
export async function logToCues(
  path: string,
  tracks: Iterable<KnownTrack> | AsyncIterable<KnownTrack>,
  rule?: FittedRule,
): Promise<Learned> {
  const { uses, understood } = await readLog(path);
  const matcher = createMatcher(uses);
  for await (const track of tracks) matcher.append(track);
  return { ...cuesOf(uses, matcher.close(), rule), understood };
}

function cuesOf(uses: readonly Use[], matches: Matches, rule?: FittedRule): Learned {
  const { labelOf, durationMsOf, tracks } = matches;
  const found = uses.filter(({ trackId }) => labelOf.has(trackId));
  const inside = found.filter((use) => use.startMs < durationMsOf.get(labelOf.get(use.trackId)!)!);
  const cues = new Array<readonly Cue[]>(tracks).fill(NONE); // one for all that were never used
  for (const [label, ofTrack] of Map.groupBy(inside, ({ trackId }) => labelOf.get(trackId)!))
    cues[label] = clusterStarts(ofTrack);
  const { parameters, fit } = rule ?? { parameters: DEFAULT_PARAMETERS, fit: NOT_FITTED };
  return { table: { parameters, fit, clusterMs: CLUSTER_MS, cues }, matches, behindEnd: found.length - inside.length };
}

const NONE: readonly Cue[] = [];

const LISTED = 10;

/** Lines: what was learned, how the log's tracks were found, which were not. */
export function describeCues({ table, matches, behindEnd, understood }: Learned): string[] {
  const withCues = table.cues.filter(({ length }) => length > 0);
  const cues = withCues.flat();
  const uses = cues.reduce((sum, { count }) => sum + count, 0);
  const { labelOf, found, unmatched } = matches;
  const ways = WAYS.filter((way) => found[way]).map((way) => `${found[way]} by ${way}`);
  const more = unmatched.length - LISTED;
  return [
    ...(understood ? [`cues: read ${understood}`] : []),
    `cues: ${cues.length} in ${withCues.length} of ${table.cues.length} tracks, from ${uses} uses; ${labelOf.size} tracks of the log found${ways.length ? ` (${ways.join(', ')})` : ''}`,
    ...(behindEnd ? [`left out: ${behindEnd} uses that start behind the end of their track`] : []),
    ...unmatched
      .slice(0, LISTED)
      .map(
        ({ trackId, uses, reason }) => `no cue from "${trackId}" (${uses} ${uses === 1 ? 'use' : 'uses'}): ${reason}`,
      ),
    ...(more > 0 ? [`no cue from ${more} more tracks of the log`] : []),
  ];
}
