/**
 * Damaged requests and pictures inside workerd: only documented answers, and a good request afterwards is answered as before.
 *
 * The readers of bundles are tried in test/unit/index/fuzz.test.ts. `npm run bench -- fuzz` runs all of them with more cases.
 */
import { expect, inject, it } from 'vitest';
import { createApp } from '../../functions/app.ts';
import { workerDecoders } from '../../functions/runtime/codecs.ts';
import { describeReply, runCampaign } from '../fuzz/campaign.ts';
import type {} from '../fuzz/cases.ts';
import { documentedOutcome, type OpenApi } from '../fuzz/documented.ts';
import { KEY } from '../fuzz/headers.ts';
import { fuzzImages } from '../fuzz/images.ts';
import { requestsFor } from '../fuzz/requests.ts';
import { initOf } from '../fuzz/send.ts';
import { sha256Hex } from '../unit/embed/known-frame.ts';
import { assetsOf, ENCODER, tokensBody } from './ask.ts';
import { handBundle, TRACKS } from './hand-bundle.ts';

const { seed, requests, images } = inject('fuzz');
const BATCH = 100;

const PREVIEW = { path: 'objects/preview-east.mp3', bytes: 1000, type: 'audio/mpeg' };
const bundle = await handBundle(ENCODER, {
  facts: {
    east: { artist: 'One', tags: ['calm'], bpm: 120, beatsPerBar: 4, loudnessLufs: -20, peakDb: -6, preview: PREVIEW },
    north: { artist: 'Two', tags: ['bright'] },
  },
  more: { [PREVIEW.path]: new Uint8Array(PREVIEW.bytes) },
});
const OPEN = { ASSETS: assetsOf(bundle), FEEDBACK: { writeDataPoint: () => undefined }, ACCESS: 'open' };
const CLOSED = {
  ...OPEN,
  ACCESS: 'keys',
  CORS_ORIGINS: 'https://app.example',
  API_KEYS: JSON.stringify([
    { id: 'fuzz', sha256: await sha256Hex(new TextEncoder().encode(KEY)), scopes: ['ground'] },
  ]),
};
const app = createApp();

async function good(): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: tokensBody(3, [1, 0.5]) };
  return (await app.request('/v1/moments', init, OPEN)).text();
}

it(`answers ${requests} damaged requests as documented, and good ones between them as before (seed ${seed})`, async () => {
  const document = (await (await app.request('/openapi.json', undefined, OPEN)).json()) as OpenApi;
  const before = await good();
  const target = { encoder: ENCODER, tracks: TRACKS.map(({ id }) => id) };
  let count = 0;
  const tally = await runCampaign(
    requestsFor(target),
    async (request) => {
      const response = await app.request(request.path, await initOf(request), request.wantsKey ? CLOSED : OPEN);
      const outcome = await documentedOutcome(document, request.operation, response);
      if (++count % BATCH === 0) expect(await good()).toBe(before);
      return outcome;
    },
    { cases: requests, seed },
  );
  console.log(describeReply(tally));
  expect(await good()).toBe(before);
  const often = ['200', '202', '206', '401 key-unknown', '416 range-not-satisfiable', '422 filters-invalid'];
  expect(often.filter((outcome) => !tally.outcomes[outcome])).toEqual([]);
  expect(Object.keys(tally.outcomes).length).toBeGreaterThan(40);
});

it(`decodes or refuses ${images} damaged pictures (seed ${seed})`, async () => {
  const tally = await fuzzImages(workerDecoders(), { cases: images, seed });
  console.log(describeReply(tally));
  const seen = ['decoded', 'image-corrupt', 'image-truncated', 'image-unrecognised', 'image-too-large'];
  expect(seen.filter((outcome) => !tally.outcomes[outcome])).toEqual([]);
});
