import { expect, it } from 'vitest';
import { createApp } from '../../../functions/app.ts';
import type { Bindings } from '../../../functions/service.ts';
import { POST_TO_NOBODY, POST_TO_US, readStudyLine, type StudyAnswer } from '../../../index/format/study.ts';
import { assetsOf } from '../ask.ts';
import { withKeys } from '../guard/keys-for-tests.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const MEDIA = 'media/0123456789abcdef-10.m4a';
const files = new Map([
  ['study/', bytes(`<!doctype html>${POST_TO_NOBODY}`)],
  ['study/study.js', bytes('1')],
  ['study/study.css', bytes('a{}')],
  ['study/study.json', bytes('{"study":"3f9a51c07be2","items":["c1","c2"]}')],
  ['study/key.json', bytes('{"secret":1}')],
  [`study/${MEDIA}`, bytes('0123456789')],
]);
const kept = new Map<string, string>();
const FEEDBACK_BUCKET = {
  async put(key: string, text: string) {
    kept.set(key, text);
    return {};
  },
} as unknown as R2Bucket;

const app = createApp();
const keys = await withKeys({ app: { scopes: ['ground'] } });
const ask = (
  path: string,
  init?: RequestInit,
  published: ReadonlyMap<string, Uint8Array> = files,
  stores: Partial<Bindings> = { FEEDBACK_BUCKET },
) => Promise.resolve(app.request(path, init, { ...keys, ...stores, ASSETS: assetsOf(published) }));
const answer = { item: 'c1', choice: 'both', at: '2026-11-25T18:00:00Z' };
const send = (change: object = {}, published?: ReadonlyMap<string, Uint8Array>) => {
  const body = { study: '3f9a51c07be2', participant: '77aa01bd90ff1234', answers: [answer], ...change };
  const headers = { 'content-type': 'application/json' };
  return ask('/v1/study', { method: 'POST', headers, body: JSON.stringify(body) }, published);
};
const problemOf = async (response: Response) => ((await response.json()) as { code: string }).code;

it('the page needs no key, and its address ends in a slash', async () => {
  const moved = await ask('/study');
  expect([moved.status, moved.headers.get('location')]).toEqual([308, '/study/']);
  const page = await ask('/study/');
  expect([page.status, await page.text()]).toEqual([200, `<!doctype html>${POST_TO_US}`]);
  const policy = page.headers.get('content-security-policy');
  for (const rule of ["default-src 'none'", "script-src 'self'", "media-src 'self'"]) expect(policy).toContain(rule);
  expect(policy).not.toContain('unsafe');
});

it('the page sends nothing where there is no place to keep answers', async () => {
  expect(await (await ask('/study/', undefined, files, {})).text()).toBe(`<!doctype html>${POST_TO_NOBODY}`);
});

it('a study in the bucket comes before the one in the assets', async () => {
  const BUCKET = {
    get: async (path: string) => (path === 'study/study.js' ? { text: async () => 'newer' } : null),
  } as unknown as R2Bucket;
  const textAt = async (path: string) => (await ask(path, undefined, files, { BUCKET })).text();
  expect([await textAt('/study/study.js'), await textAt('/study/study.css')]).toEqual(['newer', 'a{}']);
});

it.each([
  '/study/key.json',
  '/study/study.json',
  '/study.key.json',
  '/study/media/key.json',
  '/study/media/..%2Fkey.json',
])('%s is not given', async (path) => {
  expect((await ask(path)).status).toBe(404);
});

it('media are given by byte ranges', async () => {
  const piece = await ask(`/study/${MEDIA}`, { headers: { range: 'bytes=2-4' } });
  expect([piece.status, piece.headers.get('content-range'), await piece.text()]).toEqual([206, 'bytes 2-4/10', '234']);
  expect((await ask(`/study/${MEDIA}`)).headers.get('content-type')).toBe('audio/mp4');
  expect((await ask(`/study/${MEDIA}`, { headers: { range: 'bytes=10-' } })).status).toBe(416);
});

it.each<[string, RequestInit]>([
  ['HEAD', { method: 'HEAD' }],
  ['a range behind its end', { headers: { range: 'bytes=10-' } }],
  ['a range', { headers: { range: 'bytes=0-1' } }],
  ['If-None-Match', { headers: { 'if-none-match': '*' } }],
])('%s of media that are not there is 404', async (_what, init) => {
  const missing = await ask('/study/media/0123456789abcdee-10.m4a', init);
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});

it('HEAD of media says how long they are', async () => {
  const found = await ask(`/study/${MEDIA}`, { method: 'HEAD' });
  expect([found.status, found.headers.get('content-length')]).toEqual([200, '10']);
});

it('answers are kept as lines that can be scored, without a key', async () => {
  const response = await send({ answers: [answer, { ...answer, item: 'c2', choice: 'a' }] });
  expect([response.status, await response.json()]).toEqual([202, { accepted: 2 }]);
  const [[name, text]] = [...kept];
  expect(name).toMatch(/^study\/\d{4}\/\d\d\/\d\d\/.+\.jsonl$/);
  const lines = text.trimEnd().split('\n').map(readStudyLine) as StudyAnswer[];
  expect(lines.map(({ item, choice }) => [item, choice])).toEqual([
    ['c1', 'both'],
    ['c2', 'a'],
  ]);
});

it.each([
  ['of another study', { study: '000000000000' }, 'study-missing'],
  ['with a name for a number', { participant: 'Ann' }, 'study-invalid'],
  ['none', { answers: [] }, 'study-invalid'],
  ['to what was not asked', { answers: [{ ...answer, item: 'c3' }] }, 'study-invalid'],
  ['with a choice that there is not', { answers: [{ ...answer, choice: 'c' }] }, 'study-invalid'],
  ['more than a hundred', { answers: Array(101).fill(answer) }, 'study-invalid'],
  ['with a further field', { name: 'Ann' }, 'field-unexpected'],
  ['of 40 kB', { answers: [{ ...answer, item: 'c'.repeat(40_000) }] }, 'body-too-large'],
])('answers %s are refused, and nothing is kept', async (_what, change, code) => {
  kept.clear();
  expect(await problemOf(await send(change))).toBe(code);
  expect(kept.size).toBe(0);
});

it('answers of a proxy that sends one request id for all are kept without end', async () => {
  const names = new Map<string, string>();
  const store = {
    put: async (key: string, text: string) => (names.has(key) ? null : names.set(key, text)),
  } as unknown as R2Bucket;
  for (let i = 0; i < 15; i++) {
    const body = { study: '3f9a51c07be2', participant: `77aa01bd90ff12${10 + i}`, answers: [answer] };
    const headers = { 'content-type': 'application/json', 'x-request-id': 'the-proxy' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    expect((await ask('/v1/study', init, files, { FEEDBACK_BUCKET: store })).status).toBe(202);
  }
  expect(names.size).toBe(15);
});

it('without a study there is nothing to see, and nothing to answer', async () => {
  expect(await problemOf(await ask('/study/', undefined, new Map()))).toBe('study-missing');
  expect(await problemOf(await send({}, new Map()))).toBe('study-missing');
});
