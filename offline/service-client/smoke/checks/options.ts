/** Does each option keep its promise? Every one is asked for by itself, and compared with the answer without it where that says more. */
import { LEAST_MOMENT_MS } from '../../../../index/moment/placement.ts';
import type { Facet, Moment } from '../../answers.ts';
import type { Check } from '../check.ts';
import type { Smoke } from '../facts.ts';
import { jsonOf, K, momentsWith } from '../facts.ts';
import { areApart, areRanked, idsOf, isAsLongAs, isInside, isNear, isWhole, lengthOf } from '../promises.ts';
import { Beside, meets } from '../unmet.ts';

/** Moments where the more say more. */
const MANY = 10;

export const optionChecks: readonly Check[] = [
  { name: 'fit=model gives the length that the model predicts', run: fitModel },
  { name: 'fit=musical gives whole bars', run: fitMusical },
  { name: 'fit=loop covers the clip to the millisecond', run: fitLoop },
  { name: 'snap moves a start by half a bar at most and keeps the length', run: snap },
  { name: 'hitAtMs puts an onset there, within 50 ms', run: hit },
  { name: 'filters let through what they ask for, and all of it', run: filters },
  { name: 'tracks are as long as minDurationMs asks', run: minDuration },
  { name: 'what is excluded is absent', run: exclude },
  { name: 'diversity gives each artist no more than asked', run: diversity },
  { name: 'alternatives are as long as the moment and overlap nothing', run: alternatives },
  { name: 'gainDb follows targetLufs', run: loudness },
];

async function fitModel(smoke: Smoke): Promise<undefined> {
  for (const moment of await momentsWith(smoke, { fit: 'model' })) {
    isWhole(moment);
    const length = lengthOf(moment.predicted);
    meets(lengthOf(moment) > 0, `music of ${moment.track.id}`, 'an empty moment');
    if (length < LEAST_MOMENT_MS) continue; // it is as fit=clip then
    meets(Math.abs(lengthOf(moment) - length) <= 1, `${length} ms of ${moment.track.id}`, `${lengthOf(moment)} ms`);
  }
}

async function fitMusical(smoke: Smoke): Promise<string> {
  const { durationMs } = await smoke.facts.tokens();
  const moments = await momentsWith(smoke, { fit: 'musical' });
  for (const moment of moments) {
    isWhole(moment);
    const { bars, track } = moment;
    if (bars === undefined) {
      isAsLongAs(durationMs, moment);
      continue;
    }
    meets(Number.isInteger(bars) && bars >= 1, `whole bars of ${track.id}`, bars);
    const [length, bar] = [lengthOf(moment), lengthOf(moment) / bars];
    const isNearest = Math.abs(length - durationMs) <= bar || bars === 1 || length + bar > track.durationMs;
    meets(isNearest, `about ${durationMs} ms of ${track.id}`, `${length} ms in ${bars} bars`);
  }
  return `${moments.filter(({ bars }) => bars !== undefined).length} of ${moments.length} have bars`;
}

async function fitLoop(smoke: Smoke): Promise<undefined> {
  const { durationMs } = await smoke.facts.tokens();
  for (const moment of await momentsWith(smoke, { fit: 'loop' })) {
    isWhole(moment);
    const { loop, startMs, endMs, track } = moment;
    meets(loop !== undefined, `a loop of ${track.id}`, 'none');
    const played = (loop.repeats - 1) * lengthOf(moment) + loop.lastEndMs - startMs;
    meets(played === durationMs, `${durationMs} ms of ${track.id} in all`, `${played} ms`);
    meets(loop.lastEndMs > startMs && loop.lastEndMs <= endMs, 'a last pass inside the moment', loop);
  }
}

