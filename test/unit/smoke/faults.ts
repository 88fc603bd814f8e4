/** Ways to break the double, at least one for each check: what the check is there to find. */
import type { Aligned, Moment, MomentsAnswer } from '../../../offline/smoke/answers.ts';
import type { Asked, Breaking, Said } from './double.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer's JSON, about to be made wrong
type Json = any;

/** Change the JSON of answers to paths that match. */
function json(path: RegExp, change: (body: Json, asked: Asked) => void): Breaking {
  return ({ status, headers, body }, asked) => {
    if (!path.test(asked.path) || status >= 300 || body.length === 0) return undefined;
    const value = JSON.parse(new TextDecoder().decode(body as Uint8Array));
    change(value, asked);
    return { status, headers, body: JSON.stringify(value) };
  };
}

const MOMENTS = /\/moments$/;
/** Each moment of answers to requests whose body has a text in it. */
const eachMoment = (change: (moment: Moment, i: number) => void, asking = ''): Breaking =>
  json(MOMENTS, ({ moments }: MomentsAnswer, asked) => {
    if (asked.body.includes(asking)) moments.forEach(change);
  });
const answers = (path: RegExp, change: (said: Said, asked: Asked) => Partial<Said> | undefined): Breaking => {
  return (said, asked) => (path.test(asked.path) ? change(said, asked) : undefined);
};
const status = (path: RegExp, code: number): Breaking => answers(path, () => ({ status: code }));
const without = (path: RegExp, name: string): Breaking =>
  answers(path, ({ headers }) => {
    headers.delete(name);
    return undefined;
  });
const withHeader = (path: RegExp, name: string, value: string): Breaking =>
  answers(path, ({ headers }) => {
    headers.set(name, value);
    return undefined;
  });
const when = (isMeant: (asked: Asked, said: Said) => boolean, breaking: Breaking): Breaking => {
  return (said, asked) => (isMeant(asked, said) ? breaking(said, asked) : undefined);
};
const longer = (span: Aligned): void => {
  span.endMs += 1;
};
const earlier = (span: Aligned, ms: number): void => {
  span.startMs -= ms;
  span.endMs -= ms;
};
const isOctets = ({ headers }: Asked): boolean => headers.get('content-type') === 'application/octet-stream';
const isForm = ({ headers }: Asked): boolean => (headers.get('content-type') ?? '').startsWith('multipart/');

