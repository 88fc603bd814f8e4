/** Are the tracks and what can be asked of them listed? */
import type { TrackAnswer, TracksAnswer } from '../../answers.ts';
import type { Check } from '../check.ts';
import { jsonOf } from '../facts.ts';
import { meets } from '../unmet.ts';

/** Enough to see that a page goes on where the one before it ended. */
const PAGES = 3;

/** What GET /v1/tracks/{id} says beyond the list. */
interface DescribedTrack extends TrackAnswer {
  waveform: number[];
  highlight: { startMs: number; endMs: number } | null;
  beats: { beatsMs: number[]; downbeatsMs: number[] };
  cues: { startMs: number; uses: number }[];
}

export const catalogueChecks: readonly Check[] = [
  {
    name: 'GET /v1/tracks lists tracks of the index',
    async run({ facts }) {
      const { indexVersion, tracks, next } = await facts.tracks();
      const { indexVersion: served, counts } = await facts.index();
      meets(indexVersion === served, `index ${served}`, indexVersion);
      const live = counts.tracks - counts.removed;
      const expected = Math.min(200, live);
      meets(tracks.length === expected, `${expected} of ${live} tracks`, tracks.length);
      meets(
        new Set(tracks.map(({ id }) => id)).size === tracks.length,
        'ids that differ',
        tracks.map(({ id }) => id),
      );
      meets((next === undefined) === live <= 200, live > 200 ? 'a next page' : 'no next page', next ?? 'none');
      return `${live} tracks`;
    },
  },
  {
    name: 'pages of GET /v1/tracks follow one another',
    async run({ service, facts }) {
      const all = (await facts.tracks()).tracks.map(({ id }) => id);
      const size = Math.max(1, Math.floor(all.length / PAGES));
      const paged: string[] = [];
      let query = `limit=${size}`;
      for (let page = 0; page < PAGES && paged.length < all.length; page++) {
        const answer = await jsonOf<TracksAnswer>(service, `/v1/tracks?${query}`);
        paged.push(...answer.tracks.map(({ id }) => id));
        if (answer.next === undefined) break;
        query = `limit=${size}&cursor=${encodeURIComponent(answer.next)}`;
      }
      const expected = all.slice(0, Math.min(all.length, PAGES * size));
      meets(paged.join() === expected.join(), `pages of ${size} to list ${expected.join(', ')}`, paged.join(', '));
      return `pages of ${size}`;
    },
  },
  {
    name: 'GET /v1/tracks/{id} says more of one track',
    async run({ service, facts }) {
      const [listed] = (await facts.tracks()).tracks;
      const path = `/v1/tracks/${encodeURIComponent(listed.id)}`;
      const { waveform, highlight, beats, cues, ...same } = await jsonOf<DescribedTrack>(service, path);
      const [one, other] = [listed, same].map((track) => JSON.stringify(track));
      meets(one === other, `what the list says, ${one}`, other);
      meets(Array.isArray(waveform), 'a waveform', waveform);
      meets(highlight === null || highlight.startMs < highlight.endMs, 'a highlight or null', highlight);
      const inTrack = [...beats.beatsMs, ...cues.map(({ startMs }) => startMs)];
      meets(
        inTrack.every((atMs) => atMs <= same.durationMs),
        'beats and cues within the track',
        inTrack,
      );
      return `${waveform.length} points of waveform`;
    },
  },
  {
    name: 'GET /v1/filters counts every track in each field',
    async run({ facts }) {
      const { tracks, fields } = await facts.filters();
      const { counts } = await facts.index();
      meets(tracks === counts.tracks - counts.removed, `${counts.tracks - counts.removed} tracks`, tracks);
      for (const facet of fields) {
        const { field, without } = facet;
        const sum = facet.tracks + without;
        meets(sum === tracks, `${tracks} tracks with or without ${field}`, `${facet.tracks} + ${without}`);
        const most = Math.max(0, ...(facet.values ?? []).map((value) => value.tracks));
        meets(most <= tracks, `values of ${field} of at most ${tracks} tracks`, most);
      }
      meets(fields.length > 0, 'a field', 'none');
      return fields.map(({ field }) => field).join(', ');
    },
  },
];
