/** Slow and refused connections as they reach workerd, without a proxy that would hide them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openRaw } from '../bench/abuse/trial.ts';
import { tokens } from './requests.ts';
import type { Workerd } from './workerd.ts';
import { startWorkerdService } from './workerd-service.ts';

const KEY = 'the key of the test';
const API_KEYS = JSON.stringify([
  { id: 'app', sha256: createHash('sha256').update(KEY).digest('hex'), scopes: ['ground'] },
]);
const LIMIT = 70;
/** For hangs; how soon it is, is told by body-room.test.ts on a clock of its own. */
const WITHIN_MS = 500_000;

let workerd: Workerd;
let url: string;
beforeAll(async () => {
  const built = join(import.meta.dirname, '../.tmp/worker');
  const settings = { vars: { ACCESS: 'keys', API_KEYS }, limits: { REFUSAL_LIMIT: LIMIT } };
  workerd = await startWorkerdService('hostile', built, inject('tinyBundle'), settings);
  url = `http://127.0.0.1:${workerd.port}`;
});
afterAll(() => workerd?.close());

const FORM = `POST /v1/moments HTTP/1.1\r\nHost: t\r\nX-Api-Key: ${KEY}\r\nContent-Type: multipart/form-data; boundary=x`;

async function good(): Promise<number> {
  const { headers, body } = tokens();
  const all = { ...headers, 'x-api-key': KEY };
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', headers: all, body: body as string });
  await response.text();
  return response.status;
}

it('answers others while uploads stall, and ends the stalled ones with 408', async () => {
  const stalled = [
    openRaw(workerd.port, `${FORM}\r\nContent-Length: 10000000`, '--x'),
    ...Array.from({ length: 20 }, () => openRaw(workerd.port, `${FORM}\r\nTransfer-Encoding: chunked`, '3\r\n--x\r\n')),
  ];
  for (let i = 0; i < 3; i++) expect(await good()).toBe(200);
  for (const request of stalled) {
    expect(await request.answered(WITHIN_MS)).toMatchObject({ status: 408 });
    expect(request.received()).toContain('body-too-slow');
    expect(await request.closed(WITHIN_MS)).toBeDefined();
  }
});

it('answers who has no key at once, and closes the connection that goes on slowly', async () => {
  const head = 'POST /v1/moments HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000';
  const slow = Array.from({ length: 20 }, () => openRaw(workerd.port, head, '{'));
  for (const request of slow) {
    expect(await request.answered(WITHIN_MS)).toMatchObject({ status: 401 });
    expect(await request.closed(WITHIN_MS)).toBeDefined();
  }
});

it('lets who sends 25 MB without a key read why it is refused', async () => {
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', body: new Uint8Array(25_000_000) });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'key-missing' });
});

it('tells an address whose keys fail again and again 429, and goes on with its good key', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < LIMIT; i++) {
    const response = await fetch(`${url}/v1/index`, { headers: { 'x-api-key': `guess ${i}` } });
    await response.text();
    statuses.push(response.status);
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(await good()).toBe(200);
});
