/** Is nonsense refused with the code that /openapi.json lists, and never with a failure? A code is a check of its own. */

import { drawnFrames, type Tokens } from '../../clip.ts';
import { asForm, asJson, type Options } from '../../requests.ts';
import type { Sent } from '../../service.ts';
import type { Check } from '../check.ts';
import type { Smoke } from '../facts.ts';
import { meets } from '../unmet.ts';
import { isProblem } from './access.ts';

const MOMENTS = '/v1/moments';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Refused {
  what: string;
  code: string;
  path?: string;
  sent?: Sent;
  /** Of a request that is right but for these. */
  options?: (tokens: Tokens) => Options;
}

const withNaN = ({ values }: Tokens): string => {
  const changed = Float32Array.from(values);
  changed[0] = Number.NaN;
  return Buffer.from(changed.buffer).toString('base64');
};

const REFUSED: readonly Refused[] = [
  { what: 'broken JSON', code: 'json-broken', sent: { headers: JSON_TYPE, body: '{"k": 5' } },
  { what: 'a list', code: 'json-broken', sent: { headers: JSON_TYPE, body: '[]' } },
  {
    what: 'plain text',
    code: 'content-type-unsupported',
    sent: { headers: { 'content-type': 'text/plain' }, body: 'clip' },
  },
  {
    what: 'a body in an unknown encoding',
    code: 'encoding-unsupported',
    sent: { headers: { ...JSON_TYPE, 'content-encoding': 'zstd' }, body: '{}' },
  },
  {
    what: 'gzip that is none',
    code: 'gzip-broken',
    sent: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: '{}' },
  },
  {
    what: 'a form that ends early',
    code: 'multipart-broken',
    sent: { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x\r\n' },
  },
  { what: 'a form without frames', code: 'frames-missing', sent: asForm({ frames: [], durationMs: 5000 }) },
  { what: 'an unknown field', code: 'field-unexpected', options: () => ({ length: 5 }) },
  { what: 'k=0', code: 'k-out-of-range', options: () => ({ k: 0 }) },
  { what: 'an unknown fit', code: 'fit-unknown', options: () => ({ fit: 'stretch' }) },
  { what: 'an unknown snap', code: 'snap-unknown', options: () => ({ snap: 'bar' }) },
  {
    what: 'a hit behind the clip',
    code: 'hit-out-of-range',
    options: ({ durationMs }) => ({ hitAtMs: durationMs + 1 }),
  },
  { what: 'a filter of no field', code: 'filters-invalid', options: () => ({ filters: { 'no such field': 1 } }) },
  { what: 'exclude as a list', code: 'exclude-invalid', options: () => ({ exclude: ['one'] }) },
  { what: 'a lambda of 2', code: 'diversity-out-of-range', options: () => ({ diversity: { lambda: 2 } }) },
  { what: 'four alternatives', code: 'alternatives-out-of-range', options: () => ({ alternatives: 4 }) },
  { what: 'a loudness above full scale', code: 'loudness-out-of-range', options: () => ({ targetLufs: 3 }) },
  { what: 'a clip of 0 ms', code: 'duration-out-of-range', options: () => ({ durationMs: 0 }) },
  {
    what: 'a duration of other frames',
    code: 'duration-contradicts-frames',
    options: ({ shape }) => ({ shape: [1, shape[1]], tokens: zeros(shape[1]), durationMs: 9000 }),
  },
  { what: 'tokens of another encoder', code: 'encoder-mismatch', options: () => ({ encoder: 'no-such-encoder' }) },
  {
    what: 'tokens of another width',
    code: 'tokens-shape',
    options: ({ shape }) => ({ shape: [shape[0], shape[1] + 1] }),
  },
  { what: 'an unknown dtype', code: 'dtype-unknown', options: () => ({ dtype: 'float64' }) },
  { what: 'scales of float32', code: 'tokens-scales', options: () => ({ scales: 'AAAAAA==' }) },
  { what: 'tokens that are not base64', code: 'tokens-base64', options: () => ({ tokens: '%' }) },
  { what: 'a token that is NaN', code: 'tokens-not-finite', options: (tokens) => ({ tokens: withNaN(tokens) }) },
  { what: 'an unknown track', code: 'track-unknown', path: '/v1/tracks/no-such-track', sent: {} },
  { what: 'a page of no track', code: 'limit-out-of-range', path: '/v1/tracks?limit=0', sent: {} },
  { what: 'a made-up cursor', code: 'cursor-unknown', path: '/v1/tracks?cursor=x', sent: {} },
  { what: 'an unknown path', code: 'path-unknown', path: '/v1/no-such-path', sent: {} },
  { what: 'GET of the moments', code: 'method-not-allowed', sent: {} },
];

export const refusalChecks: readonly Check[] = [
  ...REFUSED.map(
    ({ what, code, path = MOMENTS, sent, options }): Check => ({
      name: `${what}: ${code}`,
      async run(smoke) {
        await refuses(
          smoke,
          code,
          path,
          sent ?? asJson(await smoke.facts.tokens(), options?.(await smoke.facts.tokens())),
        );
        return undefined;
      },
    }),
  ),
  {
    name: 'a frame that is no picture, or half of one: image-unrecognised, image-truncated',
    async run(smoke) {
      const { takesFrames } = await smoke.facts.index();
      const { frames, durationMs } = await drawnFrames(2);
      const half = [frames[0], frames[1].slice(0, frames[1].length >> 1)];
      const text = [frames[0], new TextEncoder().encode('no picture')];
      const cases = takesFrames
        ? ([
            ['image-truncated', half],
            ['image-unrecognised', text],
          ] as const)
        : ([['encoder-not-embedded', frames]] as const);
      for (const [code, sent] of cases) await refuses(smoke, code, MOMENTS, asForm({ frames: [...sent], durationMs }));
      return takesFrames ? undefined : 'encoder-not-embedded, since this index takes tokens only';
    },
  },
];

/** @throws Unmet */
async function refuses({ service, facts }: Smoke, code: string, path: string, sent: Sent): Promise<void> {
  const listed = (await facts.openapi())['x-problems'][code];
  meets(listed !== undefined, `${code} among the x-problems of /openapi.json`, 'none');
  isProblem(await service.ask(path, sent), listed.status, code);
}

const zeros = (width: number): string => Buffer.alloc(4 * width).toString('base64');