export const FAULTS: readonly [check: string, fault: string, breaking: Breaking][] = [
  ['GET /healthz says that the index is open', 'a 503', status(/healthz/, 503)],
  [
    'GET /healthz says that the index is open',
    'another status',
    json(/healthz/, (body) => {
      body.status = 'bad';
    }),
  ],
  [
    'GET /v1/index names the index, its encoder and its size',
    'another version than /healthz',
    json(/index$/, (body) => {
      body.indexVersion = 'other';
    }),
  ],
  [
    'GET /v1/index names the index, its encoder and its size',
    'no tracks',
    json(/index$/, (body) => {
      body.counts.tracks = 0;
    }),
  ],
  [
    'GET /openapi.json is OpenAPI 3.1 and lists every path',
    'a path too few',
    json(/openapi/, (body) => {
      delete body.paths['/v1/filters'];
    }),
  ],
  [
    'GET /openapi.json is OpenAPI 3.1 and lists every path',
    'OpenAPI 3.0',
    json(/openapi/, (body) => {
      body.openapi = '3.0.3';
    }),
  ],
  ['GET /docs is a page', 'plain text', withHeader(/docs/, 'content-type', 'text/plain')],
  [
    'answers are as /openapi.json describes them',
    'a text for a number',
    eachMoment((moment: Json) => {
      moment.relevance = 'high';
    }),
  ],
  [
    'answers are as /openapi.json describes them',
    'a field too few',
    json(/tracks\/t0$/, (body) => {
      delete body.waveform;
    }),
  ],
  ['answers are as /openapi.json describes them', 'a status that is not listed', status(/no-such-track/, 418)],
  ['who has an answer is told 304', 'no tag', without(MOMENTS, 'etag')],
  ['who has an answer is told 304', '200 for the same tag', status(/index$/, 200)],
  [
    'who has an answer is told 304',
    '304 for another tag',
    when(({ headers }) => headers.has('if-none-match'), status(/index$/, 304)),
  ],
  [
    'a wrong key is refused, and so is none',
    'any key is good',
    when(
      ({ headers }) => headers.has('authorization'),
      (said) => ({ ...said, status: 200 }),
    ),
  ],
  ['a wrong key is refused, and so is none', 'no challenge', without(/index$/, 'www-authenticate')],
  [
    'a wrong key is refused, and so is none',
    'no key is good',
    when(({ headers }) => headers.has('authorization'), status(/index$/, 401)),
  ],
  [
    'answers and problems have headers of safety',
    'nosniff is missing of problems',
    without(/no-such-path/, 'x-content-type-options'),
  ],
  ['answers and problems have headers of safety', 'no policy', without(/index$/, 'content-security-policy')],
  ['an answer has an id, the one that was sent where there was one', 'no id', without(/index$/, 'x-request-id')],
  [
    'an answer has an id, the one that was sent where there was one',
    'always the same',
    withHeader(/./, 'x-request-id', 'smoke-4711'),
  ],
  ['a preflight is answered', 'a 404', status(/moments/, 404)],
  [
    'a preflight is answered',
    'no leave to send a key',
    withHeader(/moments/, 'access-control-allow-headers', 'content-type'),
  ],
  [
    'a preflight is answered',
    'leave for everyone who asks',
    withHeader(/moments/, 'access-control-allow-origin', 'https://smoke.invalid'),
  ],
  [
    'GET /v1/tracks lists tracks of the index',
    'a track too few',
    json(/tracks$/, (body) => {
      body.tracks.pop();
    }),
  ],
  [
    'pages of GET /v1/tracks follow one another',
    'the first page again',
    json(/tracks$/, (body, { query }) => {
      if (query.has('cursor')) body.tracks[0].id = 't0';
    }),
  ],
  [
    'GET /v1/tracks/{id} says more of one track',
    'another title',
    json(/tracks\/t0$/, (body) => {
      body.title = 'Other';
    }),
  ],
  [
    'GET /v1/filters counts every track in each field',
    'a count too many',
    json(/filters/, (body) => {
      body.fields[0].tracks++;
    }),
  ],
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
  [
    'a preview is played by byte ranges',
    'ranges are ignored',
    answers(/preview/, (said, { headers }) => (headers.has('range') ? { ...said, status: 200 } : undefined)),
  ],
  [
    'a preview is played by byte ranges',
    'other bytes',
    answers(/preview/, (said) =>
      said.status === 206 ? { ...said, body: new Uint8Array(said.body.length).fill(7) } : undefined,
    ),
  ],
  [
    'a preview is played by byte ranges',
    'no size with 416',
    when((_, said) => said.status === 416, without(/preview/, 'content-range')),
  ],
  ["a preview's address cannot be made up", 'any signature opens it', status(/preview/, 200)],
  ['feedback is kept, or refused where there is no place for it', 'a 500', status(/feedback/, 500)],
  [
    'feedback is kept, or refused where there is no place for it',
    'nothing accepted',
    json(/feedback/, (body) => {
      body.accepted = 0;
    }),
  ],
  ['feedback of another form is refused', 'it is accepted', status(/feedback/, 202)],
  ['the index is the same at the end', 'another one', otherAtTheEnd()],
];

function otherAtTheEnd(): Breaking {
  let asked = 0;
  return json(/index$/, (body) => {
    body.indexVersion = `version ${asked++}`;
  });
}

/** Of every refusal. */
export const PROBLEM_FAULTS: readonly [fault: string, breaking: Breaking][] = [
  ['a 500 without a word', (said) => (said.status >= 400 ? { ...said, status: 500, body: 'oops' } : undefined)],
  ['an answer', (said) => (said.status >= 400 ? { ...said, status: 200, body: '{}' } : undefined)],
  [
    'another code',
    problem((body) => {
      body.code = 'internal';
    }),
  ],
  [
    'another request’s id',
    problem((body) => {
      body.requestId = 'x';
    }),
  ],
  [
    'no word of what to do',
    problem((body) => {
      body.detail = 'invalid';
    }),
  ],
];

function problem(change: (body: Json) => void): Breaking {
  return (said) => {
    if (said.status < 400) return undefined;
    const body = JSON.parse(new TextDecoder().decode(said.body as Uint8Array));
    change(body);
    return { ...said, body: JSON.stringify(body) };
  };
}