async function snap(smoke: Smoke): Promise<string> {
  const unmoved = new Map((await momentsWith(smoke, { snap: 'none', k: MANY })).map((one) => [one.track.id, one]));
  const kinds = new Map<string, number>();
  for (const wanted of ['downbeat', 'beat'])
    for (const moment of await momentsWith(smoke, { snap: wanted, k: MANY })) {
      const { track, beats, startMs } = moment;
      const { kind, shiftMs } = moment.snap;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      isWhole(moment);
      const before = unmoved.get(track.id);
      meets(before !== undefined, `${track.id} with snap=none too`, [...unmoved.keys()].join(', '));
      meets(before.snap.shiftMs === 0 && before.snap.kind === 'none', 'snap=none to move nothing', before.snap);
      meets(lengthOf(moment) === lengthOf(before), `${lengthOf(before)} ms of ${track.id}`, `${lengthOf(moment)} ms`);
      const from = startMs - shiftMs;
      meets(from === before.startMs, `${track.id} moved from ${before.startMs} ms`, `${from} ms`);
      const lines = { downbeat: beats.downbeatsMs, beat: beats.beatsMs, none: [0] }[kind] ?? [];
      meets(lines[0] === 0, `${track.id} to start on the ${kind} it names`, lines.slice(0, 2));
      meets(kind !== 'none' || shiftMs === 0, `${track.id} unmoved, as it names no beat`, shiftMs);
      if (kind !== 'none') isNear(moment, await beatsPerBar(smoke, track.id));
    }
  return [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ');
}

async function beatsPerBar({ service }: Smoke, id: string): Promise<number | null> {
  return (await jsonOf<{ beatsPerBar: number | null }>(service, `/v1/tracks/${encodeURIComponent(id)}`)).beatsPerBar;
}

const HIT_TOLERANCE_MS = 50;

async function hit(smoke: Smoke): Promise<string> {
  const { durationMs } = await smoke.facts.tokens();
  const hitAtMs = Math.floor(durationMs / 2);
  const moments = await momentsWith(smoke, { hitAtMs, k: MANY });
  for (const moment of moments) {
    isWhole(moment);
    isAsLongAs(durationMs, moment);
    if (!moment.hit) continue; // nothing begins that could be brought there
    const { onsetMs, atMs } = moment.hit;
    meets(Math.abs(atMs - hitAtMs) <= HIT_TOLERANCE_MS, `an onset at ${hitAtMs} ms of the clip, ±50`, atMs);
    meets(
      onsetMs - moment.startMs === atMs,
      `the onset at ${onsetMs} of the track to fall there`,
      onsetMs - moment.startMs,
    );
  }
  return `${moments.filter((moment) => moment.hit).length} of ${moments.length} have one`;
}

async function filters(smoke: Smoke): Promise<string> {
  const { tracks, fields } = await smoke.facts.filters();
  const told: string[] = [];
  const facet = fields.find((one) => one.field !== 'territory' && dividing(one, tracks)); // everywhere is any territory
  if (facet) {
    const { value, tracks: count } = dividing(facet, tracks)!;
    const having = await momentsWith(smoke, { k: MANY, filters: { [facet.field]: value } });
    const lacking = await momentsWith(smoke, { k: MANY, filters: { [facet.field]: { not: value } } });
    const what = `${facet.field} ${JSON.stringify(value)}`;
    gives(having, Math.min(MANY, count), what);
    gives(lacking, Math.min(MANY, tracks - count), `not ${what}`);
    const both = idsOf(having).filter((id) => idsOf(lacking).includes(id));
    meets(both.length === 0, `no track with and without ${what}`, both.join(', '));
    told.push(`${what}: ${count} of ${tracks}`);
  }
  const longest = fields.find(({ field }) => field === 'durationMs')?.max;
  meets(
    longest !== undefined,
    'durationMs among the fields of /v1/filters',
    fields.map(({ field }) => field).join(', '),
  );
  const atLeast = await momentsWith(smoke, { k: MANY, filters: { durationMs: { range: { min: longest } } } });
  const durations = atLeast.map(({ track }) => track.durationMs);
  meets(durations.length > 0 && durations.every((ms) => ms === longest), `only tracks of ${longest} ms`, durations);
  gives(await momentsWith(smoke, { filters: { durationMs: { range: { max: 1 } } } }), 0, 'a millisecond at most');
  return [...told, `the longest, ${longest} ms: ${durations.length}`].join('; ');
}

/** A value that some tracks have and others do not. */
function dividing({ values = [] }: Facet, all: number) {
  return values.find(({ tracks }) => tracks > 0 && tracks < all);
}

function gives(moments: readonly Moment[], count: number, what: string): void {
  meets(moments.length === count, `${count} moments for ${what}`, moments.length);
  areRanked(moments);
}

async function minDuration(smoke: Smoke): Promise<string> {
  const { fields } = await smoke.facts.filters();
  const { durationMs } = await smoke.facts.tokens();
  const longest = fields.find(({ field }) => field === 'durationMs')?.max ?? 0;
  for (const [minDurationMs, leastMs] of [
    ['clip', durationMs],
    [longest, longest],
  ] as const) {
    const moments = await momentsWith(smoke, { k: MANY, minDurationMs });
    const short = moments.find(({ track }) => track.durationMs < leastMs);
    meets(
      short === undefined,
      `tracks of at least ${leastMs} ms`,
      short && `${short.track.durationMs} of ${short.track.id}`,
    );
    areRanked(moments);
  }
  return `the clip's ${durationMs} ms, the longest track's ${longest} ms`;
}

async function exclude(smoke: Smoke): Promise<string> {
  const { counts } = await smoke.facts.index();
  const [first] = await momentsWith(smoke);
  const { id, artist } = first.track;
  const others = await momentsWith(smoke, { exclude: { tracks: [id] } });
  meets(!idsOf(others).includes(id), `no moment of ${id}`, idsOf(others).join(', '));
  gives(others, Math.min(K, counts.tracks - counts.removed - 1), `all but ${id}`);
  if (artist === null) return `track ${id}`;
  const strangers = await momentsWith(smoke, { exclude: { artists: [artist] } });
  const left = strangers.filter(({ track }) => track.artist === artist);
  meets(left.length === 0, `nothing by ${artist}`, idsOf(left).join(', '));
  return `track ${id}, artist ${artist}`;
}

async function diversity(smoke: Smoke): Promise<string> {
  const moments = await momentsWith(smoke, { k: MANY, diversity: { perArtist: 1 } });
  const artists = moments.flatMap(({ track }) => (track.artist === null ? [] : [track.artist.toLowerCase()]));
  meets(new Set(artists).size === artists.length, 'each artist once', artists.join(', '));
  const [plain, ranked] = [await momentsWith(smoke), await momentsWith(smoke, { diversity: { lambda: 1 } })];
  meets(
    idsOf(plain).join() === idsOf(ranked).join(),
    `lambda=1 to change nothing: ${idsOf(plain)}`,
    `${idsOf(ranked)}`,
  );
  return `${moments.length} moments of ${artists.length} named artists`;
}

const ALTERNATIVES = 3;

async function alternatives(smoke: Smoke): Promise<string> {
  const moments = await momentsWith(smoke, { alternatives: ALTERNATIVES });
  for (const moment of moments) {
    const { track } = moment;
    const spans = [moment, ...moment.alternatives];
    meets(
      moment.alternatives.length <= ALTERNATIVES,
      `at most ${ALTERNATIVES} of ${track.id}`,
      moment.alternatives.length,
    );
    areApart(spans, track.id);
    for (const span of moment.alternatives) {
      isInside(span, track.durationMs, track.id);
      meets(lengthOf(span) === lengthOf(moment), `${lengthOf(moment)} ms of ${track.id}`, `${lengthOf(span)} ms`);
    }
  }
  const none = (await momentsWith(smoke)).find((moment) => moment.alternatives.length > 0);
  meets(none === undefined, 'no alternatives unless asked for', none?.alternatives.length);
  return moments.map((moment) => moment.alternatives.length).join(' + ');
}

const [LOUD, QUIET] = [-16, -26];
/** gainDb is rounded down to a tenth. */
const GAIN_TOLERANCE = 0.11;

async function loudness(smoke: Smoke): Promise<string> {
  const loud = await momentsWith(smoke, { targetLufs: LOUD });
  const quiet = await momentsWith(smoke, { targetLufs: QUIET });
  let heard = 0;
  for (const [i, { track, gainDb }] of loud.entries()) {
    const less = quiet[i]?.gainDb ?? null;
    meets((gainDb === null) === (less === null), `a gain of ${track.id} for both targets, or for none`, [gainDb, less]);
    if (gainDb === null || less === null) continue;
    heard++;
    const difference = gainDb - less; // less than all of it where the peak leaves no room upwards
    const isRight = difference >= -GAIN_TOLERANCE && difference <= LOUD - QUIET + GAIN_TOLERANCE;
    meets(isRight, `a gain of ${track.id} that is 0 to ${LOUD - QUIET} dB lower`, difference);
  }
  if (heard === 0) throw new Beside('no moment of these can be heard');
  return `${loud.map(({ gainDb }) => gainDb).join(', ')} dB to ${LOUD} LUFS`;
}
