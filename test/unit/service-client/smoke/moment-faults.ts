/** Moments that are not as they were promised. */
import type { Aligned, MomentsAnswer } from '../../../../offline/service-client/answers.ts';
import { eachMoment, type Fault, json, MOMENTS, status, when, without } from './breaking.ts';
import type { Asked } from './double.ts';

const longer = (span: Aligned): void => {
  span.endMs += 1;
};
const earlier = (span: Aligned, ms: number): void => {
  span.startMs -= ms;
  span.endMs -= ms;
};
const isOctets = ({ headers }: Asked): boolean => headers.get('content-type') === 'application/octet-stream';
const isForm = ({ headers }: Asked): boolean => (headers.get('content-type') ?? '').startsWith('multipart/');

export const MOMENT_FAULTS: readonly Fault[] = [
  ['tokens as JSON are answered with moments as long as the clip', 'a millisecond too long', eachMoment(longer)],
  [
    'tokens as JSON are answered with moments as long as the clip',
    'a moment behind the end of the track',
    eachMoment((moment) => earlier(moment, -60_000)),
  ],
  [
    'tokens as JSON are answered with moments as long as the clip',
    'a moment too few',
    json(MOMENTS, ({ moments }) => moments.pop()),
  ],
  [
    'tokens as JSON are answered with moments as long as the clip',
    'ranked the wrong way round',
    json(MOMENTS, ({ moments }: MomentsAnswer) => {
      moments.reverse();
      for (const [i, moment] of moments.entries()) moment.rank = i + 1;
    }),
  ],
  [
    'tokens as JSON are answered with moments as long as the clip',
    'a beat outside',
    eachMoment(({ beats }) => {
      beats.beatsMs.push(7321);
    }),
  ],
  [
    'tokens as JSON are answered with moments as long as the clip',
    'a curve of another sum',
    eachMoment(({ curve }) => {
      curve.weights[0] += 0.1;
    }),
  ],
  ['tokens as bytes are answered by the same bytes', 'another answer', when(isOctets, eachMoment(longer))],
  [
    'tokens as float16, as int8 and in gzip are answered by the same bytes',
    'another answer to gzip',
    when(({ headers }) => headers.has('content-encoding'), eachMoment(longer)),
  ],
  [
    'tokens as float16, as int8 and in gzip are answered by the same bytes',
    'another answer to int8',
    eachMoment(longer, 'int8'),
  ],
  ['frames are answered', 'a 500', when(isForm, status(MOMENTS, 500))],
  [
    'frames are answered',
    'another relevance than of tokens',
    when(
      isForm,
      eachMoment((moment) => {
        moment.relevance -= 1e-6;
      }),
    ),
  ],
  [
    'a given track is answered with its moment',
    'another moment',
    json(/tracks\/.*moments/, ({ moments }: MomentsAnswer) => earlier(moments[0], 1)),
  ],
  [
    'a given track is answered with its moment',
    'another track',
    json(/tracks\/.*moments/, ({ moments }: MomentsAnswer) => {
      moments[0].track.id = 'x';
    }),
  ],
  [
    'the same request is answered by the same bytes',
    'a clock in the answer',
    json(MOMENTS, (body) => {
      body.at = performance.now();
    }),
  ],
  ['an answer says how long its stages took', 'no times', without(MOMENTS, 'server-timing')],
  [
    'fit=model gives the length that the model predicts',
    'the clip’s length',
    eachMoment((moment) => {
      moment.endMs = moment.startMs + 7321;
    }),
  ],
  [
    'fit=musical gives whole bars',
    'half a bar',
    eachMoment((moment) => {
      moment.bars = 3.5;
    }),
  ],
  [
    'fit=musical gives whole bars',
    'twice as many bars',
    eachMoment((moment) => {
      moment.endMs += 8000;
      moment.bars = 8;
    }),
  ],
  [
    'fit=loop covers the clip to the millisecond',
    'a millisecond short',
    eachMoment(({ loop }) => {
      if (loop) loop.lastEndMs--;
    }),
  ],
  [
    'fit=loop covers the clip to the millisecond',
    'no loop',
    eachMoment((moment) => {
      delete moment.loop;
    }),
  ],
  [
    'snap moves a start by half a bar at most and keeps the length',
    'a whole bar',
    eachMoment((moment) => {
      earlier(moment, 2000);
      moment.snap.shiftMs -= 2000;
    }, '"snap":"downbeat"'),
  ],
  [
    'snap moves a start by half a bar at most and keeps the length',
    'another length',
    eachMoment(longer, '"snap":"beat"'),
  ],
  [
    'snap moves a start by half a bar at most and keeps the length',
    'no beat where it starts',
    eachMoment(({ beats }) => {
      beats.downbeatsMs.shift();
    }, '"snap":"downbeat"'),
  ],
  [
    'snap moves a start by half a bar at most and keeps the length',
    'another shift than it tells',
    eachMoment(({ snap }) => {
      snap.shiftMs++;
    }, '"snap":"beat"'),
  ],
  [
    'hitAtMs puts an onset there, within 50 ms',
    '51 ms late',
    eachMoment(({ hit }) => {
      if (hit) hit.atMs = 3660 + 51;
    }),
  ],
  [
    'hitAtMs puts an onset there, within 50 ms',
    'an onset elsewhere',
    eachMoment(({ hit }) => {
      if (hit) hit.onsetMs += 100;
    }),
  ],
  [
    'filters let through what they ask for, and all of it',
    'one too few',
    json(MOMENTS, ({ moments }, { body }) => {
      if (body.includes('"tags":"')) moments.pop();
    }),
  ],
  [
    'filters let through what they ask for, and all of it',
    'a track that is not as asked',
    eachMoment(({ track }) => {
      track.id = 'x';
    }, '"tags"'),
  ],
  [
    'filters let through what they ask for, and all of it',
    'a shorter track',
    eachMoment(({ track }) => {
      track.durationMs--;
    }, '"range"'),
  ],
  [
    'tracks are as long as minDurationMs asks',
    'a shorter track',
    eachMoment(({ track }) => {
      track.durationMs--;
    }, '"minDurationMs"'),
  ],
  [
    'what is excluded is absent',
    'the excluded track',
    eachMoment(({ track }, i) => {
      if (i === 0) track.id = 't0';
    }, '"exclude":{"tracks"'),
  ],
  [
    'what is excluded is absent',
    'the excluded artist',
    eachMoment(({ track }) => {
      track.artist = 'Artist 0';
    }, '"exclude":{"artists"'),
  ],
  [
    'diversity gives each artist no more than asked',
    'one artist for all',
    eachMoment(({ track }) => {
      track.artist = 'A';
    }, 'perArtist'),
  ],
  [
    'diversity gives each artist no more than asked',
    'lambda=1 changes the order',
    eachMoment(({ track }, i) => {
      track.id = `x${i}`;
    }, 'lambda'),
  ],
  [
    'alternatives are as long as the moment and overlap nothing',
    'one that overlaps',
    eachMoment((moment) => {
      if (moment.alternatives[0])
        Object.assign(moment.alternatives[0], { startMs: moment.startMs + 1, endMs: moment.endMs + 1 });
    }),
  ],
  [
    'alternatives are as long as the moment and overlap nothing',
    'one that is longer',
    eachMoment((moment) => {
      moment.alternatives.forEach(longer);
    }),
  ],
  [
    'alternatives are as long as the moment and overlap nothing',
    'some that nobody asked for',
    eachMoment((moment) => {
      moment.alternatives.push({ startMs: 0, endMs: 1, snap: { kind: 'none', shiftMs: 0 } });
    }),
  ],
  [
    'gainDb follows targetLufs',
    'twice as much',
    eachMoment((moment) => {
      moment.gainDb = -30;
    }, '-26'),
  ],
];
