/** Ways to break the double, at least one for each check: what the check is there to find. Moments have a file of their own. */
import {
  answers,
  eachMoment,
  type Fault,
  type Json,
  json,
  MOMENTS,
  status,
  when,
  withHeader,
  without,
} from './breaking.ts';
import type { Breaking } from './double.ts';
import { MOMENT_FAULTS } from './moment-faults.ts';

export const FAULTS: readonly Fault[] = [
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
  ...MOMENT_FAULTS,
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
